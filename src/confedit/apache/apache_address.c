/*
 * Addresses (see apache_address.h). Host names are not resolved: what they resolve to is up to
 * httpd.
 */
#include "confedit/apache/apache_address.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

void apache_address_release(struct apache_address *address)
{
	free(address->host);
	free(address->port);
	address->host = address->port = NULL;
}

/* The colon before the port, or NULL; those inside the brackets of an IPv6 address do not count. */
static const char *find_port(const char *text)
{
	const char *bracket = strrchr(text, ']');
	const char *colon = strrchr(bracket ? bracket : text, ':');

	/* "2001:db8::1" without brackets: httpd takes what follows the last colon as the port
	 * too. */
	return colon;
}

void apache_address_of_vhost(const char *text, struct apache_address *ret_address)
{
	const char *colon = find_port(text);
	size_t host_len = colon ? (size_t)(colon - text) : strlen(text);
	AUTO_FREE char *host = xstrndup(text, host_len);
	bool is_default = str_eq_nocase(host, "_default_");

	ascii_lower_string(host);
	*ret_address = (struct apache_address){
		.host = xstrdup(is_default || !*host ? "*" : host),
		.port = xstrdup(colon && colon[1] ? colon + 1 : "*"),
		.is_default = is_default,
	};
}

void apache_address_of_listen(const char *text, struct apache_address *ret_address)
{
	const char *colon = find_port(text);

	if (colon) {
		apache_address_of_vhost(text, ret_address);
		return;
	}
	*ret_address = (struct apache_address){.host = xstrdup("*"), .port = xstrdup(text)};
}

bool apache_address_has_port(const struct apache_address *address, const char *port)
{
	return strcmp(address->port, "*") == 0 || strcmp(address->port, port) == 0;
}

char *apache_address_text(const struct apache_address *address)
{
	return xasprintf("%s:%s", address->host, address->port);
}

char *apache_address_with_port(const struct apache_address *address, const char *port)
{
	return xasprintf("%s:%s", address->is_default ? "_default_" : address->host, port);
}

bool apache_address_overlaps(const struct apache_address *a, const struct apache_address *b)
{
	bool hosts = strcmp(a->host, b->host) == 0 || strcmp(a->host, "*") == 0 ||
		     strcmp(b->host, "*") == 0;

	return hosts &&
	       (apache_address_has_port(a, b->port) || apache_address_has_port(b, a->port));
}
