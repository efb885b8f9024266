/* Entries for the journal and for syslog, as they arrive at their sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "os/file/file.h"
#include "scratch.h"
#include "os/system_log.h"

static const struct system_log here = {"journal", "syslog", 1};

static int bind_log(const char *name, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, name, strlen(name));
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void test_an_entry_has_its_fields(void **state)
{
	static const struct system_log_field fields[] = {{"CERTBOT_NOTICE", "expires"},
							 {"CERTBOT_CERTIFICATE", "a\nb"}};
	static const char expected[] =
		"MESSAGE=a.test: soon\nPRIORITY=4\nSYSLOG_IDENTIFIER=certbot\n"
		"CERTBOT_NOTICE=expires\nCERTBOT_CERTIFICATE\n"
		"\x03\0\0\0\0\0\0\0"
		"a\nb\n";
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_CLOSE int journal = bind_log("journal", SOCK_DGRAM);
	char got[1024];

	assert_int_equal(
		system_log_write(&here, 4, "a.test: soon", fields, ARRAY_LEN(fields), &err), 0);
	assert_int_equal(recv(journal, got, sizeof(got), MSG_DONTWAIT), sizeof(expected) - 1);
	assert_memory_equal(got, expected, sizeof(expected) - 1);
}

static void test_nobody_listens(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	int journal = bind_log("journal", SOCK_DGRAM);

	close(journal);
	assert_int_equal(system_log_write(&here, 4, "x", NULL, 0, &err), ERR_IO);
	assert_string_equal(err.text, "cannot write to the journal: Connection refused");
}

/* Writes until nothing is taken any more, which is not long. */
static void assert_given_up(const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;
	size_t taken = 0;

	while (system_log_write(&here, 4, "x", NULL, 0, &err) == 0)
		assert_true(taken++ < 10000);
	assert_int_equal(err.code, ERR_IO);
	assert_string_equal(err.text, text);
}

static void test_a_log_that_does_not_read_is_given_up(void **state)
{
	AUTO_CLOSE int stream = bind_log("syslog", SOCK_STREAM);
	int datagrams;

	/* Nobody accepts. */
	assert_int_equal(listen(stream, 1), 0);
	assert_given_up("syslog took nothing within 1 s");
	assert_int_equal(unlink("syslog"), 0);
	datagrams = bind_log("syslog", SOCK_DGRAM);
	assert_given_up("syslog took nothing within 1 s");
	close(datagrams);
	assert_given_up("cannot write to syslog: Connection refused");
	datagrams = bind_log("journal", SOCK_DGRAM);
	assert_given_up("the journal took nothing within 1 s");
	close(datagrams);
}

/* True for "<28>Jan  2 03:04:05 certbot[123]: a.test: soon" */
static bool is_line_of_syslog(const char *line)
{
	AUTO_FREE char *end = xasprintf(" certbot[%d]: a.test: soon", (int)getpid());
	size_t len = strlen(line), end_len = strlen(end);

	return strncmp(line, "<28>", 4) == 0 && len == 4 + strlen("Jan  2 03:04:05") + end_len &&
	       strcmp(line + len - end_len, end) == 0 && line[13] == ':' && line[16] == ':';
}

static void test_syslog_gets_a_line(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	int log = bind_log("syslog", SOCK_DGRAM);
	AUTO_CLOSE int peer = -1;
	char got[1024] = "";

	assert_int_equal(system_log_write(&here, 4, "a.test: soon", NULL, 0, &err), 0);
	assert_true(recv(log, got, sizeof(got) - 1, MSG_DONTWAIT) > 0);
	assert_true(is_line_of_syslog(got));
	close(log);
	assert_int_equal(unlink("syslog"), 0);
	log = bind_log("syslog", SOCK_STREAM);
	assert_int_equal(listen(log, 1), 0);
	memset(got, 'x', sizeof(got));
	assert_int_equal(system_log_write(&here, 4, "a.test: soon", NULL, 0, &err), 0);
	peer = accept(log, NULL, NULL);
	assert_true(recv(peer, got, sizeof(got) - 1, MSG_DONTWAIT) > 0);
	assert_true(is_line_of_syslog(got)); /* it ends with its null byte */
	close(log);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_an_entry_has_its_fields, scratch_enter,
						scratch_leave),
		cmocka_unit_test_setup_teardown(test_nobody_listens, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_a_log_that_does_not_read_is_given_up,
						scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_syslog_gets_a_line, scratch_enter,
						scratch_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
