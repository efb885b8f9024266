/* What is remembered of a lineage: pauses after failures, owed hooks, wanted names, CA windows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store/generations.h"
#include "store/renewal/renewal_state.h"

static const int64_t now = 1767323045; /* 2026-01-02T03:04:05Z */

static void note(struct ini *conf, enum err_code code, int64_t retry_at)
{
	AUTO(error) struct error failure = ERROR_INIT;

	error_set(&failure, code, "it failed");
	failure.retry_at = retry_at;
	renewal_state_note_failure(conf, &failure, now);
}

static void test_pause_grows_to_a_day(void **state)
{
	static const int pauses[] = {60, 600, 6000, 86400, 86400};
	AUTO(ini) struct ini *conf = ini_new();

	assert_int_equal(renewal_state_next_try(conf), 0);
	for (size_t i = 0; i < ARRAY_LEN(pauses); i++) {
		note(conf, ERR_NETWORK, 0);
		assert_int_equal(renewal_state_next_try(conf), now + pauses[i]);
		assert_int_equal(renewal_state_failures(conf), i + 1);
	}
}

static void note_local(struct ini *conf)
{
	AUTO(error) struct error failure = ERROR_INIT;

	error_set(&failure, ERR_IO, "the disk is full");
	renewal_state_note_local_failure(conf, &failure, now);
}

/* The CA has seen none of them, so they prolong no later pause either. */
static void test_local_failures_count_without_a_pause(void **state)
{
	AUTO(ini) struct ini *conf = ini_new();

	for (int i = 1; i <= 3; i++) {
		note_local(conf);
		assert_int_equal(renewal_state_failures(conf), i);
		assert_int_equal(renewal_state_next_try(conf), 0);
	}
	assert_string_equal(renewal_state_failure(conf).text, "the disk is full");
	assert_int_equal(renewal_state_failure(conf).since, now);
	note(conf, ERR_NETWORK, 0);
	assert_int_equal(renewal_state_next_try(conf), now + 60);
	note_local(conf);
	assert_int_equal(renewal_state_next_try(conf), now + 60);
	note(conf, ERR_NETWORK, 0);
	assert_int_equal(renewal_state_next_try(conf), now + 600);
	assert_int_equal(renewal_state_failures(conf), 6);
}

static void test_later_time_of_the_ca_wins(void **state)
{
	AUTO(ini) struct ini *conf = ini_new();

	note(conf, ERR_RATE_LIMITED, now + 3600);
	assert_int_equal(renewal_state_next_try(conf), now + 3600);
	note(conf, ERR_RATE_LIMITED, now + 5);
	assert_int_equal(renewal_state_next_try(conf), now + 600);
}

static void test_success_leaves_no_trace(void **state)
{
	static const char text[] = "version = 2.1.0\n[renewalparams]\nserver = x\n";
	AUTO(ini) struct ini *conf = NULL;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf printed = STRBUF_INIT;

	assert_int_equal(ini_parse(text, strlen(text), "conf", &conf, &err), 0);
	note(conf, ERR_ACME, 0);
	note_local(conf);
	renewal_state_set_deploy_pending(conf, true);
	assert_true(renewal_state_deploy_pending(conf));
	assert_false(renewal_state_reload_pending(conf));
	renewal_state_set_reload_pending(conf, true);
	assert_true(renewal_state_reload_pending(conf));
	assert_false(renewal_state_installation_pending(conf));
	renewal_state_set_installation_pending(conf, 8443);
	assert_true(renewal_state_installation_pending(conf));
	assert_int_equal(renewal_state_installation_port(conf), 8443);
	renewal_state_note_success(conf);
	renewal_state_set_deploy_pending(conf, false);
	renewal_state_set_reload_pending(conf, false);
	ini_print(conf, &printed);
	assert_string_equal(printed.text, text);
}

static void test_wanted_names_survive_printing(void **state)
{
	AUTO(ini) struct ini *conf = ini_new();
	AUTO(ini) struct ini *again = NULL;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf printed = STRBUF_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(strvec) struct strvec read = STRVEC_INIT;

	strvec_push(&names, "a.test");
	renewal_state_set_wanted(conf, &names);
	ini_print(conf, &printed);
	assert_int_equal(ini_parse(printed.text, printed.len, "conf", &again, &err), 0);
	renewal_state_wanted(again, &read);
	assert_int_equal(read.count, 1);
	assert_string_equal(read.items[0], "a.test");
	strvec_release(&names);
	renewal_state_set_wanted(again, &names);
	strvec_release(&read);
	renewal_state_wanted(again, &read);
	assert_int_equal(read.count, 0);
}

static struct cert *fixture_cert(const char *generation)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct cert *cert = NULL;

	read_fixture(generation, ".cert.pem", &pem);
	if (cert_from_pem(pem.text, pem.len, &cert, &err) < 0)
		BUG("%s", err.text);
	return cert;
}

/* Certbot keeps the section when it renews: what it says is then of another certificate. */
static void test_issuer_is_of_one_certificate(void **state)
{
	AUTO(ini) struct ini *conf = ini_new();
	AUTO(cert) struct cert *cert = fixture_cert("1"), *other = fixture_cert("2");
	const char *account = NULL;

	assert_null(renewal_state_issuer(conf));
	renewal_state_set_issuer(conf, cert, "https://b.test/dir", "0a1b");
	assert_string_equal(renewal_state_issuer(conf), "https://b.test/dir");
	assert_true(renewal_state_issuer_is_of(conf, cert, &account));
	assert_string_equal(account, "0a1b");
	assert_false(renewal_state_issuer_is_of(conf, other, &account));
	renewal_state_set_issuer(conf, NULL, NULL, NULL);
	assert_null(renewal_state_issuer(conf));
	assert_false(renewal_state_issuer_is_of(conf, cert, &account));
}

/* An old one may have to be revoked, by the CA that it is from. */
static void test_issuers_of_replaced_certificates_are_kept(void **state)
{
	enum { MANY = 40 };
	AUTO(ini) struct ini *conf = ini_new();
	AUTO(cert) struct cert *cert = fixture_cert("1"), *other = fixture_cert("2");
	AUTO_FREE char *url = NULL, *account = NULL;
	AUTO_FREE char *of_other = NULL, *account_of_other = NULL;
	AUTO(strvec) struct strvec items = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	renewal_state_set_issuer(conf, cert, "https://b.test/dir", "0a1b");
	assert_false(renewal_state_past_issuer(conf, cert, &url, &account));
	renewal_state_set_issuer(conf, NULL, NULL, NULL);
	assert_true(renewal_state_past_issuer(conf, cert, &url, &account));
	assert_string_equal(url, "https://b.test/dir");
	assert_string_equal(account, "0a1b");
	assert_false(renewal_state_past_issuer(conf, other, &of_other, &account_of_other));
	assert_null(of_other);
	for (int i = 0; i < MANY; i++)
		renewal_state_set_issuer(conf, other, "https://c.test/dir", "2c");
	assert_int_equal(ini_get_list(ini_find_section(ini_root(conf), "renewal_state"),
				      "past_issuers", &items, &err),
			 0);
	assert_in_range(items.count, 2, 32);
}

/* The certificates of two keys may both be revoked, and one replaced before the other. */
static void test_revocations_are_of_certificates(void **state)
{
	AUTO(ini) struct ini *conf = ini_new();
	AUTO(cert) struct cert *cert = fixture_cert("1"), *other = fixture_cert("2");
	AUTO_FREE char *asked = xasprintf("%s, asked", cert_serial_hex(cert));
	AUTO(strvec) struct strvec items = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	renewal_state_note_revocation_asked(conf, cert);
	renewal_state_note_revocation(conf, other);
	assert_true(renewal_state_may_be_revoked(conf, cert));
	assert_false(renewal_state_is_revoked(conf, cert));
	assert_true(renewal_state_is_revoked(conf, other));
	renewal_state_note_success(conf);
	renewal_state_drop_revocation_asked(conf, cert);
	assert_false(renewal_state_may_be_revoked(conf, cert));
	assert_true(renewal_state_is_revoked(conf, other));
	renewal_state_note_revocation(conf, cert);
	renewal_state_note_revocation(conf, cert);
	assert_int_equal(ini_get_list(ini_find_section(ini_root(conf), "renewal_state"), "revoked",
				      &items, &err),
			 0);
	assert_int_equal(items.count, 2);
	/* As earlier versions wrote it: one text. */
	ini_set(ini_add_section(ini_root(conf), "renewal_state"), "revoked", asked);
	assert_true(renewal_state_may_be_revoked(conf, cert));
	assert_false(renewal_state_is_revoked(conf, cert));
	assert_false(renewal_state_may_be_revoked(conf, other));
}

static void test_issuer_of_a_second_key_is_kept_once(void **state)
{
	AUTO(ini) struct ini *conf = ini_new();
	AUTO(cert) struct cert *cert = fixture_cert("1");
	AUTO_FREE char *url = NULL, *account = NULL;
	AUTO(strvec) struct strvec items = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	for (int i = 0; i < 2; i++)
		renewal_state_add_past_issuer(conf, cert, "https://b.test/dir", "0a1b");
	assert_true(renewal_state_past_issuer(conf, cert, &url, &account));
	assert_string_equal(url, "https://b.test/dir");
	assert_string_equal(account, "0a1b");
	assert_int_equal(ini_get_list(ini_find_section(ini_root(conf), "renewal_state"),
				      "past_issuers", &items, &err),
			 0);
	assert_int_equal(items.count, 1);
}

static void suggest(struct ini *conf, const char *suffix, int64_t start, int64_t draw)
{
	const struct renewal_window window = {.start = start, .end = start + 1000, .draw = draw};

	renewal_state_set_ari_window(conf, suffix, &window);
}

static void test_moment_is_drawn_once_per_window(void **state)
{
	AUTO(ini) struct ini *conf = ini_new();

	suggest(conf, NULL, 1000, 1500);
	assert_int_equal(renewal_state_ari_time(conf, ""), 1500);
	suggest(conf, "", 1000, 1700);
	assert_int_equal(renewal_state_ari_time(conf, NULL), 1500);
	suggest(conf, NULL, 500, 700);
	assert_int_equal(renewal_state_ari_time(conf, NULL), 700);
	renewal_state_clear_ari(conf);
	assert_int_equal(renewal_state_ari_time(conf, NULL), 0);
}

static void test_each_key_has_its_window(void **state)
{
	static const char *const suffixes[] = {"", "-rsa", "-ecdsa"};
	AUTO(ini) struct ini *conf = ini_new();

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		suggest(conf, suffixes[i], 1000, 1500 + (int64_t)i);
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		assert_int_equal(renewal_state_ari_time(conf, suffixes[i]), 1500 + (int64_t)i);
	renewal_state_clear_ari(conf);
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		assert_int_equal(renewal_state_ari_time(conf, suffixes[i]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pause_grows_to_a_day),
		cmocka_unit_test(test_local_failures_count_without_a_pause),
		cmocka_unit_test(test_later_time_of_the_ca_wins),
		cmocka_unit_test(test_success_leaves_no_trace),
		cmocka_unit_test(test_wanted_names_survive_printing),
		scratch_test(test_issuer_is_of_one_certificate),
		scratch_test(test_issuers_of_replaced_certificates_are_kept),
		cmocka_unit_test(test_issuer_of_a_second_key_is_kept_once),
		cmocka_unit_test(test_revocations_are_of_certificates),
		cmocka_unit_test(test_moment_is_drawn_once_per_window),
		cmocka_unit_test(test_each_key_has_its_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
