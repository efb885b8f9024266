/*
 * The config, work and logs directories at start-up: modes, strict permissions, locks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sys/wait.h>

#include "base/alloc.h"
#include "os/file/lock.h"
#include "os/leaping_clock.h"
#include "os/scratch.h"
#include "store/directories.h"

static struct directories_request request_for(const char *config, const char *work,
					      const char *logs)
{
	return (struct directories_request){
		.config_dir = config,
		.work_dir = work,
		.logs_dir = logs,
		.clock = &test_clock,
	};
}

static mode_t mode_of(const char *path)
{
	struct stat attributes;

	return stat(path, &attributes) == 0 ? attributes.st_mode & 07777 : 0;
}

static void test_directories_are_made_with_their_modes_and_locked(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct directories_request request = request_for("a/config", "b/place", "c/logs");
	AUTO(directories) struct directories *directories = NULL;

	assert_int_equal(directories_prepare(&request, &directories, &err), 0);
	assert_int_equal(mode_of("a/config"), 0755);
	assert_int_equal(mode_of("b/place"), 0755);
	assert_int_equal(mode_of("c"), 0700);
	assert_int_equal(mode_of("c/logs"), 0700);
	assert_int_equal(mode_of("a/config/renewal-hooks/deploy"), 0755);
	assert_true(file_exists("a/config/renewal-hooks/pre"));
	assert_true(file_exists("a/config/renewal-hooks/post"));
	assert_true(file_exists("a/config/.certbot.lock"));
	assert_true(file_exists("b/place/.certbot.lock"));
	assert_true(file_exists("c/logs/.certbot.lock"));
	directories_unlock(directories);
	assert_false(file_exists("b/place/.certbot.lock"));
	assert_int_equal(directories_lock_again(directories, &err), 0);
	directories_free(STEAL(directories));
	assert_false(file_exists("a/config/.certbot.lock"));
}

static void test_one_directory_may_serve_for_all(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct directories_request request = request_for("d", "./d", "d/");
	AUTO(directories) struct directories *directories = NULL;

	assert_int_equal(directories_prepare(&request, &directories, &err), 0);
	assert_true(file_exists("d/.certbot.lock"));
}

static void test_strict_permissions_are_demanded_of_old_directories_only(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct directories_request request = request_for("config", "work", "logs");
	AUTO(directories) struct directories *directories = NULL;

	request.strict_permissions = true;
	umask(077);
	assert_int_equal(directories_prepare(&request, &directories, &err), 0);
	assert_int_equal(mode_of("config"), 0700);
	directories_free(STEAL(directories));
	assert_int_equal(directories_prepare(&request, &directories, &err), ERR_CONFIG);
	assert_string_equal(err.text, "config exists, but it should be owned by current user with "
				      "permissions 0o755");
	assert_false(file_exists("logs/.certbot.lock"));
}

/* Another process that holds the lock until its end of the pipe is closed. */
static pid_t hold(const char *dir, int *ret_pipe)
{
	int ready[2], release[2];
	pid_t child;
	char byte;

	if (pipe(ready) < 0 || pipe(release) < 0)
		BUG("no pipes");
	child = fork();
	if (child == 0) {
		AUTO(error) struct error err = ERROR_INIT;
		struct lock *lock = NULL;

		close(release[1]);
		if (lock_acquire(dir, &lock, NULL, &err) < 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		(void)!read(release[0], &byte, 1);
		_exit(0);
	}
	close(ready[1]);
	close(release[0]);
	if (read(ready[0], &byte, 1) != 1)
		BUG("no lock");
	close(ready[0]);
	*ret_pipe = release[1];
	return child;
}

static void test_a_busy_lock_is_waited_for_and_its_holder_named(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct directories_request request = request_for("config", "work", "logs");
	AUTO(directories) struct directories *directories = NULL;
	AUTO_FREE char *pid = NULL;
	int release = -1;
	pid_t child;

	assert_int_equal(dir_make("config", 0755, &err), 0);
	child = hold("config", &release);
	request.lock_timeout_ms = 1000;
	test_time = 0;
	assert_int_equal(directories_prepare(&request, &directories, &err), ERR_BUSY);
	assert_int_equal(test_time, 1000);
	pid = xasprintf("process %d", (int)child);
	assert_non_null(strstr(err.text, "Another instance of Certbot is already running"));
	assert_non_null(strstr(err.text, pid));
	assert_false(file_exists("logs/.certbot.lock"));
	close(release);
	assert_int_equal(waitpid(child, NULL, 0), child);
	error_release(&err);
	assert_int_equal(directories_prepare(&request, &directories, &err), 0);
}

static void test_a_file_in_the_way_is_explained(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct directories_request request = request_for("config", "work", "logs");
	const struct file_attributes attributes = {.mode = 0644};
	AUTO(directories) struct directories *directories = NULL;

	assert_int_equal(file_create("work", "", 0, &attributes, &err), 0);
	assert_true(directories_prepare(&request, &directories, &err) < 0);
	assert_non_null(strstr(err.text, "cannot use the work directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_directories_are_made_with_their_modes_and_locked),
		scratch_test(test_one_directory_may_serve_for_all),
		scratch_test(test_strict_permissions_are_demanded_of_old_directories_only),
		scratch_test(test_a_busy_lock_is_waited_for_and_its_holder_named),
		scratch_test(test_a_file_in_the_way_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
