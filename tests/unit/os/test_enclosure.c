/* The enclosure, from inside, in a child. Where the system makes no namespaces for us, nothing
 * changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/sandbox/enclosure.h"
#include "scratch.h"

static bool can_create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static bool reaches_loopback(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(1),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool reaches = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ||
		       errno == ECONNREFUSED;

	close(fd);
	return reaches;
}

/* The number of the first thing that is not as it should be; 0: none. */
static int try_enclosure(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct enclosure *enclosure = NULL;
	int fault = 0;

	if (mkdir("inside", 0700) < 0 || mkdir("outside", 0700) < 0)
		return 1;
	if (enclosure_enter("inside", &enclosure, &err) < 0)
		return err.code == ERR_REFUSED && can_create("outside/x") ? 0 : 2;
	if (!can_create("inside/x"))
		fault = 3;
	else if (can_create("outside/x") || errno != EROFS)
		fault = 4;
	else if (can_create("/dev/shm/certbot-test-enclosure"))
		fault = 5;
	else if (reaches_loopback())
		fault = 6;
	enclosure_free(enclosure);
	if (!fault && (!can_create("outside/x") || !can_create("inside/y")))
		fault = 7;
	return fault;
}

static void test_only_one_folder_can_be_written_until_it_is_left(void **state)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(try_enclosure());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_other_processes_do_not_notice(void **state)
{
	test_only_one_folder_can_be_written_until_it_is_left(state);
	assert_true(can_create("outside/y"));
	enclosure_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_only_one_folder_can_be_written_until_it_is_left),
		scratch_test(test_other_processes_do_not_notice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
