/*
 * The store in memory (see fleet_store.h).
 */
#include "app/fleet/fleet_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "crypto/aead.h"

size_t store_find(const struct fleet_store *store, const char *key)
{
	size_t at = 0;

	while (at < store->count && strcmp(store->pairs[at].key, key) != 0)
		at++;
	return at;
}

static void remove_pair(struct fleet_store *store, size_t at)
{
	free(store->pairs[at].key);
	strbuf_release(&store->pairs[at].value);
	store->pairs[at] = store->pairs[--store->count];
}

void store_remove(struct fleet_store *store, const char *key)
{
	remove_pair(store, store_find(store, key));
}

void store_put(struct fleet_store *store, const char *key, struct span value, uint64_t lease)
{
	size_t at = store_find(store, key);

	if (at == store->count) {
		if (at == MAX_PAIRS)
			BUG("the store is full");
		store->count++;
		store->pairs[at].key = xstrdup(key);
		strbuf_init(&store->pairs[at].value);
	}
	strbuf_clear(&store->pairs[at].value);
	strbuf_add(&store->pairs[at].value, value.ptr, value.len);
	store->pairs[at].lease = lease;
}

static bool has_lease(const struct fleet_store *store, uint64_t lease)
{
	for (size_t i = 0; i < store->lease_count; i++)
		if (store->leases[i] == lease)
			return true;
	return false;
}

void store_end_lease(struct fleet_store *store, uint64_t lease)
{
	for (size_t i = 0; i < store->lease_count; i++)
		if (store->leases[i] == lease)
			store->leases[i] = 0;
	for (size_t i = store->count; i-- > 0;)
		if (store->pairs[i].lease == lease)
			remove_pair(store, i);
}

static bool holds(const struct fleet_store *store, const struct fleet_compare *compare)
{
	size_t at = store_find(store, compare->key);

	if (at == store->count)
		return compare->value.len == 0;
	return compare->value.len &&
	       span_same(span_make(compare->value.text, compare->value.len),
			 span_make(store->pairs[at].value.text, store->pairs[at].value.len));
}

static void perform_txn(struct fleet_store *store, const struct fleet_ask *ask,
			struct fleet_answer *answer)
{
	answer->succeeded = true;
	for (size_t i = 0; i < ask->op_count; i++)
		if (ask->ops[i].lease && !has_lease(store, ask->ops[i].lease))
			answer->outcome = FLEET_NO_LEASE;
	for (size_t i = 0; i < ask->compare_count; i++)
		answer->succeeded &= holds(store, &ask->compares[i]);
	for (size_t i = 0; i < ask->read_count; i++) {
		size_t at = store_find(store, ask->reads[i]);

		if (at < store->count)
			fleet_answer_add(answer, xstrdup(ask->reads[i]), &store->pairs[at].value);
	}
	for (size_t i = 0; i < ask->op_count; i++) {
		const struct fleet_op *op = &ask->ops[i];
		size_t at = store_find(store, op->key);

		if (!answer->succeeded || answer->outcome != FLEET_DONE)
			return;
		if (!op->deletes)
			store_put(store, op->key, span_make(op->value.text, op->value.len),
				  op->lease);
		else if (at < store->count)
			remove_pair(store, at);
	}
}

/* Pages of `limit` keys, in order. */
static void perform_range(struct fleet_store *store, const struct fleet_ask *ask,
			  struct fleet_answer *answer)
{
	AUTO_FREE char *begin = span_dup(ask->after);
	const char *after = store->repeats_page ? "" : begin;

	store->range_asks++;
	for (;;) {
		size_t next = store->count;

		for (size_t i = 0; i < store->count; i++)
			if (strncmp(store->pairs[i].key, ask->prefix, strlen(ask->prefix)) == 0 &&
			    strcmp(store->pairs[i].key, after) > 0 &&
			    (next == store->count ||
			     strcmp(store->pairs[i].key, store->pairs[next].key) < 0))
				next = i;
		if (next == store->count)
			break;
		if (answer->found_count == ask->limit) {
			answer->has_more = true;
			break;
		}
		after = store->pairs[next].key;
		fleet_answer_add_found(answer, xstrdup(after), &store->pairs[next].value);
		fleet_answer_set_last(answer, span_of(after));
	}
	answer->has_more |= store->repeats_page;
}

static void perform_ask(struct fleet_engine *engine, const struct fleet_ask *ask,
			struct fleet_answer *answer)
{
	struct fleet_store *store = CONTAINER_OF(engine, struct fleet_store, engine);
	/* It may ask the store itself. */
	void (*meanwhile)(struct fleet_store * store) = ask->op_count ? store->meanwhile : NULL;

	if (meanwhile) {
		store->meanwhile = NULL;
		meanwhile(store);
	}
	store->writes += ask->op_count != 0;
	store->is_away |= store->fails_at && store->writes >= store->fails_at;
	if (store->is_away) {
		answer->outcome = FLEET_AWAY;
		return;
	}
	if (store->is_full && (ask->kind == FLEET_GRANT || ask->op_count)) {
		answer->outcome = FLEET_FULL;
		error_set(&answer->fault, ERR_REFUSED, "it is full");
		return;
	}
	switch (ask->kind) {
	case FLEET_TXN:
		perform_txn(store, ask, answer);
		break;
	case FLEET_RANGE:
		perform_range(store, ask, answer);
		break;
	case FLEET_GRANT:
		if (store->lease_count == MAX_LEASES)
			BUG("too many leases");
		store->leases[store->lease_count++] = ask->lease;
		break;
	case FLEET_KEEPALIVE:
		if (!has_lease(store, ask->lease))
			answer->outcome = FLEET_NO_LEASE;
		break;
	case FLEET_REVOKE:
		store_end_lease(store, ask->lease);
		break;
	}
}

static void keep_engine(struct fleet_engine *engine)
{
}

static int64_t store_now(void *context)
{
	return ((struct fleet_store *)context)->now_ms;
}

static int store_sleep(void *context, int64_t mono_ms)
{
	((struct fleet_store *)context)->now_ms = mono_ms;
	return 0;
}

static uint64_t count_numbers(void *context)
{
	return ++((struct fleet_store *)context)->drawn * 2;
}

static const struct fleet_engine_ops memory_ops = {
	.name = "memory", .perform = perform_ask, .free = keep_engine};

void store_begin(struct fleet_store *store)
{
	*store = (struct fleet_store){.engine = {&memory_ops}, .now_ms = 1767323045000};
	store->clock = (struct clock){.now_ms = store_now,
				      .mono_ms = store_now,
				      .sleep_until = store_sleep,
				      .context = store};
	aead_make_key(&store->key);
}

void store_end(struct fleet_store *store)
{
	while (store->count)
		remove_pair(store, 0);
	secret_release(&store->key);
}

struct member *store_join(struct fleet_store *store, struct network *network,
			  const struct settings *settings, const char *name)
{
	struct member *member = XNEW(struct member);

	network->clock = &store->clock;
	member->network = network;
	member->settings = settings;
	member->engine = &store->engine;
	member->node = xstrdup(name);
	member->state = ini_new();
	member->ring.count = 1;
	secret_set(&member->ring.keys[0], secret_peek(&store->key), store->key.len);
	member->session = (struct fleet_session){.node = member->node,
						 .ring = &member->ring,
						 .random = count_numbers,
						 .random_context = store,
						 .lease_ttl_s = 60};
	member_enter(member, "fleet");
	return member;
}
