/*
 * Threads that make changes in one directory share the syncs of it: fewer than changes, and each
 * change is followed by one that began after it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "os/file/file.h"
#include "os/file/file_parts.h"
#include "scratch.h"

#define THREADS 8
#define CHANGES 20

static atomic_uint begun, ended;
static atomic_int failure; /* errno of the next sync; 0: it succeeds */

/* Takes as long as a disk does. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	unsigned number = atomic_fetch_add(&begun, 1) + 1;
	int error = atomic_exchange(&failure, 0);

	usleep(2000);
	if (error) {
		errno = error;
		return -1;
	}
	atomic_store(&ended, number);
	return 0;
}

static void *make_changes(void *unused)
{
	AUTO_CLOSE int fd = open(".", O_RDONLY | O_DIRECTORY);
	uintptr_t unsynced = 0;

	for (int i = 0; i < CHANGES; i++) {
		AUTO(error) struct error err = ERROR_INIT;
		unsigned before = atomic_load(&begun);

		unsynced += fd_sync_dir(fd, ".", &err) < 0 || atomic_load(&ended) <= before;
	}
	return (void *)unsynced;
}

static void threads_share_syncs_that_begin_after_their_change(void **state)
{
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, make_changes, NULL), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *unsynced;

		pthread_join(threads[i], &unsynced);
		assert_null(unsynced);
	}
	assert_in_range(begun, CHANGES, THREADS * CHANGES / 2);
}

static void one_thread_syncs_each_time(void **state)
{
	unsigned before = begun;

	assert_null(make_changes(NULL));
	assert_int_equal(begun - before, CHANGES);
}

static void a_failure_is_told(void **state)
{
	AUTO_CLOSE int fd = open(".", O_RDONLY | O_DIRECTORY);
	AUTO(error) struct error err = ERROR_INIT, none = ERROR_INIT;

	failure = EIO;
	assert_int_equal(fd_sync_dir(fd, ".", &err), ERR_IO);
	assert_int_equal(fd_sync_dir(fd, ".", &none), 0);
	failure = EINVAL; /* a file system that cannot */
	assert_int_equal(fd_sync_dir(fd, ".", &none), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(threads_share_syncs_that_begin_after_their_change),
		scratch_test(one_thread_syncs_each_time),
		scratch_test(a_failure_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
