/*
 * Edits of several files of a model, for the files of this folder that edit it.
 */
#ifndef CONFEDIT_NGINX_NGINX_CHANGES_H
#define CONFEDIT_NGINX_NGINX_CHANGES_H

#include "confedit/edit.h"
#include "confedit/nginx/nginx_files.h"

/* Edits that are applied together. */
struct nginx_changes {
	struct nginx_model *model;
	struct edit *edits; /* one per file */
	size_t count;
};

void nginx_changes_init(struct nginx_changes *changes, struct nginx_model *model);
void nginx_changes_release(struct nginx_changes *changes);
DEFINE_AUTO(nginx_changes, nginx_changes_release);
/* The edit of that file, borrowed. */
struct edit *nginx_changes_edit(struct nginx_changes *changes, const struct nginx_file *file);
/* Applies all edits and rebuilds the model. ERR_INTERNAL when a result does not parse; the model is
 * then unchanged. */
int nginx_changes_apply(struct nginx_changes *changes, struct error *err) WARN_UNUSED;

/* The http server with that id, borrowed. ERR_NOT_FOUND when there is none. */
int nginx_model_require(struct nginx_model *model, size_t id,
			const struct nginx_server **ret_server, struct error *err) WARN_UNUSED;

#endif
