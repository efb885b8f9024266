/*
 * Finds libcurl's functions by name (see curl_library.h). Only the OpenSSL flavour has this file
 * name; the GnuTLS one, which cannot read a CA bundle from memory the same way, has another.
 */
#include "net/curl_library.h"

#include <dlfcn.h>
#include <stddef.h>

#include "base/alloc.h"

#define FILE_NAME "libcurl.so.4"
/* First version with CURLOPT_PROTOCOLS_STR. */
#define OLDEST_VERSION 0x075500

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
#define X(name) {"curl_" #name, offsetof(struct curl_library, name)},
	CURL_FUNCTIONS(X)
#undef X
};

static int find_functions(void *handle, struct curl_library *ret_library, struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		void **slot = (void **)((char *)ret_library + functions[i].offset);

		*slot = dlsym(handle, functions[i].name);
		if (!*slot)
			return error_set(err, ERR_IO, "cannot use the HTTP library " FILE_NAME
						      ": it has no function '%s'",
					 functions[i].name);
	}
	return 0;
}

int curl_library_load(struct curl_library *ret_library, struct error *err)
{
	void *handle = dlopen(FILE_NAME, RTLD_LAZY | RTLD_LOCAL);
	const curl_version_info_data *version;

	if (!handle) {
		error_set(err, ERR_IO, "cannot load the HTTP library " FILE_NAME ": %s", dlerror());
		return error_hint(err, "install the package libcurl4 (or the one that has the "
				       "OpenSSL flavour of libcurl on your system)");
	}
	if (find_functions(handle, ret_library, err) < 0)
		return err->code;
	version = ret_library->version_info(CURLVERSION_NOW);
	if (version->version_num < OLDEST_VERSION)
		return error_set(err, ERR_IO, "cannot use the HTTP library " FILE_NAME
					      ": version %s is older than 7.85.0",
				 version->version);
	if (ret_library->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return error_set(err, ERR_IO, "cannot initialise the HTTP library " FILE_NAME);
	return 0;
}
