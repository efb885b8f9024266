/*
 * Shared libraries that only some commands need: loaded by name when the first of their functions
 * is called, so that the other commands do not pay for them at every start.
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

/* Fills the table's pointers. The library stays loaded to the end of the process, as it may have
 * handlers that run at exit. ERR_IO: it is not there, or lacks a function. */
int library_load(const char *file_name, const struct library_function *functions, size_t count,
		 void *ret_table, struct error *err) WARN_UNUSED;

#endif
