/*
 * Waves: the challenges of many orders that share an authenticator, presented in one call and
 * cleaned up in one call. Part of the driver.
 */
#ifndef APP_ISSUE_WAVE_H
#define APP_ISSUE_WAVE_H

#include "app/issue/task_queue.h"

struct wave;

struct wave_list {
	struct wave **waves;
	size_t count, capacity;
	driver_presented_fn *presented;
	void *presented_context;
};
void wave_list_release(struct wave_list *list);

/* Makes a wave of all tasks that wait for this authenticator. Borrowed from the list. */
struct wave *wave_collect(struct wave_list *list, struct plugin_instance *authenticator,
			  struct driver_task **tasks, size_t count);
/* Challenges in the wave. */
size_t wave_size(const struct wave *wave);
/* True while another instance of the same bound plugin has challenges up: both may be at the same
 * server, whose files only one of them can edit for a time. */
bool wave_is_blocked(const struct wave_list *list, const struct plugin_instance *authenticator);
/* Presents; an authenticator's failure is noted in each challenge. An error is that of the
 * `presented` callback. */
int wave_present(struct wave_list *list, struct wave *wave, struct error *err) WARN_UNUSED;
/* Puts the members into the queue, due at once. */
void wave_wake(struct wave *wave, struct task_queue *queue);
/* Cleans up the waves whose tasks need their challenges no more. */
void wave_clean_finished(struct wave_list *list);
void wave_clean_all(struct wave_list *list);

#endif
