/* URLs: what an ACME server may give us, and the account directory made of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "codec/url.h"

static void test_parts_are_cut_out(void **state)
{
	AUTO(url) struct url url = {.port = -1};
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(url_parse("HTTPS://CA.example.test:14000/dir/a%20b?x=1#f", &url, &err), 0);
	assert_string_equal(url.scheme, "https");
	assert_string_equal(url.host, "CA.example.test");
	assert_int_equal(url.port, 14000);
	assert_string_equal(url.path, "/dir/a%20b?x=1#f");
}

static void test_address_host_loses_its_brackets(void **state)
{
	AUTO(url) struct url url = {.port = -1};
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(url_parse("http://[2001:db8::1]?q", &url, &err), 0);
	assert_string_equal(url.host, "2001:db8::1");
	assert_int_equal(url.port, -1);
	assert_string_equal(url.path, "/?q");
}

static void assert_refused(const char *text)
{
	AUTO(url) struct url url = {.port = -1};
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(url_parse(text, &url, &err), ERR_PARSE);
	assert_null(url.host);
	for (const char *c = err.text; *c; c++)
		assert_true((unsigned char)*c >= ' ' && *c != 0x7f);
}

static void test_everything_else_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"/dir",
		"//host/dir",
		"https:/host",
		"https://",
		"https:///dir",
		"ftp://host/",
		"file:///etc/passwd",
		"https://user@host/",
		"https://user:password@host/",
		"https://ho st/",
		"https://host/a b",
		"https://host/\r\nX: y",
		"https://host/\x1b[31m",
		"https://h\xc3\xb6st/",
		"https://host/\xff",
		"https://host/%zz",
		"https://host/%2",
		"https://host/%",
		"https://host:0/",
		"https://host:65536/",
		"https://host:/",
		"https://host:80x/",
		"https://host:-1/",
		"https://[::1/",
		"https://[::1]x/",
		"https://[host]/",
		"https://::1/",
		"https://host/[",
		"https://host\\@evil/",
		"https://host/<script>",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(bad[i]);
}

static void test_length_is_capped(void **state)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(url) struct url url = {.port = -1};
	AUTO(error) struct error err = ERROR_INIT;

	strbuf_adds(&text, "https://h/");
	while (text.len < 2000)
		strbuf_addc(&text, 'a');
	assert_int_equal(url_parse(text.text, &url, &err), 0);
	strbuf_addc(&text, 'a');
	assert_refused(text.text);
}

static void test_only_https_is_accepted_from_servers(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(url_check_https("https://ca.example.test/x", "order.finalize", &err), 0);
	assert_int_equal(url_check_https("http://localhost/x", "order.finalize", &err), ERR_PARSE);
	assert_string_equal(err.text,
			    "order.finalize: cannot use URL 'http://localhost/x': it is not https");
	error_release(&err);
	assert_int_equal(url_check_https("x", "order.finalize", &err), ERR_PARSE);
	assert_int_equal(strncmp(err.text, "order.finalize: ", 16), 0);
}

static void assert_server_path(const char *url, const char *expected)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *path = url_server_path(url, &err);

	assert_non_null(path);
	assert_string_equal(path, expected);
}

static void test_server_path_is_host_port_and_path(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_server_path("https://acme-v02.api.letsencrypt.org/directory",
			   "acme-v02.api.letsencrypt.org/directory");
	assert_server_path("https://ca.example.test:14000/dir", "ca.example.test:14000/dir");
	assert_server_path("https://ca.example.test", "ca.example.test");
	assert_server_path("https://[::1]:14000//dir/?a=/../b", "[::1]:14000/dir");
	assert_null(url_server_path("https://ca.example.test/../../etc", &err));
	assert_int_equal(err.code, ERR_PARSE);
	error_release(&err);
	assert_null(url_server_path("ca.example.test", &err));
	assert_int_equal(err.code, ERR_PARSE);
}

static void test_escaping_keeps_only_unreserved_characters(void **state)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	url_add_escaped(&out, "aZ09-._~ /?&=%+\xc3\xa9");
	assert_string_equal(out.text, "aZ09-._~%20%2F%3F%26%3D%25%2B%C3%A9");
}

static void test_values_of_forms_are_decoded(void **state)
{
	static const char *const rows[][2] = {
		{"a.example", "a.example"},
		{"a%20b+c%2Bd", "a b c+d"},
		{"%e2%82%AC", "\xe2\x82\xac"},
		{"100%", "100%"},
		{"%4", "%4"},
		{"%zz%1", "%zz%1"},
		{"a%00b", "a%00b"},
		{"", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *text = url_unescape_form(rows[i][0]);

		assert_string_equal(text, rows[i][1]);
	}
}

static void test_fields_of_forms_are_escaped(void **state)
{
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;

	url_add_field(&form, "a", "1 & 2");
	url_add_field(&form, "none", NULL);
	url_add_field(&form, "b", "");
	assert_string_equal(form.text, "a=1%20%26%202&b=");
}

static void test_only_this_machine_is_loopback(void **state)
{
	static const char *const here[] = {"localhost", "LocalHost", "127.0.0.1", "127.255.0.9",
					   "::1"};
	static const char *const elsewhere[] = {
		"127.evil.example",
		"localhost.example",
		"128.0.0.1",
		"10.0.0.1",
		"127.1",
		"2130706433",
		"::2",
		"::ffff:10.0.0.1",
		"0.0.0.0",
		"::",
		"",
	};

	for (size_t i = 0; i < ARRAY_LEN(here); i++)
		assert_true(url_host_is_loopback(here[i]));
	for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
		assert_false(url_host_is_loopback(elsewhere[i]));
}

static void test_references_are_resolved(void **state)
{
	static const char *const rows[][3] = {
		{"https://ca.test:444/cert/1", "/issuer?n=1", "https://ca.test:444/issuer?n=1"},
		{"https://ca.test", "/issuer", "https://ca.test/issuer"},
		{"https://[::1]?a=/b", "/issuer", "https://[::1]/issuer"},
		{"https://ca.test/cert", "https://b.test/issuer", "https://b.test/issuer"},
		{"https://ca.test/cert", "//b.test/issuer", "//b.test/issuer"},
		{"https://ca.test/cert", "issuer", "issuer"},
		{"https://ca.test/cert", "", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *url = url_resolve(rows[i][0], rows[i][1]);

		assert_string_equal(url, rows[i][2]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_are_cut_out),
		cmocka_unit_test(test_address_host_loses_its_brackets),
		cmocka_unit_test(test_everything_else_is_refused),
		cmocka_unit_test(test_length_is_capped),
		cmocka_unit_test(test_only_https_is_accepted_from_servers),
		cmocka_unit_test(test_server_path_is_host_port_and_path),
		cmocka_unit_test(test_escaping_keeps_only_unreserved_characters),
		cmocka_unit_test(test_values_of_forms_are_decoded),
		cmocka_unit_test(test_fields_of_forms_are_escaped),
		cmocka_unit_test(test_only_this_machine_is_loopback),
		cmocka_unit_test(test_references_are_resolved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
