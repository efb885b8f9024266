/*
 * Decides which task is stepped next: the driver's tasks ordered by wake-up time, and the tasks
 * that wait for a reply to another one. Part of the driver; tasks are borrowed.
 *
 * A task is in the queue while it waits. Finding the next timer takes constant time; inserting or
 * removing a task takes O(log n), so that ten thousand orders are not all examined at every reply.
 */
#ifndef APP_ISSUE_TASK_QUEUE_H
#define APP_ISSUE_TASK_QUEUE_H

#include "app/issue/driver_task.h"

/* In the order in which they began to wait. */
struct parked_list {
	struct driver_task *first, *last;
	bool is_mixed; /* they do not all wait for the same; stays until the list is empty */
};

struct task_queue {
	struct driver_task **heap; /* the earliest first; each child is later than its parent */
	size_t count, capacity;
	/* In the order in which they are asked whether their wait is over. */
	struct parked_list ordering; /* for their turn to send newOrder */
	struct parked_list parked;
	struct parked_list yielding; /* those that let the others go first */
};

/* Frees the queue's arrays; tasks are borrowed and stay. */
void task_queue_release(struct task_queue *queue);

/* Inserts a task by its `wake_ms` (INT64_MAX: no timer) and its `parking`. It must not be in the
 * queue. */
void task_queue_put(struct task_queue *queue, struct driver_task *task);
/* Removes a task, wherever it waits; does nothing if it is not in the queue. */
void task_queue_remove(struct task_queue *queue, struct driver_task *task);

/* Returns when the next timer fires, in milliseconds on the clock of `wake_ms`; INT64_MAX: no timer
 * is set. */
int64_t task_queue_next_ms(const struct task_queue *queue);
/* Removes and returns the earliest task that is due by `now_ms`; NULL if there is none. */
struct driver_task *task_queue_take_due(struct task_queue *queue, int64_t now_ms);

#endif
