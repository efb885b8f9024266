/*
 * Another key for a fleet of two machines: what each has to do, and what is left when the change
 * stops at any write to the store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "app/fleet/member/member_files.h"
#include "app/fleet/rekey.h"
#include "app/fleet/fleet_store.h"
#include "app/run_fixture.h"
#include "crypto/aead.h"

/* A machine with a configuration directory of its own. */
struct machine {
	struct settings *settings;
	struct member *member;
};

struct fixture {
	struct run run;
	struct fleet_store store;
	struct machine a, b;
	struct strvec none;
};

static void add_machine(struct fixture *f, struct machine *machine, const char *name)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *dir = xasprintf("config-%s", name);

	machine->settings = settings_clone(f->run.settings);
	settings_set_string(machine->settings, "config_dir", dir, ORIGIN_COMMAND_LINE);
	machine->member = store_join(&f->store, &f->run.app.network, machine->settings, name);
	if (dir_make(dir, 0700, &err) < 0 ||
	    member_files_write_key(machine->settings, &f->store.key, &err) < 0 ||
	    member_sign(machine->member, 1, &err) < 0)
		BUG("%s", err.text);
}

static void drop_machine(struct machine *machine)
{
	member_free(machine->member);
	settings_free(machine->settings);
}

static void put(struct member *member, enum fleet_kind kind, const char *name)
{
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	struct fleet_place place = member_place(member, kind, name);
	AUTO(error) struct error err = ERROR_INIT;

	record.kind = kind;
	record.generation = 7;
	place.generation = kind == FLEET_GENERATION ? 7 : 0;
	if (member_write(member, &place, &record, NULL, &err) < 0)
		BUG("%s", err.text);
}

/* A fleet that has something of each kind. */
static void set_up(struct fixture *f)
{
	static const enum fleet_kind kinds[] = {FLEET_HEAD,  FLEET_GENERATION, FLEET_ORDER,
						FLEET_STATE, FLEET_WANT,       FLEET_ACCOUNT,
						FLEET_CHAIN};

	*f = (struct fixture){.none = STRVEC_INIT};
	start_run(&f->run, "fleet-rekey");
	store_begin(&f->store);
	add_machine(f, &f->a, "a");
	add_machine(f, &f->b, "b");
	put(f->a.member, FLEET_META, "");
	put(f->a.member, FLEET_TIP, "");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		put(f->a.member, kinds[i], "x.example");
}

static void tear_down(struct fixture *f)
{
	AUTO(error) struct error err = ERROR_INIT;

	drop_machine(&f->a);
	drop_machine(&f->b);
	if (dir_remove_tree("config-a", &err) < 0 || dir_remove_tree("config-b", &err) < 0)
		BUG("%s", err.text);
	store_end(&f->store);
	end_run(&f->run);
}

/* The next process of a machine. */
static void restart(struct fixture *f, struct machine *machine)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *name = xstrdup(machine->member->node);

	member_free(machine->member);
	machine->member = store_join(&f->store, &f->run.app.network, machine->settings, name);
	if (member_read_keys(machine->member, &err) < 0)
		fail_msg("%s", err.text);
	member_choose_key(machine->member);
}

static int rekey(struct fixture *f, struct machine *machine, struct error *err)
{
	restart(f, machine);
	return rekey_member(machine->member, &f->none, f->run.app.ui, err);
}

static void rekey_well(struct fixture *f, struct machine *machine)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (rekey(f, machine, &err) < 0)
		fail_msg("%s", err.text);
}

/* What a pull does about keys, before it looks for anything else. */
static void pull_keys(struct fixture *f, struct machine *machine)
{
	AUTO(error) struct error err = ERROR_INIT;

	restart(f, machine);
	if (rekey_finish(machine->member, f->run.app.ui, &err) < 0)
		fail_msg("%s", err.text);
}

/* What the administrator does on the second machine, and its next pull. */
static void give_key_to_b(struct fixture *f)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(
		member_files_write_next_key(f->b.settings, member_next_key(f->a.member), &err), 0);
	pull_keys(f, &f->b);
}

static size_t count_sealed_with(const struct fixture *f, const struct secret *key)
{
	size_t count = 0;

	for (size_t i = 0; i < f->store.count; i++) {
		const struct strbuf *value = &f->store.pairs[i].value;

		count += fleet_seal_is_by(key, span_make(value->text, value->len));
	}
	return count;
}

static void assert_changed(struct fixture *f)
{
	AUTO(error) struct error err = ERROR_INIT;

	restart(f, &f->b);
	assert_int_equal(rekey_finish(f->b.member, f->run.app.ui, &err), 0);
	assert_int_equal(f->a.member->ring.count, 1);
	assert_int_equal(f->b.member->ring.count, 1);
	assert_memory_equal(secret_peek(&f->a.member->ring.keys[0]),
			    secret_peek(&f->b.member->ring.keys[0]), f->store.key.len);
	assert_int_equal(count_sealed_with(f, &f->store.key), 0);
	assert_int_equal(count_sealed_with(f, &f->a.member->ring.keys[0]), f->store.count);
	assert_false(file_exists("config-a/fleet/key.next"));
	assert_false(file_exists("config-b/fleet/key.next"));
}

static void test_all_machines_change_to_the_new_key(void **state)
{
	struct fixture f;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(fleet_record) struct fleet_record head = FLEET_RECORD_INIT;
	struct fleet_place place;
	struct member *late;

	set_up(&f);
	rekey_well(&f, &f.a);
	assert_has(&f.run.said, "copy config-a/fleet/key.next there");
	/* Nothing is sealed with it before all have it, but the record that shows it. */
	assert_int_equal(count_sealed_with(&f, member_next_key(f.a.member)), 1);
	assert_int_equal(rekey(&f, &f.a, &err), ERR_BUSY);
	assert_non_null(strstr(err.text, "they have the new key: b"));
	give_key_to_b(&f);
	rekey_well(&f, &f.a);
	assert_has(&f.run.said, "has dropped the old one");
	assert_changed(&f);
	/* Who has the old key only. */
	late = store_join(&f.store, &f.run.app.network, f.run.settings, "c");
	place = member_place(late, FLEET_HEAD, "x.example");
	error_release(&err);
	assert_int_equal(member_read(late, &place, &head, NULL, &err), ERR_CONFIG);
	member_free(late);
	tear_down(&f);
}

/* Whichever write is the last before the machine dies: the same command goes on. */
static void test_a_change_that_stops_at_any_write_is_gone_on_with(void **state)
{
	size_t writes = 1;

	for (size_t at = 1; at <= writes; at++) {
		struct fixture f;
		AUTO(error) struct error err = ERROR_INIT;

		set_up(&f);
		rekey_well(&f, &f.a);
		give_key_to_b(&f);
		f.store.writes = 0;
		f.store.fails_at = at;
		if (rekey(&f, &f.a, &err) < 0) {
			assert_int_equal(err.code, ERR_NETWORK);
			writes = at + 1;
		}
		f.store.fails_at = 0;
		f.store.is_away = false;
		/* The other machine may be the one that goes on. */
		if (at % 2)
			rekey_well(&f, &f.b);
		restart(&f, &f.a);
		if (f.a.member->ring.count == 2)
			rekey_well(&f, &f.a);
		assert_changed(&f);
		tear_down(&f);
	}
	assert_true(writes > 10);
}

/* A process that has begun before the change may seal with the old key: its machine finds that
 * before it drops that key. */
static void test_what_is_sealed_late_with_the_old_key_is_found(void **state)
{
	struct fixture f;

	set_up(&f);
	rekey_well(&f, &f.a);
	give_key_to_b(&f);
	restart(&f, &f.b);
	rekey_well(&f, &f.a);
	put(f.b.member, FLEET_ORDER, "late.example");
	assert_int_equal(count_sealed_with(&f, &f.store.key), 1);
	assert_changed(&f);
	tear_down(&f);
}

static void test_a_machine_that_is_gone_is_not_waited_for(void **state)
{
	struct fixture f;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec gone = STRVEC_INIT;

	set_up(&f);
	rekey_well(&f, &f.a);
	restart(&f, &f.a);
	strvec_push(&gone, "a");
	assert_int_equal(rekey_member(f.a.member, &gone, f.run.app.ui, &err), ERR_USAGE);
	error_release(&err);
	strvec_push(&f.none, "b");
	rekey_well(&f, &f.a);
	assert_int_equal(count_sealed_with(&f, &f.store.key), 0);
	assert_int_equal(store_find(&f.store, "node/b"), f.store.count);
	tear_down(&f);
	strvec_release(&f.none);
}

static void test_a_second_machine_begins_no_change_of_its_own(void **state)
{
	struct fixture f;
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f);
	rekey_well(&f, &f.a);
	assert_int_equal(rekey(&f, &f.b, &err), ERR_EXISTS);
	assert_non_null(strstr(err.text, "a has another key already"));
	assert_false(file_exists("config-b/fleet/key.next"));
	tear_down(&f);
}

static void remove_next_key(const struct machine *machine)
{
	AUTO_FREE char *path = member_files_path(machine->settings, "key.next");
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_remove(path, &err), 0);
}

/* The record of a machine that had shown a key which is gone now. */
static void test_a_change_that_was_given_up_is_in_nobodys_way(void **state)
{
	struct fixture f;
	AUTO(fleet_record) struct fleet_record node = FLEET_RECORD_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct fleet_place place;

	set_up(&f);
	rekey_well(&f, &f.a);
	give_key_to_b(&f);
	remove_next_key(&f.a);
	remove_next_key(&f.b);
	pull_keys(&f, &f.a);
	pull_keys(&f, &f.b);
	place = member_place(f.a.member, FLEET_NODE, "b");
	assert_int_equal(member_read(f.a.member, &place, &node, NULL, &err), 0);
	rekey_well(&f, &f.a);
	give_key_to_b(&f);
	rekey_well(&f, &f.a);
	assert_changed(&f);
	tear_down(&f);
}

/* A pull with nothing new to show writes nothing. */
static void test_a_key_is_shown_once(void **state)
{
	struct fixture f;

	set_up(&f);
	rekey_well(&f, &f.a);
	give_key_to_b(&f);
	f.store.writes = 0;
	pull_keys(&f, &f.b);
	assert_int_equal(f.store.writes, 0);
	tear_down(&f);
}

static void assert_key_is_the_first(const struct fixture *f, const struct machine *machine)
{
	AUTO(secret) struct secret key = SECRET_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(member_files_read_key(machine->settings, &key, &err), 0);
	assert_memory_equal(secret_peek(&key), secret_peek(&f->store.key), f->store.key.len);
}

/* Copied from elsewhere since the process has looked for one; of one copy only the file is there
 * yet. */
static void test_a_key_that_comes_meanwhile_takes_no_place(void **state)
{
	struct fixture f;
	AUTO(error) struct error err = ERROR_INIT, partial = ERROR_INIT, late = ERROR_INIT;
	AUTO(secret) struct secret other = SECRET_INIT, none = SECRET_INIT;

	set_up(&f);
	aead_make_key(&other);
	restart(&f, &f.a);
	assert_int_equal(member_files_write_next_key(f.a.settings, &other, &err), 0);
	assert_int_equal(rekey_member(f.a.member, &f.none, f.run.app.ui, &err), ERR_BUSY);
	assert_non_null(strstr(err.text, "somebody has just put another key"));
	assert_key_is_the_first(&f, &f.a);
	remove_next_key(&f.a);
	restart(&f, &f.a);
	assert_int_equal(member_files_write_next_key(f.a.settings, &none, &partial), 0);
	assert_int_equal(rekey_member(f.a.member, &f.none, f.run.app.ui, &partial), ERR_CONFIG);
	assert_key_is_the_first(&f, &f.a);
	remove_next_key(&f.a);
	/* At the end of a change as well. */
	rekey_well(&f, &f.a);
	give_key_to_b(&f);
	restart(&f, &f.a);
	remove_next_key(&f.a);
	assert_int_equal(member_files_write_next_key(f.a.settings, &other, &late), 0);
	assert_int_equal(rekey_member(f.a.member, &f.none, f.run.app.ui, &late), ERR_BUSY);
	assert_key_is_the_first(&f, &f.a);
	tear_down(&f);
}

/* An owner has a process that began before the change, and may still seal with the old key. */
static void test_the_old_key_stays_while_an_owner_has_it(void **state)
{
	struct fixture f;

	set_up(&f);
	put(f.b.member, FLEET_OWNER, "x.example");
	rekey_well(&f, &f.a);
	give_key_to_b(&f);
	rekey_well(&f, &f.a);
	assert_int_equal(f.a.member->ring.count, 2);
	assert_has(&f.run.logged, "still change under the old key");
	store_remove(&f.store, "owner/x.example");
	rekey_well(&f, &f.a);
	assert_changed(&f);
	tear_down(&f);
}

static void remember_members(struct machine *machine, const char *names)
{
	AUTO(strvec) struct strvec list = STRVEC_INIT;

	strvec_split(&list, names, " ");
	ini_set_list(ini_root(machine->member->state), "members", &list);
}

static void test_a_machine_whose_record_is_gone_is_waited_for(void **state)
{
	struct fixture f;
	AUTO(error) struct error err = ERROR_INIT, none = ERROR_INIT;
	AUTO(strvec) struct strvec left = STRVEC_INIT;

	set_up(&f);
	rekey_well(&f, &f.a);
	give_key_to_b(&f);
	restart(&f, &f.a);
	remember_members(&f.a, "a b c");
	assert_int_equal(rekey_member(f.a.member, &f.none, f.run.app.ui, &err), ERR_BUSY);
	assert_non_null(strstr(err.text, "they have the new key: c"));
	restart(&f, &f.a);
	remember_members(&f.a, "a b c");
	strvec_push(&f.none, "c");
	assert_int_equal(rekey_member(f.a.member, &f.none, f.run.app.ui, &none), 0);
	/* It need not be named again. */
	assert_int_equal(ini_get_list(ini_root(f.a.member->state), "members", &left, &none), 0);
	assert_int_equal(left.count, 2);
	assert_changed(&f);
	tear_down(&f);
	strvec_release(&f.none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_all_machines_change_to_the_new_key),
		scratch_test(test_a_change_that_stops_at_any_write_is_gone_on_with),
		scratch_test(test_what_is_sealed_late_with_the_old_key_is_found),
		scratch_test(test_a_machine_that_is_gone_is_not_waited_for),
		scratch_test(test_a_second_machine_begins_no_change_of_its_own),
		scratch_test(test_a_change_that_was_given_up_is_in_nobodys_way),
		scratch_test(test_a_key_is_shown_once),
		scratch_test(test_a_key_that_comes_meanwhile_takes_no_place),
		scratch_test(test_the_old_key_stays_while_an_owner_has_it),
		scratch_test(test_a_machine_whose_record_is_gone_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
