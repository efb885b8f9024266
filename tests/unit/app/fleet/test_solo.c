/*
 * Whether a machine may renew without the fleet, by what is served for the names meanwhile.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/fleet/own/solo.h"
#include "app/fleet/fleet_store.h"
#include "app/run_fixture.h"
#include "os/signals.h"

enum { DAY_S = 86400 };

/* What somebody serves: how much later it ends than ours, and for which name. */
static struct {
	int64_t not_after;
	const char *name;
	size_t asked;
	bool raises_signal;
} served;

/* The machine that asks, and the rest of the run: machines that come before it by name, and how
 * many names have been silent already. */
static struct {
	size_t rank, silent_names;
} asker;

static int tell_served(struct network *network, const char *name, struct cert_chain *ret_chain,
		       struct error *err)
{
	served.asked++;
	if (served.raises_signal)
		raise(SIGTERM);
	if (!served.name)
		return error_set(err, ERR_NETWORK, "nobody answers for %s", name);
	ret_chain->leaf_not_after = served.not_after;
	strvec_push(&ret_chain->leaf_names, served.name);
	return 0;
}

/* Asks with so many seconds left of ours, while a certificate is served that ends so much later,
 * for the same name or for another one. */
static int may_renew(int64_t left_s, int64_t later_s, bool has_name, bool is_same,
		     struct error *err)
{
	struct run run;
	struct fleet_store store;
	struct lineage *lineage;
	struct member *member;
	const struct cert *cert = NULL;
	AUTO(strvec) struct strvec members = STRVEC_INIT;
	int rc;

	start_run(&run, "renew");
	give_option(&run, "fleet_solo_days=4000");
	store_begin(&store);
	member = store_join(&store, &run.app.network, run.settings, "a");
	member->ask_served = tell_served;
	lineage = created("1");
	if (lineage_cert(lineage, &cert, err) < 0)
		BUG("%s", err->text);
	for (size_t i = 0; i < asker.rank; i++) {
		AUTO_FREE char *name = xasprintf("%02zu", i);

		strvec_push(&members, name);
	}
	strvec_push(&members, "a");
	ini_set_list(ini_root(member->state), "members", &members);
	member->silent_names = asker.silent_names;
	store.now_ms = (cert_not_after(cert) - left_s) * 1000;
	served.asked = 0;
	served.not_after = cert_not_after(cert) + later_s;
	served.name = !has_name ? NULL : is_same ? cert_dns_names(cert)->items[0] : "other.test";
	rc = solo_may_renew(member, lineage, err);
	lineage_free(lineage);
	member_free(member);
	store_end(&store);
	end_run(&run);
	return rc;
}

static void test_another_machine_has_renewed_it(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(may_renew(2 * DAY_S, DAY_S, true, true, &err), ERR_REFUSED);
	assert_non_null(strstr(err.text, "another machine serves a newer certificate"));
}

static void test_nobody_has_renewed_it(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(may_renew(2 * DAY_S, 0, true, true, &err), 0);
	assert_int_equal(served.asked, 1);
}

static void test_what_others_serve_says_nothing(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(may_renew(2 * DAY_S, DAY_S, true, false, &err), 0);
	assert_int_equal(served.asked, 1);
}

static void test_nobody_answers(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(may_renew(2 * DAY_S, DAY_S, false, false, &err), 0);
}

static void test_on_the_last_day_nobody_is_asked(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(may_renew(DAY_S / 2, DAY_S, true, true, &err), 0);
	assert_int_equal(served.asked, 0);
}

/* Else all that wait would renew in the same hour what one of them has renewed. */
static void test_the_last_day_begins_later_for_further_machines(void **state)
{
	AUTO(error) struct error second = ERROR_INIT, due = ERROR_INIT, late = ERROR_INIT;

	asker.rank = 2;
	assert_int_equal(may_renew(DAY_S - 3600, DAY_S, true, true, &second), ERR_REFUSED);
	assert_int_equal(may_renew(DAY_S - 2 * 3600, DAY_S, true, true, &due), 0);
	/* However many there are, each has some hours of the day. */
	asker.rank = 90;
	assert_int_equal(may_renew(6 * 3600, DAY_S, true, true, &late), 0);
	asker.rank = 0;
}

static void test_silent_names_are_not_asked_all_day(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	asker.silent_names = 5;
	assert_int_equal(may_renew(2 * DAY_S, DAY_S, false, false, &err), 0);
	assert_int_equal(served.asked, 1);
	asker.silent_names = 6;
	assert_int_equal(may_renew(2 * DAY_S, DAY_S, true, true, &err), 0);
	assert_int_equal(served.asked, 0);
	asker.silent_names = 0;
}

/* Must be the last: the signal stays pending. */
static void test_a_signal_ends_the_look(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	signals_install();
	served.raises_signal = true;
	assert_int_equal(may_renew(2 * DAY_S, DAY_S, false, false, &err), ERR_CANCELLED);
	assert_int_equal(served.asked, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_another_machine_has_renewed_it),
		scratch_test(test_nobody_has_renewed_it),
		scratch_test(test_what_others_serve_says_nothing),
		scratch_test(test_nobody_answers),
		scratch_test(test_on_the_last_day_nobody_is_asked),
		scratch_test(test_the_last_day_begins_later_for_further_machines),
		scratch_test(test_silent_names_are_not_asked_all_day),
		scratch_test(test_a_signal_ends_the_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
