/*
 * Looks up functions of shared libraries by name (see library.h).
 */
#include "base/library.h"

#include <dlfcn.h>

int library_load(const char *file_name, const struct library_function *functions, size_t count,
		 void *ret_table, struct error *err)
{
	void *handle = dlopen(file_name, RTLD_LAZY | RTLD_LOCAL);

	if (!handle)
		return error_set(err, ERR_IO, "cannot load the library %s: %s", file_name,
				 dlerror());
	for (size_t i = 0; i < count; i++) {
		void **slot = (void **)((char *)ret_table + functions[i].offset);

		*slot = dlsym(handle, functions[i].name);
		if (!*slot)
			return error_set(err, ERR_IO,
					 "cannot use the library %s: it has no function '%s'",
					 file_name, functions[i].name);
	}
	return 0;
}
