/*
 * Proves that services present a certificate (see served.h). The handshakes are made by
 * webserver/probe.h, in the unprivileged process.
 */
#include "app/renewal/served.h"

#include <string.h>

#include "app/debts/debts.h"
#include "app/debts/served_looks.h"
#include "base/alloc.h"
#include "base/log.h"
#include "config/services.h"
#include "instances/plugins.h"
#include "store/lineage/lineage_conf.h"
#include "store/renewal/renewal_state.h"
#include "webserver/prove_place.h"
#include "webserver/system_service.h"

/* How long a service may take to adopt a new certificate; Exim rereads its file only after some
 * seconds. */
#define LIMIT_MS (10 * 1000)
/* The same after a second reload. */
#define SECOND_LIMIT_MS (5 * 1000)

/* Number of items whose installers' sockets are checked first. */
#define FIRST_ITEMS 50
/* Characters allowed in systemd's unit names. */
#define SERVICE_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.@\\-"

static int check_services(const struct settings *settings, struct error *err)
{
	AUTO(strvec) struct strvec services = STRVEC_INIT;

	services_given(settings, "prove_restart", &services);
	for (size_t i = 0; i < services.count; i++) {
		const char *service = services.items[i];

		if (!service[0] || service[0] == '-' || service[strspn(service, SERVICE_CHARS)])
			return error_set(err, ERR_CONFIG,
					 "--prove-restart '%s': this cannot be the name of a "
					 "service",
					 service);
	}
	return 0;
}

int served_check(const struct settings *settings, struct error *err)
{
	AUTO(strvec) struct strvec texts = STRVEC_INIT;

	services_given(settings, "prove", &texts);
	for (size_t i = 0; i < texts.count; i++) {
		AUTO(prove_place) struct prove_place place = PROVE_PLACE_INIT;

		if (prove_place_parse(texts.items[i], &place, err) < 0)
			return err->code;
	}
	return check_services(settings, err);
}

static int means_of(struct network *network, struct probe_means *ret, struct error *err)
{
	struct http_client *http = NULL;

	if (network_http(network, &http, err) < 0)
		return err->code;
	*ret = (struct probe_means){network->clock, http};
	return 0;
}

/* ---- Waiting ---- */

/* One period of waiting, for all items. */
struct wait {
	struct plugins *plugins;
	struct served_item **items; /* those that are checked */
	size_t count;
	struct served_looks looks;
	struct probe_means means;
};

static bool is_unproven(const struct served_item *item)
{
	return (item->is_deployed || renewal_state_proof_pending(lineage_conf(item->lineage))) &&
	       !settings_flag(item->settings, "dry_run");
}

static void note_unserved(void *context, size_t index, const struct error *reason)
{
	struct wait *wait = context;
	struct served_item *item = wait->items[wait->looks.owners[index]];
	const struct probe *look = &wait->looks.probes.items[index];

	if (look->is_named || served_looks_is_stale(wait->plugins, item, look, &wait->means))
		strvec_push(&item->failures, reason->text);
	else
		strvec_push(&item->doubts, reason->text);
}

/* Checks all items that are unproven; the sockets of installers only for every `sparse`-th item. */
static int wait_once(struct plugins *plugins, struct served_item *items, size_t count,
		     size_t sparse, int64_t limit_ms, struct error *err)
{
	AUTO_FREE struct served_item **unproven = xcalloc(count + 1, sizeof(struct served_item *));
	struct wait wait = {.plugins = plugins, .items = unproven, .looks = SERVED_LOOKS_INIT};
	int rc;

	for (size_t i = 0; i < count; i++) {
		strvec_release(&items[i].failures);
		strvec_release(&items[i].doubts);
		items[i].unreadable = 0;
		if (is_unproven(&items[i]))
			unproven[wait.count++] = &items[i];
	}
	wait.looks.sparse = sparse;
	rc = served_looks_gather(plugins, wait.items, wait.count, &wait.looks, err);
	if (limit_ms && limit_ms < wait.looks.limit_ms)
		limit_ms = wait.looks.limit_ms;
	if (rc == 0 && wait.looks.probes.count)
		rc = means_of(plugins->network, &wait.means, err);
	if (rc == 0 && wait.looks.probes.count)
		rc = probes_wait_each(&wait.looks.probes, &wait.means, limit_ms, note_unserved,
				      &wait, err);
	served_looks_release(&wait.looks);
	return rc;
}

/* Returns true when a server shows another certificate, or none. */
static bool is_unserved(const struct served_item *item)
{
	return item->failures.count > item->unreadable;
}

static bool any_failed(const struct served_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_unserved(&items[i]))
			return true;
	return false;
}

/* Reloads the servers of the items that failed, each server once. Returns true if there are any. */
static bool reload_again(struct plugins *plugins, const struct served_item *items, size_t count)
{
	AUTO(map) struct map done = MAP_INIT(NULL);

	for (size_t i = 0; i < count; i++) {
		AUTO(error) struct error failed = ERROR_INIT;
		AUTO(error) struct error lost = ERROR_INIT;
		struct installers installers;

		if (!is_unserved(&items[i]) ||
		    plugins_get_working(plugins, items[i].settings,
					settings_string(items[i].settings, "installer"),
					&installers, &lost, &failed) < 0)
			continue;
		for (size_t j = 0; j < installers.count; j++) {
			const struct plugin *plugin = installers.items[j]->plugin;

			if (map_contains(&done, plugin->name))
				continue;
			map_set(&done, plugin->name, NULL);
			log_info("reloading %s once more", plugin->name);
			if (plugin->installer->reload(installers.items[j], &failed) < 0)
				log_debug("%s", failed.text);
			error_release(&failed);
		}
	}
	return done.count > 0;
}

/* Restarts the services of the items that failed, where that is allowed, each service once. Returns
 * true if there are any. */
static bool restart_services(const struct served_item *items, size_t count)
{
	AUTO(strvec) struct strvec done = STRVEC_INIT;

	for (size_t i = 0; i < count; i++) {
		AUTO(strvec) struct strvec services = STRVEC_INIT;

		if (is_unserved(&items[i]))
			services_of_conf(lineage_conf(items[i].lineage), "prove_restart",
					 &services);
		for (size_t j = 0; j < services.count; j++) {
			AUTO(error) struct error failed = ERROR_INIT;

			if (!strvec_push_unique(&done, services.items[j]))
				continue;
			log_warning("restarting %s, which does not show the certificate of %s",
				    services.items[j], lineage_name(items[i].lineage));
			if (system_service_run(services.items[j], "restart", &failed) < 0)
				log_error("%s", failed.text);
		}
	}
	return done.count > 0;
}

/* Returns false when the conf has installers whose servers were not checked. */
static bool is_looked_at(const struct served_item *item)
{
	AUTO(strvec) struct strvec recorded = STRVEC_INIT;

	installers_present(lineage_conf(item->lineage), &recorded);
	for (size_t i = 0; i < recorded.count; i++)
		if (!installers_include(item->settings, recorded.items[i]))
			return false;
	return true;
}

/* A certificate that is presented, or that cannot be checked from this machine, no longer owes a
 * proof. */
static void settle_items(const struct served_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ini *conf = lineage_conf(items[i].lineage);
		AUTO(error) struct error err = ERROR_INIT;
		bool is_shown = !items[i].failures.count;

		if (!is_unproven(&items[i]))
			continue;
		for (size_t j = 0; j < items[i].doubts.count; j++)
			log_warning("Cannot see that the certificate of %s is in use: %s",
				    lineage_name(items[i].lineage), items[i].doubts.items[j]);
		if (is_shown && (!renewal_state_proof_pending(conf) || !is_looked_at(&items[i])))
			continue;
		renewal_state_set_proof_pending(conf, !is_shown);
		if (lineage_save_conf(items[i].lineage, &err) < 0)
			log_warning("%s", err.text);
	}
}

/* Returns true when the only thing to check is a deployment for which the installer itself has
 * waited. */
static bool were_awaited(const struct served_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!items[i].is_deployed ||
		    services_in_conf(lineage_conf(items[i].lineage), "prove"))
			return false;
	return true;
}

int served_prove(struct plugins *plugins, struct served_item *items, size_t count,
		 struct error *err)
{
	size_t sparse = count / FIRST_ITEMS + 1;
	int64_t limit_ms = were_awaited(items, count) ? 0 : LIMIT_MS;

	if (wait_once(plugins, items, count, sparse, limit_ms, err) < 0)
		return err->code;
	/* One failed, so the others are checked as well. */
	if (sparse > 1 && any_failed(items, count) &&
	    wait_once(plugins, items, count, 1, 0, err) < 0)
		return err->code;
	if (reload_again(plugins, items, count) &&
	    wait_once(plugins, items, count, 1, SECOND_LIMIT_MS, err) < 0)
		return err->code;
	if (restart_services(items, count) &&
	    wait_once(plugins, items, count, 1, SECOND_LIMIT_MS, err) < 0)
		return err->code;
	settle_items(items, count);
	return 0;
}

int served_prove_lineage(struct plugins *plugins, struct lineage *lineage,
			 const struct settings *settings, bool is_deployed, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(served_item) struct served_item item = {lineage, &names, settings,
						     .is_deployed = is_deployed};
	AUTO_FREE char *failures = NULL;
	int rc = lineage_cert_names(lineage, &names, err);

	if (rc == 0)
		rc = served_prove(plugins, &item, 1, err);
	failures = strvec_join(&item.failures, "\n  ");
	if (rc == 0 && item.failures.count) {
		rc = error_set(err, ERR_PLUGIN,
			       "the certificate of %s is in place, but is not shown everywhere:\n  "
			       "%s",
			       lineage_name(lineage), failures);
		error_hint(err, "each 'certbot renew' looks again; 'certbot certificates --served' "
				"shows what is served now");
	}
	return rc;
}

/* ---- Looking ---- */

static void add_line(const struct probe *look, const struct error *failure,
		     struct strvec *ret_lines)
{
	if (error_is_set(failure))
		strvec_pushf(ret_lines, "%s", failure->text);
	else
		strvec_pushf(ret_lines,
			     strchr(look->address, ':') ? "%s at [%s]:%u/%s: shown%s"
							: "%s at %s:%u/%s: shown%s",
			     look->host, look->address, look->port, starttls_name(look->starttls),
			     probe_clients(look));
}

/* Shows which certificate a TLS client gets. A place that cannot be reached from this machine is
 * reported and proves nothing. Returns false for another certificate. */
static bool look_once(struct plugins *plugins, const struct served_item *item,
		      const struct probe *look, const struct probe_means *means,
		      struct error *ret_failure)
{
	return probe_look(look, means, ret_failure) == 0 ||
	       (!look->is_named && ret_failure->code != ERR_CANCELLED &&
		!served_looks_is_stale(plugins, item, look, means));
}

int served_look(struct plugins *plugins, struct lineage *lineage, struct strvec *ret_lines,
		bool *ret_all_shown, struct error *err)
{
	AUTO(settings) struct settings *settings = debts_settings(plugins->host.settings, lineage);
	AUTO(served_looks) struct served_looks looks = {.sparse = 1, .is_question = true};
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(served_item) struct served_item item = {lineage, &names, settings};
	struct served_item *items[] = {&item};
	struct probe_means means;

	if (lineage_cert_names(lineage, &names, err) < 0 ||
	    served_looks_gather(plugins, items, ARRAY_LEN(items), &looks, err) < 0 ||
	    means_of(plugins->network, &means, err) < 0)
		return err->code;
	*ret_all_shown = looks.probes.count > 0;
	for (size_t i = 0; i < looks.probes.count; i++) {
		const struct probe *look = &looks.probes.items[i];
		AUTO(error) struct error failure = ERROR_INIT;

		if (!look_once(plugins, &item, look, &means, &failure))
			*ret_all_shown = false;
		if (failure.code == ERR_CANCELLED)
			return error_move(err, &failure);
		add_line(look, &failure, ret_lines);
	}
	*ret_all_shown &= !item.failures.count;
	strvec_extend(ret_lines, &item.failures);
	return 0;
}
