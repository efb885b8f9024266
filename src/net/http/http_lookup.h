/*
 * Addresses of a host for libcurl, which resolves names in a thread of its own: for a user who may
 * start no thread.
 */
#ifndef NET_HTTP_HTTP_LOOKUP_H
#define NET_HTTP_HTTP_LOOKUP_H

/* Asks the system, and waits for its answer. Returns a line for CURLOPT_RESOLVE (heap), or NULL
 * when the name is not found. */
char *http_lookup(const char *host, int port);

#endif
