/*
 * Installers without transactions (see untracked.h).
 */
#include "plugin/untracked.h"

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
