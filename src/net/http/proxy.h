/*
 * Which proxy a request goes through, by the environment variables that Certbot's HTTP library
 * reads: https_proxy, http_proxy, all_proxy and no_proxy, in small letters first, then in capitals.
 */
#ifndef NET_HTTP_PROXY_H
#define NET_HTTP_PROXY_H

#include <stdbool.h>

#include "codec/url.h"

/* URL of the proxy (heap, as the variable has it) or NULL for a direct connection. The capitals of
 * http_proxy are passed over in a CGI program, where a client could set them. */
char *proxy_for(const struct url *url) WARN_UNUSED;
/* True when an entry of the list (the value of no_proxy) covers the host: "*", a name and all below
 * it, an address, a network ("10.0.0.0/8"); an entry with a port covers that port only. */
bool proxy_is_bypassed(const char *no_proxy, const char *host, int port);
/* The proxy for messages: without user and password. Heap. */
char *proxy_shown(const char *proxy) WARN_UNUSED;

#endif
