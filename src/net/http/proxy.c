/*
 * Proxy variables (see proxy.h). There is no standard; the rules are those of Python's urllib and
 * requests, which Certbot uses, and those of curl for what these leave open. They are evaluated
 * here and not by libcurl, because the process that runs libcurl has no environment.
 */
#include "net/http/proxy.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "base/strvec.h"

static const char *get_variable(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] ? value : NULL;
}

/* In a CGI program HTTP_PROXY is a header of the request ("httpoxy"), so it does not count
 * there. */
static const char *scheme_proxy(const char *scheme)
{
	bool plain = strcmp(scheme, "http") == 0;
	const char *proxy = get_variable(plain ? "http_proxy" : "https_proxy");

	if (proxy)
		return proxy;
	if (!plain)
		return get_variable("HTTPS_PROXY");
	return getenv("REQUEST_METHOD") ? NULL : get_variable("HTTP_PROXY");
}

static const char *either(const char *small, const char *capital)
{
	const char *value = get_variable(small);

	return value ? value : get_variable(capital);
}

/* Reads an IP literal as bytes; returns its length, or 0 when the text is not one. */
static size_t parse_address(const char *text, unsigned char bytes[static 16])
{
	if (inet_pton(AF_INET, text, bytes) == 1)
		return 4;
	return inet_pton(AF_INET6, text, bytes) == 1 ? 16 : 0;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, size_t bits)
{
	size_t whole = bits / 8;
	unsigned char rest_mask = (unsigned char)(0xff00u >> bits % 8);

	return memcmp(a, b, whole) == 0 && (!(bits % 8) || !((a[whole] ^ b[whole]) & rest_mask));
}

/* "address" or "address/bits". Networks in no_proxy are requests' extension, which Certbot's users
 * have in their configurations. */
static bool covers_address(const char *entry, const char *host)
{
	unsigned char address[16], network[16];
	size_t host_len = parse_address(host, address);
	AUTO_FREE char *base = xstrndup(entry, strcspn(entry, "/"));
	const char *slash = strchr(entry, '/');
	int64_t bits = (int64_t)host_len * 8;

	if (!host_len || parse_address(base, network) != host_len)
		return false;
	if (slash && !str_to_int64(slash + 1, 0, bits, &bits))
		return false;
	return same_bits(address, network, (size_t)bits);
}

/* "example.org" and ".example.org" both cover the name and everything below it. */
static bool covers_name(const char *entry, const char *host)
{
	size_t host_len = strlen(host), len;

	entry += entry[0] == '.';
	len = strlen(entry);
	if (!len || len > host_len || !str_eq_nocase(host + host_len - len, entry))
		return false;
	return len == host_len || host[host_len - len - 1] == '.';
}

/* Cuts ":port" or the brackets of "[address]:port" off; true when the port is the wanted one or
 * none is given. A bare IPv6 address has no port. */
static bool take_port(char *entry, int port)
{
	char *colon = strrchr(entry, ':');
	size_t len;
	int64_t given;

	if (colon && (strchr(entry, ':') == colon || colon[-1] == ']')) {
		if (!str_to_int64(colon + 1, 1, 65535, &given) || given != port)
			return false;
		*colon = '\0';
	}
	len = strlen(entry);
	if (len > 1 && entry[0] == '[' && entry[len - 1] == ']') {
		entry[len - 1] = '\0';
		memmove(entry, entry + 1, len - 1);
	}
	return true;
}

bool proxy_is_bypassed(const char *no_proxy, const char *host, int port)
{
	AUTO(strvec) struct strvec entries = STRVEC_INIT;

	strvec_split(&entries, no_proxy, ", ");
	for (size_t i = 0; i < entries.count; i++) {
		char *entry = entries.items[i];

		if (strcmp(entry, "*") == 0)
			return true;
		if (take_port(entry, port) &&
		    (covers_address(entry, host) || covers_name(entry, host)))
			return true;
	}
	return false;
}

/* The part of a proxy's URL between its scheme and its path: user, password, host and port. */
static struct span authority_of(const char *proxy)
{
	const char *scheme_end = strstr(proxy, "://");
	const char *start = scheme_end ? scheme_end + 3 : proxy;

	return span_make(start, strcspn(start, "/?#"));
}

/* With the default port of Python's requests rather than libcurl's 1080; for SOCKS the two
 * agree. */
static char *with_port(const char *given)
{
	AUTO_FREE char *proxy = url_lower_scheme(given);
	struct span authority = authority_of(proxy);
	AUTO_FREE char *text = span_dup(authority);
	const char *user_end = strrchr(text, '@');
	const char *host = user_end ? user_end + 1 : text;
	const char *bracket = strchr(host, ']');
	bool is_plain = authority.ptr == proxy || str_starts(proxy, "http://");

	if (strchr(bracket ? bracket : host, ':') || (!is_plain && !str_starts(proxy, "https://")))
		return xstrdup(proxy);
	return xasprintf("%.*s%s:%d%s", (int)(authority.ptr - proxy), proxy, text,
			 is_plain ? 80 : 443, authority.ptr + authority.len);
}

char *proxy_for(const struct url *url)
{
	const char *proxy = scheme_proxy(url->scheme);
	const char *no_proxy = either("no_proxy", "NO_PROXY");
	int default_port = strcmp(url->scheme, "https") == 0 ? 443 : 80;

	if (!proxy)
		proxy = either("all_proxy", "ALL_PROXY");
	if (!proxy || (no_proxy && proxy_is_bypassed(no_proxy, url->host,
						     url->port >= 0 ? url->port : default_port)))
		return NULL;
	return with_port(proxy);
}

/* "host", "host:port" or "[address]:port". */
static bool is_host_and_port(const char *text)
{
	const char *end = text[0] == '[' ? strchr(text, ']') : text + strcspn(text, ":");
	int64_t port;

	if (!end || end == text)
		return false;
	end += *end == ']';
	return !*end || (*end == ':' && str_to_int64(end + 1, 1, 65535, &port));
}

/* curl and requests take what follows the last '@' for the host, so an '@' behind the end of the
 * authority belongs to a password that was cut. */
int proxy_check(const char *proxy, struct error *err)
{
	struct span authority = authority_of(proxy);
	const char *rest = authority.ptr + authority.len;
	AUTO_FREE char *text = span_dup(authority);
	const char *user_end = strchr(text, '@');
	bool is_whole = (!*rest || *rest == '/') && !strchr(rest, '@');

	for (const char *at = proxy; *at; at++)
		is_whole &= (unsigned char)*at > ' ' && *at != '\x7f';
	if (is_whole && is_host_and_port(user_end ? user_end + 1 : text) &&
	    !(user_end && strchr(user_end + 1, '@')))
		return 0;
	error_set(err, ERR_CONFIG, "cannot use the proxy that the environment names");
	return error_hint(err, "https_proxy, http_proxy or all_proxy is not a URL such as "
			       "http://user:password@proxy.example:3128: are characters such as "
			       "'@', '/', '#' and '?' in the password percent-encoded, and is "
			       "there no blank?");
}

/* User name and password stay out of messages. */
char *proxy_shown(const char *proxy)
{
	AUTO_FREE char *authority = span_dup(authority_of(proxy));
	const char *user_end = strrchr(authority, '@');
	const char *host = user_end ? user_end + 1 : authority;
	AUTO(strbuf) struct strbuf shown = STRBUF_INIT;

	strbuf_add_printable(&shown, host, strlen(host));
	return strbuf_detach(&shown);
}
