/*
 * Installers without transactions (see untracked.h).
 */
#include "plugin/untracked.h"

/* An error belongs to its certificate; only a cancelled run stops the others. */
int untracked_install_each(struct plugin_instance *instance, struct deploy_task *tasks,
			   size_t count, untracked_install_fn *one, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (one(instance, &tasks[i], &tasks[i].error) == ERR_CANCELLED)
			return error_move(err, &tasks[i].error);
	return 0;
}

int untracked_names(struct plugin_instance *instance, struct strvec *ret_names, struct error *err)
{
	return 0;
}

int untracked_save(struct plugin_instance *instance, const char *title, bool *ret_is_saved,
		   struct error *err)
{
	*ret_is_saved = false;
	return 0;
}

int untracked_effect(struct plugin_instance *instance, struct error *err)
{
	return 0;
}

int untracked_rollback(struct plugin_instance *instance, size_t count, size_t *ret_undone,
		       struct error *err)
{
	*ret_undone = 0;
	return 0;
}
