/* Tests of webserver/looks: where a server is looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "webserver/looks.h"

static void test_every_spelling_of_an_address_is_reached(void **state)
{
	static const struct {
		const char *host, *reached;
		int family;
	} cases[] = {
		{"*", "127.0.0.1", AF_UNSPEC},
		{"*", "::1", AF_INET6},
		{"0.0.0.0", "127.0.0.1", AF_UNSPEC},
		{"::", "::1", AF_UNSPEC},
		{"[::]", "::1", AF_UNSPEC},
		{"::0", "::1", AF_UNSPEC},
		{"[2001:db8::25]", "2001:db8::25", AF_UNSPEC},
		{"192.0.2.25", "192.0.2.25", AF_UNSPEC},
		{"localhost", "127.0.0.1", AF_INET},
		{"nowhere.invalid", "nowhere.invalid", AF_UNSPEC},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *reached = looks_address(cases[i].host, cases[i].family);

		assert_string_equal(reached, cases[i].reached);
	}
}

static void test_services_are_ports(void **state)
{
	static const struct {
		const char *service;
		unsigned port;
	} cases[] = {
		{"smtp", 25},   {"submission", 587}, {"submissions", 465},
		{"smtps", 465}, {"imaps", 993},      {"2525", 2525},
		{"0", 0},       {"65536", 0},        {"nothing-such", 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(looks_smtp_port(cases[i].service), cases[i].port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_spelling_of_an_address_is_reached),
		cmocka_unit_test(test_services_are_ports),
	};

	return cmocka_run_group_tests_name("looks", tests, NULL, NULL);
}
