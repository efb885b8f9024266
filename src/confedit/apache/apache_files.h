/*
 * The contents of struct apache_model, and its files: read on demand, created by edits.
 */
#ifndef CONFEDIT_APACHE_APACHE_FILES_H
#define CONFEDIT_APACHE_APACHE_FILES_H

#include "base/map.h"
#include "confedit/apache/apache_include.h"
#include "confedit/apache/apache_vhost.h"

struct model_file {
	struct apache_file shown;
	char *path, *real_path;
	struct apache_conf *conf;
	char *failure; /* why it could not be read; conf is NULL then */
};

struct apache_model {
	const struct apache_source *source;
	const struct apache_program *program;
	struct model_file **files;
	size_t file_count, file_capacity;
	struct map real_paths;     /* path → its real path, as first seen */
	struct map files_by_path;  /* real path → struct model_file, borrowed */
	struct map expansions;     /* pattern → struct strvec of paths, as first seen */
	struct strvec added_files; /* paths that httpd will read once they are enabled */
	struct apache_vhost *vhosts;
	size_t vhost_count, vhost_capacity;
	size_t next_id;
	struct apache_items items; /* outside of virtual hosts */
	struct map modules;        /* identifiers loaded; value: heap path, or NULL */
	struct map defines;        /* NAME → heap value */
	char *server_root;         /* from the last ServerRoot */
	struct apache_problem *problems;
	size_t problem_count, problem_capacity;
};

/* The files of the model. */
void apache_files_init(struct apache_model *model);
void apache_files_release(struct apache_model *model);
/* Reads the file at the first call; `ret_file` is borrowed. Any error says why it cannot be read or
 * parsed. */
int apache_model_open(struct apache_model *model, const char *path,
		      const struct apache_file **ret_file, struct error *err) WARN_UNUSED;

/* Adds a file (an empty one if there is none) that httpd will read, whether or not it does so now;
 * `ret_file` is borrowed. Hosts in it are known after the next edit. */
int apache_model_add_file(struct apache_model *model, const char *path,
			  const struct apache_file **ret_file, struct error *err) WARN_UNUSED;

/* Takes back that httpd will read the file by itself: something includes it. */
void apache_model_forget_added(struct apache_model *model, const struct apache_file *file);

#endif
