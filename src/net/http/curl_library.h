/*
 * libcurl, loaded when the first request needs it, so that commands that do not use the network do
 * not load it.
 */
#ifndef NET_HTTP_CURL_LIBRARY_H
#define NET_HTTP_CURL_LIBRARY_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "base/error.h"
#include "base/macros.h"

/* The functions in use; each becomes a member of its name without "curl_". */
#define CURL_FUNCTIONS(X)                                                                          \
	X(global_init_mem)                                                                         \
	X(version_info)                                                                            \
	X(slist_append)                                                                            \
	X(slist_free_all)                                                                          \
	X(easy_init)                                                                               \
	X(easy_setopt)                                                                             \
	X(easy_getinfo)                                                                            \
	X(easy_strerror)                                                                           \
	X(easy_cleanup)                                                                            \
	X(multi_init)                                                                              \
	X(multi_setopt)                                                                            \
	X(multi_add_handle)                                                                        \
	X(multi_remove_handle)                                                                     \
	X(multi_perform)                                                                           \
	X(multi_poll)                                                                              \
	X(multi_info_read)                                                                         \
	X(multi_strerror)                                                                          \
	X(multi_cleanup)

struct curl_library {
#define X(name) __typeof__(&curl_##name) name;
	CURL_FUNCTIONS(X)
#undef X
};

/* Loads and initialises the library. It stays loaded until the process ends, because the libraries
 * it uses register exit handlers. ERR_IO: it is not installed, or too old. */
int curl_library_load(struct curl_library *ret_library, struct error *err) WARN_UNUSED;
/* Returns the highest HTTP version that this libcurl supports reliably, for
 * CURLOPT_HTTP_VERSION. */
long curl_library_http_version(const struct curl_library *library);

#endif
