/* Reading and editing Dovecot's configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "confedit/dovecot/dovecot_conf.h"

/* The statements as text: "block type[name]", "name=value", "!include path", with their depth. */
static char *outline(const char *text)
{
	AUTO(dovecot_conf) struct dovecot_conf conf = DOVECOT_CONF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	if (dovecot_conf_parse(span_of(text), &conf, &err) < 0)
		return xstrdup(err.text);
	for (size_t i = 0; i < conf.count; i++) {
		const struct dovecot_statement *statement = &conf.items[i];

		for (size_t up = statement->parent; up != DOVECOT_TOP; up = conf.items[up].parent)
			strbuf_addc(&out, '>');
		if (statement->kind == DOVECOT_SETTING)
			strbuf_addf(&out, "%s=%s;", statement->name, statement->value);
		else
			strbuf_addf(&out, "%s[%s];", statement->name, statement->value);
	}
	return strbuf_detach(&out);
}

static void test_reads_statements(void **state)
{
	static const struct {
		const char *text, *outline;
	} cases[] = {
		{"", ""},
		{"\n# a = b\n  # {\n", ""},
		{"a=b", "a=b;"},
		{"a = b # c\n", "a=b;"},
		{"a = b#c\n", "a=b#c;"},
		{"a = \"b # c\" # d\n", "a=b # c;"},
		{"a = 'b'\n", "a=b;"},
		{"a = \"b\n", "a=\"b;"},
		{"a =\n", "a=;"},
		{"a = b \\\n  c\\\n\td\ne = f\n", "a=b c d;e=f;"},
		{"a = b \\\n# comment\n\n  c\n", "a=b c;"},
		{"a = b \\", "a=b;"},
		{"a = </x y\r\nb = c\r\n", "a=</x y;b=c;"},
		{"a {\n b = c\n}\n", "a[];>b=c;"},
		{"local_name \"a b\" {\n  x = 1\n  y {\n  z = 2\n  }\n}\nw = 3\n",
		 "local_name[a b];>x=1;>y[];>>z=2;w=3;"},
		{"service imap-login{\n}\n", "service[imap-login];"},
		{"!include conf.d/*.conf\n!include_try local.conf # l\n",
		 "!include[conf.d/*.conf];!include_try[local.conf];"},
		{"protocol imap {\n  !include x\n}\n", "protocol[imap];>!include[x];"},
		{"something new\na = b\n", "a=b;"},
		{"a \\\n = b\n", "line 1 has its '=' on a later line"},
		{"a \\ # =\n = b\n", "line 1 has its '=' on a later line"},
		{"a = b\n\n}\n", "line 3 has a '}' without its '{'"},
		{"a {\nb {\n}\n", "line 1 has a '{' without its '}'"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *found = outline(cases[i].text);

		assert_string_equal(found, cases[i].outline);
	}
}

/* Finds the first statement with the name. */
static const struct dovecot_statement *find(const struct dovecot_conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->count; i++)
		if (strcmp(conf->items[i].name, name) == 0)
			return &conf->items[i];
	fail_msg("no %s", name);
	return NULL;
}

static void test_sets_a_value_and_keeps_the_rest(void **state)
{
	static const struct {
		const char *before, *name, *value, *after;
	} cases[] = {
		{"a = b\n", "a", "</c", "a = </c\n"},
		{"x=1\n  a=b # why\ny=2", "a", "c", "x=1\n  a=c # why\ny=2"},
		{"a =\n", "a", "c", "a = c\n"},
		{"a = \"b # c\"\n", "a", "d", "a = d\n"},
		{"a = b \\\n  # not\n  c # d\nx = y\n", "a", "e", "a = e # d\nx = y\n"},
		{"a = \\\n  b\n", "a", "e", "a = \\\n  e\n"},
		{"a = b\r\n", "a", "c", "a = c\r\n"},
		{"a = \\b\n", "a", "c", "a = c\n"},
		{"a =\\", "a", "c", "a =c"},
		{"a = \\\n# not\n", "a", "c", "a = c\n# not\n"},
		{"a = \\ # not\n  b\n", "a", "c", "a = c\n"},
		{"local_name \"a b\" {\n}\n", "local_name", "b", "local_name b {\n}\n"},
		{"local_name a { # x\n}\n", "local_name", "b c", "local_name \"b c\" { # x\n}\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(dovecot_conf) struct dovecot_conf conf = DOVECOT_CONF_INIT;
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(strbuf) struct strbuf text = STRBUF_INIT;

		strbuf_adds(&text, cases[i].before);
		assert_int_equal(dovecot_conf_parse(span_of(cases[i].before), &conf, &err), 0);
		dovecot_conf_set(&text, find(&conf, cases[i].name), cases[i].value);
		assert_string_equal(text.text, cases[i].after);
	}
}

static void test_adds_a_setting_to_a_block(void **state)
{
	static const struct {
		const char *before, *after;
	} cases[] = {
		{"x {\n}\n", "x {\n    a = 1\n}\n"},
		{"x {\n  b {\n  }\n}\ny = 1\n", "x {\n  b {\n  }\n    a = 1\n}\ny = 1\n"},
		{"\tx {\r\n\t}", "\tx {\r\n\t\ta = 1\r\n\t}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(dovecot_conf) struct dovecot_conf conf = DOVECOT_CONF_INIT;
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(strbuf) struct strbuf text = STRBUF_INIT;

		strbuf_adds(&text, cases[i].before);
		assert_int_equal(dovecot_conf_parse(span_of(cases[i].before), &conf, &err), 0);
		dovecot_conf_add(&text, find(&conf, "x"), "a", "1");
		assert_string_equal(text.text, cases[i].after);
	}
}

static void test_appends_lines(void **state)
{
	static const struct {
		const char *before, *after;
	} cases[] = {
		{"", "a = 1\n"},
		{"b = 2", "b = 2\na = 1\n"},
		{"b = 2\n", "b = 2\na = 1\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(strbuf) struct strbuf text = STRBUF_INIT;

		strbuf_adds(&text, cases[i].before);
		dovecot_conf_append(&text, "a = 1\n");
		assert_string_equal(text.text, cases[i].after);
	}
}

static void test_a_path_that_dovecot_would_read_otherwise_is_told(void **state)
{
	assert_true(dovecot_conf_can_hold("/etc/letsencrypt/live/a-b_c.test/fullchain.pem"));
	assert_false(dovecot_conf_can_hold("/a b"));
	assert_false(dovecot_conf_can_hold("/a\"b"));
	assert_false(dovecot_conf_can_hold("/a$b"));
	assert_false(dovecot_conf_can_hold("/a%b"));
	assert_false(dovecot_conf_can_hold("/a\nb"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_statements),
		cmocka_unit_test(test_sets_a_value_and_keeps_the_rest),
		cmocka_unit_test(test_adds_a_setting_to_a_block),
		cmocka_unit_test(test_appends_lines),
		cmocka_unit_test(test_a_path_that_dovecot_would_read_otherwise_is_told),
	};

	return cmocka_run_group_tests_name("dovecot_conf", tests, NULL, NULL);
}
