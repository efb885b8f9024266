/*
 * Opening and reading lineages, and writing their confs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "codec/pem.h"
#include "crypto/digest.h"
#include "store/generations.h"
#include "store/lineage/lineage_conf.h"
#include "store/lineage/lineage_verify.h"
#include "store/lineage/lineage_walk.h"

#define CONF CONFIG "/renewal/a.test.conf"

/* A conf as an admin and several programs left it. */
static void write_conf(const char *top, const char *params)
{
	AUTO_FREE char *text = xasprintf("# my certificate\n"
					 "%2$s"
					 "cert = %1$s/config/live/a.test/cert.pem   # inline\n"
					 "privkey = '%1$s/config/live/a.test/privkey.pem'\n"
					 "chain = \"%1$s/config/live/a.test/chain.pem\"\n"
					 "fullchain =%1$s/config/live/a.test/fullchain.pem\n"
					 "own_key = kept\n"
					 "\n"
					 "# Options used in the renewal process\n"
					 "[renewalparams]\n"
					 "%3$s"
					 "[[webroot_map]]\n"
					 "a.test = /srv/a\n"
					 "[acme_renewal_info]\n"
					 "ari_retry_after = 2026-02-03T04:05:06\n"
					 "# the end\n",
					 scratch_dir, top, params);

	put_text(CONF, text);
}

static void test_an_unchanged_conf_is_not_written(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO_FREE char *before = NULL, *after = NULL;
	struct stat old, new;

	lineage_free(created("1"));
	write_conf("version = 5.6.0\n", "server = https://ca.test/dir\n");
	before = text_of(CONF);
	assert_int_equal(stat(CONF, &old), 0);
	lineage = opened();
	assert_int_equal(lineage_save_conf(lineage, &err), 0);
	after = text_of(CONF);
	assert_string_equal(after, before);
	assert_int_equal(stat(CONF, &new), 0);
	assert_int_equal(new.st_ino, old.st_ino);
}

static void test_a_change_leaves_the_rest_of_the_conf(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO_FREE char *before = NULL, *after = NULL, *wanted = NULL;
	const char *at;

	lineage_free(created("1"));
	write_conf("", "account = 0123\n");
	before = text_of(CONF);
	lineage = opened();
	assert_true(ini_set(lineage_params(lineage), "account", "4567"));
	assert_int_equal(lineage_save_conf(lineage, &err), 0);
	after = text_of(CONF);
	at = strstr(before, "0123");
	wanted = xasprintf("%.*s4567%s", (int)(at - before), before, at + 4);
	assert_string_equal(after, wanted);
	assert_false(file_exists(CONF ".new"));
}

static void test_the_mode_of_the_conf_is_kept(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = created("1");
	struct stat attributes;

	assert_int_equal(chmod(CONF, 0640), 0);
	put_text(CONF ".new", "left over from a crash");
	assert_true(ini_set(lineage_params(lineage), "account", "4567"));
	assert_int_equal(lineage_save_conf(lineage, &err), 0);
	assert_int_equal(stat(CONF, &attributes), 0);
	assert_int_equal(attributes.st_mode & 07777, 0640);
	assert_false(file_exists(CONF ".new"));
}

static void assert_broken(const char *what)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct lineage *lineage = NULL;

	assert_int_equal(lineage_open(CONFIG, NAME, &lineage, &err), ERR_PARSE);
	if (!strstr(err.text, what))
		fail_msg("'%s' does not say '%s'", err.text, what);
}

static void test_missing_references_are_named(void **state)
{
	lineage_free(created("1"));
	put_text(CONF, "cert = /a/cert.pem\n[renewalparams]\n");
	assert_broken("config/renewal/a.test.conf is missing a required file reference");
	put_text(CONF, "");
	assert_broken("is missing a required file reference");
	put_text(CONF, "no line of a conf\n");
	assert_broken("config/renewal/a.test.conf");
}

static void test_broken_links_are_reported_in_words_of_certbot(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *wanted = NULL;

	lineage_free(created("1"));
	wanted = xasprintf("target %1$s/config/archive/a.test/chain1.pem of symlink "
			   "%1$s/config/live/a.test/chain.pem does not exist",
			   scratch_dir);
	assert_int_equal(file_remove(CONFIG "/archive/a.test/chain1.pem", &err), 0);
	assert_broken(wanted);
	assert_int_equal(file_remove(CONFIG "/live/a.test/chain.pem", &err), 0);
	assert_broken("/config/live/a.test/chain.pem to be a symlink");
	put_text(CONFIG "/live/a.test/chain.pem", "a file");
	assert_broken("expected ");
}

static void test_an_unknown_name_is_not_found(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct lineage *lineage = NULL;

	assert_int_equal(lineage_open(CONFIG, "b.test", &lineage, &err), ERR_NOT_FOUND);
	assert_string_equal(err.text, "No certificate found with name b.test (expected "
				      "config/renewal/b.test.conf).");
}

static void test_a_name_cannot_lead_elsewhere(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct lineage *lineage = NULL;

	assert_int_equal(lineage_open(CONFIG, "../renewal/a.test", &lineage, &err), ERR_CONFIG);
}

static void test_no_directory_means_no_lineage(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	assert_int_equal(lineage_names(CONFIG, &names, &err), 0);
	assert_int_equal(names.count, 0);
}

static void test_only_confs_are_lineages(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	lineage_free(created("1"));
	put_text(CONFIG "/renewal/a.test.conf.new", "");
	put_text(CONFIG "/renewal/a.test.conf.bak", "");
	put_text(CONFIG "/renewal/.hidden.conf", "");
	assert_int_equal(lineage_names(CONFIG, &names, &err), 0);
	assert_int_equal(names.count, 1);
}

static void test_relative_paths_of_old_confs_are_followed(void **state)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO_FREE char *text = NULL;

	lineage_free(created("1"));
	/* No version, no archive_dir, no key_type: as Certbot 0.10 and before wrote it. */
	put_text(CONF, "cert = live/a.test/cert.pem\nprivkey = live/a.test/privkey.pem\n"
		       "chain = live/a.test/chain.pem\nfullchain = live/a.test/fullchain.pem\n"
		       "[renewalparams]\nauthenticator = webroot\nno_verify_ssl = False\n");
	lineage = opened();
	assert_int_equal(lineage_current_version(lineage), 1);
	assert_string_equal(lineage_archive_dir(lineage), "config/archive/a.test");
	assert_null(ini_peek(lineage_params(lineage), "key_type"));
}

static void test_a_conf_may_stand_for_another_directory(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;

	lineage_free(created("1"));
	assert_int_equal(file_rename(CONF, CONFIG "/renewal/mail.conf", &err), 0);
	assert_int_equal(lineage_open(CONFIG, "mail", &lineage, &err), 0);
	assert_string_equal(path_basename(lineage_archive_dir(lineage)), "a.test");
	assert_string_equal(path_basename(lineage_live_dir(lineage)), "a.test");
}

static void test_changes_by_others_are_noticed(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO_FREE char *conf = text_of(CONF);
	AUTO_FREE char *more = xasprintf("%sown = 1\n", conf);

	assert_false(lineage_has_changed(lineage));
	put_text(CONF, more);
	assert_true(lineage_has_changed(lineage));
	put_text(CONF, conf);
	assert_false(lineage_has_changed(lineage));
	assert_int_equal(file_remove(CONFIG "/live/a.test/cert.pem", &err), 0);
	assert_int_equal(file_symlink("../../archive/a.test/cert2.pem",
				      CONFIG "/live/a.test/cert.pem", &err),
			 0);
	assert_true(lineage_has_changed(lineage));
}

static void test_certificate_and_key_are_read(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO(key) struct key *key = NULL;
	const struct cert *cert = NULL, *again = NULL;

	assert_int_equal(lineage_cert(lineage, &cert, &err), 0);
	assert_int_equal(lineage_cert(lineage, &again, &err), 0);
	assert_ptr_equal(cert, again);
	assert_int_equal(lineage_read_key(lineage, &key, &err), 0);
	assert_true(cert_matches_key(cert, key));
}

static size_t fault_count(struct lineage *lineage)
{
	AUTO(strvec) struct strvec faults = STRVEC_INIT;
	AUTO(lineage_verifier) struct lineage_verifier verifier = {.count = 0};

	lineage_verify(&verifier, lineage, &faults);
	return faults.count;
}

static void test_what_does_not_belong_together_is_a_fault(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO_FREE char *chain = text_of(CONFIG "/live/a.test/chain.pem");
	AUTO_FREE char *cert = text_of(CONFIG "/live/a.test/cert.pem");
	AUTO(texts) struct texts other;

	take_texts(&other, "2", "2");
	assert_int_equal(fault_count(lineage), 0);
	put_text(CONFIG "/archive/a.test/fullchain1.pem", cert);
	assert_int_equal(fault_count(lineage), 1);
	put_text(CONFIG "/archive/a.test/privkey1.pem", secret_peek(&other.key));
	assert_int_equal(fault_count(lineage), 2);
	put_text(CONFIG "/archive/a.test/chain1.pem", other.cert.text);
	assert_int_equal(fault_count(lineage), 3);
	put_text(CONFIG "/archive/a.test/privkey1.pem", "no key");
	put_text(CONFIG "/archive/a.test/chain1.pem", "no chain");
	assert_int_equal(fault_count(lineage), 3);
}

/* Name and key identifier are those of the issuer; only the signature tells. */
static void test_a_signature_of_somebody_else_is_a_fault(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO_FREE char *chain = text_of(CONFIG "/live/a.test/chain.pem");
	AUTO(strbuf) struct strbuf der = STRBUF_INIT, pem = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec faults = STRVEC_INIT;
	AUTO(lineage_verifier) struct lineage_verifier verifier = {.count = 0};
	AUTO_FREE char *text = text_of(CONFIG "/live/a.test/cert.pem");
	struct span rest = span_of(text), label;

	assert_int_equal(pem_next(&rest, &label, &der, &err), 1);
	der.text[der.len - 1] ^= 1;
	pem_encode(&pem, "CERTIFICATE", der.text, der.len);
	put_text(CONFIG "/archive/a.test/cert1.pem", pem.text);
	strbuf_adds(&pem, chain);
	put_text(CONFIG "/archive/a.test/fullchain1.pem", pem.text);
	lineage_verify(&verifier, lineage, &faults);
	assert_int_equal(faults.count, 1);
	assert_non_null(strstr(faults.items[0], "verifying the signature of the certificate"));
}

/* A record of other bytes counts for nothing; with one of these, the issuer is not asked. */
static void test_a_signature_on_record_is_not_verified_again(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO_FREE char *cert = text_of(CONFIG "/live/a.test/cert.pem");
	AUTO_FREE char *fullchain = xasprintf("%s%s", cert, cert);
	AUTO(strbuf) struct strbuf hex = STRBUF_INIT;
	struct ini_section *section = ini_add_section(ini_root(lineage_conf(lineage)),
						      "renewal_state");

	put_text(CONFIG "/archive/a.test/chain1.pem", cert);
	put_text(CONFIG "/archive/a.test/fullchain1.pem", fullchain);
	digest_hex(DIGEST_SHA256, cert, strlen(cert), &hex);
	ini_set(section, "signed", hex.text);
	assert_int_equal(fault_count(lineage), 1);
	strbuf_clear(&hex);
	digest_hex(DIGEST_SHA256, fullchain, strlen(fullchain), &hex);
	ini_set(section, "signed", hex.text);
	assert_int_equal(fault_count(lineage), 0);
}

/* One more chain than a verifier remembers, and each again. */
static void test_chains_are_told_apart(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO(lineage_verifier) struct lineage_verifier verifier = {.count = 0};
	AUTO_FREE char *cert = text_of(CONFIG "/live/a.test/cert.pem");
	AUTO_FREE char *chain = text_of(CONFIG "/live/a.test/chain.pem");

	for (size_t i = 0; i < 2 * (ARRAY_LEN(verifier.known) + 1); i++) {
		AUTO(strbuf) struct strbuf longer = STRBUF_INIT;
		AUTO(strvec) struct strvec faults = STRVEC_INIT;
		size_t which = i % (ARRAY_LEN(verifier.known) + 1);
		AUTO_FREE char *fullchain = NULL;

		strbuf_adds(&longer, which ? chain : cert);
		for (size_t j = 0; j < which; j++)
			strbuf_adds(&longer, cert);
		fullchain = xasprintf("%s%s", cert, longer.text);
		put_text(CONFIG "/archive/a.test/chain1.pem", longer.text);
		put_text(CONFIG "/archive/a.test/fullchain1.pem", fullchain);
		lineage_verify(&verifier, lineage, &faults);
		assert_int_equal(faults.count, which ? 0 : 1);
	}
}

static int walk(const struct strvec *names, lineage_visit_fn *visit, void *context,
		struct error *err)
{
	const struct lineage_walk walk = {
		.config_dir = CONFIG,
		.names = names,
		.verifies = true,
		.repairs = true,
		.visit = visit,
		.context = context,
	};

	return lineage_walk(&walk, err);
}

/* What a walk has met: names in order, with "!" behind the broken ones. */
static int note_visit(void *context, struct lineage_opened *opened, struct error *err)
{
	struct strvec *met = context;

	strvec_pushf(met, "%s%s", opened->name, opened->lineage ? "" : "!");
	if (opened->lineage)
		assert_string_equal(lineage_name(opened->lineage), opened->name);
	else
		assert_non_null(opened->error.text);
	return 0;
}

static void test_a_walk_meets_all_lineages_in_order(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(strvec) struct strvec wanted = STRVEC_INIT;
	AUTO(strvec) struct strvec met = STRVEC_INIT;
	AUTO_FREE char *conf = NULL, *all = NULL, *found = NULL;

	lineage_free(created("1"));
	conf = text_of(CONF);
	for (int i = 0; i < 600; i++) {
		AUTO_FREE char *path = xasprintf(CONFIG "/renewal/n%03d.conf", i);
		FILE *file = fopen(path, "w");

		if (!file || fputs(i % 7 ? conf : "broken", file) < 0 || fclose(file) < 0)
			BUG("cannot write '%s'", path);
		strvec_pushf(&names, "n%03d", i);
		strvec_pushf(&wanted, "n%03d%s", i, i % 7 ? "" : "!");
	}
	/* All share the links of one, which are in need of repair. */
	assert_int_equal(file_symlink("nowhere", CONFIG "/live/a.test/previous_cert.pem", &err), 0);
	assert_int_equal(walk(&names, note_visit, &met, &err), 0);
	all = strvec_join(&wanted, " ");
	found = strvec_join(&met, " ");
	assert_string_equal(found, all);
	assert_false(file_is_symlink(CONFIG "/live/a.test/previous_cert.pem"));
}

static int count_faults(void *context, struct lineage_opened *opened, struct error *err)
{
	size_t *faults = context;

	*faults += opened->faults.count;
	return 0;
}

/* Also in lineages that had to be repaired first. */
static void test_a_walk_looks_for_faults(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	size_t faults = 0;

	lineage_free(created("1"));
	for (int i = 0; i < 40; i++)
		strvec_push(&names, NAME);
	assert_int_equal(walk(&names, count_faults, &faults, &err), 0);
	assert_int_equal(faults, 0);
	put_text(CONFIG "/archive/a.test/fullchain1.pem", "");
	assert_int_equal(walk(&names, count_faults, &faults, &err), 0);
	assert_int_equal(faults, 40);
	assert_int_equal(file_symlink("nowhere", CONFIG "/live/a.test/previous_cert.pem", &err), 0);
	assert_int_equal(walk(&names, count_faults, &faults, &err), 0);
	assert_int_equal(faults, 80);
}

static int keep_reason(void *context, struct lineage_opened *opened, struct error *err)
{
	assert_null(opened->lineage);
	assert_true(error_copy(context, &opened->error) < 0);
	return 0;
}

/* A walk reads some files without looking for them first; what it says is the same. */
static void test_a_walk_tells_of_links_that_lead_nowhere(void **state)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	lineage_free(created("1"));
	strvec_push(&names, NAME);
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		AUTO_FREE char *path = xasprintf(CONFIG "/archive/a.test/%s1.pem",
						 store_kind_name((enum store_kind)kind));
		AUTO_FREE char *text = text_of(path);

		for (int verifies = 0; verifies <= 1; verifies++) {
			AUTO(error) struct error err = ERROR_INIT, told = ERROR_INIT,
						 wanted = ERROR_INIT;
			AUTO(lineage) struct lineage *lineage = NULL;
			const struct lineage_walk walk = {
				.config_dir = CONFIG,
				.names = &names,
				.verifies = verifies,
				.visit = keep_reason,
				.context = &told,
			};

			unlink(path);
			assert_int_equal(lineage_open(CONFIG, NAME, &lineage, &wanted), ERR_PARSE);
			assert_int_equal(lineage_walk(&walk, &err), 0);
			assert_string_equal(told.text, wanted.text);
			put_text(path, text);
		}
	}
}

static void prepare_name(void *context, struct lineage_opened *opened)
{
	opened->prepared = xstrdup(lineage_name(opened->lineage));
}

/* Takes every other name away, and ends before the last. */
static int take_prepared(void *context, struct lineage_opened *opened, struct error *err)
{
	int *left = context;

	assert_string_equal(opened->prepared, opened->name);
	if (*left % 2) {
		free(opened->prepared);
		opened->prepared = NULL;
	}
	return --*left ? 0 : error_set(err, ERR_CANCELLED, "enough");
}

static void test_a_walk_prepares_what_visitors_need(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	int left = 590;
	const struct lineage_walk walk = {
		.config_dir = CONFIG,
		.names = &names,
		.prepare = prepare_name,
		.discard = free,
		.visit = take_prepared,
		.context = &left,
	};

	lineage_free(created("1"));
	for (int i = 0; i < 600; i++)
		strvec_push(&names, NAME);
	assert_int_equal(lineage_walk(&walk, &err), ERR_CANCELLED);
	assert_int_equal(left, 0);
}

static int stop_at_third(void *context, struct lineage_opened *opened, struct error *err)
{
	int *left = context;

	return --*left ? 0 : error_set(err, ERR_CANCELLED, "enough");
}

static void test_a_walk_ends_with_the_first_refusal(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	int left = 3;

	lineage_free(created("1"));
	for (int i = 0; i < 40; i++)
		strvec_push(&names, NAME);
	assert_int_equal(walk(&names, stop_at_third, &left, &err), ERR_CANCELLED);
	assert_int_equal(left, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_an_unchanged_conf_is_not_written),
		scratch_test(test_a_change_leaves_the_rest_of_the_conf),
		scratch_test(test_the_mode_of_the_conf_is_kept),
		scratch_test(test_missing_references_are_named),
		scratch_test(test_broken_links_are_reported_in_words_of_certbot),
		scratch_test(test_an_unknown_name_is_not_found),
		scratch_test(test_a_name_cannot_lead_elsewhere),
		scratch_test(test_no_directory_means_no_lineage),
		scratch_test(test_only_confs_are_lineages),
		scratch_test(test_relative_paths_of_old_confs_are_followed),
		scratch_test(test_a_conf_may_stand_for_another_directory),
		scratch_test(test_changes_by_others_are_noticed),
		scratch_test(test_certificate_and_key_are_read),
		scratch_test(test_a_walk_meets_all_lineages_in_order),
		scratch_test(test_a_walk_ends_with_the_first_refusal),
		scratch_test(test_a_walk_tells_of_links_that_lead_nowhere),
		scratch_test(test_a_walk_prepares_what_visitors_need),
		scratch_test(test_a_walk_looks_for_faults),
		scratch_test(test_a_signature_of_somebody_else_is_a_fault),
		scratch_test(test_a_signature_on_record_is_not_verified_again),

		scratch_test(test_chains_are_told_apart),
		scratch_test(test_what_does_not_belong_together_is_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
