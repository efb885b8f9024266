/*
 * The look (see look.h): one ask for all that the store has of the name. It is not repeated, since
 * whoever asks `why` waits for the answer.
 */
#include "app/fleet/look.h"

#include <string.h>

#include "app/fleet/member/member_files.h"
#include "app/fleet/member/shared.h"
#include "base/alloc.h"

/* Reads one record out of the answer; its kind is 0 if there is none, or it cannot be trusted. */
static int open_record(const struct member *member, const struct fleet_answer *answer,
		       const struct fleet_place *place, struct fleet_record *ret_record,
		       struct error *err)
{
	AUTO_FREE char *key = fleet_place_key(place);
	const struct fleet_pair *pair = fleet_answer_find(answer, key);

	if (!pair)
		return 0;
	return member_unseal(member, place->kind, place->name, &pair->value, ret_record, err);
}

static void fill_view(const struct member *member, const struct fleet_record *records,
		      struct fleet_view *view)
{
	const struct fleet_record *head = &records[0], *want = &records[1], *owner = &records[2],
				  *state = &records[3];

	view->is_looked = true;
	view->there = head->generation;
	view->is_released = head->kind && shared_is_released(want, head->generation);
	if (owner->kind && strcmp(owner->node, member->node) != 0)
		view->owner = xstrdup(owner->node);
	if (!state->kind || !state->failures)
		return;
	view->failed_on = xstrdup(state->node);
	view->problem = xstrdup(state->problem);
	view->next_try = state->not_before;
}

static void ask_store(struct member *member, const char *name, struct fleet_view *ret_view)
{
	static const enum fleet_kind kinds[] = {FLEET_HEAD, FLEET_WANT, FLEET_OWNER, FLEET_STATE};
	AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_TXN};
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
	struct fleet_record records[] = {FLEET_RECORD_INIT, FLEET_RECORD_INIT, FLEET_RECORD_INIT,
					 FLEET_RECORD_INIT};
	int rc = 0;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct fleet_place place = member_place(member, kinds[i], name);

		fleet_ask_read(&ask, fleet_place_key(&place));
	}
	member_perform(member, &ask, &answer);
	rc = member_judge(member, &answer, &ret_view->error);
	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(kinds); i++) {
		struct fleet_place place = member_place(member, kinds[i], name);

		rc = open_record(member, &answer, &place, &records[i], &ret_view->error);
	}
	if (rc == 0)
		fill_view(member, records, ret_view);
	for (size_t i = 0; i < ARRAY_LEN(records); i++)
		fleet_record_release(&records[i]);
}

/* The file that `fleet join` writes. */
static bool is_member(const struct settings *settings)
{
	AUTO(ini) struct ini *state = NULL;
	AUTO(error) struct error unread = ERROR_INIT;

	return member_files_read_state(settings, &state, &unread) == 0 &&
	       ini_peek(ini_root(state), "fleet");
}

void look_at_lineage(struct network *network, const char *name, bool asks,
		     struct fleet_view *ret_view)
{
	ret_view->is_configured = member_is_configured(network->settings);
	if (!ret_view->is_configured)
		return;
	ret_view->is_member = is_member(network->settings);
	if (!asks || !ret_view->is_member)
		return;
	if (!network->member &&
	    member_open(network, network->settings, &network->member, &ret_view->error) < 0)
		return;
	if (network->member->silent_ms)
		error_set(&ret_view->error, ERR_NETWORK, "the fleet's store does not answer");
	else
		ask_store(network->member, name, ret_view);
}
