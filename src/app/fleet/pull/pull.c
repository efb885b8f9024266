/*
 * The pull (see pull.h). For each lineage, the machine of src/fleet compares and decides as before
 * a renewal, but is told that nothing is due. What it takes over is stored by app/issue/commit.h,
 * like certificates issued here.
 */
#include "app/fleet/pull/pull.h"

#include <string.h>

#include "app/fleet/member/shared.h"
#include "app/fleet/member/wish.h"
#include "app/fleet/own/turns.h"
#include "app/fleet/pull/account_keys.h"
#include "app/fleet/pull/bulk.h"
#include "app/fleet/pull/newcomers.h"
#include "app/issue/commit.h"
#include "app/renewal/renewal.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "base/map.h"
#include "crypto/digest.h"
#include "os/file/file.h"
#include "os/file/folder.h"
#include "os/signals.h"
#include "store/renewal/renewal_state.h"

/* More machines than any fleet has: their names are kept in fleet/state. */
enum { MAX_MEMBERS = 1000 };

struct pull {
	struct plugins *plugins;
	struct member *member;
	struct map wants;      /* name -> struct fleet_record with the options, as published */
	struct map names;      /* lineages of the fleet; value: not NULL if it is the same here */
	struct map heads;      /* of lineages that this machine does not have: name -> record */
	struct strvec members; /* machines that the store knows */
	struct strvec before;  /* those that it knew at the last pull */
	struct newcomers newcomers;
	uint64_t count; /* lineages of the fleet that exist here */
	bool owes;      /* the next pull has to look again, whatever the tip */
	struct pulled *pulled;
};

static void pull_release(struct pull *pull)
{
	map_release(&pull->wants);
	map_release(&pull->names);
	map_release(&pull->heads);
	strvec_release(&pull->members);
	strvec_release(&pull->before);
	map_release(&pull->newcomers.settings);
}
DEFINE_AUTO(pull, pull_release);

static struct pull new_pull(struct plugins *plugins, struct member *member, struct pulled *pulled)
{
	return (struct pull){
		.plugins = plugins,
		.member = member,
		.wants = MAP_INIT(fleet_record_free),
		.names = MAP_INIT(NULL),
		.heads = MAP_INIT(fleet_record_free),
		.members = STRVEC_INIT,
		.before = STRVEC_INIT,
		.newcomers = {.plugins = plugins,
			      .member = member,
			      .settings = MAP_INIT(newcomers_free_settings)},
		.pulled = pulled,
	};
}

static void say_notes(const struct strvec *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		log_warning("%s", notes->items[i]);
}

/* Stores the next generation of a lineage that exists here. */
static int store_renewal(struct pull *pull, struct renewal *renewal, struct error *err)
{
	struct issue_request *request = &renewal->request;
	AUTO(strvec) struct strvec notes = STRVEC_INIT;

	request->settings = renewal->settings;
	request->lineage = renewal->lineage;
	request->context = pull->plugins;
	request->file_mode = folder_cut_by_umask(0644);
	request->change.reason = "another machine of the fleet has renewed it";
	if (commit_reserve(request, &notes, err) < 0)
		return err->code;
	say_notes(&notes);
	commit_note_renewal(pull->plugins, request);
	return commit_store_renewal(request, err);
}

/* Creates a lineage where this machine has none of its own. */
static int store_new(struct pull *pull, const char *name, const struct fleet_record *record,
		     struct error *err)
{
	struct newcomer item = {
		.name = name, .generation = record, .want = map_get(&pull->wants, name)};

	if (newcomers_create(&pull->newcomers, &item, 1, err) < 0)
		return err->code;
	return error_is_set(&item.error) ? error_move(err, &item.error) : 0;
}

static bool is_shown(struct lineage *lineage, const struct fleet_record *record)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(error) struct error unread = ERROR_INIT;

	return turns_read_cert(lineage, &pem, &unread) == 0 && strcmp(pem.text, record->cert) == 0;
}

static void note_taken(struct pull *pull, const char *name, const struct fleet_record *record)
{
	pull->pulled->taken++;
	ui_say(pull->plugins->host.ui, "Took generation %llu of %s over from the fleet",
	       (unsigned long long)record->generation, name);
}

/* A certificate that this machine already uses only gets its number: it was published from here,
 * and the store had lost it or gave it another number. */
static int take_generation(struct pull *pull, const char *name, struct renewal *renewal,
			   const struct fleet_record *record, struct error *err)
{
	if (renewal && is_shown(renewal->lineage, record))
		return turns_number(renewal->lineage, record->generation, err);
	if (renewal ? turns_fill_request(record, &renewal->request, err) < 0 ||
			      store_renewal(pull, renewal, err) < 0
		    : store_new(pull, name, record, err) < 0)
		return err->code;
	note_taken(pull, name, record);
	return 0;
}

/* Lets the machine compare, with nothing due. It then takes only what is newer from the store, and
 * gives it what it lacks. */
static int run_turns(struct pull *pull, const char *name, struct renewal *renewal,
		     struct error *err)
{
	struct turns turns;
	int rc = turns_begin(&turns, pull->member, name, renewal ? renewal->lineage : NULL, NULL,
			     err);

	while (rc == 0 && turns.action.kind != FLEET_END) {
		struct fleet_reply reply = {.result = FLEET_OK};

		if (turns.action.kind == FLEET_TAKE)
			rc = take_generation(pull, name, renewal, turns.action.record, err);
		if (rc == 0)
			rc = turns_reply(&turns, &reply, err);
	}
	if (rc == 0)
		rc = turns_judge(&turns, err);
	turns_stop(&turns);
	return rc;
}

/* A lineage with a broken conf exists as well: its files are not overwritten. */
static bool is_here(const struct pull *pull, const char *name)
{
	AUTO_FREE char *path = store_renewal_path(settings_config_dir(pull->plugins->host.settings),
						  name);

	return file_exists(path);
}

/* If the store has lost the certificate, it has lost the options too, which machines that join will
 * need. Existing members do not need them, so a failure here delays nothing. A release of an
 * earlier generation was put back by somebody, or comes from a backup. */
static void publish_options(struct pull *pull, struct lineage *lineage)
{
	const struct fleet_record *want = map_get(&pull->wants, lineage_name(lineage));
	const struct shared_version version = {
		.generation = renewal_state_generation(lineage_conf(lineage))};
	AUTO(error) struct error failure = ERROR_INIT;

	if (shared_is_released(want, 0))
		log_warning("The store says that %s was released; that was before generation %llu, "
			    "and is not followed.",
			    lineage_name(lineage), (unsigned long long)version.generation);
	else if (want)
		return;
	if (shared_publish(pull->member, lineage, &version, &failure) == 0)
		return;
	log_warning("the options of %s are not in the fleet: %s", lineage_name(lineage),
		    failure.text);
}

/* After the machine's turns: the certificate that is here now may have the names already. */
static int note_wish(const struct pull *pull, const char *name, struct error *err)
{
	AUTO(lineage) struct lineage *lineage = NULL;

	/* The machine may have refused what the store had. */
	if (!is_here(pull, name))
		return 0;
	if (lineage_open(settings_config_dir(pull->plugins->host.settings), name, &lineage, err) <
	    0)
		return err->code;
	return wish_note(lineage, map_get(&pull->wants, name), err);
}

/* Has the machine compare, and notes what else the fleet wants. */
static int settle_one(struct pull *pull, const char *name, struct renewal *renewal,
		      struct error *err)
{
	pull->count++;
	if (run_turns(pull, name, renewal, err) < 0)
		return err->code;
	return note_wish(pull, name, err);
}

/* A local lineage of the same name that never belonged to the fleet is not touched. */
static int pull_one(struct pull *pull, const char *name, struct error *err)
{
	AUTO(renewal) struct renewal *renewal = NULL;
	const struct fleet_record *want = map_get(&pull->wants, name);
	uint64_t generation;

	if (store_check_name(name, err) < 0)
		return err->code;
	if (!is_here(pull, name)) {
		if (shared_is_released(want, 0))
			return 0;
		return settle_one(pull, name, NULL, err);
	}
	if (renewal_open(pull->plugins->host.settings, name, &renewal, err) < 0)
		return err->code;
	generation = renewal_state_generation(lineage_conf(renewal->lineage));
	/* A lineage that the fleet has released belongs to this machine alone from now on. */
	if (shared_is_released(want, generation))
		return turns_number(renewal->lineage, 0, err);
	if (!generation) {
		error_set(
			err, ERR_EXISTS,
			"the fleet has a certificate named %s, and this machine has another one of "
			"that name",
			name);
		return error_hint(err,
				  "delete the one here (certbot delete), and the fleet's takes "
				  "its place");
	}
	publish_options(pull, renewal->lineage);
	return settle_one(pull, name, renewal, err);
}

static int visit_want(void *context, const char *name, const struct strbuf *value,
		      struct error *err)
{
	struct pull *pull = context;
	AUTO(fleet_record) struct fleet_record want = FLEET_RECORD_INIT;
	AUTO(error) struct error bad = ERROR_INIT;

	if (member_unseal(pull->member, FLEET_WANT, name, value, &want, &bad) == 0)
		fleet_record_keep(&pull->wants, name, &want);
	else
		log_warning("%s", bad.text);
	return 0;
}

/* Most heads name the generation that is here, and need no machine. One that cannot be trusted
 * does. */
static bool is_as_here(const struct pull *pull, const char *name, const struct strbuf *value)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(fleet_record) struct fleet_record head = FLEET_RECORD_INIT;
	AUTO(error) struct error unread = ERROR_INIT;
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO_FREE char *digest = NULL;

	if (shared_is_released(map_get(&pull->wants, name), 0) ||
	    member_unseal(pull->member, FLEET_HEAD, name, value, &head, &unread) < 0 ||
	    lineage_look(settings_config_dir(pull->plugins->host.settings), name, &lineage,
			 &unread) < 0 ||
	    renewal_state_generation(lineage_conf(lineage)) != head.generation ||
	    turns_read_cert(lineage, &pem, &unread) < 0)
		return false;
	digest = fleet_record_digest(pem.text);
	return strcmp(digest, head.digest) == 0 &&
	       !wish_is_new(lineage, map_get(&pull->wants, name));
}

static void count_failure(struct pull *pull, const char *name, const struct error *failure)
{
	pull->pulled->failed++;
	log_error("Cannot take %s over from the fleet: %s", name, failure->text);
	if (failure->hint)
		log_error("Hint: %s", failure->hint);
}

/* Keeps the head of a lineage that take_new() can read. One that cannot be trusted is left to the
 * machine, which says so. */
static void keep_head(struct pull *pull, const char *name, const struct strbuf *value)
{
	AUTO(fleet_record) struct fleet_record head = FLEET_RECORD_INIT;
	AUTO(error) struct error unread = ERROR_INIT;

	if (!shared_is_released(map_get(&pull->wants, name), 0) &&
	    member_unseal(pull->member, FLEET_HEAD, name, value, &head, &unread) == 0)
		fleet_record_keep(&pull->heads, name, &head);
}

/* Anybody with write access to the store can put a key there that does not name a lineage. It must
 * not delay the others. */
static int visit_head(void *context, const char *name, const struct strbuf *value,
		      struct error *err)
{
	struct pull *pull = context;
	AUTO(error) struct error bad = ERROR_INIT;

	if (store_check_name(name, &bad) < 0) {
		count_failure(pull, name, &bad);
	} else if (is_here(pull, name)) {
		map_set(&pull->names, name, is_as_here(pull, name, value) ? pull : NULL);
	} else {
		map_set(&pull->names, name, NULL);
		keep_head(pull, name, value);
	}
	return 0;
}

/* Without the store, the members decide whose turn it is (solo.h): a name that no member has signed
 * would delay that. While the fleet changes its key, a machine may have signed with one that is not
 * here yet: its place among the others, once known, stays as it is. */
static int visit_node(void *context, const char *name, const struct strbuf *value,
		      struct error *err)
{
	struct pull *pull = context;
	AUTO(fleet_record) struct fleet_record node = FLEET_RECORD_INIT;
	AUTO(error) struct error bad = ERROR_INIT;

	if (member_unseal(pull->member, FLEET_NODE, name, value, &node, &bad) < 0)
		log_warning("%s", bad.text);
	if ((!error_is_set(&bad) ||
	     (bad.code == ERR_CONFIG && strvec_contains(&pull->before, name))) &&
	    pull->members.count < MAX_MEMBERS)
		strvec_push(&pull->members, name);
	return 0;
}

/* Lineages of the fleet that exist here, in case the store has lost one. */
static int add_local(struct pull *pull, struct error *err)
{
	const char *config_dir = settings_config_dir(pull->plugins->host.settings);
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (lineage_names(config_dir, &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++) {
		AUTO(lineage) struct lineage *lineage = NULL;
		AUTO(error) struct error broken = ERROR_INIT;

		if (!map_contains(&pull->names, names.items[i]) &&
		    lineage_look(config_dir, names.items[i], &lineage, &broken) == 0 &&
		    renewal_state_generation(lineage_conf(lineage)))
			map_add(&pull->names, names.items[i], NULL);
	}
	return 0;
}

static int list_all(struct pull *pull, struct error *err)
{
	const struct member_visit wants = {visit_want, pull}, heads = {visit_head, pull},
				  nodes = {visit_node, pull};
	AUTO(error) struct error none = ERROR_INIT;

	(void)!ini_get_list(ini_root(pull->member->state), "members", &pull->before, &none);
	if (member_list(pull->member, FLEET_WANT, &wants, err) < 0 ||
	    member_list(pull->member, FLEET_HEAD, &heads, err) < 0 ||
	    member_list(pull->member, FLEET_NODE, &nodes, err) < 0)
		return err->code;
	return add_local(pull, err);
}

/* Takes the generations of a page over. The machine tries again what fails here, and the user is
 * told its answer. */
static int take_page(struct pull *pull, const struct bulk *bulk, struct error *err)
{
	AUTO_FREE struct newcomer *items = xcalloc(bulk->count, sizeof(struct newcomer));
	size_t count = 0;

	if (signals_pending())
		return error_set(err, ERR_CANCELLED, "stopped by a signal");
	for (size_t i = 0; i < bulk->count; i++)
		if (bulk->items[i].generation.kind == FLEET_GENERATION)
			items[count++] = (struct newcomer){
				.name = bulk->items[i].name,
				.generation = &bulk->items[i].generation,
				.want = map_get(&pull->wants, bulk->items[i].name)};
	if (newcomers_create(&pull->newcomers, items, count, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		if (!error_is_set(&items[i].error)) {
			note_taken(pull, items[i].name, items[i].generation);
			/* The machine goes on with one whose conf lacks a wish. */
			map_set(&pull->names, items[i].name,
				wish_is_in(items[i].want) ? NULL : pull);
			continue;
		}
		log_debug("%s: %s", items[i].name, items[i].error.text);
		error_release(&items[i].error);
	}
	return 0;
}

/* Takes over what this machine has nothing of, as all is on a machine that joins. Nothing can be
 * compared or given back, so that the generations are read many at a time. */
static int take_new(struct pull *pull, struct error *err)
{
	AUTO(bulk) struct bulk bulk = BULK_INIT;

	for (size_t i = 0; i < pull->heads.count; i++) {
		const struct map_entry *head = &pull->heads.entries[i];

		bulk_add(&bulk, head->key, head->value);
		if (bulk.count < BULK_SIZE && i + 1 < pull->heads.count)
			continue;
		if (bulk_read(&bulk, pull->member, err) < 0 || take_page(pull, &bulk, err) < 0)
			return err->code;
		bulk_clear(&bulk);
	}
	return 0;
}

static int pull_names(struct pull *pull, struct error *err)
{
	for (size_t i = 0; i < pull->names.count; i++) {
		const char *name = pull->names.entries[i].key;
		AUTO(error) struct error failure = ERROR_INIT;

		pull->count += pull->names.entries[i].value != NULL;
		if (pull->names.entries[i].value || pull_one(pull, name, &failure) == 0)
			continue;
		if (failure.code == ERR_CANCELLED || failure.code == ERR_NETWORK ||
		    signals_pending())
			return error_move(err, &failure);
		count_failure(pull, name, &failure);
	}
	return 0;
}

/* A digest of the store's tip. Empty: the store has none. */
static int read_tip(struct member *member, struct strbuf *ret_digest, struct error *err)
{
	AUTO(fleet_record) struct fleet_record tip = FLEET_RECORD_INIT;
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;
	struct fleet_place place = member_place(member, FLEET_TIP, "");

	if (member_read(member, &place, &tip, &value, err) < 0)
		return err->code;
	if (value.len)
		digest_hex(DIGEST_SHA256, value.text, value.len, ret_digest);
	return 0;
}

/* The tip is recorded only if everything succeeded, so that the next run tries again what failed.
 * While the fleet changes its key it is not, so that a change which was given up, by removing the
 * new key, is followed by a pull that shows the old one again (rekey.h). The members are recorded
 * for times when the store does not answer (solo.h). */
static int note_pull(struct pull *pull, const struct strbuf *tip, struct error *err)
{
	struct ini_section *root = ini_root(pull->member->state);
	AUTO_FREE char *taken = xasprintf(
		"%lld",
		(long long)(pull_count_taken(pull->member->state) + (int64_t)pull->pulled->taken));

	ini_set(root, "taken", taken);
	pull->owes |= pull->pulled->failed || pull->member->ring.count > 1;
	ini_set(root, "tip", pull->owes ? "" : tip->text);
	strvec_sort(&pull->members);
	ini_set_list(root, "members", &pull->members);
	if (member_save_state(pull->member, err) < 0)
		return err->code;
	return member_sign(pull->member, pull->count, err);
}

int64_t pull_count_taken(const struct ini *state)
{
	const char *text = ini_peek(ini_root(state), "taken");
	int64_t count = 0;

	return text && str_to_int64(text, 0, INT64_MAX / 2, &count) ? count : 0;
}

static bool is_seen(const struct member *member, const struct strbuf *tip)
{
	const char *seen = ini_peek(ini_root(member->state), "tip");

	return tip->len && seen && strcmp(seen, tip->text) == 0;
}

int pull_is_current(struct member *member, bool *ret_is_current, struct error *err)
{
	AUTO(strbuf) struct strbuf tip = STRBUF_INIT;

	if (read_tip(member, &tip, err) < 0)
		return err->code;
	*ret_is_current = is_seen(member, &tip);
	return 0;
}

int pull_run(struct plugins *plugins, struct member *member, struct pulled *ret_pulled,
	     struct error *err)
{
	AUTO(pull) struct pull pull = new_pull(plugins, member, ret_pulled);
	AUTO(strbuf) struct strbuf tip = STRBUF_INIT;

	*ret_pulled = (struct pulled){.taken = 0};
	if (read_tip(member, &tip, err) < 0)
		return err->code;
	if (is_seen(member, &tip))
		return 0;
	/* Accounts first: a lineage that is taken over or given back names one. */
	if (account_keys_settle(member, plugins->host.ui, &pull.owes, err) < 0 ||
	    list_all(&pull, err) < 0 || take_new(&pull, err) < 0 || pull_names(&pull, err) < 0)
		return err->code;
	return note_pull(&pull, &tip, err);
}

int pull_lineage(struct plugins *plugins, struct member *member, const char *name,
		 struct error *err)
{
	struct pulled pulled = {.taken = 0};
	AUTO(pull) struct pull pull = new_pull(plugins, member, &pulled);
	AUTO(fleet_record) struct fleet_record want = FLEET_RECORD_INIT;
	struct fleet_place place = member_place(member, FLEET_WANT, name);

	/* Options that the store has are not published again. */
	if (member_read(member, &place, &want, NULL, err) < 0)
		return err->code;
	if (want.kind == FLEET_WANT)
		fleet_record_keep(&pull.wants, name, &want);
	return pull_one(&pull, name, err);
}
