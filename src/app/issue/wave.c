/*
 * Waves of challenges (see wave.h). A wave is cleaned up exactly once: when the CA needs none of
 * its challenges any more, or when the loop is left.
 */
#include "app/issue/wave.h"

#include "base/alloc.h"
#include "base/log.h"
#include "codec/output/result.h"

/* A CA waits some seconds for an answer. */
enum { TEND_INTERVAL_MS = 100 };

struct wave {
	struct plugin_instance *authenticator;
	struct driver_task **members;
	size_t member_count, member_capacity;
	struct plugin_task *tasks; /* one per challenge */
	size_t task_count, task_capacity;
	bool cleaned;
};

static void wave_free(struct wave *wave)
{
	free(wave->members);
	free(wave->tasks);
	free(wave);
}

void wave_list_release(struct wave_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		wave_free(list->waves[i]);
	free(list->waves);
	*list = (struct wave_list){.waves = NULL};
}

/* Appends the challenges of a task to those of the wave. */
static void add_challenges(struct wave *wave, const struct driver_task *member)
{
	for (size_t i = 0; i < member->challenge_count; i++) {
		ARRAY_GROW(wave->tasks, wave->task_count, wave->task_capacity);
		wave->tasks[wave->task_count++] = (struct plugin_task){&member->challenges[i],
								       member->settings};
	}
}

static void add_member(struct wave *wave, struct driver_task *member)
{
	ARRAY_GROW(wave->members, wave->member_count, wave->member_capacity);
	wave->members[wave->member_count++] = member;
	add_challenges(wave, member);
}

/* The waves that are in place, the one that is being collected, and the task, are asked about
 * together: whether two orders are in each other's way only the plugin knows. */
bool wave_would_conflict(const struct wave_list *list, const struct driver_task *task)
{
	struct plugin_instance *authenticator = task->authenticator;
	struct wave all = {.authenticator = authenticator};
	bool conflicts;

	if (!(authenticator->plugin->flags & PLUGIN_CONFLICTS))
		return false;
	for (size_t i = 0; i < list->count; i++)
		for (size_t j = 0; j < list->waves[i]->member_count; j++)
			if (!list->waves[i]->cleaned &&
			    list->waves[i]->authenticator == authenticator)
				add_challenges(&all, list->waves[i]->members[j]);
	/* An order that is in its own way fails by itself. */
	conflicts = all.task_count;
	add_challenges(&all, task);
	conflicts = conflicts && authenticator->plugin->authenticator->conflict(
					 authenticator, all.tasks, all.task_count);
	free(all.tasks);
	return conflicts;
}

/* Tasks that arrive later make a wave of their own: this one is not delayed again. */
struct wave *wave_collect(struct wave_list *list, struct plugin_instance *authenticator,
			  struct driver_task **tasks, size_t count)
{
	struct wave *wave = XNEW(struct wave);

	wave->authenticator = authenticator;
	ARRAY_GROW(list->waves, list->count, list->capacity);
	list->waves[list->count++] = wave;
	for (size_t i = 0; i < count; i++)
		if (tasks[i]->phase == DRIVER_AT_PRESENT &&
		    tasks[i]->authenticator == authenticator &&
		    !wave_would_conflict(list, tasks[i]))
			add_member(wave, tasks[i]);
	return wave;
}

size_t wave_size(const struct wave *wave)
{
	return wave->task_count;
}

/* Two standalone servers cannot listen on one port. The second waits until the first has been
 * cleaned up. */
bool wave_is_blocked(const struct wave_list *list, const struct plugin_instance *authenticator)
{
	if (!(authenticator->plugin->flags & PLUGIN_BOUND))
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (!list->waves[i]->cleaned && list->waves[i]->authenticator != authenticator &&
		    list->waves[i]->authenticator->plugin == authenticator->plugin)
			return true;
	return false;
}

/* Notes the failure of the whole batch in every challenge that has no reason of its own. */
static void spread_error(struct wave *wave, const struct error *reason)
{
	for (size_t i = 0; i < wave->task_count; i++)
		if (!error_is_set(&wave->tasks[i].challenge->present_error))
			error_copy(&wave->tasks[i].challenge->present_error, reason);
}

/* `order` is the name by which the other events of the order call it. */
static void tell_presented(const struct wave *wave)
{
	const struct ui *ui = wave->authenticator->host->ui;

	for (size_t i = 0; i < wave->member_count && result_takes_events(ui); i++) {
		const struct driver_task *member = wave->members[i];

		for (size_t j = 0; j < member->challenge_count; j++) {
			const struct acme_challenge *challenge = &member->challenges[j];
			struct json *event = json_object_new();

			json_set_string(event, "order", member->label);
			json_set_string(event, "name", challenge->identifier.value);
			json_set_string(event, "type", acme_challenge_type_name(challenge->type));
			json_set_string(event, "authenticator", wave->authenticator->plugin->name);
			result_set_fault(event, &(const struct result_fault){
							.error = &challenge->present_error});
			result_event(ui, EVENT_PRESENTED, event);
		}
	}
}

/* Noted before the call: if the program is stopped inside it, cleanup still removes what may be in
 * place. */
int wave_present(struct wave_list *list, struct wave *wave, struct error *err)
{
	AUTO(error) struct error reason = ERROR_INIT;

	for (size_t i = 0; i < wave->task_count; i++)
		wave->tasks[i].challenge->presented = true;
	log_debug("presenting %zu challenges of %zu orders by %s", wave->task_count,
		  wave->member_count, wave->authenticator->plugin->name);
	if (wave->authenticator->plugin->authenticator->present(wave->authenticator, wave->tasks,
								wave->task_count, &reason) < 0)
		spread_error(wave, &reason);
	tell_presented(wave);
	for (size_t i = 0; i < wave->member_count; i++)
		wave->members[i]->phase = DRIVER_PRESENTED;
	if (list->presented)
		return list->presented(list->presented_context, wave->tasks, wave->task_count, err);
	return 0;
}

/* One instance may have a thousand waves: where it presents each order alone. */
void wave_tend_all(struct wave_list *list, int64_t mono_ms)
{
	const struct plugin_instance *tended = NULL;

	if (!list->count || mono_ms < list->tend_ms)
		return;
	list->tend_ms = mono_ms + TEND_INTERVAL_MS;
	for (size_t i = 0; i < list->count; i++) {
		struct plugin_instance *instance = list->waves[i]->authenticator;
		const struct authenticator *authenticator = instance->plugin->authenticator;
		AUTO(error) struct error err = ERROR_INIT;

		if (list->waves[i]->cleaned || instance == tended || !authenticator->tend)
			continue;
		tended = instance;
		if (authenticator->tend(instance, &err) < 0)
			log_warning("cannot go on answering the CA: %s", err.text);
	}
}

void wave_wake(struct wave *wave, struct task_queue *queue)
{
	for (size_t i = 0; i < wave->member_count; i++) {
		wave->members[i]->wake_ms = 0;
		task_queue_put(queue, wave->members[i]);
	}
}

/* A failure does not affect the certificate: the CA has validated already. But somebody must learn
 * of a record that stays. */
static void wave_clean(struct wave *wave)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (wave->cleaned)
		return;
	wave->cleaned = true;
	log_debug("cleaning up %zu challenges of %s", wave->task_count,
		  wave->authenticator->plugin->name);
	if (wave->authenticator->plugin->authenticator->cleanup(wave->authenticator, wave->tasks,
								wave->task_count, &err) < 0)
		log_warning("cannot clean up all challenges: %s", err.text);
}

/* A validated order no longer needs its challenges, although it is not done: they are removed while
 * the CA signs. */
static bool is_finished(const struct wave *wave)
{
	for (size_t i = 0; i < wave->member_count; i++) {
		const struct driver_task *task = wave->members[i];

		if (task->phase != DRIVER_ENDED && !task->kind->validated(task->machine))
			return false;
	}
	return true;
}

void wave_clean_finished(struct wave_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (!list->waves[i]->cleaned && is_finished(list->waves[i]))
			wave_clean(list->waves[i]);
}

void wave_clean_all(struct wave_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		wave_clean(list->waves[i]);
}
