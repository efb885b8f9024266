/* The queue of waiting tasks: timers come out in their order whatever was put in and taken out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "acme/server.h"
#include "app/issue/task_queue.h"
#include "base/macros.h"

#define TASKS 500

/* Where the parked wait; never looked into. */
static const struct acme_server *const some_server = (const struct acme_server *)&some_server;

static void put(struct task_queue *queue, struct driver_task *task, int64_t wake_ms)
{
	task->wake_ms = wake_ms;
	task_queue_put(queue, task);
}

static void test_timers_come_out_in_order(void **state)
{
	static const int64_t times[] = {50, 10, 40, 10, 30, 20};
	struct driver_task tasks[ARRAY_LEN(times)] = {{.kind = NULL}};
	struct task_queue queue = {.heap = NULL};
	int64_t last = 0;

	for (size_t i = 0; i < ARRAY_LEN(times); i++)
		put(&queue, &tasks[i], times[i]);
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		const struct driver_task *task = task_queue_take_due(&queue, 100);

		assert_non_null(task);
		assert_true(task->wake_ms >= last);
		last = task->wake_ms;
	}
	assert_null(task_queue_take_due(&queue, INT64_MAX - 1));
	task_queue_release(&queue);
}

static void test_nothing_is_due_before_its_time(void **state)
{
	struct driver_task task = {.kind = NULL};
	struct task_queue queue = {.heap = NULL};

	put(&queue, &task, 10);
	assert_int_equal(task_queue_next_ms(&queue), 10);
	assert_null(task_queue_take_due(&queue, 9));
	assert_ptr_equal(task_queue_take_due(&queue, 10), &task);
	assert_int_equal(task_queue_next_ms(&queue), INT64_MAX);
	task_queue_release(&queue);
}

static int64_t earliest_of(const struct driver_task *tasks)
{
	int64_t earliest = INT64_MAX;

	for (size_t i = 0; i < TASKS; i++)
		if (tasks[i].heap_place && tasks[i].wake_ms < earliest)
			earliest = tasks[i].wake_ms;
	return earliest;
}

static void test_tasks_leave_from_anywhere(void **state)
{
	static struct driver_task tasks[TASKS];
	struct task_queue queue = {.heap = NULL};

	srandom(1);
	for (size_t i = 0; i < TASKS * 20; i++) {
		struct driver_task *task = &tasks[(size_t)random() % TASKS];

		if (task->heap_place)
			task_queue_remove(&queue, task);
		else
			put(&queue, task, random() % 1000);
		assert_int_equal(task_queue_next_ms(&queue), earliest_of(tasks));
	}
	task_queue_release(&queue);
}

static void test_parked_tasks_keep_their_order(void **state)
{
	struct driver_task tasks[4] = {{.kind = NULL}};
	struct task_queue queue = {.heap = NULL};

	for (size_t i = 0; i < ARRAY_LEN(tasks); i++) {
		tasks[i].parking.server = some_server;
		put(&queue, &tasks[i], INT64_MAX);
	}
	assert_int_equal(task_queue_next_ms(&queue), INT64_MAX);
	task_queue_remove(&queue, &tasks[0]);
	task_queue_remove(&queue, &tasks[2]);
	assert_ptr_equal(queue.parked.first, &tasks[1]);
	assert_ptr_equal(queue.parked.first->next_parked, &tasks[3]);
	assert_ptr_equal(queue.parked.last, &tasks[3]);
	task_queue_remove(&queue, &tasks[3]);
	task_queue_remove(&queue, &tasks[1]);
	assert_null(queue.parked.first);
	assert_null(queue.parked.last);
	task_queue_release(&queue);
}

static void test_a_list_knows_whether_all_wait_for_the_same(void **state)
{
	struct driver_task tasks[4] = {{.kind = NULL}};
	struct task_queue queue = {.heap = NULL};

	for (size_t i = 0; i < ARRAY_LEN(tasks); i++)
		tasks[i].parking.server = some_server;
	tasks[1].parking.for_order = true;
	tasks[3].parking.server = (const void *)&queue;
	for (size_t i = 0; i < 3; i++)
		put(&queue, &tasks[i], INT64_MAX);
	assert_ptr_equal(queue.ordering.first, &tasks[1]);
	assert_ptr_equal(queue.parked.last, &tasks[2]);
	assert_false(queue.parked.is_mixed);
	put(&queue, &tasks[3], INT64_MAX);
	assert_true(queue.parked.is_mixed);
	assert_false(queue.ordering.is_mixed);
	for (size_t i = 0; i < ARRAY_LEN(tasks); i++)
		task_queue_remove(&queue, &tasks[i]);
	assert_false(queue.parked.is_mixed);
	task_queue_release(&queue);
}

static void test_a_timer_also_ends_parking(void **state)
{
	struct driver_task task = {.parking = {.server = some_server}};
	struct task_queue queue = {.heap = NULL};

	put(&queue, &task, 5);
	assert_ptr_equal(task_queue_take_due(&queue, 5), &task);
	assert_null(queue.parked.first);
	task_queue_release(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timers_come_out_in_order),
		cmocka_unit_test(test_nothing_is_due_before_its_time),
		cmocka_unit_test(test_tasks_leave_from_anywhere),
		cmocka_unit_test(test_parked_tasks_keep_their_order),
		cmocka_unit_test(test_a_list_knows_whether_all_wait_for_the_same),
		cmocka_unit_test(test_a_timer_also_ends_parking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
