/*
 * Looks at the certificates of a server (see looks.h).
 */
#include "webserver/looks.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "os/socket/sockets.h"
#include "plugin/installer.h"
#include "webserver/default_cert.h"
#include "webserver/proof.h"
#include "webserver/webserver.h"

struct looks looks_make(const struct webserver_certificates *which, struct probes *probes)
{
	struct looks looks = {.which = which, .probes = probes};

	strvec_init(&looks.seen);
	return looks;
}

void looks_release(struct looks *looks)
{
	probes_release(&looks->sockets);
	strvec_release(&looks->seen);
}

void looks_connect(struct looks *looks)
{
	for (size_t i = 0; i < looks->sockets.count; i++)
		probes_add(looks->probes, &looks->sockets.items[i]);
}

static void add_look(struct looks *looks, char *name, char *leaf)
{
	for (size_t i = 0; i < looks->sockets.count; i++) {
		struct probe look = looks->sockets.items[i];

		look.host = name;
		look.leaf = leaf;
		probes_add(looks->probes, &look);
	}
}

/* The first certificate for a name is the one that the server chooses; those after it are not shown
 * and must not be expected. */
void looks_add(struct looks *looks, const char *chain_path, const struct strvec *names)
{
	AUTO_FREE char *leaf = NULL;

	if (!looks->which || strvec_contains(&looks->which->paths, chain_path))
		leaf = webserver_leaf(chain_path);
	for (size_t i = 0; i < names->count; i++)
		if (strvec_push_unique(&looks->seen, names->items[i]) && leaf &&
		    !strchr(names->items[i], '*'))
			add_look(looks, names->items[i], leaf);
}

void looks_add_default(struct looks *looks, const char *chain_path)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;

	if (default_cert_names(chain_path, &names, &ignored) == 0)
		looks_add(looks, chain_path, &names);
}

static bool is_every_address(const char *host)
{
	return strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0;
}

static bool is_every_ipv6_address(const char *host)
{
	return strcmp(host, "::") == 0 || strcmp(host, "::0") == 0;
}

char *looks_address(const char *host, int family)
{
	size_t len = strlen(host);
	bool is_bracketed = len > 2 && host[0] == '[' && host[len - 1] == ']';
	AUTO_FREE char *bare = is_bracketed ? xstrndup(host + 1, len - 2) : xstrdup(host);
	char *own;

	if (is_every_ipv6_address(bare) || (is_every_address(bare) && family == AF_INET6))
		return xstrdup("::1");
	if (is_every_address(bare))
		return xstrdup("127.0.0.1");
	own = sockets_own_address(bare, family);
	return own ? own : STEAL(bare);
}

/* /etc/services may lack a name that the mail server knows by itself. */
unsigned looks_smtp_port(const char *service)
{
	static const struct {
		const char *name;
		unsigned port;
	} known[] = {{"smtp", 25}, {"submission", 587}, {"submissions", 465}, {"smtps", 465}};
	const struct servent *other;
	int64_t port;

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(service, known[i].name) == 0)
			return known[i].port;
	if (str_to_int64(service, 1, UINT16_MAX, &port))
		return (unsigned)port;
	other = getservbyname(service, "tcp");
	return other ? ntohs((uint16_t)other->s_port) : 0;
}
