/*
 * The life of a run's struct app (see invocation.h). This file knows how every member is freed, so
 * that the members need not know each other.
 */
#include "app/verbs/invocation.h"

#include "app/builtins.h"
#include "app/debts/hooks.h"
#include "app/fleet/look.h"
#include "app/fleet/member/member.h"
#include "app/issue/ca.h"
#include "instances/plugins.h"
#include "instances/server_change.h"
#include "store/journal/changes.h"

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
	app->network.look_at_fleet = look_at_lineage;
	if (options->directories)
		app->network.changes = changes_new(&(const struct changes_options){
			.work_dir = settings_string(options->settings, "work_dir"),
			.verb = options->verb,
			.words = options->words,
			.clock = options->clock,
			.keep_days = settings_int(options->settings, "keep_changes"),
		});
	app->cas = cas_new(&app->network);
	app->plugins = plugins_new(&app_builtins, options->programs, &app->network);
	app->plugins->host.context = app->hooks;
	app->plugins->host.run_hook = hooks_run_for_plugin;
	app->plugins->host.awaits_pre_hook = hooks_await_pre;
	app->plugins->host.changes = app->network.changes;
	app->plugins->host.note_edits = server_change_note;
	app->plugins->host.drop_edits = server_change_drop;
}

/* In reverse order of creation: plugins use the network until they are freed, to remove
 * challenges. */
void invocation_end(struct app *app)
{
	member_free(STEAL(app->network.member));
	plugins_free(STEAL(app->plugins));
	cas_free(STEAL(app->cas));
	changes_free(STEAL(app->network.changes));
	network_release(&app->network);
	hooks_free(STEAL(app->hooks));
}
