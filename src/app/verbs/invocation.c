/*
 * The life of a run's struct app (see invocation.h). This file knows how every member is freed, so
 * that the members need not know each other.
 */
#include "app/verbs/invocation.h"
#include "app/builtins.h"

#include "app/issue/ca.h"
#include "app/debts/hooks.h"
#include "app/plugins/plugins.h"

void invocation_begin(struct app *app, const struct invocation_options *options)
{
	*app = (struct app){
		.verb = options->verb,
		.settings = options->settings,
		.ui = options->ui,
		.directories = options->directories,
		.hooks = hooks_new(options->verb, options->settings, options->ui),
	};
	network_init(&app->network, options->settings, options->ui, options->clock);
	app->cas = cas_new(&app->network);
	app->plugins = plugins_new(&app_builtins, options->programs, &app->network);
	app->plugins->host.context = app->hooks;
	app->plugins->host.run_hook = hooks_run_for_plugin;
}

/* In reverse order of creation: plugins use the network until they are freed, to remove
 * challenges. */
void invocation_end(struct app *app)
{
	plugins_free(STEAL(app->plugins));
	cas_free(STEAL(app->cas));
	network_release(&app->network);
	hooks_free(STEAL(app->hooks));
}
