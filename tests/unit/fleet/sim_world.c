/*
 * The machines of the simulation: one process each at a time, which runs a task per lineage, and
 * what happens to them. An action is performed some time after it was asked for: in between the
 * process may have slept for minutes, or be gone.
 */
#include "sim.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "crypto/aead.h"

const char *const sim_lineages[SIM_LINEAGES] = {"a.example", "b.example"};

enum {
	CHAOS_STEPS = 900,
	QUIET_STEPS = 1500,
};

static uint64_t next_random(struct sim_rng *rng)
{
	uint64_t z = rng->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static uint64_t session_random(void *context)
{
	return next_random(context);
}

uint64_t sim_below(struct sim_world *world, uint64_t bound)
{
	return next_random(&world->rng) % bound;
}

bool sim_strikes(struct sim_world *world, uint64_t times)
{
	return !world->is_quiet && sim_below(world, times) == 0;
}

void sim_trace(struct sim_world *world, const char *format, ...)
{
	va_list args;

	if (!world->traces)
		return;
	printf("%8.1f  ", (double)world->now_ms / 1000);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

void sim_violation(struct sim_world *world, const char *format, ...)
{
	va_list args;

	if (world->violation[0])
		return;
	va_start(args, format);
	vsnprintf(world->violation, sizeof(world->violation), format, args);
	va_end(args);
	sim_trace(world, "VIOLATION: %s", world->violation);
}

static struct fleet_time time_of(const struct sim_world *world, const struct sim_node *node)
{
	return (struct fleet_time){.mono_ms = world->now_ms,
				   .unix_s = world->now_ms / 1000 + node->skew_s};
}

static void end_process(struct sim_node *node)
{
	for (size_t i = 0; i < SIM_LINEAGES; i++) {
		fleet_node_free(node->tasks[i].node);
		node->tasks[i] = (struct sim_task){.node = NULL};
	}
	fleet_budget_free(node->session.shares);
	node->session.shares = NULL;
	node->runs = false;
}

static void start_tasks(struct sim_world *world, struct sim_node *node);

static void start_process(struct sim_world *world, struct sim_node *node)
{
	node->runs = true;
	node->process = ++world->processes;
	node->session = (struct fleet_session){.fleet = "f",
					       .node = node->name,
					       .ring = &world->ring,
					       .random = session_random,
					       .random_context = &world->rng,
					       .lease_ttl_s = SIM_LEASE_S};
	sim_trace(world, "%s: process %u starts", node->name, node->process);
	start_tasks(world, node);
}

static void start_tasks(struct sim_world *world, struct sim_node *node)
{
	for (size_t i = 0; i < SIM_LINEAGES; i++) {
		const struct sim_local *mine = &node->local[i];
		const struct fleet_local local = {.name = sim_lineages[i],
						  .generation = mine->generation,
						  .not_after = mine->not_after,
						  .digest = mine->digest,
						  .server = "https://ca.example/dir",
						  /* Backoff is longer than this world. */
						  .forced = world->is_quiet};

		node->tasks[i].node = fleet_node_new(&node->session, &local);
		fleet_node_step(node->tasks[i].node, NULL, time_of(world, node),
				&node->tasks[i].action);
	}
}

static void perform_ask(struct sim_world *world, struct sim_node *node, const struct fleet_ask *ask,
			struct fleet_answer *answer)
{
	struct fleet_engine *engine = &world->store.engine;

	world->store.writer = node->process;
	world->store.is_cut = node->cut_until_ms > world->now_ms;
	engine->ops->perform(engine, ask, answer);
	if (answer->outcome == FLEET_DONE && ask->kind != FLEET_TXN && ask->kind != FLEET_REVOKE)
		node->truly_confirmed_ms = world->now_ms;
}

/* One for all tasks of the process. */
static bool renew_lease(struct sim_world *world, struct sim_node *node)
{
	struct fleet_session *session = &node->session;
	AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_GRANT};
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};

	if (session->lease)
		fleet_session_ask_beat(session, time_of(world, node), &ask);
	else
		fleet_session_ask_lease(session, time_of(world, node), &ask);
	perform_ask(world, node, &ask, &answer);
	if (!fleet_session_take_lease(session, &answer) && ask.kind == FLEET_GRANT)
		fleet_session_lose_lease(session);
	return answer.outcome == FLEET_DONE ||
	       (PLANTED(PLANT_LOST_LEASE_IS_KEPT) && answer.outcome == FLEET_NO_LEASE);
}

/* What reaches a machine's disk is the lineage's, whole, and never older than what it had. */
static void store_generation(struct sim_world *world, struct sim_node *node, size_t lineage,
			     const struct fleet_record *record)
{
	struct sim_local *local = &node->local[lineage];
	const struct sim_order *order = sim_ca_order_of(&world->ca, record->cert);
	AUTO_FREE char *key = xasprintf("%s", secret_peek(&record->key));

	sim_trace(world, "%s: %s stores generation %d", node->name, sim_lineages[lineage],
		  (int)record->generation);
	if (!order || order->lineage != lineage)
		sim_violation(world, "%s got a foreign certificate for %s", node->name,
			      sim_lineages[lineage]);
	else if (strcmp(order->key, key) != 0)
		sim_violation(world, "%s got a certificate of %s without its key", node->name,
			      sim_lineages[lineage]);
	else if (record->generation < local->generation || record->not_after < local->not_after)
		sim_violation(world, "%s replaced generation %d of %s by the older %d", node->name,
			      (int)local->generation, sim_lineages[lineage],
			      (int)record->generation);
	else
		local->order = (unsigned)(order - world->ca.orders) + 1;
	local->generation = record->generation;
	local->not_after = record->not_after;
	REPLACE(local->cert, xstrdup(record->cert));
	REPLACE(local->digest, fleet_record_digest(record->cert));
	REPLACE(local->key, STEAL(key));
}

static void give_generation(const struct sim_local *local, struct fleet_record *ret_record)
{
	ret_record->cert = xstrdup(local->cert);
	ret_record->chain = xstrdup("chain");
	ret_record->not_after = local->not_after;
	secret_set(&ret_record->key, local->key, strlen(local->key));
}

/* When it is quiet, also what was issued and is in no store yet is due: somebody has to find it. */
static bool is_due(struct sim_world *world, const struct sim_node *node, size_t lineage)
{
	const struct sim_local *local = &node->local[lineage];

	if (!world->is_quiet)
		return time_of(world, node).unix_s > local->not_after - SIM_DUE_MS / 1000;
	for (size_t i = 0; i < world->ca.count; i++) {
		const struct sim_order *order = &world->ca.orders[i];

		if (order->lineage == lineage && order->status == SIM_VALID &&
		    order->replaced == local->order)
			return true;
	}
	return !local->generation;
}

static void make_key(struct sim_world *world, struct fleet_record *ret_record)
{
	AUTO_FREE char *key = xasprintf("key%llu", (unsigned long long)sim_below(world, 1U << 30));

	secret_set(&ret_record->key, key, strlen(key));
	strbuf_adds(&ret_record->csr, key);
}

/* Performs what the task asked for, and lets it go on. */
static void advance_task(struct sim_world *world, struct sim_node *node, size_t lineage)
{
	struct sim_task *task = &node->tasks[lineage];
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
	struct fleet_reply reply = {.result = FLEET_OK, .record = &record, .answer = &answer};
	const char *state = fleet_node_state_name(task->node);

	switch (task->action.kind) {
	case FLEET_ASK:
		perform_ask(world, node, task->action.ask, &answer);
		break;
	case FLEET_LEASE:
		reply.result = renew_lease(world, node) ? FLEET_OK : FLEET_UNCLEAR;
		break;
	case FLEET_TAKE:
		store_generation(world, node, lineage, task->action.record);
		break;
	case FLEET_GIVE:
		give_generation(&node->local[lineage], &record);
		break;
	case FLEET_DECIDE:
		reply.due = is_due(world, node, lineage);
		break;
	case FLEET_PREPARE:
		make_key(world, &record);
		break;
	case FLEET_OPEN:
	case FLEET_LOOK:
	case FLEET_VALIDATE:
	case FLEET_FINALIZE:
	case FLEET_FETCH:
		sim_ca_perform(world, node, lineage, &reply, &record);
		break;
	case FLEET_WAIT:
	case FLEET_END:
		break;
	}
	fleet_node_step(task->node, task->action.kind == FLEET_WAIT ? NULL : &reply,
			time_of(world, node), &task->action);
	sim_trace(world, "%s: %s %s -> %s", node->name, sim_lineages[lineage], state,
		  fleet_node_state_name(task->node));
}

/* Two more promises: who asks the CA for an order owned the lineage once, and nobody is about to
 * finalize whose lease the store has not confirmed for half its time. */
static void watch_action(struct sim_world *world, struct sim_node *node, size_t lineage)
{
	const struct sim_task *task = &node->tasks[lineage];

	if (task->action.kind == FLEET_FINALIZE &&
	    world->now_ms - node->truly_confirmed_ms >= SIM_LEASE_S * 1000 / 2)
		sim_violation(world, "%s is about to finalize %s without a lease", node->name,
			      sim_lineages[lineage]);
	if (task->action.kind == FLEET_VALIDATE && task->busy_until_ms < world->now_ms)
		node->tasks[lineage].busy_until_ms = world->now_ms +
						     (int64_t)sim_below(world, 40000);
}

/* As an agent does: under its lease, unless that has to be ended. */
static void begin_again(struct sim_world *world, struct sim_node *node)
{
	AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_TXN};
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};

	if (node->session.must_end && node->session.lease) {
		fleet_session_ask_end(&node->session, &ask);
		perform_ask(world, node, &ask, &answer);
	}
	for (size_t i = 0; i < SIM_LINEAGES; i++) {
		fleet_node_free(node->tasks[i].node);
		node->tasks[i] = (struct sim_task){.node = NULL};
	}
	start_tasks(world, node);
}

/* What was reserved and not used, if nobody else has counted meanwhile. */
static void return_reservations(struct sim_world *world, struct sim_node *node)
{
	const struct fleet_share *share = node->session.shares;
	AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_TXN};
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};

	if (!share || !fleet_session_ask_return(&node->session, share, &ask))
		return;
	perform_ask(world, node, &ask, &answer);
}

static void finish_process(struct sim_world *world, struct sim_node *node)
{
	AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_TXN};
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};

	return_reservations(world, node);
	if (node->session.lease) {
		fleet_session_ask_end(&node->session, &ask);
		perform_ask(world, node, &ask, &answer);
	}
	sim_trace(world, "%s: process %u ends", node->name, node->process);
	end_process(node);
}

static void step_process(struct sim_world *world, struct sim_node *node)
{
	size_t lineage = sim_below(world, SIM_LINEAGES);
	struct sim_task *task = &node->tasks[lineage];

	if (fleet_session_wants_beat(&node->session, time_of(world, node)) && sim_below(world, 2))
		renew_lease(world, node);
	if (node->tasks[0].action.kind == FLEET_END && node->tasks[1].action.kind == FLEET_END) {
		if (node->is_agent)
			begin_again(world, node);
		else
			finish_process(world, node);
		return;
	}
	if (task->action.kind == FLEET_END || task->busy_until_ms > world->now_ms ||
	    (task->action.kind == FLEET_WAIT && task->action.wait_until_ms > world->now_ms))
		return;
	advance_task(world, node, lineage);
	watch_action(world, node, lineage);
}

static void strike_node(struct sim_world *world, struct sim_node *node)
{
	if (node->runs && sim_strikes(world, 120)) {
		sim_trace(world, "%s: process %u is killed", node->name, node->process);
		end_process(node);
	}
	if (sim_strikes(world, 60)) {
		node->stopped_until_ms = world->now_ms + (int64_t)sim_below(world, 150000);
		sim_trace(world, "%s: stopped", node->name);
	}
	if (sim_strikes(world, 60)) {
		node->cut_until_ms = world->now_ms + (int64_t)sim_below(world, 90000);
		sim_trace(world, "%s: cut off from the store", node->name);
	}
}

/* A generation is in the store before the head that names it. */
static void watch_store(struct sim_world *world)
{
	for (size_t i = 0; i < SIM_LINEAGES; i++) {
		struct fleet_place place = {"f", FLEET_HEAD, sim_lineages[i], 0};
		AUTO(fleet_record) struct fleet_record head = FLEET_RECORD_INIT,
						       generation = FLEET_RECORD_INIT;

		if (!sim_store_read(&world->store, &place, &head))
			continue;
		place.kind = FLEET_GENERATION;
		place.generation = head.generation;
		if (!sim_store_read(&world->store, &place, &generation))
			sim_violation(world, "the head of %s names generation %d, which is missing",
				      sim_lineages[i], (int)head.generation);
		if (head.generation > world->top[i])
			world->top[i] = head.generation;
	}
}

static void step_world(struct sim_world *world)
{
	struct sim_node *node = &world->nodes[sim_below(world, SIM_NODES)];
	int64_t revision = world->store.revision;

	world->now_ms += (int64_t)sim_below(world, 800);
	sim_store_tick(&world->store);
	sim_store_suffer(&world->store);
	if (world->character == SIM_HOSTILE && sim_strikes(world, 50))
		sim_store_attack(&world->store);
	strike_node(world, node);
	if (node->stopped_until_ms <= world->now_ms) {
		if (node->runs)
			step_process(world, node);
		else if (sim_below(world, 4) == 0)
			start_process(world, node);
	}
	if (world->character == SIM_HONEST && world->store.revision != revision)
		watch_store(world);
}

static unsigned issued(const struct sim_world *world, size_t lineage)
{
	unsigned count = 0;

	for (size_t i = 0; i < world->ca.count; i++)
		count += world->ca.orders[i].status == SIM_VALID &&
			 world->ca.orders[i].lineage == lineage;
	return count;
}

/* In the end all have the newest, each certificate was published, and nobody owns anything: nothing
 * has been due for long. Agents are still there, and their leases live. */
static void judge_end(struct sim_world *world)
{
	for (size_t i = 0; i < SIM_LINEAGES; i++) {
		AUTO_FREE char *owner = xasprintf("owner/%s", sim_lineages[i]);

		if (sim_store_find(&world->store, owner))
			sim_violation(world, "%s is owned forever", sim_lineages[i]);
		if (issued(world, i) != world->top[i])
			sim_violation(world, "%s: %u certificates, %d generations", sim_lineages[i],
				      issued(world, i), (int)world->top[i]);
		for (size_t j = 0; j < SIM_NODES; j++) {
			if (world->nodes[j].local[i].generation != world->top[i])
				sim_violation(world, "%s ends with generation %d of %s, not %d",
					      world->nodes[j].name,
					      (int)world->nodes[j].local[i].generation,
					      sim_lineages[i], (int)world->top[i]);
		}
	}
}

/* Half of the worlds have a limit, which most of them use up. */
static void put_limit(struct sim_world *world, uint64_t seed)
{
	const struct fleet_place place = {"f", FLEET_LIMIT, FLEET_BUDGET_LIMIT, 0};
	struct fleet_record limit = {.kind = FLEET_LIMIT, .window_s = SIM_WINDOW_S};

	if (seed % 8 < 4)
		return;
	world->limit = 2 + (unsigned)sim_below(world, 4);
	limit.orders = world->limit;
	sim_store_put(&world->store, &place, &limit);
}

static void begin_world(struct sim_world *world, uint64_t seed)
{
	world->rng.state = seed * 0x2545f4914f6cdd1dULL;
	world->character = seed % 4 == 2 ? SIM_HOSTILE : seed % 4 == 3 ? SIM_RESTORED : SIM_HONEST;
	world->now_ms = 1700000000000;
	world->ca.honours_replaces = sim_below(world, 3) == 0;
	aead_make_key(&world->ring.keys[0]);
	world->ring.count = 1;
	sim_store_init(&world->store, world);
	put_limit(world, seed);
	for (size_t i = 0; i < SIM_NODES; i++) {
		snprintf(world->nodes[i].name, sizeof(world->nodes[i].name), "node%zu", i + 1);
		world->nodes[i].is_agent = sim_below(world, 3) == 0;
		world->nodes[i].skew_s = (int64_t)sim_below(world, 1200) - 600;
	}
}

static void end_world(struct sim_world *world)
{
	for (size_t i = 0; i < SIM_NODES; i++) {
		end_process(&world->nodes[i]);
		for (size_t j = 0; j < SIM_LINEAGES; j++) {
			free(world->nodes[i].local[j].cert);
			free(world->nodes[i].local[j].digest);
			free(world->nodes[i].local[j].key);
		}
	}
	sim_store_release(&world->store);
	fleet_keyring_release(&world->ring);
	free(world);
}

/* Faults are over, and somebody lifts the limit of orders: processes end, and each machine runs
 * until nothing is left to be done. */
static void calm_down(struct sim_world *world)
{
	sim_trace(world, "quiet");
	world->is_quiet = true;
	world->store.full = false;
	world->limit = 0;
	sim_store_drop(&world->store, "limit/" FLEET_BUDGET_LIMIT);
	for (size_t i = 0; i < SIM_NODES; i++)
		world->nodes[i].stopped_until_ms = world->nodes[i].cut_until_ms = 0;
}

char *sim_run(uint64_t seed, bool traces)
{
	struct sim_world *world = XNEW(struct sim_world);
	char *violation = NULL;

	world->traces = traces;
	begin_world(world, seed);
	for (int i = 0; i < CHAOS_STEPS && !world->violation[0]; i++)
		step_world(world);
	calm_down(world);
	for (int i = 0; i < QUIET_STEPS && !world->violation[0]; i++)
		step_world(world);
	if (!world->violation[0] && world->character == SIM_HONEST)
		judge_end(world);
	if (world->violation[0])
		violation = xstrdup(world->violation);
	end_world(world);
	return violation;
}
