/* The places of --prove. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "webserver/prove_place.h"

static void test_host_port_and_protocol(void **state)
{
	static const struct {
		const char *text, *host;
		unsigned port;
		enum starttls protocol;
	} rows[] = {
		{"localhost:443", "localhost", 443, STARTTLS_NONE},
		{"mail.a.test:25/smtp", "mail.a.test", 25, STARTTLS_SMTP},
		{"[::1]:5432/postgres", "::1", 5432, STARTTLS_POSTGRES},
		{"10.0.0.1:1/tls", "10.0.0.1", 1, STARTTLS_NONE},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(prove_place) struct prove_place place = PROVE_PLACE_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(prove_place_parse(rows[i].text, &place, &err), 0);
		assert_string_equal(place.host, rows[i].host);
		assert_int_equal(place.port, rows[i].port);
		assert_int_equal(place.protocol, rows[i].protocol);
	}
}

static void test_anything_else_is_refused(void **state)
{
	static const char *const texts[] = {
		"",        "a",      "a:",          ":443",       "a:0",
		"a:65536", "a:b",    "::1:443",     "[]:443",     "a b:443",
		"a/b:443", "a:443/", "a:443/tls/x", "a%(x)s:443", "a:443\n"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO(prove_place) struct prove_place place = PROVE_PLACE_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		if (prove_place_parse(texts[i], &place, &err) != ERR_CONFIG)
			fail_msg("%s", texts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host_port_and_protocol),
		cmocka_unit_test(test_anything_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
