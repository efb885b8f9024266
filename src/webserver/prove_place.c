/*
 * Parses the values of --prove (see prove_place.h).
 */
#include "webserver/prove_place.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/strbuf.h"

void prove_place_release(struct prove_place *prove)
{
	free(prove->host);
	*prove = (struct prove_place)PROVE_PLACE_INIT;
}

static int read_protocol(const char *word, enum starttls *ret_protocol, struct error *err)
{
	AUTO(strbuf) struct strbuf known = STRBUF_INIT;

	if (starttls_by_name(word, ret_protocol))
		return 0;
	for (int i = 0; i < STARTTLS__COUNT; i++)
		strbuf_addf(&known, "%s%s", i ? ", " : "", starttls_name((enum starttls)i));
	return error_set(err, ERR_CONFIG, "unknown protocol '%s' (known: %s)", word, known.text);
}

/* Allows letters, digits and the characters of addresses, and brackets only around the whole. It
 * becomes part of a URL (see probe.c), so nothing else is allowed. */
static bool is_host(const char *host)
{
	for (const char *c = host; *c; c++)
		if (!ascii_is_alnum(*c) && !strchr(".-:_", *c))
			return false;
	return host[0] != '\0';
}

static int read_place(const char *place, struct prove_place *ret, struct error *err)
{
	const char *colon = strrchr(place, ':');
	size_t len = colon ? (size_t)(colon - place) : 0;
	bool is_bracketed = len > 2 && place[0] == '[' && place[len - 1] == ']';
	int64_t port;

	if (!colon || !str_to_int64(colon + 1, 1, 65535, &port))
		return error_set(err, ERR_CONFIG, "it is not of the form HOST:PORT[/PROTOCOL]");
	ret->port = (unsigned)port;
	ret->host = is_bracketed ? xstrndup(place + 1, len - 2) : xstrndup(place, len);
	if (!is_host(ret->host) || (strchr(ret->host, ':') && !is_bracketed))
		return error_set(err, ERR_CONFIG,
				 "'%s' is not a host (an IPv6 address needs brackets: [::1]:443)",
				 ret->host);
	return 0;
}

int prove_place_parse(const char *text, struct prove_place *ret, struct error *err)
{
	const char *slash = strchr(text, '/');
	AUTO_FREE char *place = xstrndup(text, slash ? (size_t)(slash - text) : strlen(text));

	if (!ascii_is_printable_text(text))
		return error_set(err, ERR_CONFIG,
				 "--prove contains control characters or invalid UTF-8");
	ret->protocol = STARTTLS_NONE;
	if (read_place(place, ret, err) < 0 ||
	    (slash && read_protocol(slash + 1, &ret->protocol, err) < 0))
		return error_wrap(err, "--prove '%s'", text);
	return 0;
}
