/*
 * The store of the simulation: revisions, leases, guarded writes, and the ways in which etcd is
 * known to disappoint. A write whose answer is lost was made, or was not, or is made later.
 */
#include "sim.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

static struct sim_store *store_of(struct fleet_engine *engine)
{
	return CONTAINER_OF(engine, struct sim_store, engine);
}

struct sim_pair *sim_store_find(struct sim_store *store, const char *key)
{
	for (size_t i = 0; i < store->pair_count; i++) {
		if (strcmp(store->pairs[i].key, key) == 0)
			return &store->pairs[i];
	}
	return NULL;
}

bool sim_store_read(struct sim_store *store, const struct fleet_place *place,
		    struct fleet_record *ret_record)
{
	AUTO_FREE char *key = fleet_place_key(place);
	AUTO(error) struct error err = ERROR_INIT;
	const struct sim_pair *pair = sim_store_find(store, key);

	return pair &&
	       fleet_unseal(&store->world->ring, place,
			    span_make(pair->value.text, pair->value.len), ret_record, &err) == 0;
}

void sim_store_put(struct sim_store *store, const struct fleet_place *place,
		   const struct fleet_record *record)
{
	struct sim_pair *pair = &store->pairs[store->pair_count++];

	*pair = (struct sim_pair){.key = fleet_place_key(place), .value = STRBUF_INIT};
	fleet_seal(&store->world->ring, place, record, &pair->value);
}

static struct sim_lease *find_lease(struct sim_store *store, uint64_t id)
{
	for (size_t i = 0; i < store->lease_count; i++) {
		if (store->leases[i].id == id)
			return &store->leases[i];
	}
	return NULL;
}

static void drop_pair(struct sim_store *store, struct sim_pair *pair)
{
	free(pair->key);
	strbuf_release(&pair->value);
	*pair = store->pairs[--store->pair_count];
}

void sim_store_drop(struct sim_store *store, const char *key)
{
	struct sim_pair *pair = sim_store_find(store, key);

	if (pair)
		drop_pair(store, pair);
}

static void drop_lease(struct sim_store *store, struct sim_lease *lease)
{
	for (size_t i = store->pair_count; i-- > 0;) {
		if (store->pairs[i].lease == lease->id)
			drop_pair(store, &store->pairs[i]);
	}
	store->revision++;
	*lease = store->leases[--store->lease_count];
}

static bool comparison_holds(struct sim_store *store, const struct fleet_compare *compare)
{
	const struct sim_pair *pair = sim_store_find(store, compare->key);

	if (!pair || !compare->value.len)
		return !pair && !compare->value.len;
	return span_same(span_make(pair->value.text, pair->value.len),
			 span_make(compare->value.text, compare->value.len));
}

/* Two promises that can be seen here: an owner's key is deleted by its owner only, and no member
 * writes a head below the one that is there. */
static void watch_op(struct sim_store *store, const struct fleet_op *op, unsigned writer)
{
	struct sim_world *world = store->world;
	const struct sim_pair *pair = sim_store_find(store, op->key);

	/* Who puts back an old value by force makes it look owned by its former owner. */
	if (world->character != SIM_HOSTILE && pair && str_starts(op->key, "owner/") &&
	    pair->writer != writer)
		sim_violation(world, "process %u %s %s of process %u", writer,
			      op->deletes ? "deleted" : "took", op->key, pair->writer);
	for (size_t i = 0; i < SIM_LINEAGES && str_starts(op->key, "head/"); i++) {
		struct fleet_place place = {"f", FLEET_HEAD, sim_lineages[i], 0};
		AUTO(fleet_record) struct fleet_record old = FLEET_RECORD_INIT,
						       new = FLEET_RECORD_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		if (strcmp(op->key + strlen("head/"), sim_lineages[i]) != 0 ||
		    !sim_store_read(store, &place, &old) ||
		    fleet_unseal(&world->ring, &place, span_make(op->value.text, op->value.len),
				 &new, &err) < 0)
			continue;
		if (new.generation < old.generation ||
		    (new.generation == old.generation &&strcmp(new.digest, old.digest) != 0))
			sim_violation(world, "the head of %s went from %d to %d", sim_lineages[i],
				      (int)old.generation, (int)new.generation);
	}
}

static void perform_op(struct sim_store *store, const struct fleet_op *op, unsigned writer)
{
	struct sim_pair *pair = sim_store_find(store, op->key);

	watch_op(store, op, writer);
	if (op->deletes) {
		if (pair)
			drop_pair(store, pair);
		return;
	}
	if (!pair) {
		if (store->pair_count == SIM_MAX_PAIRS)
			BUG("more than %d pairs", SIM_MAX_PAIRS);
		pair = &store->pairs[store->pair_count++];
		*pair = (struct sim_pair){.key = xstrdup(op->key), .value = STRBUF_INIT};
	}
	strbuf_clear(&pair->value);
	strbuf_add(&pair->value, op->value.text, op->value.len);
	pair->lease = op->lease;
	pair->writer = writer;
}

static bool has_put(const struct fleet_ask *ask)
{
	for (size_t i = 0; i < ask->op_count; i++) {
		if (!ask->ops[i].deletes)
			return true;
	}
	return false;
}

static void read_pairs(struct sim_store *store, const struct fleet_ask *ask,
		       struct fleet_answer *answer)
{
	for (size_t i = 0; i < ask->read_count; i++) {
		const struct sim_pair *pair = sim_store_find(store, ask->reads[i]);

		if (pair)
			fleet_answer_add(answer, xstrdup(ask->reads[i]), &pair->value);
	}
}

static void perform_txn(struct sim_store *store, const struct fleet_ask *ask, unsigned writer,
			struct fleet_answer *answer)
{
	bool holds = true;

	for (size_t i = 0; i < ask->op_count; i++) {
		if (ask->ops[i].lease && !find_lease(store, ask->ops[i].lease)) {
			answer->outcome = FLEET_NO_LEASE;
			return;
		}
	}
	if (store->full && has_put(ask)) {
		answer->outcome = FLEET_FULL;
		error_set(&answer->fault, ERR_IO, "the store is full");
		return;
	}
	for (size_t i = 0; i < ask->compare_count; i++)
		holds = holds && comparison_holds(store, &ask->compares[i]);
	read_pairs(store, ask, answer);
	answer->succeeded = holds;
	if (holds && ask->op_count)
		store->revision++;
	for (size_t i = 0; holds && i < ask->op_count; i++)
		perform_op(store, &ask->ops[i], writer);
}

static void grant_lease(struct sim_store *store, const struct fleet_ask *ask)
{
	int64_t ttl_ms = ask->ttl_s * 1000;

	if (store->lease_count < SIM_MAX_LEASES)
		store->leases[store->lease_count++] =
			(struct sim_lease){.id = ask->lease,
					   .ttl_ms = ttl_ms,
					   .ends_ms = store->world->now_ms + ttl_ms};
}

static void perform_now(struct sim_store *store, const struct fleet_ask *ask, unsigned writer,
			struct fleet_answer *answer)
{
	struct sim_lease *lease = find_lease(store, ask->lease);

	switch (ask->kind) {
	case FLEET_TXN:
		perform_txn(store, ask, writer, answer);
		break;
	case FLEET_RANGE: /* no machine without I/O asks for one */
		break;
	case FLEET_GRANT:
		if (store->full)
			answer->outcome = FLEET_FULL;
		else
			grant_lease(store, ask);
		break;
	case FLEET_KEEPALIVE:
		if (lease)
			lease->ends_ms = store->world->now_ms + lease->ttl_ms;
		else
			answer->outcome = FLEET_NO_LEASE;
		break;
	case FLEET_REVOKE:
		if (lease)
			drop_lease(store, lease);
		break;
	}
}

static void copy_ask(const struct fleet_ask *ask, struct fleet_ask *ret)
{
	*ret = (struct fleet_ask){.kind = ask->kind, .lease = ask->lease, .ttl_s = ask->ttl_s};
	for (size_t i = 0; i < ask->compare_count; i++)
		fleet_ask_compare(ret, xstrdup(ask->compares[i].key), &ask->compares[i].value);
	for (size_t i = 0; i < ask->op_count; i++) {
		struct fleet_op *op = fleet_ask_put(ret, xstrdup(ask->ops[i].key));

		strbuf_add(&op->value, ask->ops[i].value.text, ask->ops[i].value.len);
		op->lease = ask->ops[i].lease;
		op->deletes = ask->ops[i].deletes;
	}
}

static void perform(struct fleet_engine *engine, const struct fleet_ask *ask,
		    struct fleet_answer *answer)
{
	struct sim_store *store = store_of(engine);
	struct sim_world *world = store->world;
	AUTO(fleet_answer) struct fleet_answer lost = {.outcome = FLEET_DONE};

	if (store->is_cut) {
		answer->outcome = sim_below(world, 2) ? FLEET_AWAY : FLEET_UNSURE;
	} else if (sim_strikes(world, 15)) {
		answer->outcome = FLEET_UNSURE;
		if (sim_below(world, 3) == 0 && store->late_count < SIM_MAX_LATE) {
			struct sim_late *late = &store->late[store->late_count++];

			copy_ask(ask, &late->ask);
			late->at_ms = world->now_ms + (int64_t)sim_below(world, 40000);
			late->writer = store->writer;
		} else if (sim_below(world, 2)) {
			perform_now(store, ask, store->writer, &lost);
		}
	} else {
		perform_now(store, ask, store->writer, answer);
	}
}

static const struct fleet_engine_ops simulated_engine = {"simulated", perform, NULL, NULL};

void sim_store_tick(struct sim_store *store)
{
	for (size_t i = store->late_count; i-- > 0;) {
		struct sim_late late = store->late[i];
		AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};

		if (late.at_ms > store->world->now_ms)
			continue;
		store->late[i] = store->late[--store->late_count];
		perform_now(store, &late.ask, late.writer, &answer);
		sim_trace(store->world, "store: a late write of process %u: %s", late.writer,
			  answer.succeeded ? "made" : "refused");
		fleet_ask_release(&late.ask);
	}
	for (size_t i = store->lease_count; i-- > 0;) {
		if (store->leases[i].ends_ms <= store->world->now_ms) {
			sim_trace(store->world, "store: a lease ended");
			drop_lease(store, &store->leases[i]);
		}
	}
}

static void copy_pairs(struct sim_pair *to, const struct sim_pair *from, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		to[i] = from[i];
		to[i].key = xstrdup(from[i].key);
		to[i].value = (struct strbuf)STRBUF_INIT;
		strbuf_add(&to[i].value, from[i].value.text, from[i].value.len);
	}
}

static void release_pairs(struct sim_pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(pairs[i].key);
		strbuf_release(&pairs[i].value);
	}
}

static void take_backup(struct sim_store *store)
{
	copy_pairs(store->backup, store->pairs, store->pair_count);
	store->backup_count = store->pair_count;
	store->backup_revision = store->revision;
}

static void restore_backup(struct sim_store *store)
{
	sim_trace(store->world, "store: set back from revision %d to %d", (int)store->revision,
		  (int)store->backup_revision);
	release_pairs(store->pairs, store->pair_count);
	copy_pairs(store->pairs, store->backup, store->backup_count);
	store->pair_count = store->backup_count;
	store->revision = store->backup_revision;
	store->lease_count = 0;
	for (size_t i = store->pair_count; i-- > 0;) {
		if (store->pairs[i].lease)
			drop_pair(store, &store->pairs[i]);
	}
	/* Not twice. */
	store->world->character = SIM_HOSTILE;
}

void sim_store_suffer(struct sim_store *store)
{
	struct sim_world *world = store->world;

	if (sim_strikes(world, 150)) {
		sim_trace(world, "store: another leader, all leases begin again");
		for (size_t i = 0; i < store->lease_count; i++)
			store->leases[i].ends_ms = world->now_ms + store->leases[i].ttl_ms;
	}
	if (store->lease_count && sim_strikes(world, 200)) {
		sim_trace(world, "store: a woken leader ends a lease that lives");
		drop_lease(store, &store->leases[sim_below(world, store->lease_count)]);
	}
	if (sim_strikes(world, store->full ? 15 : 300)) {
		store->full = !store->full;
		sim_trace(world, "store: %s", store->full ? "full" : "has room again");
	}
	if (world->character != SIM_RESTORED)
		return;
	if (!store->backup_count && sim_strikes(world, 100))
		take_backup(store);
	else if (store->backup_count && sim_strikes(world, 150))
		restore_backup(store);
}

/* Moves, deletes, garbles, or puts back what was there at the backup. */
void sim_store_attack(struct sim_store *store)
{
	struct sim_world *world = store->world;
	struct sim_pair *victim, *source;

	if (!store->pair_count)
		return;
	victim = &store->pairs[sim_below(world, store->pair_count)];
	source = &store->pairs[sim_below(world, store->pair_count)];
	sim_trace(world, "store: an attack on %s", victim->key);
	store->revision++;
	switch (sim_below(world, 5)) {
	case 0:
		drop_pair(store, victim);
		break;
	case 1:
		strbuf_addc(&victim->value, 'x');
		break;
	case 2:
		release_pairs(store->backup, store->backup_count);
		take_backup(store);
		break;
	case 3:
		for (size_t i = 0; i < store->backup_count; i++) {
			if (strcmp(store->backup[i].key, victim->key) == 0)
				source = &store->backup[i];
		}
		/* fall through */
	default:
		if (source == victim)
			break;
		strbuf_clear(&victim->value);
		strbuf_add(&victim->value, source->value.text, source->value.len);
		break;
	}
}

void sim_store_init(struct sim_store *store, struct sim_world *world)
{
	store->engine.ops = &simulated_engine;
	store->world = world;
	store->revision = 1;
}

void sim_store_release(struct sim_store *store)
{
	release_pairs(store->pairs, store->pair_count);
	release_pairs(store->backup, store->backup_count);
	for (size_t i = 0; i < store->late_count; i++)
		fleet_ask_release(&store->late[i].ask);
}
