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
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/sandbox/sandbox.h"
#include "scratch.h"

static long landlock_version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
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
static void run_inside(const struct sandbox_request *request, int (*body)(void))
{
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		struct sandbox_outcome outcome;

		sandbox_enter(request, &outcome);
		for (size_t i = 0; i < outcome.missing.count; i++)
			fprintf(stderr, "missing: %s\n", outcome.missing.items[i]);
		_exit(outcome.is_confined ? body() : 99);
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
	if (setuid(0) == 0)
		return 2;
	if (getrlimit(RLIMIT_CORE, &limit) < 0 || limit.rlim_max != 0)
		return 3;
	return fails_with(fork(), EPERM) ? 0 : 4;
}

static void test_rights_of_the_user_are_given_up(void **state)
{
	static const enum sandbox_kind kinds[] = {SANDBOX_PARSER, SANDBOX_RESPONDER,
						  SANDBOX_RESOLVER, SANDBOX_NETWORK};

	if (getuid() != 0)
		return; /* an ordinary user has none that could be given up */
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		run_inside(&(const struct sandbox_request){.kind = kinds[i]}, is_nobody);
}

static int pipe_fds[2];
static int listening_fd;

/* Where all calls for sockets are one (s390x), their arguments lie in memory, and no filter sees
 * them. */
#ifdef SYS_socketcall
static const bool sees_arguments_of_sockets = false;
#else
static const bool sees_arguments_of_sockets = true;
#endif

/* What no kind of process may do. */
static int has_no_way_out(void)
{
	char program[] = "/bin/true";
	char *const argv[] = {program, NULL};
	char byte = 'x';

	if (!fails_with(execv(argv[0], argv), EPERM))
		return 2;
	if (!fails_with(kill(getppid(), 0), EPERM))
		return 3;
	/* What was open goes on working. */
	if (write(pipe_fds[1], &byte, 1) != 1 || read(pipe_fds[0], &byte, 1) != 1)
		return 4;
	if (!fails_with(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL), EPERM))
		return 5;
	if (!fails_with(ioctl(pipe_fds[0], TIOCSTI, &byte), EPERM))
		return 6;
	/* Fields that are compared by 32 bits must not be passed by with others set. */
	if (!fails_with(syscall(SYS_ioctl, pipe_fds[0], 0x100000000UL | TIOCSTI, &byte), EPERM))
		return 7;
	if (sees_arguments_of_sockets &&
	    (!fails_with(socket(AF_ALG, SOCK_SEQPACKET, 0), EPERM) ||
	     !fails_with(socket(AF_NETLINK, SOCK_RAW, 9 /* NETLINK_AUDIT */), EPERM)))
		return 8;
	if (!is_refused(open("/etc/passwd", O_RDONLY)) || !is_refused(open("/", O_RDONLY)) ||
	    !is_refused(open("..", O_RDONLY)) || !is_refused(open("/proc/self/mem", O_RDWR)))
		return 9;
	if (!is_refused(open("/file", O_WRONLY | O_CREAT, 0600)) ||
	    !is_refused(mkdir("/dir", 0700)) || !is_refused(chroot(".")))
		return 10;
	/* A call of next year's kernel: the C library falls back. */
	return fails_with(syscall(9999), ENOSYS) ? 0 : 11;
}

static int only_computes(void)
{
	int failure = has_no_way_out();

	if (!fails_with(socket(AF_INET, SOCK_STREAM, 0), EPERM) ||
	    !fails_with(socket(AF_UNIX, SOCK_STREAM, 0), EPERM))
		return 1;
	return failure ? failure : fails_with(accept(listening_fd, NULL, NULL), EPERM) ? 0 : 20;
}

static int answers(void)
{
	int failure = has_no_way_out();

	if (!fails_with(socket(AF_INET, SOCK_STREAM, 0), EPERM))
		return 1;
	if (!fails_with(connect(listening_fd, NULL, 0), EPERM))
		return 21;
	return failure                                                                ? failure
	       : fails_with(accept4(listening_fd, NULL, NULL, SOCK_NONBLOCK), EAGAIN) ? 0
										      : 22;
}

static int connect_to(int port)
{
	struct sockaddr_in peer = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int result = connect(fd, (struct sockaddr *)&peer, sizeof(peer)) < 0 ? errno : 0;

	close(fd);
	return result;
}

/* Ports of which nobody listens on the first and everybody may listen on the second. */
enum { GIVEN_PORT = 1, OTHER_PORT = 2 };

static int connects_where_it_may(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET};
	int failure = has_no_way_out();

	if (sees_arguments_of_sockets && !fails_with(socket(AF_UNIX, SOCK_STREAM, 0), EPERM))
		return 1;
	if (connect_to(GIVEN_PORT) != ECONNREFUSED)
		return 30;
	if (landlock_version() >= 4 && connect_to(OTHER_PORT) != EACCES)
		return 31;
	if (landlock_version() >= 4 &&
	    !fails_with(bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&any, sizeof(any)),
			EACCES))
		return 32;
	if (sees_arguments_of_sockets &&
	    !fails_with(sendto(socket(AF_INET, SOCK_STREAM, 0), "x", 1, MSG_FASTOPEN, NULL, 0),
			EPERM))
		return 33;
	return failure;
}

static void *do_nothing(void *context)
{
	return context;
}

static int starts_threads(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, do_nothing, NULL) != 0)
		return 40;
	return pthread_join(thread, NULL) == 0 ? connects_where_it_may() : 41;
}

static void test_each_kind_has_its_calls_and_no_others(void **state)
{
	static const int ports[] = {GIVEN_PORT};
	static const struct {
		struct sandbox_request request;
		int (*body)(void);
	} rows[] = {
		{{.kind = SANDBOX_PARSER}, only_computes},
		{{.kind = SANDBOX_RESPONDER}, answers},
		{{.kind = SANDBOX_RESOLVER, .tcp_ports = ports, .tcp_port_count = 1},
		 connects_where_it_may},
		{{.kind = SANDBOX_NETWORK, .tcp_ports = ports, .tcp_port_count = 1},
		 starts_threads},
	};
	struct sockaddr_in any = {.sin_family = AF_INET};

	assert_int_equal(pipe(pipe_fds), 0);
	listening_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(listening_fd, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(listen(listening_fd, 1), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		run_inside(&rows[i].request, rows[i].body);
	close(listening_fd);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static const char *const dir = scratch_dir;

static bool can_read(const char *name)
{
	AUTO_FREE char *path = xasprintf("%s/%s", dir, name);
	int fd = open(path, O_RDONLY);
	char byte;
	bool was_read = fd >= 0 && read(fd, &byte, 1) == 1;

	if (fd >= 0)
		close(fd);
	return was_read;
}

static int reads_what_was_named(void)
{
	AUTO_FREE char *written = xasprintf("%s/named", dir);

	if (!can_read("named") || !can_read("link"))
		return 1;
	if (can_read("other") || can_read("below/inner") || can_read("secret/other"))
		return 2;
	if (!is_refused(open(written, O_WRONLY)) || !is_refused(open(written, O_RDONLY | O_TRUNC)))
		return 3;
	return is_refused(open(dir, O_RDONLY)) ? 0 : 4;
}

static void write_file(const char *name, int mode)
{
	AUTO_FREE char *path = xasprintf("%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT, mode);

	assert_true(fd >= 0 && write(fd, "x", 1) == 1);
	close(fd);
}

static void make_dir(const char *name, mode_t mode)
{
	AUTO_FREE char *path = xasprintf("%s/%s", dir, name);

	assert_int_equal(mkdir(path, mode), 0);
}

static void run_with_files(const char *const *names, size_t count, int (*body)(void))
{
	AUTO(strvec) struct strvec files = STRVEC_INIT;
	struct sandbox_request request = {.kind = SANDBOX_NETWORK, .readable = &files};

	for (size_t i = 0; i < count; i++)
		strvec_pushf(&files, "%s/%s", dir, names[i]);
	run_inside(&request, body);
}

static void test_only_the_named_files_are_read(void **state)
{
	static const char *const names[] = {"named", "link", "below", "absent"};
	AUTO_FREE char *link = NULL;

	if (landlock_version() < 1)
		fail_msg("this machine's kernel has no Landlock");
	assert_int_equal(chmod(dir, 0755), 0);
	link = xasprintf("%s/link", dir);
	make_dir("below", 0755);
	make_dir("secret", 0755);
	write_file("named", 0644);
	write_file("other", 0644);
	write_file("below/inner", 0644);
	write_file("secret/target", 0644);
	write_file("secret/other", 0644);
	assert_int_equal(symlink("secret/target", link), 0);
	run_with_files(names, ARRAY_LEN(names), reads_what_was_named);
}

static int reads_what_only_root_can(void)
{
	return can_read("private") && can_read("closed/inner") && !can_read("closed/key") ? 0 : 1;
}

/* A resolv.conf that only root can read, or behind a directory that only root can enter. */
static void test_files_of_roots_are_read_when_named(void **state)
{
	static const char *const names[] = {"private", "closed/inner"};

	if (getuid() != 0)
		return; /* nobody becomes somebody else */
	make_dir("closed", 0700);
	write_file("private", 0600);
	write_file("closed/inner", 0644);
	write_file("closed/key", 0644);
	run_with_files(names, ARRAY_LEN(names), reads_what_only_root_can);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rights_of_the_user_are_given_up),
		cmocka_unit_test(test_each_kind_has_its_calls_and_no_others),
		scratch_test(test_only_the_named_files_are_read),
		scratch_test(test_files_of_roots_are_read_when_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
