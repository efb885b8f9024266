/* nsswitch.conf as systems have it: the modules that look hosts up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "net/name_services.h"

static void test_modules_of_the_hosts_line(void **state)
{
	static const struct {
		const char *file, *modules;
	} rows[] = {
		{"hosts: files dns\n", "files dns"},
		{"# hosts: nis\npasswd: files sss\nhosts:          files mdns4_minimal "
		 "[NOTFOUND=return] dns # mdns4\n",
		 "files mdns4_minimal dns"},
		{"hosts:\tfiles myhostname resolve [!UNAVAIL=return] dns",
		 "files myhostname resolve dns"},
		{"hosts: files [ NOTFOUND=return SUCCESS=continue ] dns dns\nhosts: nis\n",
		 "files dns"},
		{"  hosts: files\r\n", "files"},
		{"hosts: ../evil /tmp/x a-b dns\n", "dns"},
		{"hostsfile: nis\n", ""},
		{"hosts:", ""},
		{"", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(strvec) struct strvec modules = STRVEC_INIT;
		AUTO_FREE char *joined = NULL;

		name_services_parse(span_make(rows[i].file, strlen(rows[i].file)), &modules);
		joined = strvec_join(&modules, " ");
		assert_string_equal(joined, rows[i].modules);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modules_of_the_hosts_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
