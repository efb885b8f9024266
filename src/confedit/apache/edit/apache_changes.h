/*
 * Edits of several files of a model, for the files of this folder that edit it.
 */
#ifndef CONFEDIT_APACHE_EDIT_APACHE_CHANGES_H
#define CONFEDIT_APACHE_EDIT_APACHE_CHANGES_H

#include "confedit/apache/apache_files.h"
#include "confedit/edit.h"

/* Edits that are applied together. */
struct apache_changes {
	struct apache_model *model;
	struct edit *edits; /* one per file */
	size_t count;
};

void apache_changes_init(struct apache_changes *changes, struct apache_model *model);
void apache_changes_release(struct apache_changes *changes);
DEFINE_AUTO(apache_changes, apache_changes_release);
/* The edit of that file, borrowed. */
struct edit *apache_changes_edit(struct apache_changes *changes, const struct apache_file *file);
/* Applies all edits and rebuilds the model. ERR_INTERNAL when a result does not parse; the model is
 * then unchanged. */
int apache_changes_apply(struct apache_changes *changes, struct error *err) WARN_UNUSED;

/* The host with that id, borrowed. ERR_NOT_FOUND when there is none. */
int apache_model_require(struct apache_model *model, size_t id,
			 const struct apache_vhost **ret_vhost, struct error *err) WARN_UNUSED;

#endif
