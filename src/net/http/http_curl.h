/*
 * The transport that runs libcurl in the calling process.
 */
#ifndef NET_HTTP_HTTP_CURL_H
#define NET_HTTP_HTTP_CURL_H

#include "net/http/http_transport.h"

/* Makes the transport, which the caller frees. The setup is borrowed until then. ERR_IO: libcurl
 * cannot be loaded. */
int http_curl_new(const struct http_setup *setup, struct http_transport **ret_transport,
		  struct error *err) WARN_UNUSED;

#endif
