/*
 * Accounts. The ids and keys in tests/fixtures/crypto were made with josepy and Certbot's rule.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/ascii.h"
#include "store/account/account.h"
#include "store/account/account_key.h"
#include "store/account/accounts.h"
#include "store/generations.h"
#include "store/lineage/lineage_conf.h"

#define SERVER "https://ca.example.test:14000/dir"
#define BASE "config/accounts/ca.example.test:14000/dir/"
#define V1 "config/accounts/acme-v01.api.letsencrypt.org/directory"
#define V2 "config/accounts/acme-v02.api.letsencrypt.org/directory"

static const struct account_place place = {CONFIG, SERVER};
static const struct account_place v1_place = {CONFIG,
					      "https://acme-v01.api.letsencrypt.org/directory"};
static const struct account_place v2_place = {CONFIG,
					      "https://acme-v02.api.letsencrypt.org/directory"};

static char *fixture(const char *name)
{
	AUTO_FREE char *path = xasprintf(CASES_DIR "/../fixtures/crypto/%s", name);

	return text_of(path);
}

static struct key *key_of(const char *name)
{
	AUTO_FREE char *file = xasprintf("%s.pem", name);
	AUTO_FREE char *pem = fixture(file);
	AUTO(error) struct error err = ERROR_INIT;
	struct key *key = NULL;

	if (key_from_pem(pem, strlen(pem), &key, &err) < 0)
		BUG("%s", err.text);
	return key;
}

static char *saved(const struct account_place *where, const char *key)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(account) struct account *account = NULL;

	const struct account_urls urls = {.uri = "https://ca.example.test/acct/77"};

	if (account_save_new(where, key_of(key), &urls, &account, &err) < 0)
		BUG("%s", err.text);
	return xstrdup(account->id);
}

static char *listed(const struct account_place *where)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec ids = STRVEC_INIT;

	if (account_list(where, &ids, &err) < 0)
		BUG("%s", err.text);
	return strvec_join(&ids, " ");
}

static void assert_listed(const struct account_place *where, const char *wanted)
{
	AUTO_FREE char *ids = listed(where);

	assert_string_equal(ids, wanted);
}

static void test_ids_are_those_of_certbot(void **state)
{
	static const char *const names[] = {"rsa", "p256", "p384", "p521"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_FREE char *file = xasprintf("%s.id", names[i]);
		AUTO_FREE char *wanted = fixture(file);
		AUTO(key) struct key *key = key_of(names[i]);
		AUTO_FREE char *id = account_id_of_key(key);

		assert_memory_equal(id, wanted, 32);
	}
}

static void test_files_are_those_of_certbot(void **state)
{
	AUTO_FREE char *id = saved(&place, "rsa");
	AUTO_FREE char *dir = xasprintf(BASE "%s", id);
	AUTO_FREE char *key_path = path_join(dir, "private_key.json");
	AUTO_FREE char *regr_path = path_join(dir, "regr.json");
	AUTO_FREE char *meta_path = path_join(dir, "meta.json");
	AUTO_FREE char *regr = text_of(regr_path);
	AUTO_FREE char *meta = text_of(meta_path);
	AUTO_FREE char *key = text_of(key_path);
	AUTO_FREE char *wanted_key = fixture("rsa.jwk");
	struct stat attributes;

	assert_string_equal(regr, "{\"body\": {}, \"uri\": \"https://ca.example.test/acct/77\"}");
	assert_string_equal(key, wanted_key);
	assert_int_equal(strncmp(meta, "{\"creation_dt\": \"20", 19), 0);
	assert_non_null(strstr(meta, "Z\", \"creation_host\": \""));
	assert_int_equal(stat(key_path, &attributes), 0);
	assert_int_equal(attributes.st_mode & 07777, 0400);
	assert_int_equal(stat(dir, &attributes), 0);
	assert_int_equal(attributes.st_mode & 07777, 0700);
	assert_int_equal(stat(regr_path, &attributes), 0);
	assert_int_equal(attributes.st_mode & 07777, 0644);
	assert_int_equal(stat("config/accounts", &attributes), 0);
	assert_int_equal(attributes.st_mode & 07777, 0700);
	assert_false(file_exists(BASE ".new"));
}

static void test_an_account_is_loaded_as_it_was_saved(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *id = saved(&place, "p256");
	AUTO(account) struct account *account = NULL;
	AUTO_FREE char *again = NULL;

	assert_listed(&place, id);
	assert_int_equal(account_load(&place, id, &account, &err), 0);
	assert_string_equal(account->uri, "https://ca.example.test/acct/77");
	again = account_id_of_key(account->key);
	assert_string_equal(again, id);
}

static void write_account(const char *dir, const char *regr, const char *meta)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *key = fixture("rsa.jwk");
	AUTO_FREE char *key_path = path_join(dir, "private_key.json");
	AUTO_FREE char *regr_path = path_join(dir, "regr.json");
	AUTO_FREE char *meta_path = path_join(dir, "meta.json");

	if (dir_make(dir, 0700, &err) < 0)
		BUG("%s", err.text);
	put_text(key_path, key);
	put_text(regr_path, regr);
	put_text(meta_path, meta);
}

static void test_accounts_of_acme_v1_are_loaded(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(account) struct account *account = NULL;

	write_account(
		BASE "0123",
		"{\"body\": {\"contact\": [\"mailto:a@a.test\"], \"agreement\": \"https://x\", "
		"\"key\": {\"kty\": \"RSA\"}}, \"uri\": \"https://ca.test/acme/reg/1\", "
		"\"new_authzr_uri\": \"https://ca.test/acme/new-authz\", "
		"\"terms_of_service\": null}",
		"{\"creation_host\": \"web7.example.test\", \"creation_dt\": "
		"\"2016-01-02T03:04:05Z\", \"register_to_eff\": null}");
	assert_int_equal(account_load(&place, "0123", &account, &err), 0);
	assert_string_equal(account->uri, "https://ca.test/acme/reg/1");
	assert_string_equal(account->creation_host, "web7.example.test");
	assert_string_equal(account->creation_time, "2016-01-02T03:04:05Z");
}

static void test_broken_accounts_are_passed_over(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *id = saved(&place, "rsa");
	struct account *account = NULL;

	write_account(BASE "1111", "{\"body\": {}}", "{}");
	write_account(BASE "2222", "not json", "{}");
	assert_int_equal(dir_make(BASE "3333", 0700, &err), 0);
	put_text(BASE "file", "no directory");
	assert_listed(&place, id);
	assert_int_equal(account_load(&place, "1111", &account, &err), ERR_PARSE);
	assert_non_null(strstr(err.text, BASE "1111/regr.json"));
}

static void test_an_unknown_account_is_not_found(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct account *account = NULL;

	assert_listed(&place, "");
	assert_int_equal(account_load(&place, "abcd", &account, &err), ERR_NOT_FOUND);
	error_release(&err);
	assert_int_equal(account_load(&place, "../abcd", &account, &err), ERR_CONFIG);
}

static void test_saving_again_writes_the_registration_only(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(account) struct account *account = NULL;
	AUTO_FREE char *regr = NULL, *meta = NULL;

	write_account(BASE "0123",
		      "{\"body\": {\"status\": \"valid\"}, \"uri\": \"https://ca.test/1\"}",
		      "{\"creation_host\": \"h\", \"creation_dt\": \"2016-01-02T03:04:05Z\", "
		      "\"register_to_eff\": \"a@a.test\"}");
	assert_int_equal(account_load(&place, "0123", &account, &err), 0);
	assert_int_equal(account_save_again(&place, account, &err), 0);
	regr = text_of(BASE "0123/regr.json");
	meta = text_of(BASE "0123/meta.json");
	assert_string_equal(regr, "{\"body\": {}, \"uri\": \"https://ca.test/1\"}");
	assert_non_null(strstr(meta, "register_to_eff"));
}

/* As Certbot wrote it from 0.22 to 1.x, which asked for the member of a v1 account. */
static void test_an_account_of_v1_keeps_what_older_certbots_need(void **state)
{
	static const char wanted[] = "{\"body\": {}, \"uri\": \"https://ca.test/acme/reg/1\", "
				     "\"new_authzr_uri\": \"https://ca.test/acme/new-authz\"}";
	const struct account_urls urls = {"https://ca.test/acme/reg/1",
					  "https://ca.test/acme/new-authz"};
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(account) struct account *saved = NULL, *account = NULL;
	AUTO_FREE char *path = NULL, *first = NULL, *again = NULL;

	assert_int_equal(account_save_new(&place, key_of("rsa"), &urls, &saved, &err), 0);
	path = xasprintf(BASE "%s/regr.json", saved->id);
	first = text_of(path);
	assert_string_equal(first, wanted);
	assert_int_equal(account_load(&place, saved->id, &account, &err), 0);
	assert_string_equal(account->uri, urls.uri);
	assert_string_equal(account->new_authzr_uri, urls.new_authzr_uri);
	assert_int_equal(account_save_again(&place, account, &err), 0);
	again = text_of(path);
	assert_string_equal(again, wanted);
}

/* Before 0.22 the body had everything that the CA had said. */
static void test_an_account_of_an_old_certbot_is_loaded(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(account) struct account *account = NULL;

	write_account(BASE "0123",
		      "{\"body\": {\"contact\": [\"mailto:a@a.test\"], \"agreement\": "
		      "\"https://ca.test/terms/1\", \"key\": {\"e\": \"AQAB\", \"kty\": "
		      "\"RSA\", \"n\": \"AA\"}}, \"uri\": \"https://ca.test/acme/reg/1\", "
		      "\"new_authzr_uri\": \"https://ca.test/acme/new-authz\", "
		      "\"terms_of_service\": \"https://ca.test/terms/1\"}",
		      "{\"creation_host\": \"h\", \"creation_dt\": \"2016-01-02T03:04:05Z\"}");
	assert_int_equal(account_load(&place, "0123", &account, &err), 0);
	assert_string_equal(account->uri, "https://ca.test/acme/reg/1");
	assert_string_equal(account->new_authzr_uri, "https://ca.test/acme/new-authz");
}

static void test_a_new_key_moves_the_account(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *old_id = saved(&place, "rsa");
	AUTO(account) struct account *account = NULL;
	AUTO_FREE char *time = NULL;

	assert_int_equal(account_load(&place, old_id, &account, &err), 0);
	time = xstrdup(account->creation_time);
	assert_int_equal(account_replace_key(&place, account, key_of("p256"), &err), 0);
	assert_string_not_equal(account->id, old_id);
	assert_string_equal(account->creation_time, time);
	assert_listed(&place, account->id);
}

static char *account_in_conf(void)
{
	AUTO(lineage) struct lineage *lineage = opened();

	return xstrdup(ini_peek(lineage_params(lineage), "account"));
}

/* An account with a new key staged, named by a renewal conf. */
static struct account *staged_change(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *id = saved(&place, "rsa");
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO(key) struct key *key = key_of("p256");
	struct account *account = NULL;

	ini_set(lineage_params(lineage), "account", id);
	if (lineage_save_conf(lineage, &err) < 0 || account_load(&place, id, &account, &err) < 0 ||
	    account_stage_key(&place, account, key, &err) < 0)
		BUG("%s", err.text);
	return account;
}

static void test_renewals_follow_an_account_to_its_new_id(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(account) struct account *account = staged_change();
	AUTO_FREE char *in_conf = NULL;

	assert_int_equal(account_replace_key(&place, account, key_of("p256"), &err), 0);
	in_conf = account_in_conf();
	assert_string_equal(in_conf, account->id);
	assert_listed(&place, account->id);
}

/* The second server has an account of the same id, whose key stays. */
static void test_ca_in_the_place_of_another_keeps_its_account(void **state)
{
	static const char *const lists[][2] = {{"services", "fallback_servers"},
					       {"renewal_state", "past_issuers"}};
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(account) struct account *account = staged_change();
	AUTO(lineage) struct lineage *before = opened();
	AUTO(lineage) struct lineage *after = NULL;
	AUTO(strvec) struct strvec items = STRVEC_INIT;
	AUTO_FREE char *old_id = xstrdup(account->id);
	struct ini_section *root = ini_root(lineage_conf(before));
	struct ini_section *state_section = ini_add_section(root, "renewal_state");

	ini_set(lineage_params(before), "account", "other");
	ini_set(state_section, "issuer", SERVER);
	ini_set(state_section, "issuer_account", old_id);
	strvec_pushf(&items, "https://two.test/dir,account=%s", old_id);
	strvec_pushf(&items, SERVER ",account=%s", old_id);
	strvec_pushf(&items, "0a1b " SERVER ",account=%s", old_id);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		ini_set_list(ini_add_section(root, lists[i][0]), lists[i][1], &items);
	assert_int_equal(lineage_save_conf(before, &err), 0);
	assert_int_equal(account_replace_key(&place, account, key_of("p256"), &err), 0);
	after = opened();
	root = ini_root(lineage_conf(after));
	assert_string_equal(ini_peek(lineage_params(after), "account"), "other");
	assert_string_equal(ini_peek(ini_find_section(root, "renewal_state"), "issuer_account"),
			    account->id);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		AUTO(strvec) struct strvec found = STRVEC_INIT;

		assert_int_equal(ini_get_list(ini_find_section(root, lists[i][0]), lists[i][1],
					      &found, &err),
				 0);
		assert_string_equal(found.items[0], items.items[0]);
		assert_true(str_ends(found.items[1], account->id));
		assert_true(str_ends(found.items[2], account->id));
		assert_true(str_starts(found.items[2], "0a1b " SERVER ","));
	}
}

static void test_a_staged_key_is_private_and_can_be_dropped(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(account) struct account *account = staged_change();
	AUTO_FREE char *path = xasprintf(BASE "%s/next_key.json", account->id);
	AUTO(key) struct key *key = NULL;
	struct stat attributes;

	assert_listed(&place, account->id);
	assert_int_equal(stat(path, &attributes), 0);
	assert_int_equal(attributes.st_mode & 07777, 0400);
	assert_int_equal(account_staged_key(&place, account, &key, &err), 0);
	assert_non_null(key);
	key_free(STEAL(key));
	put_text(path, "{\"cut sho");
	assert_int_equal(account_staged_key(&place, account, &key, &err), 0);
	assert_null(key);
	assert_false(file_exists(path));
}

static void test_a_change_of_key_that_was_cut_short_is_finished(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(account) struct account *old = staged_change();
	AUTO(account) struct account *account = NULL;
	AUTO_FREE char *new_id = saved(&place, "p256");
	AUTO_FREE char *in_conf = NULL;

	/* The new directory is there: the CA has taken the key. */
	assert_int_equal(account_load(&place, old->id, &account, &err), 0);
	assert_string_equal(account->id, new_id);
	assert_listed(&place, new_id);
	in_conf = account_in_conf();
	assert_string_equal(in_conf, new_id);
}

static void test_the_last_deletion_removes_the_server_directory(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *first = saved(&place, "rsa");
	AUTO_FREE char *second = saved(&place, "p256");

	assert_int_equal(account_delete(&place, first, &err), 0);
	assert_listed(&place, second);
	assert_int_equal(account_delete(&place, second, &err), 0);
	assert_false(file_exists("config/accounts/ca.example.test:14000/dir"));
	assert_true(file_exists("config/accounts/ca.example.test:14000"));
	assert_int_equal(account_delete(&place, second, &err), ERR_NOT_FOUND);
}

static void assert_link_to(const char *path, const char *below_scratch)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *wanted = xasprintf("%s/%s", scratch_dir, below_scratch);
	AUTO_FREE char *target = NULL;

	assert_int_equal(file_read_link(path, &target, &err), 0);
	assert_string_equal(target, wanted);
}

static void test_accounts_of_the_predecessor_are_linked_as_a_whole(void **state)
{
	AUTO_FREE char *id = saved(&v1_place, "rsa");

	assert_listed(&v2_place, id);
	assert_link_to(V2, V1);
	assert_listed(&v2_place, id);
}

static void test_a_directory_in_use_gets_a_link_for_one_account(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *old_id = saved(&v1_place, "rsa");
	AUTO_FREE char *new_id = saved(&v2_place, "p256");
	AUTO_FREE char *link = xasprintf(V2 "/%s", old_id);
	AUTO_FREE char *target = xasprintf(V1 "/%s", old_id);
	AUTO(account) struct account *account = NULL;

	assert_listed(&v2_place, new_id);
	assert_int_equal(account_load(&v2_place, old_id, &account, &err), 0);
	assert_link_to(link, target);
}

static void test_deleting_through_a_whole_link_removes_both(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *id = saved(&v1_place, "rsa");

	assert_listed(&v2_place, id);
	assert_int_equal(account_delete(&v2_place, id, &err), 0);
	assert_false(file_is_symlink(V2));
	assert_false(file_exists(V1));
}

static void test_deleting_the_predecessor_removes_the_link_to_it(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *id = saved(&v1_place, "rsa");

	assert_listed(&v2_place, id);
	assert_int_equal(account_delete(&v1_place, id, &err), 0);
	assert_false(file_is_symlink(V2));
	assert_false(file_exists(V1));
}

static void test_deleting_a_linked_account_keeps_the_others(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *old_id = saved(&v1_place, "rsa");
	AUTO_FREE char *new_id = saved(&v2_place, "p256");
	AUTO_FREE char *link = xasprintf(V2 "/%s", old_id);
	AUTO_FREE char *real = xasprintf(V1 "/%s", old_id);
	AUTO(account) struct account *account = NULL;

	assert_int_equal(account_load(&v2_place, old_id, &account, &err), 0);
	assert_int_equal(account_delete(&v2_place, old_id, &err), 0);
	assert_false(file_is_symlink(link));
	assert_false(file_exists(real));
	assert_listed(&v2_place, new_id);
}

static void test_the_rest_of_a_crash_is_replaced(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *id = NULL;

	assert_int_equal(dir_make(BASE ".new", 0700, &err), 0);
	put_text(BASE ".new/private_key.json", "cut sho");
	assert_listed(&place, "");
	id = saved(&place, "rsa");
	assert_listed(&place, id);
}

/* The answer to a registration may be lost; the key that the CA knows it by is not. */
static void test_the_key_of_an_interrupted_registration_is_used_again(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(key) struct key *key = key_of("p256");
	AUTO(key) struct key *kept = NULL;
	AUTO_FREE char *id = account_id_of_key(key);
	AUTO_FREE char *kept_id = NULL, *saved_id = NULL;

	assert_null(account_kept_key(&v2_place));
	assert_int_equal(account_keep_key(&v2_place, key, &err), 0);
	assert_listed(&v2_place, "");
	kept = account_kept_key(&v2_place);
	assert_non_null(kept);
	kept_id = account_id_of_key(kept);
	assert_string_equal(kept_id, id);
	saved_id = saved(&v2_place, "p256");
	assert_string_equal(saved_id, id);
	assert_listed(&v2_place, id);
	assert_null(account_kept_key(&v2_place));
}

static void test_nothing_is_left_of_an_account_that_was_refused(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(key) struct key *key = key_of("p256");

	assert_int_equal(account_keep_key(&v2_place, key, &err), 0);
	account_forget_key(&v2_place);
	assert_null(account_kept_key(&v2_place));
	assert_true(dir_is_empty(CONFIG "/accounts"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_the_key_of_an_interrupted_registration_is_used_again),
		scratch_test(test_nothing_is_left_of_an_account_that_was_refused),
		scratch_test(test_ids_are_those_of_certbot),
		scratch_test(test_files_are_those_of_certbot),
		scratch_test(test_an_account_is_loaded_as_it_was_saved),
		scratch_test(test_accounts_of_acme_v1_are_loaded),
		scratch_test(test_broken_accounts_are_passed_over),
		scratch_test(test_an_unknown_account_is_not_found),
		scratch_test(test_saving_again_writes_the_registration_only),
		scratch_test(test_an_account_of_v1_keeps_what_older_certbots_need),
		scratch_test(test_an_account_of_an_old_certbot_is_loaded),
		scratch_test(test_a_new_key_moves_the_account),
		scratch_test(test_renewals_follow_an_account_to_its_new_id),
		scratch_test(test_ca_in_the_place_of_another_keeps_its_account),
		scratch_test(test_a_staged_key_is_private_and_can_be_dropped),
		scratch_test(test_a_change_of_key_that_was_cut_short_is_finished),
		scratch_test(test_the_last_deletion_removes_the_server_directory),
		scratch_test(test_accounts_of_the_predecessor_are_linked_as_a_whole),
		scratch_test(test_a_directory_in_use_gets_a_link_for_one_account),
		scratch_test(test_deleting_through_a_whole_link_removes_both),
		scratch_test(test_deleting_the_predecessor_removes_the_link_to_it),
		scratch_test(test_deleting_a_linked_account_keeps_the_others),
		scratch_test(test_the_rest_of_a_crash_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
