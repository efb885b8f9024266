/* Threads that no signal reaches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <signal.h>
#include <stdatomic.h>

#include <cmocka.h>

#include "os/thread.h"

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};

static void *note_mask(void *context)
{
	pthread_sigmask(SIG_SETMASK, NULL, context);
	return NULL;
}

static void test_thread_blocks_signals_and_its_starter_none(void **state)
{
	pthread_t thread;
	sigset_t in_thread, here;

	assert_int_equal(thread_start(&thread, note_mask, &in_thread), 0);
	pthread_join(thread, NULL);
	pthread_sigmask(SIG_SETMASK, NULL, &here);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		assert_true(sigismember(&in_thread, signals[i]));
		assert_false(sigismember(&here, signals[i]));
	}
}

static void test_spare_processors_are_no_more_than_asked_for(void **state)
{
	assert_int_equal(thread_spare_processors(0), 0);
	assert_true(thread_spare_processors(1) <= 1);
	assert_true(thread_spare_processors(1000) < 1000);
}

static void count_call(void *context, size_t index)
{
	atomic_int *calls = context;

	atomic_fetch_add(&calls[index], 1);
}

static void test_shared_work_is_done_once_each(void **state)
{
	atomic_int calls[100] = {0};

	thread_share(ARRAY_LEN(calls), count_call, calls);
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		assert_int_equal(atomic_load(&calls[i]), 1);
	thread_share(0, count_call, NULL);
	thread_share(1, count_call, calls);
	assert_int_equal(atomic_load(&calls[0]), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_thread_blocks_signals_and_its_starter_none),
		cmocka_unit_test(test_spare_processors_are_no_more_than_asked_for),
		cmocka_unit_test(test_shared_work_is_done_once_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
