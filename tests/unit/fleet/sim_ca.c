/*
 * The CA of the simulation: it counts what it issues. Like real ones it issues two orders for the
 * same names if it is asked to; some of them refuse to replace a certificate twice (RFC 9773), and
 * only once the first order has been finalized.
 */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "fleet/node_parts.h"

static struct sim_order *find_order(struct sim_ca *ca, const char *url)
{
	unsigned long number = strtoul(url, NULL, 10);

	if (!number || number > ca->count)
		BUG("no order '%s'", url);
	return &ca->orders[number - 1];
}

const struct sim_order *sim_ca_order_of(const struct sim_ca *ca, const char *cert)
{
	unsigned long number = strtoul(cert, NULL, 10);

	return number && number <= ca->count ? &ca->orders[number - 1] : NULL;
}

static unsigned successors(const struct sim_ca *ca, size_t lineage, unsigned replaced)
{
	unsigned count = 0;

	for (size_t i = 0; i < ca->count; i++) {
		const struct sim_order *order = &ca->orders[i];

		count += order->status == SIM_VALID && order->lineage == lineage &&
			 order->replaced == replaced;
	}
	return count;
}

/* A window begins after the end of the one before, by the clock of whoever begins it. */
static struct sim_window *find_window(struct sim_world *world, int64_t begun)
{
	struct sim_ca *ca = &world->ca;

	for (size_t i = 0; i < ca->window_count; i++) {
		if (ca->windows[i].begun == begun)
			return &ca->windows[i];
		if (llabs(ca->windows[i].begun - begun) < SIM_WINDOW_S)
			sim_violation(world, "two windows of the budget overlap");
	}
	if (ca->window_count == SIM_MAX_WINDOWS)
		BUG("more than %d windows", SIM_MAX_WINDOWS);
	ca->windows[ca->window_count].begun = begun;
	return &ca->windows[ca->window_count++];
}

/* An order counts for the window in which it was reserved. */
static void count_order(struct sim_world *world, const struct sim_node *node, size_t lineage)
{
	const struct fleet_node *machine = node->tasks[lineage].node;
	struct sim_window *window;

	if (!world->limit || world->character != SIM_HONEST || world->violation[0])
		return;
	if (!machine->is_reserved && !PLANTED(PLANT_UNCOUNTED_RETRY))
		sim_violation(world, "%s orders without a reservation", node->name);
	window = find_window(world, machine->reserved_begun);
	if (++window->orders > world->limit)
		sim_violation(world, "%u orders in a window that has %u", window->orders,
			      world->limit);
}

static enum fleet_result open_order(struct sim_world *world, const struct sim_node *node,
				    size_t lineage, const struct fleet_record *intent,
				    char **ret_url)
{
	struct sim_ca *ca = &world->ca;
	unsigned replaced = node->local[lineage].order;
	struct sim_order *order;

	if (sim_strikes(world, 25))
		return FLEET_UNCLEAR;
	if (sim_strikes(world, 40))
		return FLEET_INVALID;
	if (ca->honours_replaces && successors(ca, lineage, replaced))
		return FLEET_REPLACED;
	if (ca->count == SIM_MAX_ORDERS)
		BUG("more than %d orders", SIM_MAX_ORDERS);
	count_order(world, node, lineage);
	order = &ca->orders[ca->count++];
	*order = (struct sim_order){.lineage = lineage, .replaced = replaced};
	snprintf(order->key, sizeof(order->key), "%s", intent->csr.text);
	*ret_url = xasprintf("%zu", ca->count);
	/* Lost on its way: the order is there, and nobody knows it. */
	return sim_strikes(world, 25) ? FLEET_UNCLEAR : FLEET_OK;
}

static enum fleet_result look_at(struct sim_world *world, const struct sim_order *order)
{
	if (sim_strikes(world, 12))
		return FLEET_UNCLEAR;
	switch (order->status) {
	case SIM_PENDING:
		return FLEET_PENDING;
	case SIM_READY:
		return FLEET_READY;
	case SIM_VALID:
		return order->ready_ms > world->now_ms ? FLEET_PROCESSING : FLEET_VALID;
	case SIM_INVALID:
		return FLEET_INVALID;
	}
	return FLEET_UNCLEAR;
}

static void validate(struct sim_world *world, struct sim_order *order)
{
	if (order->status != SIM_PENDING || sim_strikes(world, 10))
		return;
	order->status = sim_strikes(world, 15) ? SIM_INVALID : SIM_READY;
}

/* The count that everything is about: a certificate is replaced once. */
static void finalize(struct sim_world *world, struct sim_order *order)
{
	if (order->status != SIM_READY || sim_strikes(world, 30))
		return;
	order->status = SIM_VALID;
	order->ready_ms = world->now_ms + (int64_t)sim_below(world, 5000);
	order->not_after = (world->now_ms + SIM_CERT_LIFE_MS) / 1000;
	sim_trace(world, "ca: issued %d for %s, replacing %u", (int)(order - world->ca.orders) + 1,
		  sim_lineages[order->lineage], order->replaced);
	if (world->character == SIM_HONEST &&
	    successors(&world->ca, order->lineage, order->replaced) > 1)
		sim_violation(world, "certificate %u of %s was replaced twice", order->replaced,
			      sim_lineages[order->lineage]);
}

static enum fleet_result fetch(struct sim_world *world, const struct sim_order *order,
			       struct fleet_record *ret_record)
{
	if (order->status != SIM_VALID || sim_strikes(world, 15))
		return FLEET_UNCLEAR;
	ret_record->cert = xasprintf("%d %s %s", (int)(order - world->ca.orders) + 1,
				     sim_lineages[order->lineage], order->key);
	ret_record->chain = xstrdup("chain");
	ret_record->not_after = order->not_after;
	return FLEET_OK;
}

void sim_ca_perform(struct sim_world *world, struct sim_node *node, size_t lineage,
		    struct fleet_reply *reply, struct fleet_record *ret_record)
{
	const struct fleet_action *action = &node->tasks[lineage].action;
	struct sim_order *order = NULL;
	AUTO_FREE char *url = NULL;

	if (action->kind == FLEET_OPEN) {
		reply->result = open_order(world, node, lineage, action->record, &url);
		if (reply->result == FLEET_OK)
			REPLACE(ret_record->url, STEAL(url));
		reply->url = ret_record->url;
		return;
	}
	order = find_order(&world->ca, action->record->url);
	reply->result = sim_strikes(world, 20) ? FLEET_UNCLEAR : FLEET_OK;
	if (action->kind == FLEET_LOOK)
		reply->result = look_at(world, order);
	else if (action->kind == FLEET_VALIDATE)
		validate(world, order);
	else if (action->kind == FLEET_FINALIZE)
		finalize(world, order);
	else
		reply->result = fetch(world, order, ret_record);
	reply->record = ret_record;
}
