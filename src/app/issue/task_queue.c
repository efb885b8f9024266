/*
 * A binary heap of timers and a list of the parked (see task_queue.h). A task knows its place in
 * both, so that it can be taken out of the middle.
 */
#include "app/issue/task_queue.h"

#include "base/alloc.h"

void task_queue_release(struct task_queue *queue)
{
	free(queue->heap);
	*queue = (struct task_queue){.heap = NULL};
}

/* The place in the heap is stored plus 1: 0 means that the task is not in it. */
static void place_task(struct task_queue *queue, size_t at, struct driver_task *task)
{
	queue->heap[at] = task;
	task->heap_place = at + 1;
}

static void sift_up(struct task_queue *queue, size_t at, struct driver_task *task)
{
	while (at > 0 && task->wake_ms < queue->heap[(at - 1) / 2]->wake_ms) {
		place_task(queue, at, queue->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	place_task(queue, at, task);
}

static size_t earlier_child(const struct task_queue *queue, size_t at)
{
	size_t left = 2 * at + 1, right = left + 1;

	if (right < queue->count && queue->heap[right]->wake_ms < queue->heap[left]->wake_ms)
		return right;
	return left;
}

static void sift_down(struct task_queue *queue, size_t at, struct driver_task *task)
{
	for (;;) {
		size_t child = earlier_child(queue, at);

		if (child >= queue->count || queue->heap[child]->wake_ms >= task->wake_ms)
			break;
		place_task(queue, at, queue->heap[child]);
		at = child;
	}
	place_task(queue, at, task);
}

static void add_timer(struct task_queue *queue, struct driver_task *task)
{
	ARRAY_GROW(queue->heap, queue->count, queue->capacity);
	sift_up(queue, queue->count++, task);
}

/* The last timer fills the gap and then moves up or down as the heap requires. */
static void remove_timer(struct task_queue *queue, struct driver_task *task)
{
	size_t at = task->heap_place - 1;
	struct driver_task *moved = queue->heap[--queue->count];

	task->heap_place = 0;
	if (moved == task)
		return;
	if (moved->wake_ms < task->wake_ms)
		sift_up(queue, at, moved);
	else
		sift_down(queue, at, moved);
}

/* Lists rather than one with priorities: there are only three priorities, and each list keeps the
 * order of arrival. */
static struct parked_list *list_of(struct task_queue *queue, const struct driver_task *task)
{
	if (task->parking.for_order)
		return &queue->ordering;
	return task->parking.yields ? &queue->yielding : &queue->parked;
}

/* When one of them need not wait any longer, nor need the other. */
static bool wait_for_the_same(const struct acme_parking *a, const struct acme_parking *b)
{
	return a->server == b->server && a->for_order == b->for_order &&
	       a->for_distance == b->for_distance;
}

static void add_parked(struct parked_list *list, struct driver_task *task)
{
	if (list->last && !wait_for_the_same(&list->last->parking, &task->parking))
		list->is_mixed = true;
	task->is_parked = true;
	task->next_parked = NULL;
	task->previous_parked = list->last;
	*(list->last ? &list->last->next_parked : &list->first) = task;
	list->last = task;
}

static void remove_parked(struct parked_list *list, struct driver_task *task)
{
	struct driver_task *previous = task->previous_parked, *next = task->next_parked;

	task->is_parked = false;
	*(previous ? &previous->next_parked : &list->first) = next;
	*(next ? &next->previous_parked : &list->last) = previous;
	list->is_mixed &= list->first != NULL;
}

/* A parked task is also in the heap, as it is woken by whichever comes first. */
void task_queue_put(struct task_queue *queue, struct driver_task *task)
{
	if (task->wake_ms < INT64_MAX)
		add_timer(queue, task);
	if (task->parking.server)
		add_parked(list_of(queue, task), task);
}

void task_queue_remove(struct task_queue *queue, struct driver_task *task)
{
	if (task->heap_place)
		remove_timer(queue, task);
	if (task->is_parked)
		remove_parked(list_of(queue, task), task);
}

int64_t task_queue_next_ms(const struct task_queue *queue)
{
	return queue->count ? queue->heap[0]->wake_ms : INT64_MAX;
}

struct driver_task *task_queue_take_due(struct task_queue *queue, int64_t now_ms)
{
	struct driver_task *task;

	if (task_queue_next_ms(queue) > now_ms)
		return NULL;
	task = queue->heap[0];
	task_queue_remove(queue, task);
	return task;
}
