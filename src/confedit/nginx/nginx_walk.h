/*
 * Gathering of servers from parsed files, for nginx_model.c.
 */
#ifndef CONFEDIT_NGINX_NGINX_WALK_H
#define CONFEDIT_NGINX_NGINX_WALK_H

#include "confedit/nginx/nginx_model_parts.h"

/* Fills servers, http block and problems of an empty model from its main file on. Servers get no
 * ids yet. */
void nginx_walk(struct nginx_model *model, const struct nginx_file *main_file);

#endif
