/* The sandbox, from inside: each test gives up its rights in a child and tries what it must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/sandbox/sandbox.h"

/* Kernel facilities of the machine that runs the tests; without one its test says so. */
static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

static bool fails_with(long result, int errno_value)
{
	return result < 0 && errno == errno_value;
}

static bool is_refused(long result)
{
	return result < 0 && (errno == EACCES || errno == EPERM || errno == ENOENT);
}

/* Runs the function in a child after sandbox_enter(); it returns 0 or the number of a failure. */
static void run_inside(unsigned flags, int (*body)(void))
{
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		struct strvec missing = STRVEC_INIT;
		int failure;

		sandbox_enter(flags, &missing);
		for (size_t i = 0; i < missing.count; i++)
			fprintf(stderr, "missing: %s\n", missing.items[i]);
		failure = missing.count ? 99 : body();
		_exit(failure);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int is_nobody(void)
{
	struct rlimit limit;

	if (getuid() == 0 || geteuid() == 0 || getgid() == 0 || getegid() == 0)
		return 1;
	if (setuid(0) == 0 || getgroups(0, NULL) > 1)
		return 2;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || prctl(PR_GET_DUMPABLE) != 0)
		return 3;
	if (getrlimit(RLIMIT_CORE, &limit) < 0 || limit.rlim_max != 0)
		return 4;
	return fails_with(fork(), EAGAIN) ? 0 : 5;
}

static void test_rights_of_the_user_are_given_up(void **state)
{
	if (getuid() != 0)
		skip();
	run_inside(0, is_nobody);
}

static int sees_no_files(void)
{
	if (!is_refused(open("/etc/passwd", O_RDONLY)) || !is_refused(open("/", O_RDONLY)) ||
	    !is_refused(open(".", O_RDONLY)) || !is_refused(open("..", O_RDONLY)))
		return 1;
	if (!is_refused(open("/file", O_WRONLY | O_CREAT, 0600)) ||
	    !is_refused(mkdir("/dir", 0700)))
		return 2;
	return is_refused(chroot(".")) ? 0 : 3;
}

static void test_no_files(void **state)
{
	if (!has_landlock())
		skip();
	run_inside(SANDBOX_NO_FILES, sees_no_files);
}

static void *returns_its_argument(void *argument)
{
	return argument;
}

/* libcurl resolves every name but localhost in a thread. */
static bool can_start_a_thread(void)
{
	pthread_t thread;
	void *returned = NULL;

	return pthread_create(&thread, NULL, returns_its_argument, &returned) == 0 &&
	       pthread_join(thread, &returned) == 0 && returned;
}

static int reads_only_the_system(void)
{
	char bytes[10];
	int fd = open("/etc/passwd", O_RDONLY);

	if (fd < 0 || read(fd, bytes, sizeof(bytes)) <= 0)
		return 1;
	if (!is_refused(open("/tmp", O_RDONLY)) || !is_refused(open("/proc/self/status", O_RDONLY)))
		return 2;
	if (!is_refused(open("/tmp/file", O_WRONLY | O_CREAT, 0600)) ||
	    !is_refused(open("/etc/certbot-test", O_WRONLY | O_CREAT, 0600)))
		return 3;
	if (!can_start_a_thread())
		return 4;
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : 5;
}

static void test_reading_of_the_system_only(void **state)
{
	if (!has_landlock())
		skip();
	run_inside(SANDBOX_READ_SYSTEM, reads_only_the_system);
}

static int pipe_fds[2];
static int listening_fd;

static int has_no_way_out(void)
{
	char program[] = "/bin/true";
	char *const argv[] = {program, NULL};
	char byte = 'x';

	if (!fails_with(socket(AF_INET, SOCK_STREAM, 0), EPERM) ||
	    !fails_with(socket(AF_UNIX, SOCK_STREAM, 0), EPERM))
		return 1;
	if (!fails_with(execv(argv[0], argv), EPERM))
		return 2;
	if (!fails_with(kill(getppid(), 0), EPERM))
		return 3;
	/* What was open goes on working. */
	if (write(pipe_fds[1], &byte, 1) != 1 || read(pipe_fds[0], &byte, 1) != 1)
		return 4;
	if (!fails_with(accept4(listening_fd, NULL, NULL, SOCK_NONBLOCK), EAGAIN))
		return 5;
	return fails_with(open("/etc/passwd", O_RDONLY), EPERM) ? 0 : 6;
}

static void test_no_connection(void **state)
{
	struct sockaddr_in any = {.sin_family = AF_INET};

	if (!has_landlock())
		skip();
	assert_int_equal(pipe(pipe_fds), 0);
	listening_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(listening_fd, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(listen(listening_fd, 1), 0);
	run_inside(SANDBOX_NO_FILES | SANDBOX_NO_CONNECT, has_no_way_out);
	close(listening_fd);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rights_of_the_user_are_given_up),
		cmocka_unit_test(test_no_files),
		cmocka_unit_test(test_reading_of_the_system_only),
		cmocka_unit_test(test_no_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
