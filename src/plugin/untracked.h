/*
 * Callbacks of installers that edit no files: there is nothing to test, save, reload or undo.
 */
#ifndef PLUGIN_UNTRACKED_H
#define PLUGIN_UNTRACKED_H

#include "plugin/plugin.h"

/* An all_names() without names. */
int untracked_names(struct plugin_instance *instance, struct strvec *ret_names, struct error *err);
/* A save() without edits. */
int untracked_save(struct plugin_instance *instance, const char *title, bool *ret_is_saved,
		   struct error *err);
/* A config_test(), reload() or recover() that has nothing to do. */
int untracked_effect(struct plugin_instance *instance, struct error *err);
/* A rollback() without checkpoints. */
int untracked_rollback(struct plugin_instance *instance, size_t count, size_t *ret_undone,
		       struct error *err);

#endif
