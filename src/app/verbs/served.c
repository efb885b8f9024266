/*
 * Proof that services show a certificate (see served.h). The handshakes are those of
 * webserver/probe.h, by the process that has no rights.
 */
#include "app/verbs/served.h"

#include <string.h>

#include "app/plugins/plugins.h"
#include "app/renewal_state.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "app/verbs/prove_place.h"
#include "config/services.h"
#include "store/lineage/lineage_conf.h"
#include "webserver/probe.h"
#include "webserver/webserver.h"

/* What a service may take to adopt a new certificate; Exim rereads its file after some seconds. */
#define LIMIT_MS (10 * 1000)
/* After a second reload. */
#define SECOND_LIMIT_MS (5 * 1000)

/* A name that the certificate covers, to ask for. The caller frees it. */
static char *name_to_ask(const char *name)
{
	return str_starts(name, "*.") ? xasprintf("certbot.%s", name + 2) : xstrdup(name);
}

static int add_looks(const char *text, const struct strvec *names, const char *leaf,
		     struct probes *ret_probes, struct error *err)
{
	AUTO(prove_place) struct prove_place place = PROVE_PLACE_INIT;
	AUTO_FREE char *copy = xstrdup(leaf);
	struct probe look = {.leaf = copy, .is_named = true};

	if (prove_place_parse(text, &place, err) < 0)
		return err->code;
	look.address = place.host;
	look.port = place.port;
	look.starttls = place.protocol;
	for (size_t i = 0; i < names->count; i++) {
		AUTO_FREE char *host = name_to_ask(names->items[i]);

		look.host = host;
		probes_add(ret_probes, &look);
	}
	return 0;
}

/* A look for each place of the lineage and each name. */
static int gather_looks(const struct lineage *lineage, const struct strvec *names,
			struct probes *ret_probes, struct error *err)
{
	AUTO_FREE char *leaf = webserver_leaf(lineage_live_path(lineage, STORE_FULLCHAIN));
	AUTO(strvec) struct strvec places = STRVEC_INIT;

	services_of_conf(lineage_conf(lineage), "prove", &places);
	for (size_t i = 0; leaf && i < places.count; i++)
		if (add_looks(places.items[i], names, leaf, ret_probes, err) < 0)
			return error_wrap(err, "%s", lineage_name(lineage));
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
	return 0;
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

/* The looks of all items, one after the other. */
struct proof {
	struct served_item *items;
	struct probes probes;
	size_t *owners; /* of the looks: indexes of items */
	size_t owner_count, capacity;
};

static void proof_release(struct proof *proof)
{
	probes_release(&proof->probes);
	free(proof->owners);
}
DEFINE_AUTO(proof, proof_release);

static bool is_unproven(const struct served_item *item)
{
	return renewal_state_proof_pending(lineage_conf(item->lineage)) &&
	       !settings_flag(item->settings, "dry_run");
}

static int gather_proof(size_t count, struct proof *ret, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct served_item *item = &ret->items[i];

		if (!is_unproven(item))
			continue;
		if (gather_looks(item->lineage, item->names, &ret->probes, err) < 0)
			return err->code;
		while (ret->owner_count < ret->probes.count) {
			ARRAY_GROW(ret->owners, ret->owner_count, ret->capacity);
			ret->owners[ret->owner_count++] = i;
		}
	}
	return 0;
}

static void note_unserved(void *context, size_t index, const struct error *reason)
{
	struct proof *proof = context;

	strvec_push(&proof->items[proof->owners[index]].failures, reason->text);
}

static int wait_once(struct network *network, struct served_item *items, size_t count,
		     int64_t limit_ms, struct error *err)
{
	AUTO(proof) struct proof proof = {.items = items, .probes = PROBES_INIT};
	struct probe_means means;

	for (size_t i = 0; i < count; i++)
		strvec_release(&items[i].failures);
	if (gather_proof(count, &proof, err) < 0)
		return err->code;
	if (!proof.probes.count)
		return 0;
	if (means_of(network, &means, err) < 0)
		return err->code;
	return probes_wait_each(&proof.probes, &means, limit_ms, note_unserved, &proof, err);
}

/* Reloads the servers of the items that failed, each once. True if there are any. */
static bool reload_again(struct plugins *plugins, const struct served_item *items, size_t count)
{
	AUTO(map) struct map done = MAP_INIT(NULL);

	for (size_t i = 0; i < count; i++) {
		AUTO(error) struct error failed = ERROR_INIT;
		struct installers installers;

		if (!items[i].failures.count ||
		    plugins_get_installers(plugins, items[i].settings,
					   settings_string(items[i].settings, "installer"),
					   &installers, &failed) < 0)
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

/* What is shown is no longer owed. */
static void settle_items(const struct served_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		AUTO(error) struct error err = ERROR_INIT;

		if (!is_unproven(&items[i]) || items[i].failures.count)
			continue;
		renewal_state_set_proof_pending(lineage_conf(items[i].lineage), false);
		if (lineage_save_conf(items[i].lineage, &err) < 0)
			log_warning("%s", err.text);
	}
}

int served_prove(struct plugins *plugins, struct served_item *items, size_t count,
		 struct error *err)
{
	if (wait_once(plugins->network, items, count, LIMIT_MS, err) < 0)
		return err->code;
	if (reload_again(plugins, items, count) &&
	    wait_once(plugins->network, items, count, SECOND_LIMIT_MS, err) < 0)
		return err->code;
	settle_items(items, count);
	return 0;
}

/* Appends the certificate's names. */
static int served_names(struct lineage *lineage, struct strvec *ret_names, struct error *err)
{
	const struct cert *cert = NULL;

	if (lineage_cert(lineage, &cert, err) < 0)
		return err->code;
	strvec_extend(ret_names, cert_dns_names(cert));
	strvec_extend(ret_names, cert_ip_addresses(cert));
	return 0;
}

int served_prove_lineage(struct plugins *plugins, struct lineage *lineage,
			 const struct settings *settings, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct served_item item = {lineage, &names, settings, STRVEC_INIT};
	AUTO_FREE char *failures = NULL;
	int rc = served_names(lineage, &names, err);

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
	strvec_release(&item.failures);
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
			     strchr(look->address, ':') ? "%s at [%s]:%u/%s: shown"
							: "%s at %s:%u/%s: shown",
			     look->host, look->address, look->port, starttls_name(look->starttls));
}

int served_look(struct network *network, struct lineage *lineage, struct strvec *ret_lines,
		bool *ret_all_shown, struct error *err)
{
	AUTO(probes) struct probes looks = PROBES_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct probe_means means;

	if (served_names(lineage, &names, err) < 0 ||
	    gather_looks(lineage, &names, &looks, err) < 0 || means_of(network, &means, err) < 0)
		return err->code;
	*ret_all_shown = looks.count > 0;
	for (size_t i = 0; i < looks.count; i++) {
		AUTO(error) struct error failure = ERROR_INIT;

		if (probe_look(&looks.items[i], &means, &failure) < 0)
			*ret_all_shown = false;
		if (failure.code == ERR_CANCELLED)
			return error_move(err, &failure);
		add_line(&looks.items[i], &failure, ret_lines);
	}
	return 0;
}
