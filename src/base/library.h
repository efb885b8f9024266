/*
 * Shared libraries that only some commands need. They are loaded by name when one of their
 * functions is first called, so that other commands do not pay for them at start-up.
 *
 *	static const struct library_function functions[] = {{"x_new", offsetof(struct x, new)}, ...};
 *	if (library_load("libx.so.1", functions, ARRAY_LEN(functions), &x, err) < 0) ...
 */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <stddef.h>

#include "base/error.h"

struct library_function {
	const char *name;
	size_t offset; /* of the function pointer in the caller's table */
};

/* Fills the function pointers of the caller's table. The library stays loaded until the process
 * ends, because it may have exit handlers. ERR_IO: it is missing, or lacks a function. */
int library_load(const char *file_name, const struct library_function *functions, size_t count,
		 void *ret_table, struct error *err) WARN_UNUSED;

#endif
