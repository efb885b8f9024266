/*
 * Addresses of APIs (see endpoint.h).
 */
#include "dns/endpoint.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/url.h"
#include "dns/login.h"
#include "dns/provider.h"

/* Makes the heap text the base of URLs. */
static void give_endpoint(struct dns_session *session, char *own_url)
{
	REPLACE(session->endpoint, own_url);
	session->base_url = session->endpoint;
}

/* Says what the credential should be, and that it is not. */
static int refuse_endpoint(const struct dns_session *session, const char *key, const char *given,
			   const char *should, struct error *err)
{
	AUTO_FREE char *prefix = dns_prefix(session->provider);

	return error_set(err, ERR_CONFIG, "%s: %s%s must be %s, not '%s'",
			 dns_credentials_path(session), prefix, key, should, given);
}

/* How much of a URL, which has a scheme, comes before its path. */
static size_t origin_length(const char *url)
{
	const char *host = strstr(url, "://") + strlen("://");

	return (size_t)(host - url) + strcspn(host, "/");
}

/* A user's own server may be reached without TLS, in a network of its own; a service on the
 * internet may not, for the token would travel in the clear. */
int dns_use_endpoint(struct dns_session *session, const char *key, const char *path,
		     struct error *err)
{
	const char *given = dns_credential(session, key);
	bool may_be_plain = session->provider->flags & DNS_OWN_SERVER;
	AUTO(strbuf) struct strbuf url = STRBUF_INIT;

	if (!given || !given[0])
		return 0;
	if (!str_starts_nocase(given, "https://") &&
	    !(may_be_plain && str_starts_nocase(given, "http://"))) {
		refuse_endpoint(session, key, given, "a URL", err);
		return error_hint(err, "write it as https://HOST%s", may_be_plain ? ":PORT" : "");
	}
	strbuf_add(&url, given,
		   session->provider->endpoint.drops_path ? origin_length(given) : strlen(given));
	while (url.text[url.len - 1] == '/')
		strbuf_truncate(&url, url.len - 1);
	strbuf_adds(&url, path);
	give_endpoint(session, strbuf_detach(&url));
	return 0;
}

/* People copy a host with the scheme in front of it, as examples show it. */
static int use_host(struct dns_session *session, const struct dns_endpoint *endpoint,
		    struct error *err)
{
	const char *given = dns_credential(session, endpoint->key), *host = given;
	AUTO_FREE char *plain = NULL;
	size_t len;

	if (!given || !given[0])
		return 0;
	if (str_starts_nocase(host, "https://"))
		host += strlen("https://");
	len = strlen(host);
	plain = xstrndup(host, len && host[len - 1] == '/' ? len - 1 : len);
	for (const char *c = plain; *c; c++)
		if (!ascii_is_alnum(*c) && *c != '-' && *c != '.')
			return refuse_endpoint(session, endpoint->key, given, "a host name", err);
	give_endpoint(session, xasprintf("%s%s%s", endpoint->before, plain, endpoint->after));
	return 0;
}

int dns_find_endpoint(struct dns_session *session, struct error *err)
{
	const struct dns_endpoint *endpoint = &session->provider->endpoint;

	if (!endpoint->key)
		return 0;
	return endpoint->before ? use_host(session, endpoint, err)
				: dns_use_endpoint(session, endpoint->key, endpoint->after, err);
}

void dns_add_query(struct dns_session *session)
{
	const struct dns_fixed_query *fixed = &session->provider->query;
	const char *value = fixed->key ? dns_credential(session, fixed->key) : NULL;
	AUTO(strbuf) struct strbuf query = STRBUF_INIT;

	if (fixed->text)
		strbuf_adds(&query, fixed->text);
	url_add_field(&query, fixed->name, value);
	if (query.len)
		session->query = strbuf_detach(&query);
}
