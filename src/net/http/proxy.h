/*
 * Chooses the proxy for a request from the environment variables that Certbot's HTTP library reads:
 * https_proxy, http_proxy, all_proxy and no_proxy, in lower case first, then in upper case.
 */
#ifndef NET_HTTP_PROXY_H
#define NET_HTTP_PROXY_H

#include <stdbool.h>

#include "base/error.h"
#include "codec/url.h"

/* Returns the URL of the proxy (heap), or NULL for a direct connection. Where the variable names no
 * port, the URL has that of its scheme. HTTP_PROXY is ignored in a CGI program, where a client
 * could set it. */
char *proxy_for(const struct url *url) WARN_UNUSED;
/* Checks that requests can go through that proxy: a host, at most one port, and user and password
 * without the characters that end them. ERR_CONFIG otherwise, without the text, because a part of
 * the password could be taken for a name: it would be shown, and asked of name servers. */
int proxy_check(const char *proxy, struct error *err) WARN_UNUSED;
/* Returns true when an entry of the list (the value of no_proxy) matches the host: "*", a name and
 * everything below it, an address, a network ("10.0.0.0/8"). An entry with a port matches only that
 * port. */
bool proxy_is_bypassed(const char *no_proxy, const char *host, int port);
/* Returns the proxy for use in messages, without user and password. Heap. */
char *proxy_shown(const char *proxy) WARN_UNUSED;

#endif
