/* Everything under tests/cases/ that codec/ reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cases.h"
#include "codec/ini.h"
#include "codec/json.h"

static void add_json_string(struct strbuf *out, const char *text)
{
	AUTO(json) struct json *string = json_string_new(text);

	json_print(string, JSON_PYTHON, out);
}

static void render_ini_key(const struct ini_section *section, const char *key, struct strbuf *out)
{
	AUTO(strvec) struct strvec items = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	bool is_list = ini_is_list(section, key);

	add_json_string(out, key);
	if (ini_get_list(section, key, &items, &err) < 0) {
		strbuf_addf(out, " ! %s\n", err.text);
		return;
	}
	strbuf_adds(out, is_list ? " = [" : " = ");
	for (size_t i = 0; i < items.count; i++) {
		if (i)
			strbuf_adds(out, ", ");
		add_json_string(out, items.items[i]);
	}
	strbuf_adds(out, is_list ? "]\n" : "\n");
}

static void render_ini_section(const struct ini_section *section, int depth, struct strbuf *out)
{
	for (size_t i = 0; i < ini_key_count(section); i++) {
		strbuf_addf(out, "%*s", 2 * depth, "");
		render_ini_key(section, ini_key_at(section, i), out);
	}
	for (size_t i = 0; i < ini_section_count(section); i++) {
		const struct ini_section *child = ini_section_at(section, i);

		strbuf_addf(out, "%*s[", 2 * depth, "");
		add_json_string(out, ini_section_name(child));
		strbuf_adds(out, "]\n");
		render_ini_section(child, depth + 1, out);
	}
}

static int render_ini(const struct strbuf *input, struct strbuf *out, struct error *err)
{
	AUTO(ini) struct ini *ini = NULL;
	AUTO(strbuf) struct strbuf printed = STRBUF_INIT;

	if (ini_parse(input->text, input->len, "input", &ini, err) < 0)
		return err->code;
	ini_print(ini, &printed);
	assert_string_equal(printed.text, input->text);
	render_ini_section(ini_root(ini), 0, out);
	return 0;
}

static void test_ini(void **state)
{
	cases_run("ini", render_ini);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ini),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
