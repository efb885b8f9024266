/*
 * Whether a machine may renew without the fleet, by what is served for the names meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/fleet/solo.h"
#include "app/fleet_store.h"
#include "app/run_fixture.h"

enum { DAY_S = 86400 };

/* What somebody serves: how much later it ends than ours, and for which name. */
static struct {
	int64_t not_after;
	const char *name;
	size_t asked;
} served;

static int tell_served(struct network *network, const char *name, struct cert_chain *ret_chain,
		       struct error *err)
{
	served.asked++;
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
	int rc;

	start_run(&run, "renew");
	give_option(&run, "fleet_solo_days=4000");
	store_begin(&store);
	member = store_join(&store, &run.app.network, run.settings, "a");
	member->ask_served = tell_served;
	lineage = created("1");
	if (lineage_cert(lineage, &cert, err) < 0)
		BUG("%s", err->text);
	store.now_ms = (cert_not_after(cert) - left_s) * 1000;
	served.asked = 0;
	served.not_after = cert_not_after(cert) + later_s;
	served.name = !has_name ? NULL : is_same ? cert_dns_names(cert)->items[0] : "other.test";
	rc = solo_may_renew(member, lineage, err);
	assert_int_equal(served.asked, left_s > DAY_S);
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
}

static void test_what_others_serve_says_nothing(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(may_renew(2 * DAY_S, DAY_S, true, false, &err), 0);
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
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_another_machine_has_renewed_it),
		scratch_test(test_nobody_has_renewed_it),
		scratch_test(test_what_others_serve_says_nothing),
		scratch_test(test_nobody_answers),
		scratch_test(test_on_the_last_day_nobody_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
