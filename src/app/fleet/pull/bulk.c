/*
 * The page of generations (see bulk.h): few asks, and one more for each chain that is new. The
 * machine of src/fleet checks the same, but takes two asks or three for each lineage.
 */
#include "app/fleet/pull/bulk.h"

#include "base/alloc.h"
#include "base/log.h"
#include "fleet/chain.h"

void bulk_clear(struct bulk *bulk)
{
	for (size_t i = 0; i < bulk->count; i++)
		fleet_record_release(&bulk->items[i].generation);
	bulk->count = 0;
}

void bulk_release(struct bulk *bulk)
{
	bulk_clear(bulk);
	map_release(&bulk->chains);
}

void bulk_add(struct bulk *bulk, const char *name, const struct fleet_record *head)
{
	if (bulk->count == BULK_SIZE)
		BUG("more than %d generations in a page", BULK_SIZE);
	bulk->items[bulk->count++] =
		(struct bulk_item){.name = name, .head = head, .generation = FLEET_RECORD_INIT};
}

static struct fleet_place generation_place(const struct member *member,
					   const struct bulk_item *item)
{
	struct fleet_place place = member_place(member, FLEET_GENERATION, item->name);

	place.generation = item->head->generation;
	return place;
}

/* Reads a chain once. One that is missing is kept as such: it is asked for once, too. */
static const struct fleet_record *find_chain(struct bulk *bulk, struct member *member,
					     const char *name)
{
	struct fleet_place place = member_place(member, FLEET_CHAIN, name);
	struct fleet_record *chain = map_get(&bulk->chains, name);
	AUTO(error) struct error unread = ERROR_INIT;

	if (chain)
		return chain;
	chain = XNEW(struct fleet_record);
	*chain = (struct fleet_record)FLEET_RECORD_INIT;
	if (member_read(member, &place, chain, NULL, &unread) < 0)
		log_debug("%s", unread.text);
	map_set(&bulk->chains, name, chain);
	return chain;
}

static bool is_usable(struct bulk *bulk, struct member *member, struct bulk_item *item)
{
	struct fleet_record *generation = &item->generation;

	return fleet_record_is_of_head(generation, item->head) &&
	       (!fleet_chain_is_apart(generation) ||
		fleet_chain_join(generation, find_chain(bulk, member, generation->chain)));
}

static void take_item(struct bulk *bulk, struct member *member, struct bulk_item *item,
		      const struct fleet_answer *answer)
{
	struct fleet_place place = generation_place(member, item);
	AUTO_FREE char *key = fleet_place_key(&place);
	const struct fleet_pair *pair = fleet_answer_find(answer, key);
	AUTO(error) struct error bad = ERROR_INIT;

	if (!pair)
		return;
	if (fleet_unseal(&member->ring, &place, span_make(pair->value.text, pair->value.len),
			 &item->generation, &bad) < 0)
		log_debug("%s", bad.text);
	else if (!is_usable(bulk, member, item))
		fleet_record_release(&item->generation);
}

/* With RSA keys, too, the answer is far below what a client of etcd accepts. */
static int read_some(struct bulk *bulk, struct member *member, size_t first, struct error *err)
{
	AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_TXN};
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
	size_t end = first + FLEET_MAX_READS;

	if (end > bulk->count)
		end = bulk->count;
	for (size_t i = first; i < end; i++) {
		struct fleet_place place = generation_place(member, &bulk->items[i]);

		fleet_ask_read(&ask, fleet_place_key(&place));
	}
	if (member_ask(member, &ask, &answer, err) < 0)
		return err->code;
	for (size_t i = first; i < end; i++)
		take_item(bulk, member, &bulk->items[i], &answer);
	return 0;
}

int bulk_read(struct bulk *bulk, struct member *member, struct error *err)
{
	for (size_t first = 0; first < bulk->count; first += FLEET_MAX_READS)
		if (read_some(bulk, member, first, err) < 0)
			return err->code;
	return 0;
}
