/*
 * The null installer: accepts everything and does nothing. It fulfils the installer contract
 * without a server, so `install`, `enhance` and `rollback` can be tried anywhere.
 */
#include "plugins/null/null.h"

#include "plugin/untracked.h"

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

static const struct installer null_installer = {
	.all_names = untracked_names,
	.deploy = no_deploy,
	.enhance = no_enhance,
	.supported = 0,
	.save = untracked_save,
	.config_test = untracked_effect,
	.reload = untracked_effect,
	.rollback = untracked_rollback,
	.recover = untracked_effect,
};

const struct plugin null_plugin = {
	.name = "null",
	.description = "Null Installer",
	.flags = PLUGIN_HIDDEN,
	.installer = &null_installer,
};
