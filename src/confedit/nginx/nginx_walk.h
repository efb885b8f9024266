/*
 * Collects servers from parsed files, for nginx_model.c.
 */
#ifndef CONFEDIT_NGINX_NGINX_WALK_H
#define CONFEDIT_NGINX_NGINX_WALK_H

#include "confedit/nginx/nginx_model_parts.h"

/* Fills servers, http block and problems of an empty model, starting at its main file. Servers get
 * no ids yet. */
void nginx_walk(struct nginx_model *model, const struct nginx_file *main_file);

#endif
