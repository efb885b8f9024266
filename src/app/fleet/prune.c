/*
 * Pruning (see prune.h). What cannot be opened is kept: it may be of a newer version, or sealed
 * with another key. A value that may still change is deleted only as it was read.
 */
#include "app/fleet/prune.h"

#include <string.h>

#include "app/fleet/member/member.h"
#include "app/fleet/member/shared.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/map.h"
#include "codec/datetime.h"

/* A machine signs whenever it takes something over, so it may be silent for as long as the longest
 * lineage lives. If it comes back, it signs again. */
enum { GONE_S = 400 * 24 * 3600 };

struct prune {
	const struct ui *ui;
	struct member *member;
	bool is_rehearsal;
	struct map heads;     /* name -> struct fleet_record, as the next */
	struct map releases;  /* options that say that a lineage was released */
	enum fleet_kind kind; /* the one that is being listed */
	size_t count;         /* of what was, or would be, deleted */
};

static void prune_release(struct prune *prune)
{
	map_release(&prune->heads);
	map_release(&prune->releases);
}
DEFINE_AUTO(prune, prune_release);

/* Deletes what is at a place, if it is still as it was read (NULL: whatever it is). */
static int drop_value(struct prune *prune, const struct fleet_place *place,
		      const struct strbuf *guard, const char *what, struct error *err)
{
	AUTO(error) struct error changed = ERROR_INIT;

	if (!prune->is_rehearsal && member_delete(prune->member, place, guard, &changed) < 0) {
		if (changed.code != ERR_EXISTS)
			return error_move(err, &changed);
		log_debug("%s", changed.text);
		return 0;
	}
	prune->count++;
	result_push(prune->ui, "deleted", json_string_new(what));
	ui_say(prune->ui, "%s %s", prune->is_rehearsal ? "Would delete" : "Deleted", what);
	return 0;
}

/* Members read the generation that the head names. One of them may have read a head just before it
 * changed, so the generation before that one stays, too. A release counts for the generations up to
 * its own number only: since head and release were read, a machine may have adopted the lineage
 * again, and what it has published has a higher number. */
static bool is_old(const struct prune *prune, const char *name, uint64_t generation)
{
	const struct fleet_record *head = map_get(&prune->heads, name);

	return head && (generation + 1 < head->generation ||
			shared_is_released(map_get(&prune->releases, name), generation));
}

static int prune_generation(struct prune *prune, const char *key, struct error *err)
{
	AUTO_FREE char *name = NULL, *what = NULL;
	struct fleet_place place;

	if (!member_generation_place(prune->member, key, &name, &place) ||
	    !is_old(prune, name, place.generation))
		return 0;
	what = xasprintf("generation %llu of %s", (unsigned long long)place.generation, name);
	return drop_value(prune, &place, NULL, what, err);
}

/* An order whose generation the head has reached was published, or another one was. */
static int prune_order(struct prune *prune, const char *name, const struct fleet_record *order,
		       const struct strbuf *value, struct error *err)
{
	const struct fleet_record *head = map_get(&prune->heads, name);
	const struct fleet_place place = member_place(prune->member, FLEET_ORDER, name);
	AUTO_FREE char *what = xasprintf("the finished order of %s", name);

	if (!head || order->generation > head->generation)
		return 0;
	return drop_value(prune, &place, value, what, err);
}

static int prune_node(struct prune *prune, const char *name, const struct fleet_record *node,
		      const struct strbuf *value, struct error *err)
{
	const struct fleet_place place = member_place(prune->member, FLEET_NODE, name);
	AUTO_FREE char *when = datetime_rfc3339(node->not_before);
	AUTO_FREE char *what = xasprintf("the machine %s, last here %s", name, when);

	if (strcmp(name, prune->member->node) == 0 ||
	    member_now(prune->member).unix_s - node->not_before < GONE_S)
		return 0;
	return drop_value(prune, &place, value, what, err);
}

static int visit_value(void *context, const char *name, const struct strbuf *value,
		       struct error *err)
{
	struct prune *prune = context;
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	AUTO(error) struct error unread = ERROR_INIT;

	if (prune->kind == FLEET_GENERATION)
		return prune_generation(prune, name, err);
	if (member_unseal(prune->member, prune->kind, name, value, &record, &unread) < 0)
		log_warning("%s", unread.text);
	else if (prune->kind == FLEET_ORDER)
		return prune_order(prune, name, &record, value, err);
	else if (prune->kind == FLEET_NODE)
		return prune_node(prune, name, &record, value, err);
	else if (prune->kind == FLEET_HEAD)
		fleet_record_keep(&prune->heads, name, &record);
	else if (shared_is_released(&record, 0))
		fleet_record_keep(&prune->releases, name, &record);
	return 0;
}

int prune_store(struct member *member, const struct ui *ui, bool is_rehearsal, struct error *err)
{
	/* Heads and options say what the others are for. */
	static const enum fleet_kind kinds[] = {FLEET_WANT, FLEET_HEAD, FLEET_GENERATION,
						FLEET_ORDER, FLEET_NODE};
	AUTO(prune) struct prune prune = {
		.ui = ui,
		.member = member,
		.is_rehearsal = is_rehearsal,
		.heads = MAP_INIT(fleet_record_free),
		.releases = MAP_INIT(fleet_record_free),
	};
	const struct member_visit visit = {visit_value, &prune};

	result_set(ui, "deleted", json_array_new());
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		prune.kind = kinds[i];
		if (member_list(member, kinds[i], &visit, err) < 0)
			return err->code;
	}
	if (!prune.count)
		ui_say(ui, "There is nothing to delete.");
	return 0;
}

int prune_run(struct app *app, struct error *err)
{
	AUTO(member) struct member *member = NULL;
	bool is_rehearsal = settings_flag(app->settings, "dry_run");

	result_set_bool(app->ui, "dry_run", is_rehearsal);
	if (member_open(&app->network, app->settings, &member, err) < 0)
		return err->code;
	return prune_store(member, app->ui, is_rehearsal, err);
}
