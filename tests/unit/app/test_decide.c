/*
 * The decision table of run and certonly (app/renewal/decide.h), one row each: what is on disk,
 * what is asked for, what the person says, and what is to be done.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/renewal/decide.h"
#include "app/issue/identifiers.h"
#include "store/renewal/renewal_state.h"
#include "app/run_fixture.h"
#include "codec/datetime.h"
#include "store/lineage/lineage_conf.h"

#define MOST 5

/* A lineage on disk: its generation is a name of tests/fixtures/store. */
struct planted {
	const char *name, *generation;
};

#define A                                                                                          \
	{                                                                                          \
		{                                                                                  \
			"a.test", "2"                                                              \
		}                                                                                  \
	}
#define PAIR                                                                                       \
	{                                                                                          \
		{                                                                                  \
			"p.test", "pair"                                                           \
		}                                                                                  \
	}
#define RSA_NOT_DUE .lineages = {{"a.test", "1"}}, .today = "2026-02-01"
#define RSA_ASKED "Do you want to update its key type to rsa?"

struct row {
	const char *title;
	struct planted lineages[MOST];
	const char *options[MOST];
	const char *today; /* NULL: 2026-03-10, when only generation 1 is due */
	int answer;        /* 0: NOBODY; else number + 1 */

	enum err_code refused;   /* 0: decided */
	const char *says;        /* part of the refusal or of the question; NULL: nothing asked */
	enum decision_kind kind; /* unless refused */
	const char *lineage, *names; /* name of the lineage, old or new; "a.test b.test" */
	const char *key_type;        /* afterwards; NULL: not looked at */
};

#define NO 1
#define YES 2

static const struct row rows[] = {
	/* 7.1, without --cert-name */
	{"a first certificate is new", .options = {"domains=x.test,y.test"}, .kind = DECIDE_NEW,
	 .lineage = "x.test", .names = "x.test y.test"},
	{"a wildcard's lineage is named without star", .options = {"domains=*.x.test"},
	 .kind = DECIDE_NEW, .lineage = "x.test", .names = "*.x.test"},
	{"--duplicate is new",
	 A,
	 {"domains=a.test", "duplicate=true"},
	 .kind = DECIDE_NEW,
	 .lineage = "a.test",
	 .names = "a.test"},
	{"the same names in another order are kept",
	 PAIR,
	 {"domains=b.test,a.test"},
	 .kind = DECIDE_KEEP,
	 .lineage = "p.test",
	 .names = "b.test a.test",
	 .says = "has exactly the same domains"},
	{"of several with the same names the last counts",
	 {{"a.test", "2"}, {"a.test-0001", "2"}, {"b.test", "2"}},
	 {"domains=a.test"},
	 .kind = DECIDE_KEEP,
	 .lineage = "b.test",
	 .names = "a.test",
	 .says = "renewal/b.test.conf"},
	{"same names come before a subset",
	 {{"p.test", "pair"}, {"z.test", "2"}},
	 {"domains=a.test,b.test", "reinstall=true"},
	 .kind = DECIDE_KEEP,
	 .lineage = "p.test",
	 .names = "a.test b.test"},
	{"a subset is expanded with --expand",
	 A,
	 {"domains=a.test,b.test", "expand=true"},
	 .kind = DECIDE_RENEW,
	 .lineage = "a.test",
	 .names = "a.test b.test"},
	{"a subset is expanded with --force-renewal",
	 A,
	 {"domains=a.test,b.test", "renew_by_default=true"},
	 .kind = DECIDE_RENEW,
	 .lineage = "a.test",
	 .names = "a.test b.test"},
	{"the largest subset is expanded",
	 {{"a.test", "2"}, {"p.test", "pair"}, {"z.test", "2"}},
	 {"domains=a.test,b.test,x.test", "expand=true"},
	 .kind = DECIDE_RENEW,
	 .lineage = "p.test",
	 .names = "a.test b.test x.test"},
	{"a part of a lineage's names is new",
	 PAIR,
	 {"domains=b.test"},
	 .kind = DECIDE_NEW,
	 .lineage = "b.test",
	 .names = "b.test"},
	{"an overlap is new",
	 PAIR,
	 {"domains=b.test,x.test"},
	 .kind = DECIDE_NEW,
	 .lineage = "b.test",
	 .names = "b.test x.test"},

	/* 7.1, with --cert-name */
	{"a named lineage without names keeps its own",
	 PAIR,
	 {"certname=p.test", "renew_by_default=true"},
	 .kind = DECIDE_RENEW,
	 .lineage = "p.test",
	 .names = "a.test b.test"},
	{"a named lineage with its names is kept",
	 PAIR,
	 {"certname=p.test", "domains=a.test,b.test", "reinstall=true"},
	 .kind = DECIDE_KEEP,
	 .lineage = "p.test",
	 .names = "a.test b.test"},
	{"--duplicate counts for nothing with --cert-name",
	 PAIR,
	 {"certname=p.test", "domains=a.test,b.test", "reinstall=true", "duplicate=true"},
	 .kind = DECIDE_KEEP,
	 .lineage = "p.test",
	 .names = "a.test b.test"},
	{"other names are taken when nobody is there to ask",
	 PAIR,
	 {"certname=p.test", "domains=a.test,y.test"},
	 .kind = DECIDE_RENEW,
	 .lineage = "p.test",
	 .names = "a.test y.test",
	 .says = "\n+ y.test\n- b.test\n"},
	{"other names are taken after a yes",
	 PAIR,
	 {"certname=p.test", "domains=y.test"},
	 .answer = YES,
	 .kind = DECIDE_RENEW,
	 .lineage = "p.test",
	 .names = "y.test",
	 .says = "Did you intend to make this change?"},
	{"other names are refused after a no",
	 PAIR,
	 {"certname=p.test", "domains=y.test"},
	 .answer = NO,
	 .refused = ERR_CANCELLED,
	 .says = "--cert-name"},
	{"--renew-with-new-domains asks nothing",
	 PAIR,
	 {"certname=p.test", "domains=y.test", "renew_with_new_domains=true"},
	 .kind = DECIDE_RENEW,
	 .lineage = "p.test",
	 .names = "y.test"},
	{"a lineage of that name is made",
	 A,
	 {"certname=q.test", "domains=a.test"},
	 .kind = DECIDE_NEW,
	 .lineage = "q.test",
	 .names = "a.test"},
	{"a missing lineage without names is asked about",
	 A,
	 {"certname=q.test"},
	 .refused = ERR_REFUSED,
	 .says = "--domain"},
	{"a name that is a path is refused",
	 A,
	 {"certname=../q", "domains=a.test"},
	 .refused = ERR_CONFIG,
	 .says = "../q"},
	{"no names at all is refused", A, {NULL}, .refused = ERR_REFUSED, .says = "--domain"},

	/* 7.2, the same names */
	{"--force-renewal renews",
	 A,
	 {"domains=a.test", "renew_by_default=true"},
	 .kind = DECIDE_RENEW,
	 .lineage = "a.test",
	 .names = "a.test"},
	{"--dry-run renews",
	 A,
	 {"domains=a.test", "dry_run=true"},
	 .kind = DECIDE_RENEW,
	 .lineage = "a.test",
	 .names = "a.test"},
	{"what is due is renewed",
	 A,
	 {"domains=a.test"},
	 .today = "2026-05-20",
	 .kind = DECIDE_RENEW,
	 .lineage = "a.test",
	 .names = "a.test"},
	{"what is due is renewed under --keep-until-expiring",
	 A,
	 {"domains=a.test", "reinstall=true"},
	 .today = "2026-05-20",
	 .kind = DECIDE_RENEW,
	 .lineage = "a.test",
	 .names = "a.test"},
	{"--keep-until-expiring asks nothing",
	 A,
	 {"domains=a.test", "reinstall=true"},
	 .kind = DECIDE_KEEP,
	 .lineage = "a.test",
	 .names = "a.test"},
	{"the menu's first choice keeps",
	 A,
	 {"domains=a.test"},
	 .answer = 1,
	 .kind = DECIDE_KEEP,
	 .lineage = "a.test",
	 .names = "a.test",
	 .says = "What would you like to do?"},
	{"the menu's second choice renews",
	 A,
	 {"domains=a.test"},
	 .answer = 2,
	 .kind = DECIDE_RENEW,
	 .lineage = "a.test",
	 .names = "a.test",
	 .says = "What would you like to do?"},

	/* 7.3 */
	{"a subset is refused when nobody is there to ask",
	 A,
	 {"domains=a.test,b.test"},
	 .refused = ERR_REFUSED,
	 .says = "--expand"},
	{"a subset is expanded after a yes",
	 A,
	 {"domains=a.test,b.test"},
	 .answer = YES,
	 .kind = DECIDE_RENEW,
	 .lineage = "a.test",
	 .names = "a.test b.test",
	 .says = "It contains these names: a.test\n\nYou requested these names for the new "
		 "certificate: a.test, b.test."},
	{"a subset is left alone after a no",
	 A,
	 {"domains=a.test,b.test"},
	 .answer = NO,
	 .refused = ERR_CANCELLED,
	 .says = "was not expanded"},

	/* 7.4 */
	{"--key-type with --cert-name changes the type",
	 A,
	 {"certname=a.test", "key_type=rsa"},
	 .kind = DECIDE_RENEW,
	 .lineage = "a.test",
	 .names = "a.test",
	 .key_type = "rsa"},
	{"--key-type alone is refused when nobody is there to ask",
	 A,
	 {"domains=a.test", "key_type=rsa"},
	 .refused = ERR_REFUSED,
	 .says = "Please provide both --cert-name and --key-type"},
	{"--key-type alone is refused after a no",
	 A,
	 {"domains=a.test", "key_type=rsa"},
	 .answer = NO,
	 .refused = ERR_REFUSED,
	 .says = "from ecdsa to rsa"},
	{"--key-type alone changes the type after a yes",
	 A,
	 {"domains=a.test", "key_type=rsa"},
	 .answer = YES,
	 .kind = DECIDE_RENEW,
	 .lineage = "a.test",
	 .names = "a.test",
	 .says = RSA_ASKED,
	 .key_type = "rsa"},
	{"a type from defaults gives way to the lineage's", RSA_NOT_DUE,
	 .options = {"domains=a.test"}, .kind = DECIDE_KEEP, .lineage = "a.test", .names = "a.test",
	 .says = "update its key type to ecdsa?", .key_type = "rsa"},
	{"a type from defaults is taken after a yes", RSA_NOT_DUE, .options = {"domains=a.test"},
	 .answer = YES, .kind = DECIDE_RENEW, .lineage = "a.test", .names = "a.test",
	 .says = "update its key type to ecdsa?", .key_type = "ecdsa"},
	{"the key type is settled before the names",
	 A,
	 {"certname=a.test", "domains=y.test", "key_type=rsa"},
	 .kind = DECIDE_RENEW,
	 .lineage = "a.test",
	 .names = "y.test",
	 .says = "+ y.test",
	 .key_type = "rsa"},

	/* 7.5 */
	{"a test certificate does not replace a real one",
	 A,
	 {"domains=a.test", "renew_by_default=true", "server=https://staging.test/dir"},
	 .refused = ERR_REFUSED,
	 .says = "--break-my-certs"},
	{"--break-my-certs lets it",
	 A,
	 {"domains=a.test", "renew_by_default=true", "server=https://staging.test/dir",
	  "break_my_certs=true"},
	 .kind = DECIDE_RENEW,
	 .lineage = "a.test",
	 .names = "a.test"},
	{"a certificate that is kept is in no danger",
	 A,
	 {"domains=a.test", "reinstall=true", "server=https://staging.test/dir"},
	 .kind = DECIDE_KEEP,
	 .lineage = "a.test",
	 .names = "a.test"},
	{"a key that is reused cannot change its curve",
	 A,
	 {"domains=a.test", "renew_by_default=true", "reuse_key=true", "elliptic_curve=secp384r1"},
	 .refused = ERR_CONFIG,
	 .says = "--elliptic-curve"},
	{"a key that is reused cannot change its type",
	 A,
	 {"certname=a.test", "reuse_key=true", "key_type=rsa"},
	 .refused = ERR_CONFIG,
	 .says = "--key-type"},
	{"a key that is reused cannot change its size", RSA_NOT_DUE,
	 .options = {"domains=a.test", "renew_by_default=true", "reuse_key=true",
		     "rsa_key_size=4096"},
	 .refused = ERR_CONFIG, .says = "--rsa-key-size"},
	{"--new-key may change it",
	 A,
	 {"domains=a.test", "renew_by_default=true", "reuse_key=true", "elliptic_curve=secp384r1",
	  "new_key=true"},
	 .kind = DECIDE_RENEW,
	 .lineage = "a.test",
	 .names = "a.test"},
};

/* A lineage of whose CA nobody asks anything. */
static void plant(const struct planted *planted)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(create(planted->name, planted->generation, &lineage, &err), 0);
	renewal_state_set_ari_retry_after(lineage_conf(lineage), INT32_MAX);
	assert_int_equal(lineage_save_conf(lineage, &err), 0);
}

static void set_day(struct run *run, const char *day)
{
	AUTO_FREE char *time = xasprintf("%sT12:00:00Z", day ? day : "2026-03-10");

	assert_true(datetime_parse_rfc3339(time, &run->now));
}

static int decide_now(struct run *run, struct decision *decision, struct error *err)
{
	const struct decide_request request = {.settings = run->settings};

	return decide(&run->app, &request, decision, err);
}

static void check_refusal(const struct row *row, const struct error *err)
{
	assert_int_equal(err->code, row->refused);
	if (!strstr(err->text, row->says))
		fail_msg("'%s' is not in: %s", row->says, err->text);
}

static void check_decision(const struct row *row, const struct run *run,
			   const struct decision *decision)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	assert_int_equal(row->refused, 0);
	assert_int_equal(decision->kind, row->kind);
	assert_string_equal(decision->kind == DECIDE_NEW ? decision->name
							 : lineage_name(decision->lineage),
			    row->lineage);
	identifiers_to_names(&decision->identifiers, &names);
	joined = strvec_join(&names, " ");
	assert_string_equal(joined, row->names);
	if (row->says)
		assert_has(&run->asked, row->says);
	else
		assert_string_equal(run->asked.text, "");
	if (row->key_type)
		assert_string_equal(settings_string(run->settings, "key_type"), row->key_type);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	AUTO(run) struct run run;
	AUTO(decision) struct decision decision = {.lineage = NULL};
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(scratch_enter(NULL), 0);
	start_run(&run, "certonly");
	set_day(&run, row->today);
	run.answer = row->answer ? row->answer - 1 : NOBODY;
	for (size_t i = 0; i < MOST && row->lineages[i].name; i++)
		plant(&row->lineages[i]);
	settings_set_string(run.settings, "server", "https://ca.example.test/dir",
			    ORIGIN_CONFIG_FILE);
	for (size_t i = 0; i < MOST && row->options[i]; i++)
		give_option(&run, row->options[i]);
	if (decide_now(&run, &decision, &err) < 0)
		check_refusal(row, &err);
	else
		check_decision(row, &run, &decision);
	assert_int_equal(scratch_leave(NULL), 0);
}

/* A run with generation 2 as a.test, for which a.test is wanted. */
static void start_with_one(struct run *run)
{
	start_run(run, "certonly");
	set_day(run, NULL);
	plant(&(const struct planted){"a.test", "2"});
	give_option(run, "domains=a.test");
}

static void test_a_generation_that_is_not_shown_is_shown_and_kept(void **state)
{
	AUTO(run) struct run run;
	AUTO(decision) struct decision decision = {.lineage = NULL};
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	start_with_one(&run);
	lineage = opened();
	assert_int_equal(add(lineage, "2", "2", &err), 0);
	assert_int_equal(lineage_current_version(lineage), 1);
	assert_int_equal(decide_now(&run, &decision, &err), 0);
	assert_int_equal(decision.kind, DECIDE_KEEP);
	assert_int_equal(lineage_current_version(decision.lineage), 2);
	assert_string_equal(run.asked.text, "");
}

static void test_names_that_are_still_lacking_are_wanted_again(void **state)
{
	AUTO(run) struct run run;
	AUTO(decision) struct decision decision = {.lineage = NULL};
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(strvec) struct strvec wanted = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	start_with_one(&run);
	settings_push(run.settings, "domains", "late.test", ORIGIN_COMMAND_LINE);
	lineage = opened();
	strvec_push(&wanted, "a.test");
	strvec_push(&wanted, "late.test");
	renewal_state_set_wanted(lineage_conf(lineage), &wanted);
	assert_int_equal(lineage_save_conf(lineage, &err), 0);
	assert_int_equal(decide_now(&run, &decision, &err), 0);
	assert_int_equal(decision.kind, DECIDE_RENEW);
	assert_string_equal(lineage_name(decision.lineage), "a.test");
	assert_string_equal(run.asked.text, "");
}

static void test_a_broken_lineage_is_passed_over_with_a_warning(void **state)
{
	AUTO(run) struct run run;
	AUTO(decision) struct decision decision = {.lineage = NULL};
	AUTO(error) struct error err = ERROR_INIT;

	start_with_one(&run);
	put_text(CONFIG "/renewal/a.test.conf", "no conf at all\n");
	assert_int_equal(decide_now(&run, &decision, &err), 0);
	assert_int_equal(decision.kind, DECIDE_NEW);
	assert_has(&run.logged, "a.test");
}

static void test_a_broken_named_lineage_is_left_and_a_new_one_made(void **state)
{
	AUTO(run) struct run run;
	AUTO(decision) struct decision decision = {.lineage = NULL};
	AUTO(error) struct error err = ERROR_INIT;

	start_with_one(&run);
	give_option(&run, "certname=a.test");
	put_text(CONFIG "/renewal/a.test.conf", "no conf at all\n");
	assert_int_equal(decide_now(&run, &decision, &err), 0);
	assert_int_equal(decision.kind, DECIDE_NEW);
	assert_string_equal(decision.name, "a.test");
	assert_has(&run.logged, "so it is left alone");
}

static void test_names_are_asked_for_as_text(void **state)
{
	AUTO(run) struct run run;
	AUTO(decision) struct decision decision = {.lineage = NULL};
	AUTO(error) struct error err = ERROR_INIT;

	start_run(&run, "certonly");
	run.typed = "x.test, y.test";
	assert_int_equal(decide_now(&run, &decision, &err), 0);
	assert_int_equal(decision.kind, DECIDE_NEW);
	assert_int_equal(decision.identifiers.count, 2);
	assert_has(&run.asked, "Please enter the domain name(s)");
}

static int two_names(struct plugin_instance *instance, struct strvec *ret_names, struct error *err)
{
	strvec_push(ret_names, "site.test");
	strvec_push(ret_names, "not a name");
	strvec_push(ret_names, "other.test");
	return 0;
}

static void test_names_of_the_server_are_offered_sorted(void **state)
{
	const struct installer installer = {.all_names = two_names};
	const struct plugin plugin = {.name = "fake", .installer = &installer};
	struct plugin_instance instance = {.plugin = &plugin};
	AUTO(run) struct run run;
	AUTO(decision) struct decision decision = {.lineage = NULL};
	AUTO(error) struct error err = ERROR_INIT;
	struct decide_request request = {.installer = &instance};

	start_run(&run, "run");
	run.answer = 1;
	request.settings = run.settings;
	assert_int_equal(decide(&run.app, &request, &decision, &err), 0);
	assert_int_equal(decision.identifiers.count, 1);
	assert_string_equal(decision.name, "site.test");
}

static void test_names_of_the_server_are_not_guessed_without_a_person(void **state)
{
	const struct installer installer = {.all_names = two_names};
	const struct plugin plugin = {.name = "fake", .installer = &installer};
	struct plugin_instance instance = {.plugin = &plugin};
	AUTO(run) struct run run;
	AUTO(decision) struct decision decision = {.lineage = NULL};
	AUTO(error) struct error err = ERROR_INIT;
	struct decide_request request = {.installer = &instance};

	start_run(&run, "run");
	request.settings = run.settings;
	assert_int_equal(decide(&run.app, &request, &decision, &err), ERR_REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_a_generation_that_is_not_shown_is_shown_and_kept),
		scratch_test(test_names_that_are_still_lacking_are_wanted_again),
		scratch_test(test_a_broken_lineage_is_passed_over_with_a_warning),
		scratch_test(test_a_broken_named_lineage_is_left_and_a_new_one_made),
		scratch_test(test_names_are_asked_for_as_text),
		scratch_test(test_names_of_the_server_are_offered_sorted),
		scratch_test(test_names_of_the_server_are_not_guessed_without_a_person),
	};
	struct CMUnitTest table[ARRAY_LEN(rows)];
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		table[i] = (struct CMUnitTest){.name = rows[i].title,
					       .test_func = test_row,
					       .initial_state = (void *)&rows[i]};
	return failed + cmocka_run_group_tests(table, NULL, NULL);
}
