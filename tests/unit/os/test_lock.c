/* Lock files: mutual exclusion between processes, and who holds a busy one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "base/ascii.h"
#include "os/file/lock.h"
#include "scratch.h"

/* A process that holds the lock of the working directory until told to end. */
struct other {
	pid_t pid;
	int stop_fd;
};

static struct other start_other(void)
{
	int ready[2], stop[2];
	struct other other;
	char byte;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(stop), 0);
	other.pid = fork();
	if (other.pid == 0) {
		struct lock *lock = NULL;
		struct error err = ERROR_INIT;

		close(stop[1]);
		if (lock_acquire(".", &lock, NULL, &err) < 0)
			_exit(1);
		if (write(ready[1], "", 1) != 1 || read(stop[0], &byte, 1) < 0)
			_exit(1);
		lock_free(lock);
		_exit(0);
	}
	close(ready[1]);
	close(stop[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	other.stop_fd = stop[1];
	return other;
}

static void stop_other(struct other *other)
{
	int status = -1;

	close(other->stop_fd);
	assert_int_equal(waitpid(other->pid, &status, 0), other->pid);
	assert_int_equal(status, 0);
}

static void test_lock_is_a_private_file_that_goes_away(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct lock *lock = NULL;
	struct stat attributes;

	umask(0);
	assert_int_equal(lock_acquire(".", &lock, NULL, &err), 0);
	assert_int_equal(stat(".certbot.lock", &attributes), 0);
	assert_int_equal(attributes.st_mode & 07777, 0600);
	lock_free(lock);
	assert_false(file_exists(".certbot.lock"));
	lock_free(NULL);
}

/* Opened for writing, a FIFO without a reader would be waited for. */
static void test_a_fifo_in_place_of_the_file_is_an_error(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct lock *lock = NULL;

	assert_int_equal(mkfifo(".certbot.lock", 0600), 0);
	assert_true(lock_acquire(".", &lock, NULL, &err) < 0);
	assert_non_null(strstr(err.text, ".certbot.lock"));
	assert_null(lock);
}

static void test_holder_is_named(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf expected = STRBUF_INIT;
	struct other other = start_other();
	struct lock_holder holder = {.pid = 0};
	struct lock *lock = NULL;

	assert_int_equal(lock_acquire(".", &lock, &holder, &err), ERR_BUSY);
	assert_null(lock);
	assert_int_equal(holder.pid, other.pid);
	assert_non_null(strstr(holder.command, "test_os_lock"));
	assert_in_range(holder.since_seconds, time(NULL) - 60, time(NULL) + 1);
	strbuf_addf(&expected, "'.' is in use by process %d (%s), started 20", holder.pid,
		    holder.command);
	assert_true(str_starts(err.text, expected.text));
	lock_holder_release(&holder);
	assert_null(holder.command);
	stop_other(&other);
	error_release(&err);
	assert_int_equal(lock_acquire(".", &lock, NULL, &err), 0);
	lock_free(lock);
}

static void test_left_over_file_is_no_lock(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct other other = start_other();
	struct lock *lock = NULL;
	int status;

	kill(other.pid, SIGKILL);
	assert_int_equal(waitpid(other.pid, &status, 0), other.pid);
	close(other.stop_fd);
	assert_true(file_exists(".certbot.lock"));
	assert_int_equal(lock_acquire(".", &lock, NULL, &err), 0);
	lock_free(lock);
	assert_false(file_exists(".certbot.lock"));
}

static void test_a_file_removed_by_hand_is_not_taken_from_its_new_owner(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct lock *lock = NULL;
	struct other other;

	assert_int_equal(lock_acquire(".", &lock, NULL, &err), 0);
	assert_int_equal(unlink(".certbot.lock"), 0);
	other = start_other();
	lock_free(lock);
	assert_true(file_exists(".certbot.lock"));
	stop_other(&other);
}

static void test_trouble_names_the_path(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct lock *lock = NULL;

	assert_int_equal(lock_acquire("none", &lock, NULL, &err), ERR_NOT_FOUND);
	assert_string_equal(err.text,
			    "cannot lock 'none/.certbot.lock': No such file or directory");
	error_release(&err);
	assert_int_equal(file_symlink("elsewhere", ".certbot.lock", &err), 0);
	assert_int_equal(lock_acquire(".", &lock, NULL, &err), ERR_IO);
	assert_false(file_exists("elsewhere"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_lock_is_a_private_file_that_goes_away),
		scratch_test(test_a_fifo_in_place_of_the_file_is_an_error),
		scratch_test(test_holder_is_named),
		scratch_test(test_left_over_file_is_no_lock),
		scratch_test(test_a_file_removed_by_hand_is_not_taken_from_its_new_owner),
		scratch_test(test_trouble_names_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
