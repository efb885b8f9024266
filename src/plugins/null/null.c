/*
 * The null installer: accepts everything and does nothing. It fulfils the installer contract
 * without a server, so `install`, `enhance` and `rollback` can be tried anywhere.
 */
#include "plugins/null/null.h"

static int no_names(struct plugin_instance *instance, struct strvec *ret_names, struct error *err)
{
	return 0;
}

static int no_deploy(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		     struct error *err)
{
	return 0;
}

static int no_enhance(struct plugin_instance *instance, enum enhancement what,
		      struct deploy_task *tasks, size_t count, struct error *err)
{
	return 0;
}

static int no_save(struct plugin_instance *instance, const char *title, bool *ret_is_saved,
		   struct error *err)
{
	*ret_is_saved = false;
	return 0;
}

static int no_effect(struct plugin_instance *instance, struct error *err)
{
	return 0;
}

static int no_rollback(struct plugin_instance *instance, size_t count, size_t *ret_undone,
		       struct error *err)
{
	*ret_undone = 0;
	return 0;
}

static const struct installer null_installer = {
	.all_names = no_names,
	.deploy = no_deploy,
	.enhance = no_enhance,
	.supported = 0,
	.save = no_save,
	.config_test = no_effect,
	.reload = no_effect,
	.rollback = no_rollback,
	.recover = no_effect,
};

const struct plugin null_plugin = {
	.name = "null",
	.description = "Null Installer",
	.flags = PLUGIN_HIDDEN,
	.installer = &null_installer,
};
