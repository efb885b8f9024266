/*
 * The contents of struct nginx_model, and its files: read on demand, created by edits.
 */
#ifndef CONFEDIT_NGINX_NGINX_FILES_H
#define CONFEDIT_NGINX_NGINX_FILES_H

#include "base/map.h"
#include "confedit/nginx/nginx_server.h"

struct model_file {
	struct nginx_file shown;
	char *path;
	struct nginx_conf *conf;
	char *failure; /* why it could not be read; conf is NULL then */
};

struct nginx_model {
	const struct nginx_source *source;
	char *prefix; /* directory of the main file, with a '/' at its end */
	struct model_file **files;
	size_t file_count, file_capacity;
	struct map files_by_path; /* struct model_file, borrowed */
	struct map globs;         /* pattern → struct strvec of paths, as first seen */
	struct nginx_server *servers;
	size_t server_count, server_capacity;
	size_t next_id;
	const struct nginx_file *http_file; /* where the http block is */
	const struct nginx_directive *http;
	struct nginx_items main_items; /* outside of all blocks, in whichever file */
	struct nginx_items http_items;
	struct nginx_problem *problems;
	size_t problem_count, problem_capacity;
};

/* Frees the files. */
void nginx_files_release(struct nginx_model *model);
/* Reads the file at the first call; `ret_file` is borrowed. Any error says why it cannot be read or
 * parsed. */
int nginx_model_open(struct nginx_model *model, const char *path,
		     const struct nginx_file **ret_file, struct error *err) WARN_UNUSED;

/* Adds a file to the model, for an include of ours, replacing one with that path. ERR_PARSE when
 * the bytes do not parse. */
int nginx_model_create(struct nginx_model *model, const char *path, struct span bytes,
		       struct error *err) WARN_UNUSED;

#endif
