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
	int64_t tend_ms; /* wave_tend_all() has nothing to do before then */
};

/* Frees the list and its waves. */
void wave_list_release(struct wave_list *list);

/* Makes a wave of all tasks that wait for this authenticator, without those that are in the way of
 * each other or of challenges that are in place: these make waves of their own, later. Borrowed
 * from the list. */
struct wave *wave_collect(struct wave_list *list, struct plugin_instance *authenticator,
			  struct driver_task **tasks, size_t count);
/* Returns the number of challenges in the wave. */
size_t wave_size(const struct wave *wave);
/* Returns true while another instance of the same bound plugin has challenges in place: both may
 * use the same server, whose files only one of them can edit at a time. */
bool wave_is_blocked(const struct wave_list *list, const struct plugin_instance *authenticator);
/* Returns true while challenges are in place that are in the way of the task's. */
bool wave_would_conflict(const struct wave_list *list, const struct driver_task *task);
/* Presents the challenges; an authenticator's failure is stored in each challenge. Returns the
 * error of the `presented` callback. */
int wave_present(struct wave_list *list, struct wave *wave, struct error *err) WARN_UNUSED;
/* Puts the members into the queue, due at once. */
void wave_wake(struct wave *wave, struct task_queue *queue);
/* Lets the authenticators of waves that are in place look after what answers the CA. Cheap: call
 * it in each turn. */
void wave_tend_all(struct wave_list *list, int64_t mono_ms);
/* Cleans up the waves whose tasks no longer need their challenges. */
void wave_clean_finished(struct wave_list *list);

/* Cleans up all waves that have not been cleaned up yet. */
void wave_clean_all(struct wave_list *list);

#endif
