/*
 * Which certificate a TLS client should get (see served_looks.h), and what it means if it gets
 * another.
 */
#include "app/debts/served_looks.h"

#include <stdlib.h>
#include <string.h>

#include "app/debts/deploy_task.h"
#include "store/renewal/renewal_state.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "config/services.h"
#include "net/http/http.h"
#include "os/file/file.h"
#include "os/socket/sockets.h"
#include "store/lineage/lineage_conf.h"
#include "store/lineage/lineage.h"
#include "store/paths.h"
#include "webserver/prove_place.h"
#include "webserver/looks.h"
#include "webserver/webserver.h"

/* Most checks of installers' sockets, of all items together; but at least two for each item. */
#define MAX_LOOKS 100
#define LEAST_OF_ITEM 2

void served_item_release(struct served_item *item)
{
	strvec_release(&item->failures);
	strvec_release(&item->doubts);
}

void served_looks_release(struct served_looks *looks)
{
	probes_release(&looks->probes);
	free(looks->owners);
}

static void add_owners(struct served_looks *looks, size_t owner)
{
	while (looks->owner_count < looks->probes.count) {
		ARRAY_GROW(looks->owners, looks->owner_count, looks->capacity);
		looks->owners[looks->owner_count++] = owner;
	}
}

/* ---- Places ---- */

/* Returns a name to ask for that the certificate covers. The caller frees it. */
static char *name_to_ask(const char *name)
{
	return str_starts(name, "*.") ? xasprintf("certbot.%s", name + 2) : xstrdup(name);
}

/* The certificates of a lineage's keys that are in use, as PEM. */
struct leaves {
	char *first, *second;
};

static void leaves_release(struct leaves *leaves)
{
	free(leaves->first);
	free(leaves->second);
}
DEFINE_AUTO(leaves, leaves_release);

static struct leaves leaves_of(const struct lineage *lineage)
{
	const struct lineage *second = lineage_second_shown(lineage);

	return (struct leaves){
		webserver_leaf(lineage_live_path(lineage, STORE_FULLCHAIN)),
		second ? webserver_leaf(lineage_live_path(second, STORE_FULLCHAIN)) : NULL,
	};
}

/* A service may have either of two keys, or both: a client of each kind must get the certificate of
 * that kind or, if the service has no such key, the other. */
static void add_host(struct probe *look, const struct leaves *leaves, struct probes *ret_probes)
{
	look->leaf = leaves->first;
	look->other_leaf = leaves->second;
	look->key = leaves->second ? shown_leaf_key(leaves->first) : 0;
	probes_add(ret_probes, look);
	if (!leaves->second)
		return;
	look->leaf = leaves->second;
	look->other_leaf = leaves->first;
	look->key = shown_leaf_key(leaves->second);
	probes_add(ret_probes, look);
}

static int add_place(const char *text, const struct strvec *names, const struct leaves *leaves,
		     struct probes *ret_probes, struct error *err)
{
	AUTO(prove_place) struct prove_place place = PROVE_PLACE_INIT;
	struct probe look = {.is_named = true};

	if (prove_place_parse(text, &place, err) < 0)
		return err->code;
	look.address = place.host;
	look.port = place.port;
	look.starttls = place.protocol;
	for (size_t i = 0; i < names->count; i++) {
		AUTO_FREE char *host = name_to_ask(names->items[i]);

		look.host = host;
		add_host(&look, leaves, ret_probes);
	}
	return 0;
}

/* Adds a check for each name at each place of --prove in the lineage's conf. */
static int look_at_places(const struct lineage *lineage, const struct strvec *names,
			  struct probes *ret_probes, struct error *err)
{
	AUTO(leaves) struct leaves leaves = leaves_of(lineage);
	AUTO(strvec) struct strvec places = STRVEC_INIT;

	services_of_conf(lineage_conf(lineage), "prove", &places);
	for (size_t i = 0; leaves.first && i < places.count; i++)
		if (add_place(places.items[i], names, &leaves, ret_probes, err) < 0)
			return err->code;
	return 0;
}

/* A question is answered by the error. A check of many lineages goes on, since only one of them has
 * the fault. */
static int gather_places(struct served_item *item, struct served_looks *ret, struct error *err)
{
	AUTO(error) struct error unreadable = ERROR_INIT;

	if (look_at_places(item->lineage, item->names, &ret->probes, &unreadable) == 0)
		return 0;
	if (ret->is_question) {
		error_move(err, &unreadable);
		return error_wrap(err, "%s", lineage_name(item->lineage));
	}
	strvec_pushf(&item->failures, "%s: %s", lineage_conf_path(item->lineage), unreadable.text);
	item->unreadable++;
	return 0;
}

/* ---- Sockets of installers ---- */

/* An item whose installers know their sockets. */
struct own_item {
	size_t index;
	struct served_item *item;
	struct deploy_task task;
	struct installers installers;
	size_t looks; /* checks added so far */
};

struct own_items {
	struct own_item *items;
	size_t count;
	struct map by_leaf; /* PEM → struct own_item, borrowed */
};

static void own_items_release(struct own_items *own)
{
	for (size_t i = 0; i < own->count; i++)
		deploy_task_release(&own->items[i].task);
	free(own->items);
	map_release(&own->by_leaf);
}
DEFINE_AUTO(own_items, own_items_release);

/* Returns the names of the item's installers that know their sockets, separated by commas; the
 * caller frees it. It is empty when those need no check: a server that has not been told of the
 * certificate yet counts as failed already. */
static char *list_provers(const struct plugin_registry *registry, const struct served_item *item,
			  bool is_question)
{
	const struct ini *conf = lineage_conf(item->lineage);
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (!services_are_off(conf, "prove") &&
	    (is_question || !renewal_state_reload_pending(conf)))
		installers_of(item->settings, &names);
	for (size_t i = names.count; i-- > 0;) {
		const struct plugin *plugin = plugin_find(registry, names.items[i]);

		if (!plugin || !plugin->installer || !plugin->installer->prove)
			strvec_remove(&names, i);
	}
	return strvec_join(&names, ",");
}

/* Nobody knows what that server shows. A reload would not help. */
static void note_unseen(struct served_item *item, const struct error *reason)
{
	AUTO_FREE char *line = xstrdup(reason->text);

	for (char *at = line; *at; at++)
		if (*at == '\n')
			*at = ' ';
	strvec_push(&item->failures, line);
	item->unreadable++;
}

static void add_own_item(struct plugins *plugins, struct served_item *item, bool is_question,
			 struct own_items *own)
{
	struct own_item *added = &own->items[own->count];
	AUTO(leaves) struct leaves leaves = leaves_of(item->lineage);
	AUTO_FREE char *list = list_provers(plugins->registry, item, is_question);
	AUTO(error) struct error lost = ERROR_INIT, unusable = ERROR_INIT;

	if (!leaves.first || !list[0])
		return;
	added->item = item;
	if (plugins_get_working(plugins, item->settings, list, &added->installers, &lost,
				&unusable) < 0)
		note_unseen(item, &unusable);
	else if (error_is_set(&lost))
		note_unseen(item, &lost);
	if (!added->installers.count)
		return;
	deploy_task_init(&added->task, item->lineage, item->names, item->settings);
	map_set(&own->by_leaf, leaves.first, added);
	if (leaves.second)
		map_set(&own->by_leaf, leaves.second, added);
	own->count++;
}

static bool has_installer(const struct own_item *item, const struct plugin_instance *installer)
{
	for (size_t i = 0; i < item->installers.count; i++)
		if (item->installers.items[i] == installer)
			return true;
	return false;
}

static void take_looks(const struct probes *looks, struct own_items *own, struct served_looks *ret)
{
	size_t most = MAX_LOOKS / own->count;

	for (size_t i = 0; i < looks->count; i++) {
		struct own_item *item = map_get(&own->by_leaf, looks->items[i].leaf);

		if (!item || (item->looks >= most && item->looks >= LEAST_OF_ITEM))
			continue;
		item->looks++;
		probes_add(&ret->probes, &looks->items[i]);
		add_owners(ret, item->index);
	}
}

/* Asks one installer for the checks of all its items. If it cannot tell, they fail: those of other
 * installers, and the places of --prove, are looked at all the same. */
static int ask_installer(struct plugin_instance *installer, struct own_items *own,
			 struct served_looks *ret, struct error *err)
{
	AUTO_FREE struct deploy_task *tasks = xcalloc(own->count, sizeof(*tasks));
	AUTO(probes) struct probes looks = PROBES_INIT;
	AUTO(error) struct error untold = ERROR_INIT;
	size_t count = 0;

	for (size_t i = 0; i < own->count; i++)
		if (has_installer(&own->items[i], installer))
			tasks[count++] = own->items[i].task; /* borrowed */
	if (installer->plugin->installer->prove(installer, tasks, count, &looks, &ret->limit_ms,
						&untold) == 0) {
		take_looks(&looks, own, ret);
		return 0;
	}
	if (untold.code == ERR_CANCELLED)
		return error_move(err, &untold);
	error_wrap(&untold, "%s cannot tell what is served", installer->plugin->name);
	for (size_t i = 0; i < own->count; i++)
		if (has_installer(&own->items[i], installer))
			note_unseen(own->items[i].item, &untold);
	return 0;
}

static bool is_asked_before(const struct own_items *own, size_t item,
			    const struct plugin_instance *installer)
{
	for (size_t i = 0; i < item; i++)
		if (has_installer(&own->items[i], installer))
			return true;
	return false;
}

static int ask_installers(struct own_items *own, struct served_looks *ret, struct error *err)
{
	for (size_t i = 0; i < own->count; i++) {
		const struct installers *installers = &own->items[i].installers;

		for (size_t j = 0; j < installers->count; j++)
			if (!is_asked_before(own, i, installers->items[j]) &&
			    ask_installer(installers->items[j], own, ret, err) < 0)
				return err->code;
	}
	return 0;
}

int served_looks_gather(struct plugins *plugins, struct served_item *const *items, size_t count,
			struct served_looks *ret, struct error *err)
{
	AUTO(own_items) struct own_items own = {.items = xcalloc(count + 1, sizeof(*own.items)),
						.by_leaf = MAP_INIT(NULL)};

	for (size_t i = 0; i < count; i++) {
		if (gather_places(items[i], ret, err) < 0)
			return err->code;
		add_owners(ret, i);
		own.items[own.count].index = i;
		if (i % ret->sparse == 0)
			add_own_item(plugins, items[i], ret->is_question, &own);
	}
	return ask_installers(&own, ret, err);
}

/* ---- What is shown instead ---- */

/* Returns true when it is an earlier certificate of the lineage. */
static bool is_former(const struct lineage *lineage, const char *pem)
{
	const char *archive = lineage_archive_dir(lineage);
	const struct lineage *second = lineage_second(lineage);
	const char *suffix = second ? lineage_suffix(second) : "";
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;

	if (dir_list(archive, ".pem", &names, &ignored) < 0)
		return false;
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *path = path_join(archive, names.items[i]);
		AUTO_FREE char *leaf = NULL;

		if (store_version_of(names.items[i], STORE_CERT) ||
		    store_suffixed_version_of(names.items[i], STORE_CERT, suffix))
			leaf = webserver_leaf(path);
		if (leaf && probe_is_same_pem(leaf, pem))
			return true;
	}
	return false;
}

static bool covers(const char *pattern, const char *host)
{
	const char *parent = strchr(host, '.');

	return str_eq_nocase(pattern, host) ||
	       (parent && str_starts(pattern, "*.") && str_eq_nocase(pattern + 1, parent));
}

/* Returns true when the certificate is valid for the host, by its names and dates. */
static bool is_valid_for(const char *pem, const char *host, const struct probe_means *means)
{
	int64_t now = clock_now_seconds(means->clock);
	AUTO(content) struct content content = CONTENT_INIT;
	const struct cert_chain *chain = &content.chain;

	http_parse(means->http, CONTENT_CHAIN, span_of(pem), &content);
	if (error_is_set(&content.fault) || now < chain->leaf_not_before ||
	    now > chain->leaf_not_after)
		return false;
	for (size_t i = 0; i < chain->leaf_names.count; i++)
		if (covers(chain->leaf_names.items[i], host))
			return true;
	return false;
}

/* Returns true when a program of that name listens on the port, or when that cannot be found out.
 * systemd may hold the sockets of a service that it starts. */
static bool is_of_installer(const struct served_item *item, unsigned port,
			    const struct plugin_registry *registry)
{
	AUTO(strvec) struct strvec listeners = STRVEC_INIT, known = STRVEC_INIT;
	AUTO(strvec) struct strvec installers = STRVEC_INIT;

	sockets_listeners((int)port, &listeners);
	installers_of(item->settings, &installers);
	strvec_push(&known, "systemd");
	for (size_t i = 0; i < installers.count; i++) {
		const struct plugin *plugin = plugin_find(registry, installers.items[i]);

		if (plugin && plugin->installer && plugin->installer->processes)
			strvec_split(&known, plugin->installer->processes, " ");
	}
	for (size_t i = 0; i < listeners.count; i++)
		if (strvec_contains(&known, listeners.items[i]))
			return true;
	return !listeners.count;
}

bool served_looks_is_stale(const struct plugins *plugins, const struct served_item *item,
			   const struct probe *look, const struct probe_means *means)
{
	AUTO(error) struct error unseen = ERROR_INIT;
	AUTO_FREE char *pem = NULL;

	if (probe_shown(look, means, &pem, &unseen) < 0 || probe_is_leaf(look, pem))
		return false;
	return is_former(item->lineage, pem) ||
	       (is_of_installer(item, look->port, plugins->registry) &&
		!is_valid_for(pem, look->host, means));
}
