/* Where the answers to challenges go in a VCL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "plugins/varnish/vcl.h"

static int add(const char *source, struct strbuf *out, struct error *err)
{
	AUTO(map) struct map answers = MAP_INIT(free);

	map_set(&answers, "TOKEN", xstrdup("TOKEN.THUMB"));
	return vcl_add_answers(span_of(source), span_of(source), &answers, out, err);
}

static void test_answers_follow_the_version_line(void **state)
{
	static const char *const heads[] = {
		"vcl 4.0;",
		"  vcl 4.1 ;",
		"# vcl 3.0;\n// more\n\nvcl 4.1;",
		"/* vcl 4.0;\n * still a comment */\nvcl 4.1;",
		"/* one */ /**/ vcl\t4.1\t;",
	};

	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		AUTO_FREE char *source = xasprintf("%s backend default none;\n", heads[i]);
		AUTO(strbuf) struct strbuf out = STRBUF_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(add(source, &out, &err), 0);
		assert_memory_equal(out.text, heads[i], strlen(heads[i]));
		assert_memory_equal(out.text + strlen(heads[i]), "\nsub vcl_recv {", 15);
		assert_non_null(strstr(out.text, "/.well-known/acme-challenge/TOKEN\""));
		assert_non_null(strstr(out.text, "synth(777, \"TOKEN.THUMB\")"));
		assert_true(str_ends(out.text, " backend default none;\n"));
	}
}

static void test_a_text_without_version_is_refused(void **state)
{
	static const char *const sources[] = {"",        "backend default none;", "# vcl 4.1;",
					      "vcl 4.1", "/* vcl 4.1; */",        "vclx 4.1;",
					      "vcl",     "/* vcl 4.1;",           "#"};

	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		AUTO(strbuf) struct strbuf out = STRBUF_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(add(sources[i], &out, &err), ERR_PARSE);
	}
}

static void test_the_mark_is_a_number_that_the_text_does_not_use(void **state)
{
	static const struct {
		const char *source, *used;
	} cases[] = {
		{"vcl 4.1; synth(777)", "synth(778, \"TOKEN.THUMB\")"},
		{"vcl 4.1; .port = \"7770\"; # 1777", "synth(777, \"TOKEN.THUMB\")"},
	};
	AUTO(strbuf) struct strbuf all = STRBUF_INIT;
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(strbuf) struct strbuf text = STRBUF_INIT;

		assert_int_equal(add(cases[i].source, &text, &err), 0);
		assert_non_null(strstr(text.text, cases[i].used));
	}
	strbuf_adds(&all, "vcl 4.1;");
	for (int number = 777; number < 1000; number++)
		strbuf_addf(&all, " %d", number);
	assert_int_equal(add(all.text, &out, &err), ERR_REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_follow_the_version_line),
		cmocka_unit_test(test_a_text_without_version_is_refused),
		cmocka_unit_test(test_the_mark_is_a_number_that_the_text_does_not_use),
	};

	return cmocka_run_group_tests_name("vcl", tests, NULL, NULL);
}
