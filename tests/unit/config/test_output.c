/* The text of --output: forms, paths and settings, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "config/output.h"

static void read_output(const char *text, struct output *ret)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (output_parse(text, "a.test", ret, &err) < 0)
		fail_msg("%s", err.text);
}

/* "key+cert", as in order=. The caller frees it. */
static char *parts_of(const struct output *output)
{
	static const char *const names[] = {"key", "cert", "chain"};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < output->part_count; i++)
		strbuf_addf(&text, "%s%s", i ? "+" : "", names[output->parts[i]]);
	return strbuf_detach(&text);
}

static void test_each_form_has_its_parts_and_a_mode_that_suits_them(void **state)
{
	static const struct {
		const char *text, *parts;
		mode_t mode;
		bool is_secret;
	} rows[] = {
		{"pem:/x/y", "key+cert+chain", 0600, true},
		{"pem:/x/y,order=cert+chain+key", "cert+chain+key", 0600, true},
		{"pem:/x/y,order=cert+key", "cert+key", 0600, true},
		{"cert:/x/y", "cert", 0644, false},
		{"chain:/x/y", "chain", 0644, false},
		{"fullchain:/x/y", "cert+chain", 0644, false},
		{"privkey:/x/y", "key", 0600, true},
		{"privkey:/x/y,mode=640", "key", 0640, true},
		{"der:/x/y,mode=0444", "", 0444, false},
		{"pfx:/x/y,password-file=/p", "", 0600, true},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(output) struct output output = OUTPUT_INIT;
		AUTO_FREE char *parts = NULL;

		read_output(rows[i].text, &output);
		parts = parts_of(&output);
		assert_string_equal(parts, rows[i].parts);
		assert_int_equal(output.mode, rows[i].mode);
		assert_int_equal(output_is_secret(&output), rows[i].is_secret);
	}
}

static void test_the_name_is_filled_in_and_settings_are_kept(void **state)
{
	AUTO(output) struct output output = OUTPUT_INIT;

	read_output("pfx:/srv/{name}/{name}.pfx,owner=app,group=12,password-file=/etc/{name},"
		    "encryption=legacy",
		    &output);
	assert_string_equal(output.path, "/srv/a.test/a.test.pfx");
	assert_string_equal(output.password_file, "/etc/a.test");
	assert_string_equal(output.owner, "app");
	assert_string_equal(output.group, "12");
	assert_true(output.is_legacy);
}

static void test_what_cannot_be_meant_is_refused_with_a_reason(void **state)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{"", "not of the form"},
		{"/x/y", "not of the form"},
		{":/x/y", "unknown form ''"},
		{"PEM:/x/y", "unknown form 'PEM' (known: pem, cert,"},
		{"pem:", "not absolute"},
		{"pem:x/y", "not absolute"},
		{"pem:/", "file name"},
		{"pem:/x/", "file name"},
		{"pem:/x/..", "'..'"},
		{"pem:/x/./y", "'.'"},
		{"pem:/x/{domain}", "placeholder"},
		{"pem:/x/y}", "placeholder"},
		{"pem:/x/y\n", "control characters"},
		{"pem:/x/y,", NULL},
		{"pem:/x/y,mode", "one value"},
		{"pem:/x/y,mode=", "one value"},
		{"pem:/x/y,mode=0640,mode=0600", "one value"},
		{"pem:/x/y,mode=4755", "octal"},
		{"pem:/x/y,mode=00640", "octal"},
		{"pem:/x/y,mode=64", "octal"},
		{"pem:/x/y,mode=0", "octal"},
		{"pem:/x/y,mode=0040", "let the owner read"},
		{"pem:/x/y,mode=rw", "octal"},
		{"pem:/x/y,Mode=0640", "unknown setting 'Mode'"},
		{"pem:/x/y,,mode=0640", "unknown setting ''"},
		{"pem:/x/a,b1.pem", "unknown setting 'b1.pem' (a path cannot have a comma"},
		{"pem:/x/y,order=key+key", "each once"},
		{"pem:/x/y,order=key+leaf", "each once"},
		{"pem:/x/y,order=chain", "at least"},
		{"pem:/x/y,password-file=/p", "for pfx only"},
		{"pfx:/x/y", "password-file"},
		{"pfx:/x/y,password-file=p", "not absolute"},
		{"pfx:/x/y,password-file=/p,encryption=none", "modern or legacy"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(output) struct output output = OUTPUT_INIT;
		AUTO(error) struct error err = ERROR_INIT;
		int rc = output_parse(rows[i].text, "a.test", &output, &err);

		if (!rows[i].reason) {
			assert_int_equal(rc, 0);
			continue;
		}
		if (rc != ERR_CONFIG || !strstr(err.text, rows[i].reason))
			fail_msg("%s: %s", rows[i].text, err.text ? err.text : "accepted");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_form_has_its_parts_and_a_mode_that_suits_them),
		cmocka_unit_test(test_the_name_is_filled_in_and_settings_are_kept),
		cmocka_unit_test(test_what_cannot_be_meant_is_refused_with_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
