/*
 * The null installer: accepts everything and does nothing. It fulfils the installer contract
 * without a server, so `install`, `enhance` and `rollback` can be tried anywhere.
 */
#include "plugin/plugin.h"
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
	UNTRACKED_CALLBACKS,
	.reload = untracked_effect,
};

static const struct plugin_manual manual_page = {
	.purpose = "install nothing",
	.synopsis = "`certbot run -a webroot -i null` [options]",
	.paragraphs = {"Installs nothing, for a `run` that is to obtain a certificate only."},
	.example = "certbot run -a webroot -w /var/www/html -i null -d example.com",
};

const struct plugin null_plugin = {
	.name = "null",
	.manual = &manual_page,
	.description = "Null Installer",
	.flags = PLUGIN_HIDDEN,
	.installer = &null_installer,
};
