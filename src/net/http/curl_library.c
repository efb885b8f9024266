/*
 * Finds libcurl's functions by name (see curl_library.h). Only the OpenSSL flavour has this file
 * name. The GnuTLS flavour, which cannot read a CA bundle from memory in the same way, has another.
 */
#include "net/http/curl_library.h"

#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/library.h"
#include "base/secret.h"

#define FILE_NAME "libcurl.so.4"
/* First version with CURLOPT_PROTOCOLS_STR. */
#define OLDEST_VERSION 0x075500
/* 7.88 (Debian 12) misses answers when many streams share a connection: with thirty requests in
 * flight, some wait until their time is up. */
#define FIRST_WITH_SOUND_HTTP2 0x080400

static const struct library_function functions[] = {
#define X(name) {"curl_" #name, offsetof(struct curl_library, name)},
	CURL_FUNCTIONS(X)
#undef X
};

/* Requests carry tokens, which libcurl copies into buffers of its own: what it gives back is
 * wiped. */
static void wipe_and_free(void *memory)
{
	if (memory)
		secret_wipe(memory, malloc_usable_size(memory));
	free(memory);
}

/* The old block is wiped too, so realloc() is never used to grow one. */
static void *move_and_wipe(void *memory, size_t size)
{
	size_t old_size = memory ? malloc_usable_size(memory) : 0;
	void *moved = malloc(size);

	if (moved && memory)
		memcpy(moved, memory, old_size < size ? old_size : size);
	if (moved)
		wipe_and_free(memory);
	return moved;
}

/* By name and not linked: a program that only lists certificates does not pay for the library,
 * which takes longer to load than everything else it does. */
int curl_library_load(struct curl_library *ret_library, struct error *err)
{
	const curl_version_info_data *version;

	if (library_load(FILE_NAME, functions, ARRAY_LEN(functions), ret_library, err) < 0)
		return error_hint(err, "install the package libcurl4 (or the one that has the "
				       "OpenSSL flavour of libcurl on your system)");
	version = ret_library->version_info(CURLVERSION_NOW);
	if (version->version_num < OLDEST_VERSION)
		return error_set(err, ERR_IO,
				 "cannot use the HTTP library " FILE_NAME
				 ": version %s is older than 7.85.0",
				 version->version);
	if (ret_library->global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wipe_and_free, move_and_wipe,
					 strdup, calloc) != CURLE_OK)
		return error_set(err, ERR_IO, "cannot initialise the HTTP library " FILE_NAME);
	return 0;
}

/* With HTTP/2 the requests to a CA share one connection. */
long curl_library_http_version(const struct curl_library *library)
{
	if (library->version_info(CURLVERSION_NOW)->version_num < FIRST_WITH_SOUND_HTTP2)
		return CURL_HTTP_VERSION_1_1;
	return CURL_HTTP_VERSION_2TLS;
}
