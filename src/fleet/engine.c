/*
 * Asks and answers as values (see engine.h). They have a fixed size: no lineage needs more than
 * this in one write, and engines limit how much a write may contain.
 */
#include "fleet/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void fleet_ask_release(struct fleet_ask *ask)
{
	for (size_t i = 0; i < ask->compare_count; i++) {
		free(ask->compares[i].key);
		strbuf_release(&ask->compares[i].value);
	}
	for (size_t i = 0; i < ask->op_count; i++) {
		free(ask->ops[i].key);
		strbuf_release(&ask->ops[i].value);
	}
	for (size_t i = 0; i < ask->read_count; i++)
		free(ask->reads[i]);
	free(ask->prefix);
	*ask = (struct fleet_ask){.kind = FLEET_TXN};
}

void fleet_ask_compare(struct fleet_ask *ask, char *own_key, const struct strbuf *value)
{
	struct fleet_compare *compare;

	if (ask->compare_count == FLEET_MAX_COMPARES)
		BUG("more than %d comparisons", FLEET_MAX_COMPARES);
	compare = &ask->compares[ask->compare_count++];
	*compare = (struct fleet_compare){.key = own_key, .value = STRBUF_INIT};
	strbuf_add(&compare->value, value->text, value->len);
}

void fleet_ask_read(struct fleet_ask *ask, char *own_key)
{
	if (ask->read_count == FLEET_MAX_READS)
		BUG("more than %d reads", FLEET_MAX_READS);
	ask->reads[ask->read_count++] = own_key;
}

struct fleet_op *fleet_ask_put(struct fleet_ask *ask, char *own_key)
{
	struct fleet_op *op;

	if (ask->op_count == FLEET_MAX_OPS)
		BUG("more than %d ops", FLEET_MAX_OPS);
	op = &ask->ops[ask->op_count++];
	*op = (struct fleet_op){.key = own_key, .value = STRBUF_INIT};
	return op;
}

void fleet_ask_delete(struct fleet_ask *ask, char *own_key)
{
	fleet_ask_put(ask, own_key)->deletes = true;
}

void fleet_ask_range(struct fleet_ask *ask, char *own_prefix, struct span after, size_t limit)
{
	fleet_ask_release(ask);
	ask->kind = FLEET_RANGE;
	ask->prefix = own_prefix;
	ask->after = after;
	ask->limit = limit;
}

static void release_pairs(struct fleet_pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(pairs[i].key);
		strbuf_release(&pairs[i].value);
	}
}

void fleet_answer_release(struct fleet_answer *answer)
{
	release_pairs(answer->pairs, answer->pair_count);
	release_pairs(answer->found, answer->found_count);
	free(answer->found);
	free(answer->last);
	error_release(&answer->fault);
	*answer = (struct fleet_answer){.outcome = FLEET_DONE};
}

static void fill_pair(struct fleet_pair *pair, char *own_key, const struct strbuf *value)
{
	*pair = (struct fleet_pair){.key = own_key, .value = STRBUF_INIT};
	strbuf_add(&pair->value, value->text, value->len);
}

void fleet_answer_add(struct fleet_answer *answer, char *own_key, const struct strbuf *value)
{
	if (answer->pair_count == FLEET_MAX_READS)
		BUG("more pairs than reads");
	fill_pair(&answer->pairs[answer->pair_count++], own_key, value);
}

void fleet_answer_add_found(struct fleet_answer *answer, char *own_key, const struct strbuf *value)
{
	ARRAY_GROW(answer->found, answer->found_count, answer->found_capacity);
	fill_pair(&answer->found[answer->found_count++], own_key, value);
}

void fleet_answer_set_last(struct fleet_answer *answer, struct span key)
{
	REPLACE(answer->last, span_dup(key));
	answer->last_len = key.len;
}

const struct fleet_pair *fleet_answer_find(const struct fleet_answer *answer, const char *key)
{
	for (size_t i = 0; i < answer->pair_count; i++) {
		if (strcmp(answer->pairs[i].key, key) == 0)
			return &answer->pairs[i];
	}
	return NULL;
}

void fleet_engine_wait(const struct fleet_engine *engine)
{
	if (engine->waiting)
		engine->waiting(engine->context);
}
