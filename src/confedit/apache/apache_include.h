/*
 * Which files an Include names: one file, every file below a directory, or those that match a
 * pattern, in the order in which httpd reads them.
 */
#ifndef CONFEDIT_APACHE_APACHE_INCLUDE_H
#define CONFEDIT_APACHE_APACHE_INCLUDE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/strvec.h"

/* Where files come from. Borrowed by the model for its life. */
struct apache_source {
	void *context;
	/* Appends the file's bytes. */
	int (*read)(void *context, const char *path, struct strbuf *ret_bytes, struct error *err);
	/* Appends the names in a directory, in any order. */
	int (*list)(void *context, const char *path, struct strvec *ret_names, struct error *err);
	bool (*is_dir)(void *context, const char *path);
	bool (*exists)(void *context, const char *path);
	/* The path with symbolic links resolved, or a copy of the path when there is no such file.
	 * The caller frees it. */
	char *(*real_path)(void *context, const char *path);
};

/* Facts about the program that are not in its files. Borrowed for the life of the model. */
struct apache_program {
	const char *server_root; /* its -d; absolute */
	const char *version;     /* "2.4.57", or NULL for a current one */
	const struct strvec
		*modules; /* identifiers of those compiled in; NULL: httpd's usual ones */
	const struct strvec *defines;  /* its -D, "NAME" or "NAME=VALUE"; may be NULL */
	const struct map *environment; /* NAME → value, for ${NAME}; may be NULL */
	const struct strvec
		*more_paths; /* patterns of files to know though httpd does not read them */
};

/* Appends the files for an absolute path or pattern. A pattern may match none. */
int apache_include_expand(const struct apache_source *source, const char *path,
			  struct strvec *ret_paths, struct error *err) WARN_UNUSED;
/* True when the text has wildcards. */
bool apache_include_is_pattern(const char *path);

#endif
