/*
 * URLs as ACME uses them: absolute, https, compared as a whole (RFC 3986 grammar, no normalising).
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

/* ERR_PARSE: not an absolute URL with an allowed scheme, has user info, control characters, blanks
 * or more than 2,000 bytes. */
int url_parse(const char *text, struct url *ret_url, struct error *err) WARN_UNUSED;
/* ERR_PARSE unless the text is an acceptable https URL ("http" too for loopback hosts is NOT). */
int url_check_https(const char *text, const char *what, struct error *err) WARN_UNUSED;
/* Host, ":port" when given, and path: Certbot's account directory of a server URL. Heap. */
char *url_server_path(const char *url, struct error *err) WARN_UNUSED;
/* Appends `text` percent-encoded for a query value or path segment. */
void url_add_escaped(struct strbuf *out, const char *text);

#endif
