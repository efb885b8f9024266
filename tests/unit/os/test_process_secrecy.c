/* Memory that is locked is used again: it does not go back to the kernel when it is freed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <malloc.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "os/process/process_secrecy.h"
#include "os/thread.h"

enum { THREADS = 8, BLOCKS = 1024, BLOCK = 1024 };

struct turns {
	pthread_barrier_t started;
	pthread_mutex_t turn;
};

/* Takes 1 MB at its turn and frees it but for a piece at the end, which keeps the C library from
 * making the heap smaller. */
static void *allocate_in_turn(void *context)
{
	struct turns *turns = context;
	void *blocks[BLOCKS];
	void *end;

	/* Each has a heap, if it can have one of its own. */
	free(xmalloc(BLOCK));
	pthread_barrier_wait(&turns->started);
	pthread_mutex_lock(&turns->turn);
	for (size_t i = 0; i < BLOCKS; i++)
		blocks[i] = xmalloc(BLOCK);
	end = xmalloc(BLOCK);
	for (size_t i = 0; i < BLOCKS; i++)
		free(blocks[i]);
	pthread_mutex_unlock(&turns->turn);
	return end;
}

static void test_threads_use_what_others_have_freed(void **state)
{
	struct turns turns = {.turn = PTHREAD_MUTEX_INITIALIZER};
	pthread_t threads[THREADS];
	void *ends[THREADS];
	size_t before, after;

	process_keep_secrets();
	before = mallinfo2().arena;
	assert_int_equal(pthread_barrier_init(&turns.started, NULL, THREADS), 0);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(thread_start(&threads[i], allocate_in_turn, &turns), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], &ends[i]);
	after = mallinfo2().arena;
	for (size_t i = 0; i < THREADS; i++)
		free(ends[i]);
	pthread_barrier_destroy(&turns.started);
	/* Twice what one of them takes, and what is at their ends; not eight times as much. */
	assert_in_range(after - before, 0, 4 * BLOCKS * BLOCK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads_use_what_others_have_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
