/*
 * URLs as ACME uses them: absolute, https, compared as a whole (RFC 3986 grammar, no
 * normalisation).
 */
#ifndef CODEC_URL_H
#define CODEC_URL_H

#include <stdbool.h>

#include "base/error.h"
#include "base/strbuf.h"

struct url {
	char *scheme; /* lower case */
	char *host;   /* as written, without brackets for IPv6 */
	int port;     /* -1: not given */
	char *path;   /* with query and fragment; "/" when empty */
};
void url_release(struct url *url);
DEFINE_AUTO(url, url_release);

/* Splits a URL; the caller releases it. ERR_PARSE when it is not absolute, its scheme is not
 * allowed, it is longer than 2,000 bytes, or it contains user information, control characters or
 * blanks. */
int url_parse(const char *text, struct url *ret_url, struct error *err) WARN_UNUSED;
/* True when a host, as struct url has it, is this machine: "localhost", or an address of the loopback
 * network. No other name is, whatever it resolves to today. */
bool url_host_is_loopback(const char *host);
/* Checks that the text is an acceptable https URL, else ERR_PARSE; `what` names it in the error.
 * "http" is refused even for loopback hosts. */
int url_check_https(const char *text, const char *what, struct error *err) WARN_UNUSED;
/* Returns the URL that a reference of a reply names (RFC 3986, section 5.2): a path
 * ("/acme/issuer") is resolved against the server of `base`, an absolute URL. Anything else is
 * returned as it is: the caller checks the result like any other URL. Heap. */
char *url_resolve(const char *base, const char *reference);
/* Returns a copy whose scheme is in lower case, for those who compare it. The caller frees it. */
char *url_lower_scheme(const char *url) WARN_UNUSED;
/* Returns host, ":port" when given, and path of a server URL: the name of Certbot's account
 * directory. The caller frees it. NULL on error. */
char *url_server_path(const char *url, struct error *err) WARN_UNUSED;
/* Appends `text`, percent-encoded for a query value or path segment. */
void url_add_escaped(struct strbuf *out, const char *text);
/* Returns how many bytes of a URL messages and the log may show: the query may hold a token. */
int url_shown_length(const char *url);
/* Returns how many bytes of an absolute URL name the server: scheme, host and port. The log shows
 * no more of a URL that may be anybody's, as the path of a webhook is its password. */
int url_server_length(const char *url);
/* Appends "name=value", escaped, to a form or a query, with "&" between fields. A NULL value is left
 * out. */
void url_add_field(struct strbuf *form, const char *name, const char *value);
/* Decodes the value of a form: "+" is a blank. Malformed escapes, and %00, stay as they are.
 * Heap. */
char *url_unescape_form(const char *text);

#endif
