/*
 * Proxy variables of the environment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "net/http/proxy.h"

static const char *const variables[] = {
	"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",    "all_proxy",
	"ALL_PROXY",  "no_proxy",   "NO_PROXY",    "REQUEST_METHOD",
};

static int clear(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(variables); i++)
		unsetenv(variables[i]);
	return 0;
}

/* The proxy for a URL of that scheme and host is `expected` (NULL: none). */
static void assert_proxy(const char *scheme, const char *host, const char *expected)
{
	const struct url url = {
		.scheme = (char *)scheme, .host = (char *)host, .port = -1, .path = (char *)"/"};
	AUTO_FREE char *proxy = proxy_for(&url);

	if (expected)
		assert_string_equal(proxy ? proxy : "(none)", expected);
	else
		assert_null(proxy);
}

static void test_each_scheme_has_its_variable(void **state)
{
	assert_proxy("https", "a.example", NULL);
	setenv("http_proxy", "http://plain:1", 1);
	assert_proxy("https", "a.example", NULL);
	assert_proxy("http", "a.example", "http://plain:1");
	setenv("https_proxy", "http://tls:2", 1);
	assert_proxy("https", "a.example", "http://tls:2");
	setenv("https_proxy", "HTTPS://Tls", 1);
	assert_proxy("https", "a.example", "https://Tls:443");
}

static void test_small_letters_go_before_capitals_and_all_comes_last(void **state)
{
	setenv("ALL_PROXY", "http://all:1", 1);
	assert_proxy("https", "a.example", "http://all:1");
	setenv("HTTPS_PROXY", "http://capital:1", 1);
	assert_proxy("https", "a.example", "http://capital:1");
	setenv("https_proxy", "http://small:1", 1);
	assert_proxy("https", "a.example", "http://small:1");
	setenv("https_proxy", "", 1);
	assert_proxy("https", "a.example", "http://capital:1");
}

static void test_a_client_of_a_cgi_program_cannot_set_the_proxy(void **state)
{
	setenv("HTTP_PROXY", "http://attacker:1", 1);
	assert_proxy("http", "a.example", "http://attacker:1");
	setenv("REQUEST_METHOD", "GET", 1);
	assert_proxy("http", "a.example", NULL);
}

static void test_exceptions_are_direct(void **state)
{
	setenv("https_proxy", "http://p:1", 1);
	setenv("no_proxy", "b.example, 10.0.0.0/8,[::1]:443", 1);
	assert_proxy("https", "a.example", "http://p:1");
	assert_proxy("https", "www.b.example", NULL);
	assert_proxy("https", "10.1.2.3", NULL);
	assert_proxy("https", "11.1.2.3", "http://p:1");
	assert_proxy("https", "::1", NULL);
}

static void test_a_proxy_without_port_has_that_of_its_scheme(void **state)
{
	static const struct {
		const char *given, *expected;
	} cases[] = {
		{"http://p", "http://p:80"},
		{"p", "p:80"},
		{"https://p", "https://p:443"},
		{"http://p/", "http://p:80/"},
		{"http://user:pass@p", "http://user:pass@p:80"},
		{"http://user:pass@p:3128", "http://user:pass@p:3128"},
		{"http://[2001:db8::1]", "http://[2001:db8::1]:80"},
		{"http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128"},
		{"socks5h://p", "socks5h://p"}, /* 1080, for both */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		setenv("https_proxy", cases[i].given, 1);
		assert_proxy("https", "a.example", cases[i].expected);
	}
}

static void test_entries_of_no_proxy(void **state)
{
	static const struct {
		const char *list, *host;
		int port;
		bool bypassed;
	} cases[] = {
		{"*", "a.example", 443, true},
		{"", "a.example", 443, false},
		{"a.example", "a.example", 443, true},
		{"A.EXAMPLE", "a.example", 443, true},
		{".a.example", "a.example", 443, true},
		{".a.example", "x.a.example", 443, true},
		{"a.example", "ba.example", 443, false},
		{"x.a.example", "a.example", 443, false},
		{"a.example:443", "a.example", 443, true},
		{"a.example:8443", "a.example", 443, false},
		{"b.example a.example", "a.example", 443, true},
		{"192.0.2.1", "192.0.2.1", 443, true},
		{"192.0.2.0/24", "192.0.2.200", 443, true},
		{"192.0.2.0/25", "192.0.2.200", 443, false},
		{"192.0.2.0/33", "192.0.2.0", 443, false},
		{"192.0.2.0/x", "192.0.2.0", 443, false},
		{"0.0.0.0/0", "192.0.2.0", 443, true},
		{"0.0.0.0/0", "::1", 443, false},
		{"2001:db8::/32", "2001:db8:1::5", 443, true},
		{"2001:db8::/33", "2001:db8:8000::5", 443, false},
		{"2001:db8::1", "2001:db8:0::1", 443, true},
		{"[2001:db8::1]:8443", "2001:db8::1", 443, false},
		{":", "a.example", 443, false},
		{"..", "a.example", 443, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (proxy_is_bypassed(cases[i].list, cases[i].host, cases[i].port) !=
		    cases[i].bypassed)
			fail_msg("'%s' for %s", cases[i].list, cases[i].host);
}

static void test_user_and_password_are_not_shown(void **state)
{
	static const char *const cases[][2] = {
		{"http://p.example:3128", "p.example:3128"},
		{"http://me:secret@p.example:3128/", "p.example:3128"},
		{"me:se@cret@p.example", "p.example"},
		{"http://p\033[31m.example", "p\\x1b[31m.example"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *shown = proxy_shown(cases[i][0]);

		assert_string_equal(shown, cases[i][1]);
	}
}

#define CLEAN(test) cmocka_unit_test_setup_teardown(test, clear, clear)

static void test_a_proxy_that_is_not_a_url(void **state)
{
	static const char *const good[] = {
		"http://10.0.0.2:3128",         "https://bob:a%40b@proxy.example:3128/",
		"socks5h://[2001:db8::1]:1080", "proxy.example:3128",
		"http://bob:p:q@10.0.0.2:80",
	};
	static const char *const bad[] = {
		"http://bob:s#cret@10.0.0.2:3128",
		"http://bob:s?cret@10.0.0.2:3128",
		"http://bob:se@cret/x@10.0.0.2:3128",
		"http://bob:p:a@ss@10.0.0.2:3128",
		" http://10.0.0.2:3128",
		"http://10.0.0.2:3128\r",
		"http://10.0.0.2:99999",
		"http://10.0.0.2:",
		"garbage://x:y:z",
		"http://",
		"http://[2001:db8::1",
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		AUTO(error) struct error err = ERROR_INIT;

		if (proxy_check(good[i], &err) < 0)
			fail_msg("%s: %s", good[i], err.text);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(error) struct error err = ERROR_INIT;

		if (proxy_check(bad[i], &err) != ERR_CONFIG)
			fail_msg("%s is accepted", bad[i]);
		assert_null(strstr(err.text, "cret"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLEAN(test_each_scheme_has_its_variable),
		CLEAN(test_small_letters_go_before_capitals_and_all_comes_last),
		CLEAN(test_a_client_of_a_cgi_program_cannot_set_the_proxy),
		CLEAN(test_exceptions_are_direct),
		CLEAN(test_a_proxy_without_port_has_that_of_its_scheme),
		CLEAN(test_entries_of_no_proxy),
		CLEAN(test_user_and_password_are_not_shown),
		CLEAN(test_a_proxy_that_is_not_a_url),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
