/*
 * What a machine makes of a store that others write to, with and without the fleet's key.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/fleet/member/shared.h"
#include "app/fleet/pull/pull.h"
#include "app/fleet/fleet_store.h"
#include "app/run_fixture.h"
#include "crypto/aead.h"
#include "fleet/chain.h"
#include "store/lineage/lineage_conf.h"
#include "store/renewal/renewal_state.h"

struct fixture {
	struct run run;
	struct fleet_store store;
	struct lineage *lineage;
	struct member *member;
};

/* A machine with a lineage of the fleet. */
static void set_up(struct fixture *f)
{
	AUTO(error) struct error err = ERROR_INIT;

	*f = (struct fixture){.lineage = NULL};
	start_run(&f->run, "renew");
	store_begin(&f->store);
	f->member = store_join(&f->store, &f->run.app.network, f->run.settings, "a");
	f->lineage = created("1");
	renewal_state_set_generation(lineage_conf(f->lineage), 5);
	if (lineage_save_conf(f->lineage, &err) < 0)
		BUG("%s", err.text);
}

static void tear_down(struct fixture *f)
{
	lineage_free(f->lineage);
	member_free(f->member);
	store_end(&f->store);
	end_run(&f->run);
}

static void put_text_key(struct fixture *f, const char *key)
{
	store_put(&f->store, key, span_of("not sealed"), 0);
}

/* How many could not be taken over; the run itself must end well. */
static size_t pull(struct fixture *f)
{
	struct pulled pulled = {.taken = 0};
	AUTO(error) struct error err = ERROR_INIT;

	if (pull_run(f->run.app.plugins, f->member, &pulled, &err) < 0)
		fail_msg("%s", err.text);
	return pulled.failed;
}

static bool has_key(const struct fixture *f, const char *key)
{
	return store_find(&f->store, key) < f->store.count;
}

static void test_a_key_that_names_no_lineage_keeps_none_back(void **state)
{
	struct fixture f;

	set_up(&f);
	put_text_key(&f, "head/..");
	put_text_key(&f, "head/b/c");
	assert_int_equal(pull(&f), 2);
	assert_has(&f.run.logged, "Cannot take b/c over from the fleet");
	assert_true(has_key(&f, "head/" NAME));
	tear_down(&f);
}

static void test_members_are_those_that_have_signed(void **state)
{
	struct fixture f;
	AUTO(strvec) struct strvec members = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f);
	assert_int_equal(member_sign(f.member, 1, &err), 0);
	put_text_key(&f, "node/0");
	assert_int_equal(pull(&f), 0);
	assert_has(&f.run.logged, "cannot use 'node/0' of the store");
	assert_int_equal(ini_get_list(ini_root(f.member->state), "members", &members, &err), 0);
	assert_int_equal(members.count, 1);
	assert_string_equal(members.items[0], "a");
	tear_down(&f);
}

/* A machine that has signed with a key which is not here yet, in the middle of a change: it keeps
 * its place among those that may have to renew alone. */
static void test_a_member_with_another_key_stays_one(void **state)
{
	struct fixture f;
	AUTO(strvec) struct strvec known = STRVEC_INIT, members = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct member *others[2];

	set_up(&f);
	strvec_push(&known, "0");
	ini_set_list(ini_root(f.member->state), "members", &known);
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		others[i] = store_join(&f.store, &f.run.app.network, f.run.settings, i ? "1" : "0");
		aead_make_key(&others[i]->ring.keys[0]);
		assert_int_equal(member_sign(others[i], 1, &err), 0);
	}
	assert_int_equal(member_sign(f.member, 1, &err), 0);
	assert_int_equal(pull(&f), 0);
	assert_int_equal(ini_get_list(ini_root(f.member->state), "members", &members, &err), 0);
	assert_int_equal(members.count, 2);
	assert_string_equal(members.items[0], "0");
	assert_string_equal(members.items[1], "a");
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		member_free(others[i]);
	tear_down(&f);
}

static bool is_current(struct fixture *f)
{
	AUTO(error) struct error err = ERROR_INIT;
	bool is_current = false;

	assert_int_equal(pull_is_current(f->member, &is_current, &err), 0);
	return is_current;
}

/* Whoever gives the change of the key up removes the new one; the pull after that shows the old one
 * again, though nobody has published anything. */
static void test_while_the_key_changes_each_pull_looks(void **state)
{
	struct fixture f;
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f);
	assert_int_equal(shared_bump_tip(f.member, &err), 0);
	aead_make_key(&f.member->ring.keys[1]);
	f.member->ring.count = 2;
	assert_int_equal(pull(&f), 0);
	assert_false(is_current(&f));
	f.member->ring.count = 1;
	assert_false(is_current(&f));
	assert_int_equal(pull(&f), 0);
	assert_true(is_current(&f));
	tear_down(&f);
}

static void test_a_store_that_lists_the_same_keys_again_is_left(void **state)
{
	struct pulled pulled;
	struct fixture f;
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f);
	put_text_key(&f, "account/b");
	f.store.repeats_page = true;
	assert_int_equal(pull_run(f.run.app.plugins, f.member, &pulled, &err), ERR_PROTOCOL);
	assert_non_null(strstr(err.text, "lists the same keys again"));
	assert_int_equal(f.store.range_asks, 2);
	tear_down(&f);
}

static uint64_t generation_here(void)
{
	AUTO(lineage) struct lineage *lineage = opened();

	return renewal_state_generation(lineage_conf(lineage));
}

/* Publishes a release, and has the machine pull. */
static void pull_release_of(struct fixture *f, uint64_t generation)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(shared_publish_release(f->member, NAME, generation, &err), 0);
	assert_int_equal(pull(f), 0);
}

static void test_a_release_that_is_put_back_is_not_followed(void **state)
{
	struct fixture f;

	set_up(&f);
	pull_release_of(&f, 4);
	assert_int_equal(generation_here(), 5);
	assert_has(&f.run.logged, "was released; that was before generation 5");
	pull_release_of(&f, 5);
	assert_int_equal(generation_here(), 0);
	tear_down(&f);
}

static void test_an_engine_that_cannot_be_inspected_says_nothing(void **state)
{
	struct fixture f;
	AUTO(strvec) struct strvec warnings = STRVEC_INIT;

	set_up(&f);
	member_inspect(f.member, &warnings);
	assert_int_equal(warnings.count, 0);
	tear_down(&f);
}

static void put_in_store(struct fixture *f, enum fleet_kind kind, const char *name,
			 const struct fleet_record *record)
{
	struct fleet_place place = member_place(f->member, kind, name);
	AUTO(error) struct error err = ERROR_INIT;

	place.generation = kind == FLEET_GENERATION ? record->generation : 0;
	if (member_write(f->member, &place, record, NULL, &err) < 0)
		BUG("%s", err.text);
}

/* What another machine has published of a lineage. */
static void publish(struct fixture *f, const char *name, const char *key)
{
	AUTO(fleet_record) struct fleet_record head = FLEET_RECORD_INIT;
	AUTO(fleet_record) struct fleet_record generation = FLEET_RECORD_INIT;
	AUTO(fleet_record) struct fleet_record want = FLEET_RECORD_INIT;
	AUTO(fleet_record) struct fleet_record chain = FLEET_RECORD_INIT;
	AUTO(texts) struct texts texts;

	take_texts(&texts, "2", key);
	generation.kind = FLEET_GENERATION;
	head.kind = FLEET_HEAD;
	want.kind = FLEET_WANT;
	head.generation = generation.generation = 3;
	generation.cert = xstrdup(texts.cert.text);
	chain.kind = FLEET_CHAIN;
	chain.chain = xstrdup(texts.chain.text);
	generation.chain = fleet_chain_name(chain.chain);
	secret_set(&generation.key, secret_peek(&texts.key), texts.key.len);
	head.digest = fleet_record_digest(generation.cert);
	want.options = xstrdup("[renewalparams]\nauthenticator = standalone\n");
	put_in_store(f, FLEET_CHAIN, generation.chain, &chain);
	put_in_store(f, FLEET_GENERATION, name, &generation);
	put_in_store(f, FLEET_HEAD, name, &head);
	put_in_store(f, FLEET_WANT, name, &want);
}

/* One cannot be used, one has no options, and a file is in the way of a third. */
static void test_all_that_is_new_and_whole_is_created(void **state)
{
	static const char *const names[] = {"b", "c", "d", "e", "f", "bad", "plain", "taken"};
	struct fixture f;

	set_up(&f);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		publish(&f, names[i], strcmp(names[i], "bad") == 0 ? "1" : "2");
	store_remove(&f.store, "want/plain");
	put_text(CONFIG "/archive/taken", "a file");
	assert_int_equal(pull(&f), 3);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_FREE char *conf = xasprintf(CONFIG "/renewal/%s.conf", names[i]);
		AUTO_FREE char *key = xasprintf(CONFIG "/live/%s/privkey.pem", names[i]);

		assert_int_equal(file_exists(conf), i < 5);
		assert_int_equal(is_fixture(key, "2", ".key.pem"), i < 5);
	}
	assert_has(&f.run.logged, "Cannot take bad over");
	assert_has(&f.run.logged, "the fleet has no options for 'plain'");
	assert_has(&f.run.logged, "archive directory exists for taken");
	/* A second look finds them as they should be. */
	member_forget_tip(f.member);
	assert_int_equal(pull(&f), 3);
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_a_key_that_names_no_lineage_keeps_none_back),
		scratch_test(test_all_that_is_new_and_whole_is_created),
		scratch_test(test_members_are_those_that_have_signed),
		scratch_test(test_a_member_with_another_key_stays_one),
		scratch_test(test_while_the_key_changes_each_pull_looks),
		scratch_test(test_an_engine_that_cannot_be_inspected_says_nothing),
		scratch_test(test_a_release_that_is_put_back_is_not_followed),
		scratch_test(test_a_store_that_lists_the_same_keys_again_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
