/* Commits in threads: all are done, several at once, and errors stay where they belong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/issue/committer.h"
#include "base/alloc.h"

enum { COUNT = 100, TOGETHER = 4 };

static atomic_int stored, at_work, most_at_work, saw_signals;

static int count_store(struct issue_request *request, struct error *err)
{
	int now = atomic_fetch_add(&at_work, 1) + 1;
	int most = atomic_load(&most_at_work);
	sigset_t blocked;

	while (now > most && !atomic_compare_exchange_weak(&most_at_work, &most, now)) {
	}
	/* Until others are here too, or for as long as a loaded machine may need. */
	for (int i = 0; i < 1000 && atomic_load(&most_at_work) < TOGETHER; i++)
		usleep(10000);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	if (!sigismember(&blocked, SIGTERM))
		atomic_fetch_add(&saw_signals, 1);
	atomic_fetch_add(&stored, 1);
	atomic_fetch_sub(&at_work, 1);
	if (request->context)
		return error_set(err, ERR_IO, "the disk is full");
	return 0;
}

static void test_everything_is_stored_and_errors_stay_apart(void **state)
{
	struct committer *committer = committer_new();
	struct issue_request requests[COUNT];

	for (int i = 0; i < COUNT; i++) {
		issue_request_init(&requests[i]);
		requests[i].store = count_store;
		requests[i].context = i % 10 == 3 ? requests : NULL;
		committer_add(committer, &requests[i]);
	}
	committer_free(committer);
	assert_int_equal(atomic_load(&stored), COUNT);
	assert_true(atomic_load(&most_at_work) >= TOGETHER);
	assert_int_equal(atomic_load(&saw_signals), 0);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(requests[i].error.code, i % 10 == 3 ? ERR_IO : 0);
		issue_request_release(&requests[i]);
	}
}

static void test_nothing_to_store_is_no_thread(void **state)
{
	committer_free(committer_new());
	committer_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything_is_stored_and_errors_stay_apart),
		cmocka_unit_test(test_nothing_to_store_is_no_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
