/* Account operations, key change, revocation and renewal information. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../fixtures/acme/pems.h"
#include "base/alloc.h"
#include "base/span.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "lab.h"

static int setup(void **state)
{
	struct lab *lab = XNEW(struct lab);

	lab_open(lab);
	*state = lab;
	return 0;
}

static int teardown(void **state)
{
	lab_close(*state);
	free(*state);
	return 0;
}

static struct key *other_key(void)
{
	struct error err = ERROR_INIT;
	struct key *key = NULL;

	assert_int_equal(key_from_pem(PEM_OTHER_KEY, strlen(PEM_OTHER_KEY), &key, &err), 0);
	return key;
}

static void expect_signer(const struct lab *lab, const char *member)
{
	struct error err = ERROR_INIT;
	AUTO(json) struct json *header = NULL;

	assert_int_equal(
		json_parse(lab->protected.text, lab->protected.len, "header", &header, &err), 0);
	assert_non_null(json_member(header, member));
}

/* Registers with the given directory; the directory is served already. */
static void create(struct lab *lab, const struct acme_registration *registration,
		   const char *directory)
{
	acme_server_set_account_url(lab->server, NULL);
	lab_exchange(lab, acme_account_create(lab->server, registration));
	lab_serve_directory(lab, directory);
}

static void test_new_account(void **state)
{
	struct lab *lab = *state;
	AUTO(strvec) struct strvec contacts = STRVEC_INIT;
	const struct acme_registration registration = {.contacts = &contacts, .agree_terms = true};

	strvec_push(&contacts, "a@x.example");
	strvec_push(&contacts, "b@x.example");
	create(lab, &registration, NULL);
	lab_expect_post(lab, URL_NEW_ACCOUNT,
			"{\"contact\":[\"mailto:a@x.example\",\"mailto:b@x.example\"],"
			"\"termsOfServiceAgreed\":true}");
	expect_signer(lab, "jwk");
	lab_reply(lab, 201, "Location: https://ca.test/account/9\n", "{\"status\":\"valid\"}");
	lab_expect_done(lab);
	assert_string_equal(acme_exchange_body(lab->exchange), "{\"status\":\"valid\"}");
	assert_string_equal(acme_server_account_url(lab->server), "https://ca.test/account/9");
}

static void test_account_that_exists_is_taken(void **state)
{
	struct lab *lab = *state;
	AUTO(strvec) struct strvec contacts = STRVEC_INIT;
	const struct acme_registration registration = {.contacts = &contacts, .agree_terms = true};

	create(lab, &registration, NULL);
	lab_expect_post(lab, URL_NEW_ACCOUNT, "{\"termsOfServiceAgreed\":true}");
	lab_reply(lab, 200, "Location: https://ca.test/account/9\n", "{}");
	lab_expect_done(lab);
	assert_string_equal(acme_server_account_url(lab->server), "https://ca.test/account/9");
}

static void test_lost_registration_is_repeated(void **state)
{
	struct lab *lab = *state;
	AUTO(strvec) struct strvec contacts = STRVEC_INIT;
	const struct acme_registration registration = {.contacts = &contacts};

	create(lab, &registration, NULL);
	lab_drop(lab, true);
	lab_expect_wait(lab, 1000);
	lab_reply(lab, 200, "", "");
	lab_expect_post(lab, URL_NEW_ACCOUNT, "{}");
}

static void test_bad_account_replies(void **state)
{
	static const struct {
		enum err_code code;
		const char *headers, *body, *part;
	} rows[] = {
		{ERR_PROTOCOL, "", "{}", "Location"},
		{ERR_PROTOCOL, "Location: http://ca.test/1\n", "{}", "Location"},
		{ERR_PROTOCOL, "Location: https://ca.test/1\n", "{", "cannot read account"},
		{ERR_PROTOCOL, "Location: https://ca.test/1\n", "{\"status\":1}", "account.status"},
		{ERR_ACME, "Location: https://ca.test/1\n", "{\"status\":\"deactivated\"}",
		 "the status of the account is 'deactivated'"},
	};
	AUTO(strvec) struct strvec contacts = STRVEC_INIT;
	const struct acme_registration registration = {.contacts = &contacts};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct lab *lab = *state;

		create(lab, &registration, NULL);
		lab_reply(lab, 201, rows[i].headers, rows[i].body);
		lab_expect_failed(lab, rows[i].code, rows[i].part);
		assert_null(acme_server_account_url(lab->server));
		teardown(state);
		setup(state);
	}
}

#define EAB_DIRECTORY "{" DIRECTORY_MEMBERS ",\"meta\":{\"externalAccountRequired\":true}}"

static void test_required_binding_is_asked_for_before_anything_is_sent(void **state)
{
	struct lab *lab = *state;
	AUTO(strvec) struct strvec contacts = STRVEC_INIT;
	const struct acme_registration registration = {.contacts = &contacts};

	create(lab, &registration, EAB_DIRECTORY);
	lab_expect_failed(lab, ERR_REFUSED, "requires an external account binding");
	assert_non_null(strstr(lab->err.hint, "--eab-kid"));
	assert_int_equal(lab->requests, 1);
}

static void test_binding_is_a_jws_in_the_payload(void **state)
{
	struct lab *lab = *state;
	AUTO(strvec) struct strvec contacts = STRVEC_INIT;
	AUTO(secret) struct secret mac_key = SECRET_INIT;
	const struct jws_binding binding = {"kid-1", &mac_key, "HS256"};
	const struct acme_registration registration = {.contacts = &contacts, .binding = &binding};
	AUTO(json) struct json *payload = NULL;

	secret_set(&mac_key, "0123456789abcdef0123456789abcdef", 32);
	create(lab, &registration, EAB_DIRECTORY);
	lab_expect_post(lab, URL_NEW_ACCOUNT, "externalAccountBinding");
	assert_int_equal(
		json_parse(lab->payload.text, lab->payload.len, "payload", &payload, &lab->err), 0);
	assert_non_null(json_text(
		json_member(json_member(payload, "externalAccountBinding"), "signature")));
}

static void test_refused_registration(void **state)
{
	static const struct {
		const char *body, *hint;
	} rows[] = {
		{PROBLEM("invalidContact", "bad"), "--email"},
		{PROBLEM("externalAccountRequired", "bad"), "--eab-kid"},
		{"{\"type\":\"urn:ietf:params:acme:error:userActionRequired\",\"detail\":\"bad\","
		 "\"instance\":\"https://ca.test/agree?x=1\"}",
		 "https://ca.test/agree?x=1"},
	};
	AUTO(strvec) struct strvec contacts = STRVEC_INIT;
	const struct acme_registration registration = {.contacts = &contacts};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct lab *lab = *state;

		create(lab, &registration, NULL);
		lab_reply(lab, 400, "", rows[i].body);
		lab_expect_failed(lab, ERR_ACME, "cannot create an account: bad (");
		assert_non_null(strstr(lab->err.hint, rows[i].hint));
		teardown(state);
		setup(state);
	}
}

static void test_account_is_found_by_its_key(void **state)
{
	struct lab *lab = *state;

	acme_server_set_account_url(lab->server, NULL);
	lab_exchange(lab, acme_account_find(lab->server));
	lab_serve_directory(lab, NULL);
	lab_expect_post(lab, URL_NEW_ACCOUNT, "{\"onlyReturnExisting\":true}");
	expect_signer(lab, "jwk");
	lab_reply(lab, 200, "Location: " URL_ACCOUNT "\n", "{}");
	lab_expect_done(lab);
	assert_string_equal(acme_server_account_url(lab->server), URL_ACCOUNT);
}

static void test_unknown_key_is_not_found(void **state)
{
	struct lab *lab = *state;

	lab_exchange(lab, acme_account_find(lab->server));
	lab_serve_directory(lab, NULL);
	lab_reply(lab, 400, "", PROBLEM("accountDoesNotExist", "who?"));
	lab_expect_failed(lab, ERR_NOT_FOUND, "who?");
}

static void test_account_is_read(void **state)
{
	struct lab *lab = *state;

	lab_exchange(lab, acme_account_query(lab->server));
	lab_serve_directory(lab, NULL);
	lab_expect_post(lab, URL_ACCOUNT, NULL);
	expect_signer(lab, "kid");
	lab_reply(lab, 200, "", "{\"contact\":[]}");
	lab_expect_done(lab);
	assert_string_equal(acme_exchange_body(lab->exchange), "{\"contact\":[]}");
}

static void test_operations_on_no_account_are_refused(void **state)
{
	struct lab *lab = *state;
	AUTO(strvec) struct strvec contacts = STRVEC_INIT;
	AUTO(key) struct key *key = other_key();
	struct acme_exchange *exchanges[4];

	acme_server_set_account_url(lab->server, NULL);
	lab_exchange(lab, acme_directory_fetch(lab->server));
	lab_serve_directory(lab, NULL);
	exchanges[0] = acme_account_query(lab->server);
	exchanges[1] = acme_account_update(lab->server, &contacts);
	exchanges[2] = acme_account_deactivate(lab->server);
	exchanges[3] = acme_account_rollover(lab->server, key);
	for (size_t i = 0; i < ARRAY_LEN(exchanges); i++) {
		lab_exchange(lab, exchanges[i]);
		lab_expect_failed(lab, ERR_REFUSED, "there is no account");
	}
}

static void test_contacts_are_replaced(void **state)
{
	struct lab *lab = *state;
	AUTO(strvec) struct strvec contacts = STRVEC_INIT;

	lab_exchange(lab, acme_account_update(lab->server, &contacts));
	lab_serve_directory(lab, NULL);
	lab_expect_post(lab, URL_ACCOUNT, "{\"contact\":[]}");
	lab_reply(lab, 200, "", "{}");
	lab_expect_done(lab);
}

static void test_account_is_deactivated(void **state)
{
	struct lab *lab = *state;

	lab_exchange(lab, acme_account_deactivate(lab->server));
	lab_serve_directory(lab, NULL);
	lab_expect_post(lab, URL_ACCOUNT, "{\"status\":\"deactivated\"}");
	lab_drop(lab, true);
	lab_expect_wait(lab, 1000);
	lab_reply(lab, 200, "", "");
	/* The repeat is refused: the first one did it. */
	lab_reply(lab, 401, "", PROBLEM("unauthorized", "deactivated"));
	lab_expect_done(lab);
}

static void test_refused_deactivation_is_an_error(void **state)
{
	struct lab *lab = *state;

	lab_exchange(lab, acme_account_deactivate(lab->server));
	lab_serve_directory(lab, NULL);
	lab_reply(lab, 403, "", PROBLEM("rateLimited", "no"));
	lab_expect_failed(lab, ERR_RATE_LIMITED, "cannot deactivate the account: no");
}

/* An earlier run did it and was stopped before it could remove the files. */
static void test_account_that_is_deactivated_already(void **state)
{
	struct lab *lab = *state;

	lab_exchange(lab, acme_account_deactivate(lab->server));
	lab_serve_directory(lab, NULL);
	lab_reply(lab, 401, "", PROBLEM("unauthorized", "gone"));
	lab_expect_failed(lab, ERR_EXISTS, "cannot deactivate the account: gone");
}

/* Decodes a part of the inner JWS. */
static struct json *inner_part(const struct lab *lab, const char *name)
{
	struct error err = ERROR_INIT;
	AUTO(json) struct json *jws = NULL;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct json *part = NULL;

	assert_int_equal(json_parse(lab->payload.text, lab->payload.len, "inner", &jws, &err), 0);
	assert_int_equal(base64url_decode(&text, span_of(json_text(json_member(jws, name))), &err),
			 0);
	assert_int_equal(json_parse(text.text, text.len, "part", &part, &err), 0);
	return part;
}

static void test_key_change_is_signed_by_both_keys(void **state)
{
	struct lab *lab = *state;
	AUTO(key) struct key *key = other_key();
	AUTO(json) struct json *header = NULL;
	AUTO(json) struct json *payload = NULL;
	AUTO(strbuf) struct strbuf jwk = STRBUF_INIT;
	AUTO(strbuf) struct strbuf expected = STRBUF_INIT;

	lab_exchange(lab, acme_account_rollover(lab->server, key));
	lab_serve_directory(lab, NULL);
	lab_expect_post(lab, URL_KEY_CHANGE, "signature");
	expect_signer(lab, "kid");
	header = inner_part(lab, "protected");
	payload = inner_part(lab, "payload");
	assert_string_equal(json_text(json_member(header, "url")), URL_KEY_CHANGE);
	assert_null(json_member(header, "nonce"));
	assert_null(json_member(header, "kid"));
	jwk_public(key, &expected);
	json_print(json_member(header, "jwk"), JSON_COMPACT, &jwk);
	assert_string_equal(jwk.text, expected.text);
	assert_string_equal(json_text(json_member(payload, "account")), URL_ACCOUNT);
	strbuf_clear(&jwk);
	strbuf_clear(&expected);
	jwk_public(lab->key, &expected);
	json_print(json_member(payload, "oldKey"), JSON_COMPACT, &jwk);
	assert_string_equal(jwk.text, expected.text);
	lab_reply(lab, 200, "", "");
	lab_expect_done(lab);
	/* From now on the new key signs: a find shows its public half. */
	lab_exchange(lab, acme_account_find(lab->server));
	assert_null(strstr(lab->protected.text, expected.text));
	acme_server_set_key(lab->server, lab->key);
}

static void test_new_key_of_another_account(void **state)
{
	struct lab *lab = *state;
	AUTO(key) struct key *key = other_key();

	lab_exchange(lab, acme_account_rollover(lab->server, key));
	lab_serve_directory(lab, NULL);
	lab_reply(lab, 409, "Location: https://ca.test/account/2\n", "");
	lab_expect_failed(lab, ERR_EXISTS, "cannot change the account key");
}

static void test_lost_key_change_that_came_through(void **state)
{
	struct lab *lab = *state;
	AUTO(key) struct key *key = other_key();

	lab_exchange(lab, acme_account_rollover(lab->server, key));
	lab_serve_directory(lab, NULL);
	lab_drop(lab, true);
	lab_reply(lab, 200, "", "");
	lab_expect_post(lab, URL_NEW_ACCOUNT, "onlyReturnExisting");
	expect_signer(lab, "jwk");
	lab_reply(lab, 200, "Location: " URL_ACCOUNT "\n", "{}");
	lab_expect_done(lab);
	acme_server_set_key(lab->server, lab->key);
}

static void test_lost_key_change_that_never_arrived(void **state)
{
	struct lab *lab = *state;
	AUTO(key) struct key *key = other_key();

	lab_exchange(lab, acme_account_rollover(lab->server, key));
	lab_serve_directory(lab, NULL);
	for (int i = 0; i < 2; i++) {
		lab_expect_post(lab, URL_KEY_CHANGE, "signature");
		lab_drop(lab, true);
		lab_reply(lab, 200, "", "");
		lab_expect_post(lab, URL_NEW_ACCOUNT, "onlyReturnExisting");
		lab_reply(lab, 400, "", PROBLEM("accountDoesNotExist", "who?"));
	}
	lab_expect_post(lab, URL_KEY_CHANGE, "signature");
	lab_drop(lab, true);
	lab_expect_failed(lab, ERR_NETWORK, "cannot change the account key");
}

static void test_revocation_by_the_account(void **state)
{
	struct lab *lab = *state;

	lab_exchange(lab, acme_revoke(lab->server, "cert", 4, 4, NULL));
	lab_serve_directory(lab, NULL);
	lab_expect_post(lab, URL_REVOKE, "{\"certificate\":\"Y2VydA\",\"reason\":4}");
	expect_signer(lab, "kid");
	lab_reply(lab, 200, "", "");
	lab_expect_done(lab);
	assert_string_equal(acme_exchange_body(lab->exchange), "");
}

static void test_revocation_by_the_certificates_key_needs_no_account(void **state)
{
	struct lab *lab = *state;
	AUTO(key) struct key *key = other_key();

	acme_server_set_account_url(lab->server, NULL);
	acme_server_set_key(lab->server, NULL);
	lab_exchange(lab, acme_revoke(lab->server, "cert", 4, -1, key));
	lab_serve_directory(lab, NULL);
	lab_expect_post(lab, URL_REVOKE, "{\"certificate\":\"Y2VydA\"}");
	expect_signer(lab, "jwk");
	lab_reply(lab, 200, "", "");
	lab_expect_done(lab);
}

static void test_second_revocation_is_known_for_what_it_is(void **state)
{
	struct lab *lab = *state;

	lab_exchange(lab, acme_revoke(lab->server, "cert", 4, 0, NULL));
	lab_serve_directory(lab, NULL);
	lab_reply(lab, 400, "", PROBLEM("alreadyRevoked", "again?"));
	lab_expect_failed(lab, ERR_EXISTS, "again?");
	lab_exchange(lab, acme_revoke(lab->server, "cert", 4, 0, NULL));
	lab_drop(lab, true);
	lab_expect_wait(lab, 1000);
	lab_reply(lab, 200, "", "");
	lab_reply(lab, 400, "", PROBLEM("alreadyRevoked", "again?"));
	lab_expect_done(lab);
}

static void test_what_the_ca_does_not_offer_is_not_found(void **state)
{
	struct lab *lab = *state;

	lab_exchange(lab, acme_revoke(lab->server, "cert", 4, 0, NULL));
	lab_serve_directory(lab, "{\"newNonce\":\"" URL_NONCE "\",\"newAccount\":\"" URL_NEW_ACCOUNT
				 "\",\"newOrder\":\"" URL_NEW_ORDER "\"}");
	lab_expect_failed(lab, ERR_NOT_FOUND, "cannot revoke the certificate");
	lab_exchange(lab, acme_renewal_info(lab->server, "aki.serial"));
	lab_expect_failed(lab, ERR_NOT_FOUND, "does not support this");
}

#define ARI_DIRECTORY "{" DIRECTORY_MEMBERS ",\"renewalInfo\":\"https://ca.test/ari\"}"
#define WINDOW(start, end) "{\"suggestedWindow\":{\"start\":\"" start "\",\"end\":\"" end "\"}"

static void test_renewal_window(void **state)
{
	struct lab *lab = *state;
	const struct acme_window *window;

	lab_exchange(lab, acme_renewal_info(lab->server, "aki.serial"));
	lab_serve_directory(lab, ARI_DIRECTORY);
	lab_expect_send(lab, ACME_GET, "https://ca.test/ari/aki.serial");
	lab_reply(lab, 200, "-Retry-After: 21600\n",
		  WINDOW("2025-01-02T04:00:00Z",
			 "2025-01-03T04:00:00.5Z") ","
						   "\"explanationURL\":\"https://ca.test/why\"}");
	lab_expect_done(lab);
	window = acme_exchange_window(lab->exchange);
	assert_int_equal(window->start, 1735790400);
	assert_int_equal(window->end, 1735876800);
	assert_int_equal(window->retry_after, lab->now_ms / 1000 + 21600);
	assert_string_equal(window->explanation_url, "https://ca.test/why");
}

/* CAs say "now" by it. */
static void test_renewal_window_of_one_instant_is_that_instant(void **state)
{
	struct lab *lab = *state;

	lab_exchange(lab, acme_renewal_info(lab->server, "aki.serial"));
	lab_serve_directory(lab, ARI_DIRECTORY);
	lab_reply(lab, 200, "-", WINDOW("2025-01-02T04:00:00Z", "2025-01-02T04:00:00Z") "}");
	lab_expect_done(lab);
	assert_int_equal(acme_exchange_window(lab->exchange)->start, 1735790400);
	assert_int_equal(acme_exchange_window(lab->exchange)->end, 1735790400);
}

static void test_bad_renewal_windows(void **state)
{
	static const char *const bodies[] = {
		"",
		"[]",
		"{\"suggestedWindow\":[]}",
		"{\"suggestedWindow\":{\"start\":\"2025-01-02T04:00:00Z\"}}",
		WINDOW("2025-01-02T04:00:00", "2025-01-03T04:00:00Z") "}",
		WINDOW("2025-01-03T04:00:00Z", "2025-01-02T04:00:00Z") "}",
	};

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct lab *lab = *state;

		lab_exchange(lab, acme_renewal_info(lab->server, "aki.serial"));
		lab_serve_directory(lab, ARI_DIRECTORY);
		lab_reply(lab, 200, "-", bodies[i]);
		lab_expect_failed(lab, ERR_PROTOCOL, "cannot read the renewal information");
		teardown(state);
		setup(state);
	}
}

static void test_explanation_that_is_no_https_url_is_dropped(void **state)
{
	struct lab *lab = *state;

	lab_exchange(lab, acme_renewal_info(lab->server, "aki.serial"));
	lab_serve_directory(lab, ARI_DIRECTORY);
	lab_reply(lab, 200, "-",
		  WINDOW("2025-01-02T04:00:00Z",
			 "2025-01-03T04:00:00Z") ","
						 "\"explanationURL\":\"\\u001b[2J\"}");
	lab_expect_done(lab);
	assert_null(acme_exchange_window(lab->exchange)->explanation_url);
	assert_int_equal(acme_exchange_window(lab->exchange)->retry_after, 0);
}

static void test_certificate_without_renewal_information(void **state)
{
	struct lab *lab = *state;

	lab_exchange(lab, acme_renewal_info(lab->server, "aki.serial"));
	lab_serve_directory(lab, ARI_DIRECTORY);
	lab_reply(lab, 404, "-", "");
	lab_expect_failed(lab, ERR_NOT_FOUND, "HTTP status 404");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_new_account),
		TEST(test_account_that_exists_is_taken),
		TEST(test_lost_registration_is_repeated),
		TEST(test_bad_account_replies),
		TEST(test_required_binding_is_asked_for_before_anything_is_sent),
		TEST(test_binding_is_a_jws_in_the_payload),
		TEST(test_refused_registration),
		TEST(test_account_is_found_by_its_key),
		TEST(test_unknown_key_is_not_found),
		TEST(test_account_is_read),
		TEST(test_operations_on_no_account_are_refused),
		TEST(test_contacts_are_replaced),
		TEST(test_account_is_deactivated),
		TEST(test_refused_deactivation_is_an_error),
		TEST(test_account_that_is_deactivated_already),
		TEST(test_key_change_is_signed_by_both_keys),
		TEST(test_new_key_of_another_account),
		TEST(test_lost_key_change_that_came_through),
		TEST(test_lost_key_change_that_never_arrived),
		TEST(test_revocation_by_the_account),
		TEST(test_revocation_by_the_certificates_key_needs_no_account),
		TEST(test_second_revocation_is_known_for_what_it_is),
		TEST(test_what_the_ca_does_not_offer_is_not_found),
		TEST(test_renewal_window),
		TEST(test_renewal_window_of_one_instant_is_that_instant),
		TEST(test_bad_renewal_windows),
		TEST(test_explanation_that_is_no_https_url_is_dropped),
		TEST(test_certificate_without_renewal_information),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
