/*
 * Installers at the end of `renew` (see renew_installers.h). What is installed is not installed
 * again: servers read the files in live/, or files that their installer makes of them when it is
 * told of a renewal. An installation that failed, or that other options made necessary, is made.
 */
#include "app/renewal/renew_installers.h"

#include <string.h>

#include "app/debts/debts.h"
#include "app/debts/deploy_task.h"
#include "app/debts/outputs.h"
#include "app/renewal/deploy.h"
#include "app/renewal/told.h"
#include "base/alloc.h"
#include "base/log.h"
#include "instances/plugins.h"
#include "store/renewal/renewal_state.h"

static bool is_renewed(const struct renewal *renewal)
{
	return renewal->selection.authenticator && !error_is_set(&renewal->request.error);
}

/* Owed by an earlier run that was stopped, or whose server did not reload. */
static bool reload_is_owed(const struct renewal *renewal)
{
	const char *installer = settings_string(renewal->settings, "installer");

	return renewal_state_reload_pending(lineage_conf(renewal->lineage)) && installer;
}

/* Returns true when the installer has to adopt a certificate of the lineage. A debt of an earlier
 * run counts like a renewal in this one: the server has not read the files in live/. */
static bool has_news(const struct renewal *renewal)
{
	return (renewal->selection.installers.count && is_renewed(renewal)) ||
	       reload_is_owed(renewal);
}

/* The certificate was renewed, so this lineage did not fail. But the exit status must show that the
 * server still has the old one. */
static void note_failure(struct renew_scan *scan, const struct plugin_instance *installer,
			 const struct error *reason)
{
	log_error("%s could not apply the renewal: %s", installer->plugin->name, reason->text);
	if (reason->hint)
		log_error("Hint: %s", reason->hint);
	strpack_pushf(&scan->lists->failed, "%s server", installer->plugin->name);
}

/* A server, and the tasks to tell it about. */
struct server {
	struct plugin_instance *installer;
	struct deploy_task *tasks;
	struct renewal **renewals; /* those of the tasks; borrowed */
	size_t count, capacity, renewals_capacity;
};

struct servers {
	struct server *items;
	size_t count, capacity;
	struct map unsettled; /* lineages that one of their installers could not adopt */
	struct map installed; /* lineages whose installation was owed, and was tried */
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
	map_release(&servers->unsettled);
	map_release(&servers->installed);
}
DEFINE_AUTO(servers, servers_release);

/* One server can serve a thousand lineages: it is told of them in one call and reloaded once. */
static struct server *find_server(struct servers *servers, struct plugin_instance *installer)
{
	for (size_t i = 0; i < servers->count; i++)
		if (servers->items[i].installer == installer)
			return &servers->items[i];
	ARRAY_GROW(servers->items, servers->count, servers->capacity);
	servers->items[servers->count] = (struct server){.installer = installer};
	return &servers->items[servers->count++];
}

/* Also those that did not work when the renewal was prepared: a hook, or a person, may have mended
 * their servers since. `ret_lost` says why others cannot be used. */
static int load_installers(struct plugins *plugins, struct renewal *renewal, struct error *ret_lost,
			   struct error *err)
{
	const char *list = settings_string(renewal->settings, "installer");

	if (plugins_get_working(plugins, renewal->settings, list, &renewal->selection.installers,
				ret_lost, err) < 0)
		return err->code;
	return renewal_load_names(renewal, err);
}

static void add_task(struct server *server, struct renewal *renewal)
{
	ARRAY_GROW(server->renewals, server->count, server->renewals_capacity);
	server->renewals[server->count] = renewal;
	ARRAY_GROW(server->tasks, server->count, server->capacity);
	deploy_task_init(&server->tasks[server->count], renewal->lineage, &renewal->names,
			 renewal->settings);
	server->tasks[server->count++].renewed = has_news(renewal);
}

/* An installer that makes its own file from an output would read the old one while the outputs are
 * owed. */
static bool waits_for_outputs(const struct renewal *renewal,
			      const struct plugin_instance *installer)
{
	return installer->plugin->installer->outputs && outputs_are_owed(renewal->lineage);
}

/* Adds a task for each of the lineage's servers that works; without news, only for those that want
 * to run at each `renew`. `ret_lost` says why others do not work, if it was their turn. */
static int add_tasks(struct plugins *plugins, struct servers *servers, struct renewal *renewal,
		     struct error *ret_lost, struct error *err)
{
	const struct installers *installers = &renewal->selection.installers;

	if (load_installers(plugins, renewal, ret_lost, err) < 0)
		return err->code;
	for (size_t i = 0; i < installers->count; i++) {
		struct plugin_instance *installer = installers->items[i];

		if ((has_news(renewal) || installer->plugin->installer->update) &&
		    !waits_for_outputs(renewal, installer))
			add_task(find_server(servers, installer), renewal);
	}
	return 0;
}

static void note_lineage(struct renew_scan *scan, const char *name, const struct error *reason)
{
	log_error("The installer could not update the server's settings for %s: %s", name,
		  reason->text);
	strpack_pushf(&scan->lists->failed, "%s settings of the server", name);
}

/* The certificate is renewed, and what its servers have to do with it is on record as owed. */
static void note_lost(const struct ui *ui, struct renew_scan *scan, struct renewal *renewal,
		      const struct error *lost)
{
	const char *list = settings_string(renewal->settings, "installer");

	log_error("Not all services of %s could be told of its new certificate: %s\nThe next "
		  "'certbot renew' tries again.",
		  renewal->name, lost->text);
	told_deployed(ui, renewal->lineage, list, lost);
	strpack_pushf(&scan->lists->failed, "%s at %s", renewal->name, list);
}

/* Returns the lineage of that index: those that are due come first, then the others, in the order
 * of the scan. */
static struct renewal *renewal_at(const struct renew_scan *scan, size_t index)
{
	return index < scan->due_count ? scan->due[index] : scan->others[index - scan->due_count];
}

static bool is_rehearsed(const struct renewal *renewal)
{
	return settings_flag(renewal->settings, "dry_run");
}

/* Gives each server of the lineage that works its task, and notes the lineage for the others. */
static void gather_tasks(struct plugins *plugins, struct renew_scan *scan, struct servers *servers,
			 struct renewal *renewal)
{
	AUTO(error) struct error err = ERROR_INIT, lost = ERROR_INIT;

	if (add_tasks(plugins, servers, renewal, &lost, &err) < 0)
		note_lineage(scan, renewal->name, &err);
	else if (error_is_set(&lost) && has_news(renewal))
		note_lost(plugins->host.ui, scan, renewal, &lost);
	else if (error_is_set(&lost))
		note_lineage(scan, renewal->name, &lost);
	if (error_is_set(&err) || error_is_set(&lost))
		map_set(&servers->unsettled, renewal->name, NULL);
}

/* Collects the tasks in two passes, so that each server has the tasks with news first, then those
 * for updates only: tell_server() passes the former in one call. */
static void gather_servers(struct plugins *plugins, struct renew_scan *scan,
			   struct servers *servers, bool news)
{
	for (size_t i = 0; i < scan->due_count + scan->others_count; i++) {
		struct renewal *renewal = renewal_at(scan, i);

		if (!is_rehearsed(renewal) && !map_contains(&servers->installed, renewal->name) &&
		    has_news(renewal) == news && (news || renewal_wants_updates(plugins, renewal)))
			gather_tasks(plugins, scan, servers, renewal);
	}
}

/* The debts of a lineage whose outputs are still owed stay: a service may have read the old
 * ones. */
static bool waits(const struct renewal *renewal)
{
	return is_rehearsed(renewal) || outputs_are_owed(renewal->lineage);
}

/* One by one, as `run` does it: there are few, and each may fail for a reason of its own. */
static void install_owed(struct plugins *plugins, struct renew_scan *scan, struct renewal *renewal,
			 struct servers *servers)
{
	const char *list = settings_string(renewal->settings, "installer");
	AUTO(error) struct error err = ERROR_INIT;

	map_set(&servers->installed, renewal->name, NULL);
	if (renewal_load_names(renewal, &err) == 0)
		(void)!deploy_settle_lineage(plugins, renewal->settings, renewal->lineage,
					     &renewal->names, &err);
	told_deployed(plugins->host.ui, renewal->lineage, list, &err);
	if (!error_is_set(&err))
		return;
	log_error("The certificate of %s is still not installed: %s", renewal->name, err.text);
	if (err.hint)
		log_error("Hint: %s", err.hint);
	strpack_pushf(&scan->lists->failed, "%s at %s", renewal->name, list);
	map_set(&servers->unsettled, renewal->name, NULL);
}

static void install_all_owed(struct plugins *plugins, struct renew_scan *scan,
			     struct servers *servers)
{
	for (size_t i = 0; i < scan->due_count + scan->others_count; i++) {
		struct renewal *renewal = renewal_at(scan, i);

		if (renewal_state_installation_pending(lineage_conf(renewal->lineage)) &&
		    reload_is_owed(renewal) && !waits(renewal))
			install_owed(plugins, scan, renewal, servers);
	}
}

/* Has the installer adopt the new certificates. Those that it could not adopt stay owed. Each
 * failure is printed on a line of its own, because they may have different causes. */
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
		told_deployed(server->installer->host->ui, server->renewals[i]->lineage, name,
			      &task->error);
		error_release(&task->error);
		strpack_pushf(&scan->lists->failed, "%s at %s", task->lineage, name);
	}
}

/* Of the tasks with news, notes those that the server may not have adopted. After a failed reload
 * nobody knows what the server has read, so all its lineages stay owed. */
static void note_unsettled(const struct server *server, bool is_reloaded, struct map *unsettled)
{
	for (size_t i = 0; i < server->count; i++)
		if (has_news(server->renewals[i]) && !(is_reloaded && server->tasks[i].renewed))
			map_set(unsettled, server->tasks[i].lineage, NULL);
}

/* Certificates that the installer could not adopt were told before. */
static void tell_reloaded(const struct server *server, const struct error *failure)
{
	for (size_t i = 0; i < server->count; i++)
		if (server->tasks[i].renewed)
			told_deployed(server->installer->host->ui, server->renewals[i]->lineage,
				      server->installer->plugin->name, failure);
}

static void follow_server(struct plugins *plugins, struct renew_scan *scan,
			  const struct server *server, struct map *unsettled)
{
	const struct plugin_instance *installer = server->installer;
	AUTO(error) struct error err = ERROR_INIT;
	bool must_reload = false, reloaded;

	tell_server(scan, server);
	for (size_t i = 0; i < server->count; i++)
		must_reload |= server->tasks[i].renewed;
	if (must_reload)
		ui_say(plugins->host.ui,
		       installer->plugin->installer->may_spare_reload
			       ? "Having %s use the renewed certificate"
			       : "Reloading %s server after certificate renewal",
		       installer->plugin->name);
	reloaded = deploy_renewed(plugins->host.settings, server->installer, server->tasks,
				  server->count, &err) == 0;
	tell_reloaded(server, &err);
	if (!reloaded)
		note_failure(scan, installer, &err);
	for (size_t i = 0; i < server->count; i++)
		if (error_is_set(&server->tasks[i].error))
			note_lineage(scan, server->tasks[i].lineage, &server->tasks[i].error);
	note_unsettled(server, reloaded, unsettled);
}

/* Clears the debt when all servers of the lineage have read its files. The debt is that of the
 * lineage, not of one server: if one of two installers failed, both are told again. If a proof is
 * still to come, the conf is saved after that. */
static void clear_debt(struct plugins *plugins, struct renew_scan *scan, struct renewal *renewal,
		       const struct map *unsettled)
{
	struct ini *conf = lineage_conf(renewal->lineage);
	AUTO(error) struct error err = ERROR_INIT;

	if (!reload_is_owed(renewal) || map_contains(unsettled, renewal->name))
		return;
	if (deploy_settle_others(plugins, renewal->settings, renewal->lineage, &err) < 0)
		note_lost(plugins->host.ui, scan, renewal, &err);
	else if (renewal_state_proof_pending(conf))
		renewal_state_set_reload_pending(conf, false);
	else if (debts_clear_reload(renewal->lineage, &err) < 0)
		note_lineage(scan, renewal->name, &err);
}

void renew_installers_follow(struct plugins *plugins, struct renew_scan *scan)
{
	AUTO(servers) struct servers servers = {.unsettled = MAP_INIT(NULL),
						.installed = MAP_INIT(NULL)};

	install_all_owed(plugins, scan, &servers);
	gather_servers(plugins, scan, &servers, true);
	gather_servers(plugins, scan, &servers, false);
	for (size_t i = 0; i < servers.count; i++)
		follow_server(plugins, scan, &servers.items[i], &servers.unsettled);
	for (size_t i = 0; i < scan->due_count + scan->others_count; i++)
		if (!waits(renewal_at(scan, i)))
			clear_debt(plugins, scan, renewal_at(scan, i), &servers.unsettled);
}
