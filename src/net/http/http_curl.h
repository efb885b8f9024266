/*
 * The transport that is libcurl, in the process that calls it.
 */
#ifndef NET_HTTP_HTTP_CURL_H
#define NET_HTTP_HTTP_CURL_H

#include "net/http/http_transport.h"

/* The setup is borrowed for the transport's life. ERR_IO: no libcurl. */
int http_curl_new(const struct http_setup *setup, struct http_transport **ret_transport,
		  struct error *err) WARN_UNUSED;

#endif
