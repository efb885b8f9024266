/*
 * Adopting a certificate: what is left when it stops at any write to the store, and whose
 * certificate counts when several machines have one of that name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/fleet/member/shared.h"
#include "app/fleet/own/turns.h"
#include "app/fleet/pull/pull.h"
#include "app/fleet/sharing.h"
#include "app/fleet/fleet_store.h"
#include "app/run_fixture.h"
#include "store/lineage/lineage_conf.h"
#include "store/renewal/renewal_state.h"

#define SERVER "https://ca.example.test/dir"

struct fixture {
	struct run run;
	struct fleet_store store;
	struct member *member;
};

/* A lineage that any machine could renew, since its conf names an account. */
static void make_lineage(const char *generation)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = created(generation);
	AUTO_FREE char *account = save_account(SERVER);

	ini_set(lineage_params(lineage), "account", account);
	if (lineage_save_conf(lineage, &err) < 0)
		BUG("%s", err.text);
}

static void remove_tree(const char *path)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (dir_remove_tree(path, &err) < 0)
		BUG("%s", err.text);
}

static void set_up(struct fixture *f)
{
	start_run(&f->run, "fleet-adopt");
	store_begin(&f->store);
	f->member = store_join(&f->store, &f->run.app.network, f->run.settings, "a");
	make_lineage("1");
}

static void tear_down(struct fixture *f)
{
	member_free(f->member);
	store_end(&f->store);
	end_run(&f->run);
}

static int adopt(struct fixture *f, struct error *err)
{
	return sharing_adopt_one(f->run.app.plugins, f->member, NAME, err);
}

static void adopt_well(struct fixture *f)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (adopt(f, &err) < 0)
		fail_msg("%s", err.text);
}

static uint64_t number_here(void)
{
	AUTO(lineage) struct lineage *lineage = opened();

	return renewal_state_generation(lineage_conf(lineage));
}

static void number_lineage(uint64_t generation)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = opened();

	if (turns_number(lineage, generation, &err) < 0)
		BUG("%s", err.text);
}

static bool has_key(const struct fixture *f, const char *key)
{
	return store_find(&f->store, key) < f->store.count;
}

/* The store goes away at that write; returns how many there were. */
static size_t adopt_until(struct fixture *f, size_t fails_at)
{
	AUTO(error) struct error err = ERROR_INIT;

	f->store.fails_at = fails_at;
	f->store.writes = 0;
	if (adopt(f, &err) < 0)
		assert_int_equal(err.code, ERR_NETWORK);
	f->store.fails_at = 0;
	f->store.is_away = false;
	f->member->silent_ms = 0;
	return f->store.writes;
}

static void pull(struct fixture *f)
{
	struct pulled pulled;
	AUTO(error) struct error err = ERROR_INIT;

	if (pull_run(f->run.app.plugins, f->member, &pulled, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(pulled.failed, 0);
}

/* Either it is not the fleet's yet, or the next renew has published it; and it can be adopted
 * again. */
static void test_an_adoption_that_stops_at_any_write_is_mended(void **state)
{
	size_t writes = 4;

	for (size_t at = 1; at <= writes; at++) {
		struct fixture f;

		set_up(&f);
		assert_true(adopt_until(&f, at) >= at);
		pull(&f);
		assert_int_equal(has_key(&f, "head/" NAME), number_here() != 0);
		adopt_well(&f);
		assert_true(has_key(&f, "head/" NAME) && has_key(&f, "want/" NAME));
		assert_true(number_here() > 0);
		tear_down(&f);
		remove_tree(CONFIG);
	}
}

static void test_a_copy_of_the_fleets_certificate_gets_its_number(void **state)
{
	struct fixture f;

	set_up(&f);
	adopt_well(&f);
	number_lineage(0);
	adopt_well(&f);
	assert_int_equal(number_here(), 1);
	tear_down(&f);
}

static void test_another_certificate_of_that_name_is_refused(void **state)
{
	struct fixture f;
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f);
	adopt_well(&f);
	remove_tree(CONFIG "/live");
	remove_tree(CONFIG "/archive");
	remove_tree(CONFIG "/renewal");
	make_lineage("2");
	assert_int_equal(adopt(&f, &err), ERR_EXISTS);
	assert_non_null(strstr(err.text, "another certificate of that name"));
	assert_int_equal(number_here(), 0);
	tear_down(&f);
}

/* The others would serve a pair that no server starts with. */
static void test_a_key_of_another_certificate_is_refused_before_a_write(void **state)
{
	struct fixture f;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf key = STRBUF_INIT;

	set_up(&f);
	read_fixture("2", ".key.pem", &key);
	put_text(CONFIG "/archive/" NAME "/privkey1.pem", key.text);
	assert_int_equal(adopt(&f, &err), ERR_REFUSED);
	assert_non_null(strstr(err.text, "is not that of its certificate"));
	assert_int_equal(f.store.count, 0);
	assert_int_equal(number_here(), 0);
	tear_down(&f);
}

/* Another machine has asked for other options since; a copy is no reason to change them back. */
static void test_a_copy_leaves_the_fleets_options(void **state)
{
	struct fixture f;
	AUTO(strbuf) struct strbuf before = STRBUF_INIT;
	const struct strbuf *want;

	set_up(&f);
	adopt_well(&f);
	want = &f.store.pairs[store_find(&f.store, "want/" NAME)].value;
	strbuf_add(&before, want->text, want->len);
	number_lineage(0);
	adopt_well(&f);
	want = &f.store.pairs[store_find(&f.store, "want/" NAME)].value;
	assert_true(
		span_same(span_make(want->text, want->len), span_make(before.text, before.len)));
	/* It is the fleet's now: adopting it again publishes what was changed here. */
	adopt_well(&f);
	want = &f.store.pairs[store_find(&f.store, "want/" NAME)].value;
	assert_false(
		span_same(span_make(want->text, want->len), span_make(before.text, before.len)));
	tear_down(&f);
}

static void change_head(struct fleet_store *store)
{
	store_put(store, "head/" NAME, span_of("what another machine has published"), 0);
}

/* Of a name that was released, another machine publishes a new certificate at the same time. */
static void test_a_head_that_changes_meanwhile_is_not_deleted(void **state)
{
	struct fixture f;
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f);
	adopt_well(&f);
	assert_int_equal(shared_publish_release(f.member, NAME, 5, &err), 0);
	number_lineage(0);
	f.store.meanwhile = change_head;
	assert_int_equal(adopt(&f, &err), ERR_EXISTS);
	assert_true(has_key(&f, "head/" NAME));
	assert_int_equal(number_here(), 0);
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_an_adoption_that_stops_at_any_write_is_mended),
		scratch_test(test_a_copy_of_the_fleets_certificate_gets_its_number),
		scratch_test(test_another_certificate_of_that_name_is_refused),
		scratch_test(test_a_key_of_another_certificate_is_refused_before_a_write),
		scratch_test(test_a_copy_leaves_the_fleets_options),
		scratch_test(test_a_head_that_changes_meanwhile_is_not_deleted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
