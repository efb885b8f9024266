/* What is said to a running HAProxy, and what it answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "plugins/haproxy/haproxy_runtime.h"

static void test_the_list_of_certificates_shows_an_open_transaction(void **state)
{
	static const struct {
		const char *answer, *replaced;
	} cases[] = {
		{"# filename\n/a.pem\nb c.pem\n\n", NULL},
		{"# transaction\n*/a.pem\n# filename\n/a.pem\nb c.pem\n\n", "/a.pem"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO(strvec) struct strvec names = STRVEC_INIT;
		AUTO_FREE char *replaced = NULL;

		haproxy_runtime_read_certs(span_of(cases[i].answer), &names, &replaced);
		assert_true(str_eq_or_null(replaced, cases[i].replaced));
		assert_int_equal(names.count, 2);
		assert_string_equal(names.items[0], "/a.pem");
		assert_string_equal(names.items[1], "b c.pem");
	}
}

/* HAProxy takes whatever follows the first empty line for commands. */
static void test_only_blocks_without_empty_lines_are_sent(void **state)
{
	static const char pem[] =
		"\nBag attributes\n-----BEGIN A-----\nx\n\n \r\ny\n-----END A-----\n"
		"show info\n\n-----BEGIN B-----\nz\n-----END B-----";
	AUTO(strbuf) struct strbuf payload = STRBUF_INIT;

	haproxy_runtime_payload(span_of(pem), &payload);
	assert_string_equal(payload.text, "-----BEGIN A-----\nx\ny\n-----END A-----\n"
					  "-----BEGIN B-----\nz\n-----END B-----\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_list_of_certificates_shows_an_open_transaction),
		cmocka_unit_test(test_only_blocks_without_empty_lines_are_sent),
	};

	return cmocka_run_group_tests_name("haproxy_runtime", tests, NULL, NULL);
}
