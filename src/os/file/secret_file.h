/*
 * Files in which administrators keep passwords and tokens.
 */
#ifndef OS_FILE_SECRET_FILE_H
#define OS_FILE_SECRET_FILE_H

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/secret.h"

/* Reads the file. That others than its owner and group may read it is a warning, once for each
 * file, in Certbot's words, for which wrappers look. ERR_NOT_FOUND, ERR_IO; ERR_PARSE: it is larger
 * than max_len bytes. */
int secret_file_read(const char *path, size_t max_len, struct secret *ret_text,
		     struct error *err) WARN_UNUSED;

#endif
