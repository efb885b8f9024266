/*
 * Who is to be stepped next: the driver's tasks by the time at which they want to be woken, and
 * those that wait for a reply to another task. Part of the driver; tasks are borrowed.
 *
 * A task is in the queue while it waits. Finding the next timer costs nothing, putting a task in or
 * taking it out costs log(tasks), so that ten thousand orders do not look at each other at every
 * reply.
 */
#ifndef APP_ISSUE_TASK_QUEUE_H
#define APP_ISSUE_TASK_QUEUE_H

#include "app/issue/driver_task.h"

struct task_queue {
	struct driver_task **heap; /* the earliest first; each child is later than its parent */
	size_t count, capacity;
	struct driver_task *parked, *last_parked; /* in the order in which they began to wait */
};

void task_queue_release(struct task_queue *queue);

/* Puts a task in by its `wake_ms` (INT64_MAX: no timer) and its `parking`; it must not be in. */
void task_queue_put(struct task_queue *queue, struct driver_task *task);
/* Takes a task out, wherever it waits; nothing if it does not. */
void task_queue_remove(struct task_queue *queue, struct driver_task *task);

/* When the next timer fires, in milliseconds of the clock of `wake_ms`; INT64_MAX: none is set. */
int64_t task_queue_next_ms(const struct task_queue *queue);
/* Takes out the earliest task if its time has come by `now_ms`; NULL when none is due. */
struct driver_task *task_queue_take_due(struct task_queue *queue, int64_t now_ms);

#endif
