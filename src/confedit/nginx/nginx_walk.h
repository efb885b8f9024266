/*
 * Collects servers from parsed files, at first and after each edit.
 */
#ifndef CONFEDIT_NGINX_NGINX_WALK_H
#define CONFEDIT_NGINX_NGINX_WALK_H

#include "confedit/nginx/nginx_files.h"

/* Fills servers, http block and problems of an empty model, starting at its main file. Servers get
 * no ids yet. */
void nginx_walk(struct nginx_model *model, const struct nginx_file *main_file);
/* Drops servers, http block and problems, but keeps the files. */
void nginx_model_clear(struct nginx_model *model);

#endif
