/*
 * Asks which server blocks are meant (see choice.h). An answer is remembered,
 * because several steps of an installation need the same one.
 */
#include "webserver/choice.h"

#include "base/alloc.h"
#include "base/ui.h"
#include "webserver/server_parts.h"

/* An answer, remembered until the model is loaded again, because that changes the ids. */
struct chosen_blocks {
	size_t count;
	size_t ids[];
};

static char *memory_key(const struct choice_question *question)
{
	return xasprintf("%s %s", question->purpose, question->name);
}

void choice_blocks_release(struct choice_blocks *blocks)
{
	for (size_t i = 0; i < blocks->count; i++)
		free(blocks->items[i].label);
	free(blocks->items);
	*blocks = (struct choice_blocks)CHOICE_BLOCKS_INIT;
}

void choice_blocks_add(struct choice_blocks *blocks, size_t id, char *own_label)
{
	ARRAY_GROW(blocks->items, blocks->count, blocks->capacity);
	blocks->items[blocks->count++] = (struct choice_block){id, own_label};
}

static void gather_labels(const struct choice_blocks *blocks, struct strvec *ret_labels)
{
	for (size_t i = 0; i < blocks->count; i++)
		strvec_push(ret_labels, blocks->items[i].label);
}

static void remember_choice(struct webserver *server, const struct choice_question *question,
			    const size_t *ids, size_t count)
{
	AUTO_FREE char *key = memory_key(question);
	struct chosen_blocks *chosen = xmalloc(sizeof(*chosen) + count * sizeof(chosen->ids[0]));

	chosen->count = count;
	for (size_t i = 0; i < count; i++)
		chosen->ids[i] = ids[i];
	map_set(&server->run->chosen, key, chosen);
}

static bool is_offered(const struct choice_blocks *blocks, size_t id)
{
	for (size_t i = 0; i < blocks->count; i++)
		if (blocks->items[i].id == id)
			return true;
	return false;
}

/* The remembered answer, as far as its blocks are among those offered now. */
static size_t recall_choice(const struct webserver *server, const struct choice_question *question,
			    const struct choice_blocks *blocks, size_t *ret_ids)
{
	AUTO_FREE char *key = memory_key(question);
	const struct chosen_blocks *chosen = map_get(&server->run->chosen, key);
	size_t count = 0;

	for (size_t i = 0; chosen && i < chosen->count; i++)
		if (is_offered(blocks, chosen->ids[i]))
			ret_ids[count++] = chosen->ids[i];
	return count;
}

int choice_one(struct webserver *server, const struct choice_question *question,
	       const struct choice_blocks *blocks, size_t *ret_id, struct error *err)
{
	AUTO(strvec) struct strvec labels = STRVEC_INIT;
	AUTO_FREE size_t *known = xcalloc(blocks->count + 1, sizeof(*known));
	size_t index = 0;
	struct ui_question asked = {.text = question->text, .fallback = UI_NO_FALLBACK};

	if (recall_choice(server, question, blocks, known) == 1) {
		*ret_id = known[0];
		return 0;
	}
	gather_labels(blocks, &labels);
	asked.choices = (const char *const *)labels.items;
	asked.choice_count = labels.count;
	if (ui_menu(server->host->ui, &asked, &index, err) < 0)
		return error_wrap(err, "cannot choose a block for '%s'", question->name);
	*ret_id = blocks->items[index].id;
	remember_choice(server, question, ret_id, 1);
	return 0;
}

/* A menu has a sensible default only when the plugin knows one; here it does not. */
static int checklist(struct webserver *server, const struct choice_question *question,
		     const struct choice_blocks *blocks, bool *ret_chosen, struct error *err)
{
	AUTO(strvec) struct strvec labels = STRVEC_INIT;
	struct ui_question asked = {.text = question->text, .fallback = UI_NO_FALLBACK};

	if (!ui_is_interactive(server->host->ui))
		return error_set(err, ERR_REFUSED,
				 "cannot choose blocks for '%s': this needs an answer, and nobody "
				 "can be asked",
				 question->name);
	gather_labels(blocks, &labels);
	asked.choices = (const char *const *)labels.items;
	asked.choice_count = labels.count;
	return ui_checklist(server->host->ui, &asked, ret_chosen, err);
}

int choice_many(struct webserver *server, const struct choice_question *question,
		const struct choice_blocks *blocks, size_t *ret_ids, size_t *ret_count,
		struct error *err)
{
	AUTO_FREE bool *chosen = xcalloc(blocks->count + 1, sizeof(*chosen));
	size_t count = recall_choice(server, question, blocks, ret_ids);

	if (!count) {
		if (checklist(server, question, blocks, chosen, err) < 0)
			return err->code;
		for (size_t i = 0; i < blocks->count; i++)
			if (chosen[i])
				ret_ids[count++] = blocks->items[i].id;
	}
	if (!count)
		return error_set(err, ERR_REFUSED, "no block was chosen for '%s'", question->name);
	remember_choice(server, question, ret_ids, count);
	*ret_count = count;
	return 0;
}
