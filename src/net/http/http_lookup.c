/*
 * Looks a name up in the calling thread (see http_lookup.h).
 */
#include "net/http/http_lookup.h"

#include <netdb.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/macros.h"
#include "base/strbuf.h"

static void release_found(struct addrinfo **found)
{
	if (*found)
		freeaddrinfo(*found);
}

/* As libcurl's parser has it: an IPv6 address in brackets. */
static void add_address(const struct addrinfo *at, struct strbuf *line)
{
	char text[NI_MAXHOST];

	if (getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST) !=
	    0)
		return;
	if (line->text[line->len - 1] != ':')
		strbuf_addc(line, ',');
	strbuf_addf(line, at->ai_family == AF_INET6 ? "[%s]" : "%s", text);
}

/* Blocking: it is the last resort where there is no thread to wait in. */
char *http_lookup(const char *host, int port)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	__attribute__((cleanup(release_found))) struct addrinfo *found = NULL;
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;

	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return NULL;
	strbuf_addf(&line, "%s:%d:", host, port);
	for (const struct addrinfo *at = found; at; at = at->ai_next)
		add_address(at, &line);
	return strbuf_detach(&line);
}
