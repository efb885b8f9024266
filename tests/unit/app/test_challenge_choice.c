/* Challenge types before the order: what fits, what is refused, what is dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/issue/challenge_choice.h"
#include "app/run_fixture.h"
#include "plugin/plugin.h"

static size_t http_only(struct plugin_instance *instance, const struct settings *settings,
			const struct acme_identifier *identifier,
			enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	ret_types[0] = ACME_HTTP_01;
	return 1;
}

static size_t dns_only(struct plugin_instance *instance, const struct settings *settings,
		       const struct acme_identifier *identifier,
		       enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	ret_types[0] = ACME_DNS_01;
	return 1;
}

static size_t both(struct plugin_instance *instance, const struct settings *settings,
		   const struct acme_identifier *identifier,
		   enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	ret_types[0] = ACME_HTTP_01;
	ret_types[1] = ACME_DNS_01;
	return identifier->kind == ACME_IDENTIFIER_IP ? 1 : 2;
}

static size_t sni_and_http(struct plugin_instance *instance, const struct settings *settings,
			   const struct acme_identifier *identifier,
			   enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	ret_types[0] = ACME_TLS_SNI_01;
	ret_types[1] = ACME_HTTP_01;
	return 2;
}

static const struct authenticator authenticators[] = {{.preference = http_only},
						      {.preference = dns_only},
						      {.preference = both},
						      {.preference = sni_and_http}};
static const struct plugin web = {.name = "web", .authenticator = &authenticators[0]};
static const struct plugin dns = {.name = "dns", .authenticator = &authenticators[1]};
static const struct plugin standalone = {.name = "standalone", .authenticator = &authenticators[3]};
static const struct plugin manual = {.name = "manual", .authenticator = &authenticators[2]};

struct fixture {
	struct run run;
	struct plugin_instance instance;
	struct issue_request request;
};

static void set_up(struct fixture *f, const struct plugin *plugin)
{
	start_run(&f->run, "certonly");
	f->instance = (struct plugin_instance){.plugin = plugin};
	issue_request_init(&f->request);
	f->request.settings = f->run.settings;
	f->request.authenticator = &f->instance;
}

static void tear_down(struct fixture *f)
{
	issue_request_release(&f->request);
	end_run(&f->run);
}

static void want(struct fixture *f, const char *name)
{
	acme_identifiers_add(&f->request.identifiers,
			     strchr(name, ':') ? ACME_IDENTIFIER_IP : ACME_IDENTIFIER_DNS, name);
}

static void prefer(struct fixture *f, const char *type)
{
	settings_push(f->run.settings, "pref_challs", type, ORIGIN_COMMAND_LINE);
}

static void assert_refused(struct fixture *f, const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(challenge_choice_make(&f->request, &err), ERR_CONFIG);
	assert_non_null(strstr(err.text, text));
	assert_non_null(err.hint);
	tear_down(f);
}

static void assert_types(struct fixture *f, enum acme_challenge_type first, size_t count)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(challenge_choice_make(&f->request, &err), 0);
	assert_int_equal(f->request.type_count, count);
	assert_int_equal(f->request.types[0], first);
}

static void test_a_wildcard_by_http_is_refused_before_the_order(void **state)
{
	struct fixture f;

	set_up(&f, &web);
	want(&f, "a.test");
	want(&f, "*.a.test");
	assert_refused(&f, "'*.a.test' by http-01: a wildcard name needs a DNS record");
}

static void test_a_type_that_the_plugin_cannot_do_is_refused_before_the_order(void **state)
{
	struct fixture f;

	set_up(&f, &web);
	want(&f, "a.test");
	prefer(&f, "dns-01");
	assert_refused(&f, "None of the preferred challenges");
}

static void test_an_address_by_dns_is_refused_before_the_order(void **state)
{
	struct fixture f;

	set_up(&f, &dns);
	want(&f, "2001:db8::1");
	assert_refused(&f, "an IP address needs http-01 or tls-alpn-01");
}

/* Where it is known that there is no such challenge, no order is made. */
static void test_tls_sni_alone_is_refused_for_lets_encrypt(void **state)
{
	static const char *const servers[] = {
		"https://acme-v02.api.letsencrypt.org/directory",
		"https://acme-staging-v02.api.letsencrypt.org/directory",
	};
	struct fixture f;

	for (size_t i = 0; i < ARRAY_LEN(servers); i++) {
		set_up(&f, &standalone);
		want(&f, "a.test");
		prefer(&f, "tls-sni-01");
		settings_set_string(f.run.settings, "server", servers[i], ORIGIN_COMMAND_LINE);
		assert_refused(&f, "does not offer tls-sni-01");
	}
	set_up(&f, &standalone);
	want(&f, "a.test");
	prefer(&f, "tls-sni-01");
	prefer(&f, "http-01");
	assert_types(&f, ACME_TLS_SNI_01, 2);
	tear_down(&f);
	set_up(&f, &standalone);
	want(&f, "a.test");
	prefer(&f, "tls-sni-01");
	settings_set_string(f.run.settings, "server", "https://ca.test/", ORIGIN_COMMAND_LINE);
	assert_types(&f, ACME_TLS_SNI_01, 1);
	tear_down(&f);
}

static void test_a_preference_that_leaves_the_wildcard_out_is_refused(void **state)
{
	struct fixture f;

	set_up(&f, &manual);
	want(&f, "*.a.test");
	prefer(&f, "http");
	assert_refused(&f, "a wildcard name needs a DNS record");
}

static void test_the_wishes_of_the_user_come_first(void **state)
{
	struct fixture f;

	set_up(&f, &manual);
	want(&f, "a.test");
	prefer(&f, "dns");
	prefer(&f, "http");
	assert_types(&f, ACME_DNS_01, 2);
	tear_down(&f);
}

/* The address comes first and can do less than the other names. */
static void test_each_name_is_asked_about(void **state)
{
	struct fixture f;

	set_up(&f, &manual);
	want(&f, "2001:db8::1");
	want(&f, "*.a.test");
	assert_types(&f, ACME_HTTP_01, 2);
	tear_down(&f);
}

static void test_allow_subset_leaves_out_what_cannot_be_validated(void **state)
{
	struct fixture f;

	set_up(&f, &web);
	settings_set_flag(f.run.settings, "allow_subset_of_names", true, ORIGIN_COMMAND_LINE);
	want(&f, "*.a.test");
	want(&f, "a.test");
	assert_types(&f, ACME_HTTP_01, 1);
	assert_int_equal(f.request.identifiers.count, 1);
	assert_string_equal(f.request.identifiers.items[0].value, "a.test");
	assert_true(strvec_contains(&f.request.dropped, "*.a.test"));
	assert_non_null(strstr(f.run.logged.text, "*.a.test is left out"));
	tear_down(&f);
	set_up(&f, &web);
	settings_set_flag(f.run.settings, "allow_subset_of_names", true, ORIGIN_COMMAND_LINE);
	want(&f, "*.a.test");
	assert_refused(&f, "a wildcard name needs a DNS record");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_wildcard_by_http_is_refused_before_the_order),
		cmocka_unit_test(test_a_type_that_the_plugin_cannot_do_is_refused_before_the_order),
		cmocka_unit_test(test_an_address_by_dns_is_refused_before_the_order),
		cmocka_unit_test(test_tls_sni_alone_is_refused_for_lets_encrypt),
		cmocka_unit_test(test_a_preference_that_leaves_the_wildcard_out_is_refused),
		cmocka_unit_test(test_the_wishes_of_the_user_come_first),
		cmocka_unit_test(test_each_name_is_asked_about),
		cmocka_unit_test(test_allow_subset_leaves_out_what_cannot_be_validated),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
