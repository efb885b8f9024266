/* Questions to services on sockets of the file system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/socket/local_socket.h"

static char folder[] = "/tmp/local-socket-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/s", folder);
	return 0;
}

static int remove_folder(void **state)
{
	unlink(path);
	return rmdir(folder);
}

static int listen_there(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	unlink(path);
	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

/* A service that answers one question with itself, twice. */
static pid_t serve_echo(int listener)
{
	pid_t pid = fork();
	char bytes[64];
	ssize_t len;
	int fd;

	if (pid)
		return pid;
	fd = accept(listener, NULL, NULL);
	len = read(fd, bytes, sizeof(bytes));
	for (int i = 0; i < 2; i++)
		if (write(fd, bytes, (size_t)len) != len)
			_exit(1);
	_exit(0);
}

static void test_reads_to_the_end(void **state)
{
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	int listener = listen_there();
	pid_t pid = serve_echo(listener);

	assert_int_equal(local_socket_ask(path, span_of("ping\n"), 10000, &answer, &err), 0);
	assert_string_equal(answer.text, "ping\nping\n");
	waitpid(pid, NULL, 0);
	close(listener);
}

static void test_an_answer_beyond_the_cap_is_an_error(void **state)
{
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT_CAPPED(8);
	AUTO(error) struct error err = ERROR_INIT;
	int listener = listen_there();
	pid_t pid = serve_echo(listener);

	assert_int_equal(local_socket_ask(path, span_of("ping\n"), 10000, &answer, &err),
			 ERR_PARSE);
	waitpid(pid, NULL, 0);
	close(listener);
}

static void test_nobody_there_is_not_found(void **state)
{
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;
	AUTO(error) struct error gone = ERROR_INIT;
	AUTO(error) struct error refused = ERROR_INIT;

	close(listen_there());
	assert_int_equal(local_socket_ask(path, span_of("x"), 100, &answer, &refused),
			 ERR_NOT_FOUND);
	unlink(path);
	assert_int_equal(local_socket_ask(path, span_of("x"), 100, &answer, &gone), ERR_NOT_FOUND);
	assert_non_null(strstr(gone.text, path));
}

static void test_waits_no_longer_than_it_may(void **state)
{
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	int listener = listen_there();

	assert_int_equal(local_socket_ask(path, span_of("x"), 50, &answer, &err), ERR_IO);
	assert_non_null(strstr(err.text, "took too long"));
	close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_to_the_end),
		cmocka_unit_test(test_an_answer_beyond_the_cap_is_an_error),
		cmocka_unit_test(test_nobody_there_is_not_found),
		cmocka_unit_test(test_waits_no_longer_than_it_may),
	};

	return cmocka_run_group_tests_name("local_socket", tests, make_folder, remove_folder);
}
