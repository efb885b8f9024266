/* Entries for the journal, as they arrive at its socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "scratch.h"
#include "os/system_log.h"

static int bind_journal(void)
{
	static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "journal"};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

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
	AUTO_CLOSE int journal = bind_journal();
	char got[1024];

	assert_int_equal(
		system_log_write("journal", 4, "a.test: soon", fields, ARRAY_LEN(fields), &err), 0);
	assert_int_equal(recv(journal, got, sizeof(got), MSG_DONTWAIT), sizeof(expected) - 1);
	assert_memory_equal(got, expected, sizeof(expected) - 1);
}

static void test_nobody_listens(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	int journal = bind_journal();

	close(journal);
	assert_int_equal(system_log_write("journal", 4, "x", NULL, 0, &err), ERR_IO);
	assert_string_equal(err.text, "cannot write to the journal: Connection refused");
}

static void test_a_journal_that_does_not_read_is_given_up(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	int journal = bind_journal();

	while (system_log_write("journal", 4, "x", NULL, 0, &err) == 0) {
	}
	assert_string_equal(err.text, "the journal took nothing within 5 s");
	close(journal);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_an_entry_has_its_fields, scratch_enter,
						scratch_leave),
		cmocka_unit_test_setup_teardown(test_nobody_listens, scratch_enter, scratch_leave),
		cmocka_unit_test_setup_teardown(test_a_journal_that_does_not_read_is_given_up,
						scratch_enter, scratch_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
