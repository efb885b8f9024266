/* Reading and editing Postfix's main.cf, and what is read of master.cf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "confedit/postfix/main_cf.h"

static void test_the_last_value_counts(void **state)
{
	static const struct {
		const char *text, *value;
	} cases[] = {
		{"", NULL},
		{"x = 1\n", "1"},
		{"x=1", "1"},
		{"x \t=\t 1 2 \n", "1 2"},
		{"xx = 1\n", NULL},
		{"# x = 1\n", NULL},
		{" # x = 1\n", NULL},
		{"x = 1\nx = 2\n", "2"},
		{"x =\n", ""},
		{"x = 1,\n  2\n\t3\n", "1, 2 3"},
		{"x = 1,\n# comment\n\n  2\ny = 3\n", "1, 2"},
		{"y = 1\n x = 2\n", NULL},
		{"x = a = b\r\n", "a = b"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *value = main_cf_get(span_of(cases[i].text), "x");

		if (cases[i].value)
			assert_string_equal(value, cases[i].value);
		else
			assert_null(value);
	}
}

static void test_sets_where_it_counts_and_keeps_the_rest(void **state)
{
	static const struct {
		const char *before, *after; /* NULL: unchanged */
	} cases[] = {
		{"", "x = 1\n"},
		{"y = 2", "y = 2\nx = 1\n"},
		{"y = 2\r\n", "y = 2\r\nx = 1\r\n"},
		{"x=0 # no comment\ny = 2\n", "x = 1\ny = 2\n"},
		{"x = 5\nx = 0,\n  7\n\n# end\n", "x = 5\nx = 1\n\n# end\n"},
		{"#x = 1\n", "#x = 1\nx = 1\n"},
		{"x   =  1\n", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(strbuf) struct strbuf text = STRBUF_INIT;

		strbuf_adds(&text, cases[i].before);
		assert_int_equal(main_cf_set(&text, "x", "1"), cases[i].after != NULL);
		assert_string_equal(text.text ? text.text : "",
				    cases[i].after ? cases[i].after : cases[i].before);
	}
}

static const char master[] =
	"# service type private unpriv chroot wakeup maxproc command\n"
	"smtp      inet  n  -  y  -  -  smtpd\n"
	"#tlsproxy unix  -  -  y  -  0  tlsproxy\n"
	"submission inet n  -  y  -  -  smtpd\n"
	"  -o syslog_name=postfix/submission\n"
	"  -o smtpd_tls_cert_file=/own.pem\n"
	"127.0.0.1:465\tinet\tn\t-\ty\t-\t-\tsmtpd -o smtpd_tls_wrappermode=yes\n"
	"pickup    unix  n  -  y  60 1  pickup\n"
	"  -o smtpd_tls_cert_file=/no.pem\n"
	"587       inet  n  -  y  -  -  smtpd -o {smtpd_tls_wrappermode = no}\n"
	"  -o { smtpd_x = { -o smtpd_tls_key_file=a } } -o { smtpd_tls_cert_file = /own.pem }\n"
	"open      inet  n  -  y  -  -  smtpd -o {\n"
	"short     inet\n";

static void test_finds_services_and_what_they_set_themselves(void **state)
{
	AUTO(strvec) struct strvec services = STRVEC_INIT;
	AUTO(strvec) struct strvec overriding = STRVEC_INIT;
	AUTO_FREE char *all = NULL;

	master_cf_smtpd(span_of(master), &services);
	all = strvec_join(&services, " ");
	assert_string_equal(all, "smtp submission 127.0.0.1:465 587 open");
	master_cf_overriding(span_of(master), "smtpd_tls_cert_file", &overriding);
	assert_int_equal(overriding.count, 2);
	assert_string_equal(overriding.items[0], "submission");
	assert_string_equal(overriding.items[1], "587");
	strvec_release(&overriding);
	master_cf_overriding(span_of(master), "smtpd_tls_key_file", &overriding);
	assert_int_equal(overriding.count, 0);
}

static void test_a_service_has_values_of_its_own(void **state)
{
	static const struct {
		const char *service, *name, *value; /* NULL: not set */
	} cases[] = {
		{"127.0.0.1:465", "smtpd_tls_wrappermode", "yes"},
		{"587", "smtpd_tls_wrappermode", "no"},
		{"587", "smtpd_tls_cert_file", "/own.pem"},
		{"submission", "syslog_name", "postfix/submission"},
		{"submission", "smtpd_tls_wrappermode", NULL},
		{"pickup", "smtpd_tls_cert_file", NULL},
		{"smtp", "smtpd", NULL},
		{"last", "x", "3"},
	};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	strbuf_adds(&text, master);
	strbuf_adds(&text, "last inet n - y - - smtpd -o x=2\n  -o x=3 -v x=4\n");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *value = master_cf_get(span_of(text.text), cases[i].service,
						      cases[i].name);

		if (cases[i].value)
			assert_string_equal(value, cases[i].value);
		else
			assert_null(value);
	}
}

static void test_lists_of_files_have_no_quotes(void **state)
{
	assert_true(main_cf_can_hold("/etc/live/it's#1:{a}/fullchain.pem"));
	assert_true(main_cf_can_hold("/etc/live/m\xc3\xbcnchen.example/fullchain.pem"));
	assert_false(main_cf_can_hold("/etc/live/my cert/fullchain.pem"));
	assert_false(main_cf_can_hold("/etc/live/a,b/fullchain.pem"));
	assert_false(main_cf_can_hold("/etc/live/a$b/fullchain.pem"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_last_value_counts),
		cmocka_unit_test(test_sets_where_it_counts_and_keeps_the_rest),
		cmocka_unit_test(test_finds_services_and_what_they_set_themselves),
		cmocka_unit_test(test_a_service_has_values_of_its_own),
		cmocka_unit_test(test_lists_of_files_have_no_quotes),
	};

	return cmocka_run_group_tests_name("main_cf", tests, NULL, NULL);
}
