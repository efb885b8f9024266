/*
 * Callbacks of installers that edit no files: there is nothing to test, save, reload or undo.
 */
#ifndef PLUGIN_UNTRACKED_H
#define PLUGIN_UNTRACKED_H

#include "plugin/plugin.h"

/* In the row of an installer that a service needs no more than deploy, renewed and reload of. */
#define UNTRACKED_CALLBACKS                                                                        \
	.save = untracked_save, .config_test = untracked_effect, .rollback = untracked_rollback,   \
	.recover = untracked_effect

/* Installs the certificate of one task. */
typedef int untracked_install_fn(struct plugin_instance *instance, struct deploy_task *task,
				 struct error *err);
/* A deploy() or renewed() that gives each task its own error. ERR_CANCELLED. */
int untracked_install_each(struct plugin_instance *instance, struct deploy_task *tasks,
			   size_t count, untracked_install_fn *one, struct error *err) WARN_UNUSED;

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
