/* The INI tree: reading, lossless changes, and the spelling of what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "codec/ini.h"

static struct ini *parse(const char *text)
{
	struct ini *ini = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	if (ini_parse(text, strlen(text), "test.conf", &ini, &err) < 0)
		fail_msg("%s", err.text);
	return ini;
}

static void assert_printed(const struct ini *ini, const char *expected)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	ini_print(ini, &out);
	assert_string_equal(out.text, expected);
}

static void assert_refused(const char *text, size_t len, const char *expected)
{
	struct ini *ini = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(ini_parse(text, len, "test.conf", &ini, &err), ERR_PARSE);
	assert_null(ini);
	assert_string_equal(err.text, expected);
}

static void test_every_bad_line_is_named(void **state)
{
	static const char text[] = "a = 1\nnonsense\nb = '''\nx\n'''\na = 2\n[s\n[[[t]]]\n";

	assert_refused(text, strlen(text),
		       "cannot read 'test.conf': line 2: neither a section nor a setting; line 6: "
		       "duplicate key; line 7: neither a section nor a setting; line 8: section "
		       "is nested too deeply");
}

static void test_bytes_that_are_no_text_are_refused(void **state)
{
	assert_refused("a = \xff\n", 6, "cannot read 'test.conf': it is not UTF-8");
	assert_refused("a = \0\n", 6, "cannot read 'test.conf': it contains a NUL byte");
}

static void test_sections_and_keys_in_order(void **state)
{
	AUTO(ini) struct ini *ini = parse("z = 1\na = 2\n[y]\n[x]\nk = 3\n[[w]]\n");
	struct ini_section *root = ini_root(ini);
	struct ini_section *x = ini_find_section(root, "x");

	assert_int_equal(ini_key_count(root), 2);
	assert_string_equal(ini_key_at(root, 0), "z");
	assert_string_equal(ini_key_at(root, 1), "a");
	assert_null(ini_key_at(root, 2));
	assert_int_equal(ini_section_count(root), 2);
	assert_string_equal(ini_section_name(ini_section_at(root, 0)), "y");
	assert_ptr_equal(ini_section_at(root, 1), x);
	assert_null(ini_section_at(root, 2));
	assert_true(ini_has(x, "k"));
	assert_false(ini_has(x, "w"));
	assert_non_null(ini_find_section(x, "w"));
	assert_null(ini_find_section(root, "w"));
}

static void assert_value(const struct ini_section *section, const char *key, const char *expected)
{
	AUTO_FREE char *text = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(ini_get(section, key, &text, &err), 0);
	assert_string_equal(text, expected);
}

static void test_get_and_peek(void **state)
{
	AUTO(ini) struct ini *ini = parse("s = text\nl = a, b\ni = %(s)s!\np = 50%\ne =\nf = ,\n");
	struct ini_section *root = ini_root(ini);
	AUTO_FREE char *text = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	assert_string_equal(ini_peek(root, "s"), "text");
	assert_string_equal(ini_peek(root, "p"), "50%");
	assert_string_equal(ini_peek(root, "e"), "");
	assert_null(ini_peek(root, "l"));
	assert_null(ini_peek(root, "i"));
	assert_null(ini_peek(root, "none"));
	assert_value(root, "i", "text!");
	assert_value(root, "l", "a, b");
	assert_value(root, "f", "");
	assert_int_equal(ini_get(root, "none", &text, &err), ERR_NOT_FOUND);
}

static void test_a_string_is_a_list_of_one(void **state)
{
	AUTO(ini) struct ini *ini = parse("s = text\ne = \nf = ,\no = one,\n");
	struct ini_section *root = ini_root(ini);
	AUTO(strvec) struct strvec items = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(ini_get_list(root, "s", &items, &err), 0);
	assert_int_equal(ini_get_list(root, "e", &items, &err), 0);
	assert_int_equal(ini_get_list(root, "f", &items, &err), 0);
	assert_int_equal(ini_get_list(root, "o", &items, &err), 0);
	assert_int_equal(items.count, 3);
	assert_string_equal(items.items[0], "text");
	assert_string_equal(items.items[1], "");
	assert_string_equal(items.items[2], "one");
	assert_false(ini_is_list(root, "s"));
	assert_true(ini_is_list(root, "f"));
	assert_int_equal(ini_get_list(root, "none", &items, &err), ERR_NOT_FOUND);
}

static void test_a_value_that_a_comment_cuts(void **state)
{
	AUTO(ini) struct ini *ini = parse(
		"a = ab#cd\nb = ab #cd\nc = 'ab'#cd\nd = 'ab#cd'\ne = #cd\n"
		"f = p\"w#d\ng = a, b#c\nh = ab\n");
	struct ini_section *root = ini_root(ini);

	assert_true(ini_is_cut(root, "a"));
	assert_false(ini_is_cut(root, "b"));
	assert_false(ini_is_cut(root, "c"));
	assert_false(ini_is_cut(root, "d"));
	assert_false(ini_is_cut(root, "e"));
	assert_true(ini_is_cut(root, "f"));
	assert_true(ini_is_cut(root, "g"));
	assert_false(ini_is_cut(root, "h"));
	assert_false(ini_is_cut(root, "none"));
}

static void test_interpolation_that_cannot_end(void **state)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(ini) struct ini *ini = NULL;
	AUTO_FREE char *value = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	strbuf_adds(&text, "k0 = x\nloop = %(pool)s\npool = %(loop)s\nlist = a,\nl = %(list)s\n");
	for (int i = 1; i < 40; i++)
		strbuf_addf(&text, "k%d = %%(k%d)s%%(k%d)s\n", i, i - 1, i - 1);
	ini = parse(text.text);
	assert_int_equal(ini_get(ini_root(ini), "loop", &value, &err), ERR_PARSE);
	assert_string_equal(err.text, "cannot read value of 'loop': '%(loop)s' refers to itself");
	error_release(&err);
	assert_int_equal(ini_get(ini_root(ini), "k39", &value, &err), ERR_PARSE);
	error_release(&err);
	assert_int_equal(ini_get(ini_root(ini), "l", &value, &err), ERR_PARSE);
	assert_value(ini_root(ini), "k3", "xxxxxxxx");
}

static void test_a_changed_value_leaves_its_line_alone(void **state)
{
	AUTO(ini) struct ini *ini = parse("# top\n"
					  "  'a'=1   # one\r\n"
					  "b = x,y ,z# list\n"
					  "c = '''p\nq''' # two\n"
					  "d =\n"
					  "e=");
	struct ini_section *root = ini_root(ini);

	assert_true(ini_set(root, "a", "new"));
	assert_true(ini_set(root, "b", "p,q"));
	assert_true(ini_set(root, "c", "short"));
	assert_true(ini_set(root, "d", "v"));
	assert_true(ini_set(root, "e", "w"));
	assert_printed(ini, "# top\n"
			    "  'a'=new   # one\r\n"
			    "b = \"p,q\"# list\n"
			    "c = short # two\n"
			    "d = v\n"
			    "e=w\n");
	assert_string_equal(ini_peek(root, "b"), "p,q");
	assert_false(ini_is_list(root, "b"));
}

static void test_an_equal_value_changes_nothing(void **state)
{
	static const char text[] = "a = \"1\"\nb = x,y\nc = 2";
	AUTO(ini) struct ini *ini = parse(text);
	AUTO(strvec) struct strvec items = STRVEC_INIT;

	strvec_push(&items, "x");
	strvec_push(&items, "y");
	assert_true(ini_set(ini_root(ini), "a", "1"));
	assert_true(ini_set_list(ini_root(ini), "b", &items));
	assert_true(ini_set(ini_root(ini), "c", "2"));
	ini_remove(ini_root(ini), "none");
	ini_remove_section(ini_root(ini), "none");
	assert_non_null(ini_find_section(ini_add_section(ini_root(ini), "s"), "t") ? NULL : ini);
	ini_remove_section(ini_root(ini), "s");
	assert_printed(ini, "a = \"1\"\nb = x,y\nc = 2\n");
}

static void test_new_settings_go_to_the_end_of_their_section(void **state)
{
	AUTO(ini) struct ini *ini = parse("a = 1\n\n# about s\n[s]\n\tb = 2\n[[t]]\n# end");
	struct ini_section *s = ini_find_section(ini_root(ini), "s");
	AUTO(strvec) struct strvec items = STRVEC_INIT;

	strvec_push(&items, "http-01");
	assert_true(ini_set(ini_root(ini), "n", "3"));
	assert_true(ini_set_list(s, "l", &items));
	assert_true(ini_set(ini_find_section(s, "t"), "d", ""));
	assert_true(ini_set(ini_add_section(s, "u v"), "f", "g"));
	assert_true(ini_set(ini_add_section(ini_root(ini), "w"), "x", "y"));
	assert_ptr_equal(ini_add_section(ini_root(ini), "s"), s);
	assert_printed(ini, "a = 1\nn = 3\n\n# about s\n[s]\n\tb = 2\n\tl = http-01,\n"
			    "[[t]]\n\t\td = \"\"\n\t[[u v]]\n\t\tf = g\n[w]\n\tx = y\n# end\n");
}

static void test_a_new_document(void **state)
{
	AUTO(ini) struct ini *ini = ini_new();
	struct ini_section *params = ini_add_section(ini_root(ini), "renewalparams");
	AUTO(strvec) struct strvec none = STRVEC_INIT;

	assert_true(ini_set(ini_root(ini), "version", "5.6.0"));
	assert_true(ini_set_list(params, "pref_challs", &none));
	assert_true(ini_set(ini_add_section(params, "webroot_map"), "*.a.test", "/srv/a b"));
	assert_printed(ini, "version = 5.6.0\n[renewalparams]\npref_challs = ,\n[[webroot_map]]\n"
			    "*.a.test = /srv/a b\n");
}

static void test_removal_takes_the_comments_above(void **state)
{
	AUTO(ini) struct ini *ini = parse("# file\na = 1\n# about b\nb = 2\n# about s\n[s]\nc = 3\n"
					  "# about t\n[[t]]\nd = 4\n[u]\n# end\n");

	ini_remove(ini_root(ini), "b");
	ini_remove_section(ini_find_section(ini_root(ini), "s"), "t");
	assert_printed(ini, "# file\na = 1\n# about s\n[s]\nc = 3\n[u]\n# end\n");
	ini_remove_section(ini_root(ini), "s");
	ini_remove(ini_root(ini), "a");
	assert_printed(ini, "# file\n[u]\n# end\n");
}

static void test_keys_and_sections_share_their_names(void **state)
{
	AUTO(ini) struct ini *ini = parse("a = 1\n[b]\nc = 2\n");

	ini_add_section(ini_root(ini), "a");
	assert_true(ini_set(ini_root(ini), "b", "3"));
	assert_printed(ini, "b = 3\n[a]\n");
}

static void test_comments_of_a_document_without_settings_stay_on_top(void **state)
{
	AUTO(ini) struct ini *ini = parse("\xef\xbb\xbf# note");
	AUTO(ini) struct ini *marked = parse("\xef\xbb\xbf");

	assert_printed(ini, "\xef\xbb\xbf# note");
	assert_true(ini_set(ini_root(ini), "a", "1"));
	assert_printed(ini, "\xef\xbb\xbf# note\na = 1\n");
	assert_printed(marked, "\xef\xbb\xbf");
	assert_true(ini_set(ini_root(marked), "a", "1"));
	assert_printed(marked, "\xef\xbb\xbf"
			       "a = 1\n");
}

static void test_line_ends_follow_the_first_line(void **state)
{
	AUTO(ini) struct ini *ini = parse("a = 1\r\nb = 2");

	assert_true(ini_set(ini_root(ini), "c", "3"));
	assert_printed(ini, "a = 1\r\nb = 2\r\nc = 3\r\n");
}

static void test_values_that_need_quotes(void **state)
{
	static const struct {
		const char *text, *line;
	} cases[] = {
		{"", "k = \"\"\n"},
		{"a b", "k = a b\n"},
		{" a", "k = \" a\"\n"},
		{"a\t", "k = \"a\t\"\n"},
		{"a,b", "k = \"a,b\"\n"},
		{"a#b", "k = \"a#b\"\n"},
		{"a\"b", "k = a\"b\n"},
		{"\"a\"", "k = '\"a\"'\n"},
		{"a,\"b\"", "k = 'a,\"b\"'\n"},
		{"it's", "k = it's\n"},
		{"'it'", "k = \"'it'\"\n"},
		{"'a' \"b\"", "k = ''''a' \"b\"'''\n"},
		{"a\nb", "k = '''a\nb'''\n"},
		{"a'''b\n", "k = \"\"\"a'''b\n\"\"\"\n"},
		{"%(x)s", "k = %(x)s\n"},
		{"\xc2\xa0nbsp", "k = \"\xc2\xa0nbsp\"\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO(ini) struct ini *ini = ini_new();

		assert_true(ini_set(ini_root(ini), "k", cases[i].text));
		assert_printed(ini, cases[i].line);
	}
}

static void test_keys_that_need_quotes(void **state)
{
	static const struct {
		const char *key, *line;
	} cases[] = {
		{"a b", "a b = v\n"},       {"a=b", "\"a=b\" = v\n"},
		{"#a", "\"#a\" = v\n"},     {"", "\"\" = v\n"},
		{" a", "\" a\" = v\n"},     {"'a'", "\"'a'\" = v\n"},
		{"a\"=b", "'a\"=b' = v\n"}, {"2001:db8::1", "2001:db8::1 = v\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO(ini) struct ini *ini = ini_new();

		assert_true(ini_set(ini_root(ini), cases[i].key, "v"));
		assert_printed(ini, cases[i].line);
	}
}

static void test_what_cannot_be_written_is_refused(void **state)
{
	AUTO(ini) struct ini *ini = parse("k = old");
	AUTO(strvec) struct strvec items = STRVEC_INIT;

	strvec_push(&items, "two\nlines");
	assert_false(ini_set_list(ini_root(ini), "k", &items));
	assert_false(ini_set_list(ini_root(ini), "new", &items));
	assert_false(ini_set(ini_root(ini), "k", "a'''b\n\"\"\"c\nd"));
	assert_false(ini_set(ini_root(ini), "k", "a\r\nb"));
	assert_false(ini_set(ini_root(ini), "k", "\xff"));
	assert_false(ini_set(ini_root(ini), "a\nb", "v"));
	assert_printed(ini, "k = old");
	assert_string_equal(ini_peek(ini_root(ini), "k"), "old");
}

static void test_a_key_on_its_line_that_takes_no_such_value(void **state)
{
	AUTO(ini) struct ini *ini = parse("[a = b\nq = 1 # it's 'quoted'\n");

	assert_true(ini_set(ini_root(ini), "[a", "c]"));
	assert_true(ini_set(ini_root(ini), "q", "\"\"\" \"x\"\n'"));
	assert_string_equal(ini_peek(ini_root(ini), "[a"), "c]");
	assert_printed(ini, "[a = \"c]\"\nq = '''\"\"\" \"x\"\n'''' # it's 'quoted'\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_bad_line_is_named),
		cmocka_unit_test(test_bytes_that_are_no_text_are_refused),
		cmocka_unit_test(test_sections_and_keys_in_order),
		cmocka_unit_test(test_get_and_peek),
		cmocka_unit_test(test_a_string_is_a_list_of_one),
		cmocka_unit_test(test_a_value_that_a_comment_cuts),
		cmocka_unit_test(test_interpolation_that_cannot_end),
		cmocka_unit_test(test_a_changed_value_leaves_its_line_alone),
		cmocka_unit_test(test_an_equal_value_changes_nothing),
		cmocka_unit_test(test_new_settings_go_to_the_end_of_their_section),
		cmocka_unit_test(test_a_new_document),
		cmocka_unit_test(test_removal_takes_the_comments_above),
		cmocka_unit_test(test_keys_and_sections_share_their_names),
		cmocka_unit_test(test_comments_of_a_document_without_settings_stay_on_top),
		cmocka_unit_test(test_line_ends_follow_the_first_line),
		cmocka_unit_test(test_values_that_need_quotes),
		cmocka_unit_test(test_keys_that_need_quotes),
		cmocka_unit_test(test_what_cannot_be_written_is_refused),
		cmocka_unit_test(test_a_key_on_its_line_that_takes_no_such_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
