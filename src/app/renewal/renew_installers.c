/*
 * Installers at the end of `renew` (see renew_installers.h). Nothing is installed again: servers
 * read the files in live/, or those that their installer makes of them when it is told.
 */
#include "app/renewal/renew_installers.h"

#include <string.h>

#include "app/renewal/deploy.h"
#include "app/instances.h"
#include "app/debts.h"
#include "app/renewal_state.h"
#include "base/alloc.h"
#include "base/log.h"

static bool is_renewed(const struct renewal *renewal)
{
	return renewal->selection.authenticator && !error_is_set(&renewal->request.error);
}

/* By an earlier run that was stopped, or whose server did not reload. */
static bool reload_is_owed(const struct renewal *renewal)
{
	const char *installer = settings_string(renewal->settings, "installer");

	return renewal_state_reload_pending(lineage_conf(renewal->lineage)) && installer;
}

/* The installer has to take over a certificate of the lineage. */
static bool has_news(const struct renewal *renewal)
{
	return (renewal->selection.installer && is_renewed(renewal)) || reload_is_owed(renewal);
}

static void note_failure(struct renew_scan *scan, const struct plugin_instance *installer,
			 const struct error *reason)
{
	log_error("%s could not apply the renewal: %s", installer->plugin->name, reason->text);
	if (reason->hint)
		log_error("Hint: %s", reason->hint);
	strvec_pushf(&scan->lists->failed, "%s server", installer->plugin->name);
}

/* A server, and what it is to know of its lineages. */
struct server {
	struct plugin_instance *installer;
	struct deploy_task *tasks;
	struct renewal **renewals; /* those of the tasks; borrowed */
	size_t count, capacity, renewals_capacity;
};

struct servers {
	struct server *items;
	size_t count, capacity;
};

static void servers_release(struct servers *servers)
{
	for (size_t i = 0; i < servers->count; i++) {
		for (size_t j = 0; j < servers->items[i].count; j++)
			deploy_task_release(&servers->items[i].tasks[j]);
		free(servers->items[i].tasks);
		free(servers->items[i].renewals);
	}
	free(servers->items);
}
DEFINE_AUTO(servers, servers_release);

static struct server *find_server(struct servers *servers, struct plugin_instance *installer)
{
	for (size_t i = 0; i < servers->count; i++)
		if (servers->items[i].installer == installer)
			return &servers->items[i];
	ARRAY_GROW(servers->items, servers->count, servers->capacity);
	servers->items[servers->count] = (struct server){.installer = installer};
	return &servers->items[servers->count++];
}

static int add_task(struct app *app, struct servers *servers, struct renewal *renewal,
		    struct error *err)
{
	struct plugin_instance *installer = renewal->selection.installer;
	struct server *server;

	if (!installer && instances_get_for_role(app, renewal->settings,
						 settings_string(renewal->settings, "installer"),
						 ROLE_INSTALLER, &installer, err) < 0)
		return err->code;
	if (renewal_load_names(renewal, err) < 0)
		return err->code;
	server = find_server(servers, installer);
	ARRAY_GROW(server->renewals, server->count, server->renewals_capacity);
	server->renewals[server->count] = renewal;
	ARRAY_GROW(server->tasks, server->count, server->capacity);
	deploy_task_init(&server->tasks[server->count], renewal->lineage, &renewal->names,
			 renewal->settings);
	server->tasks[server->count++].renewed = has_news(renewal);
	return 0;
}

static void note_lineage(struct renew_scan *scan, const char *name, const struct error *reason)
{
	log_error("The installer could not update the server's settings for %s: %s", name,
		  reason->text);
	strvec_pushf(&scan->lists->failed, "%s settings of the server", name);
}

/* Those with news come first in the tasks of their server, then those for updates only. */
static void gather_servers(struct app *app, struct renew_scan *scan, struct servers *servers,
			   bool news)
{
	for (size_t i = 0; i < scan->due_count + scan->others_count; i++) {
		struct renewal *renewal = i < scan->due_count ? scan->due[i]
							      : scan->others[i - scan->due_count];
		AUTO(error) struct error err = ERROR_INIT;

		if (settings_flag(renewal->settings, "dry_run") || has_news(renewal) != news ||
		    renewal_state_outputs_pending(lineage_conf(renewal->lineage)) ||
		    (!news && !renewal_wants_updates(app, renewal)))
			continue;
		if (add_task(app, servers, renewal, &err) < 0)
			note_lineage(scan, renewal->name, &err);
	}
}

/* Has the installer take over the new certificates. What it could not take over stays owed. */
static void tell_server(struct renew_scan *scan, const struct server *server)
{
	const char *name = server->installer->plugin->name;
	size_t news = 0;

	while (news < server->count && server->tasks[news].renewed)
		news++;
	deploy_tell_renewed(server->installer, server->tasks, news);
	for (size_t i = 0; i < news; i++) {
		struct deploy_task *task = &server->tasks[i];

		if (task->renewed)
			continue;
		log_error("%s could not take over the new certificate of %s: %s\nThe next 'certbot "
			  "renew' tries again.",
			  name, task->lineage, task->error.text);
		if (task->error.hint)
			log_error("Hint: %s", task->error.hint);
		error_release(&task->error);
		strvec_pushf(&scan->lists->failed, "%s at %s", task->lineage, name);
	}
}

/* The server has read the lineage's files. */
static void note_reload(struct renew_scan *scan, struct renewal *renewal)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (!reload_is_owed(renewal))
		return;
	if (debts_clear_reload(renewal->lineage, &err) < 0)
		note_lineage(scan, renewal->name, &err);
}

static void follow_server(struct app *app, struct renew_scan *scan, const struct server *server)
{
	const struct plugin_instance *installer = server->installer;
	AUTO(error) struct error err = ERROR_INIT;
	bool must_reload = false, reloaded;

	tell_server(scan, server);
	for (size_t i = 0; i < server->count; i++)
		must_reload |= server->tasks[i].renewed;
	if (must_reload)
		ui_say(app->ui, "Reloading %s server after certificate renewal",
		       installer->plugin->name);
	reloaded = deploy_renewed(app, server->installer, server->tasks, server->count, &err) == 0;
	if (!reloaded)
		note_failure(scan, installer, &err);
	for (size_t i = 0; i < server->count; i++) {
		if (error_is_set(&server->tasks[i].error))
			note_lineage(scan, server->tasks[i].lineage, &server->tasks[i].error);
		if (reloaded && server->tasks[i].renewed)
			note_reload(scan, server->renewals[i]);
	}
}

void renew_installers_follow(struct app *app, struct renew_scan *scan)
{
	AUTO(servers) struct servers servers = {.items = NULL};

	gather_servers(app, scan, &servers, true);
	gather_servers(app, scan, &servers, false);
	for (size_t i = 0; i < servers.count; i++)
		follow_server(app, scan, &servers.items[i]);
}
