/* Addresses of name servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/dns/name_server.h"

static void test_addresses_are_read_with_and_without_port(void **state)
{
	static const struct {
		const char *text, *printed; /* NULL: refused */
	} cases[] = {
		{"192.0.2.1", "192.0.2.1"},
		{"192.0.2.1:53", "192.0.2.1"},
		{"192.0.2.1:5353", "192.0.2.1:5353"},
		{"2001:db8::1", "2001:db8::1"},
		{"[2001:db8::1]", "2001:db8::1"},
		{"[2001:DB8::1]:5353", "[2001:db8::1]:5353"},
		{"192.0.2.1:", NULL},
		{"192.0.2.1:70000", NULL},
		{"192.0.2", NULL},
		{"[::1", NULL},
		{"[::1]x", NULL},
		{"ns1.example.test", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(strbuf) struct strbuf printed = STRBUF_INIT;
		struct name_server server;
		int rc = name_server_parse(cases[i].text, 53, &server, &err);

		assert_int_equal(rc, cases[i].printed ? 0 : ERR_CONFIG);
		if (rc < 0)
			continue;
		name_server_print(&server, &printed);
		assert_string_equal(printed.text, cases[i].printed);
		assert_true(name_server_equal(&server, &server));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_are_read_with_and_without_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
