/* The record of the names that a fleet wants, in a renewal conf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/macros.h"
#include "store/renewal/fleet_names.h"

static struct ini *parsed(const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct ini *conf = NULL;

	if (ini_parse(text, strlen(text), "a conf", &conf, &err) < 0)
		BUG("%s", err.text);
	return conf;
}

static void test_what_is_read(void **state)
{
	static const struct {
		const char *conf, *names; /* NULL: none */
	} rows[] = {
		{"", NULL},
		{"[renewal_state]\ngeneration = 4\n", NULL},
		{"[renewal_state]\nfleet_names = a.example\n", "a.example"},
		{"[renewal_state]\nfleet_names = b.example, a.example\n", "b.example,a.example"},
		{"[renewal_state]\nfleet_names = a.example,\n", "a.example"},
		{"[renewal_state]\nfleet_names = ,\n", NULL},
		/* Half a list: the second one is the value of an option that is missing. */
		{"[renewal_state]\nfleet_names = a.example, %(nothing)s\n", NULL},
		/* Elsewhere it means nothing. */
		{"fleet_names = a.example\n", NULL},
		{"[renewalparams]\nfleet_names = a.example\n", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(ini) struct ini *conf = parsed(rows[i].conf);
		AUTO(strvec) struct strvec names = STRVEC_INIT;
		AUTO_FREE char *text = NULL;

		assert_int_equal(fleet_names_read(conf, &names), rows[i].names != NULL);
		assert_int_equal(fleet_names_read(conf, NULL), rows[i].names != NULL);
		text = strvec_join(&names, ",");
		assert_string_equal(text, rows[i].names ? rows[i].names : "");
	}
}

static void test_what_is_written(void **state)
{
	static const struct {
		const char *before, *names, *after;
	} rows[] = {
		{"", "a.example", "[renewal_state]\nfleet_names = a.example,\n"},
		{"", "b.example,a.example",
		 "[renewal_state]\nfleet_names = b.example, a.example\n"},
		{"[renewal_state]\nfleet_names = z.example\ngeneration = 4\n", "a.example",
		 "[renewal_state]\nfleet_names = a.example,\ngeneration = 4\n"},
		{"[renewal_state]\ngeneration = 4\nfleet_names = z.example\n", "",
		 "[renewal_state]\ngeneration = 4\n"},
		{"[renewalparams]\nserver = s\n", "", "[renewalparams]\nserver = s\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(ini) struct ini *conf = parsed(rows[i].before);
		AUTO(strvec) struct strvec names = STRVEC_INIT;
		AUTO(strbuf) struct strbuf text = STRBUF_INIT;

		if (rows[i].names[0])
			strvec_split(&names, rows[i].names, ",");
		fleet_names_set(conf, &names);
		ini_print(conf, &text);
		assert_string_equal(text.text, rows[i].after);
		assert_int_equal(fleet_names_read(conf, NULL), names.count > 0);
	}
}

/* They are added to what the list has. */
static void test_reading_appends(void **state)
{
	AUTO(ini) struct ini *conf = parsed("[renewal_state]\nfleet_names = b.example\n");
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	strvec_push(&names, "a.example");
	assert_true(fleet_names_read(conf, &names));
	assert_int_equal(names.count, 2);
	assert_string_equal(names.items[1], "b.example");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_read),
		cmocka_unit_test(test_what_is_written),
		cmocka_unit_test(test_reading_appends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
