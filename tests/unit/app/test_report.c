/*
 * What is said at the end of certonly and run. Scripts read the two path lines and the date.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/renewal/report.h"
#include "app/run_fixture.h"

static const struct plugin standalone = {.name = "standalone"};
static const struct plugin manual = {.name = "manual"};

/* The directory of the test, as if it came from there. */
static void move_config(struct run *run, enum origin origin)
{
	AUTO_FREE char *dir = xstrdup(settings_config_dir(run->settings));

	settings_set_string(run->settings, "config_dir", dir, origin);
}

static void test_the_success_block_is_that_of_certbot(void **state)
{
	AUTO(run) struct run run;
	AUTO(lineage) struct lineage *lineage = created("2");
	AUTO_FREE char *expected = xasprintf(
		"\nSuccessfully received certificate.\n"
		"Certificate is saved at: %1$s/config/live/a.test/fullchain.pem\n"
		"Key is saved at:         %1$s/config/live/a.test/privkey.pem\n"
		"This certificate expires on 2026-06-01.\n"
		"These files will be updated when the certificate renews.\n"
		"Certbot has set up a scheduled task to automatically renew this certificate in "
		"the background.\n",
		scratch_dir);

	start_run(&run, "certonly");
	settings_set_flag(run.settings, "preconfigured_renewal", true, ORIGIN_CONFIG_FILE);
	move_config(&run, ORIGIN_CONFIG_FILE);
	report_obtained(run.app.ui, run.app.settings, lineage);
	assert_string_equal(run.said.text, expected);
}

/* Of a package's timer, which knows nothing of this command line. */
static void test_another_directory_needs_a_task_of_its_own(void **state)
{
	AUTO(run) struct run run;
	AUTO(lineage) struct lineage *lineage = created("2");

	start_run(&run, "certonly");
	settings_set_flag(run.settings, "preconfigured_renewal", true, ORIGIN_CONFIG_FILE);
	move_config(&run, ORIGIN_COMMAND_LINE);
	report_obtained(run.app.ui, run.app.settings, lineage);
	assert_has(&run.said, "Have one run: certbot renew --config-dir config\n");
	assert_null(strstr(run.said.text, "set up a scheduled task"));
}

static void test_no_timer_is_promised_where_none_renews(void **state)
{
	static const char *const options[] = {"autorenew=false", "authenticator=manual"};

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		AUTO(run) struct run run;
		AUTO(lineage) struct lineage *lineage = created("2");

		start_run(&run, "certonly");
		settings_set_flag(run.settings, "preconfigured_renewal", true, ORIGIN_CONFIG_FILE);
		give_option(&run, options[i]);
		report_obtained(run.app.ui, run.app.settings, lineage);
		assert_has(&run.said, "These files will be updated when the certificate renews.");
		assert_null(strstr(run.said.text, "scheduled task"));
	}
}

static void test_next_steps(void **state)
{
	static const struct {
		const struct plugin *authenticator;
		const char *options[2];
		const char *step; /* NULL: no block */
	} rows[] = {
		{&standalone, {"preconfigured_renewal=true"}, NULL},
		{&standalone, {NULL}, "- The certificate will need to be renewed before it"},
		{&standalone, {"autorenew=false", "preconfigured_renewal=true"}, "--no-autorenew"},
		{&manual, {"preconfigured_renewal=true"}, "(--manual-auth-hook)"},
		{&manual, {"autorenew=false"}, "(--manual-auth-hook)"},
		{&manual, {"manual_auth_hook=/h", "preconfigured_renewal=true"}, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(run) struct run run;

		start_run(&run, "certonly");
		settings_set_flag(run.settings, "preconfigured_renewal", false, ORIGIN_CONFIG_FILE);
		for (size_t at = 0; at < 2 && rows[i].options[at]; at++)
			give_option(&run, rows[i].options[at]);
		report_next_steps(run.app.ui, run.app.settings, rows[i].authenticator);
		if (rows[i].step)
			assert_has(&run.said, rows[i].step);
		assert_int_equal(strstr(run.said.text, "\nNEXT STEPS:\n- ") != NULL,
				 rows[i].step != NULL);
	}
}

static void test_a_rehearsal_is_one_line(void **state)
{
	AUTO(run) struct run run;

	start_run(&run, "certonly");
	give_option(&run, "dry_run=true");
	report_obtained(run.app.ui, run.app.settings, NULL);
	report_next_steps(run.app.ui, run.app.settings, &standalone);
	assert_string_equal(run.said.text, "The dry run was successful.\n");
}

static void test_requests_are_announced_in_certbots_words(void **state)
{
	static const struct {
		enum decision_kind kind;
		bool is_rehearsal;
		const char *line;
	} rows[] = {
		{DECIDE_NEW, false, "Requesting a certificate for a.test\n"},
		{DECIDE_NEW, true, "Simulating a certificate request for a.test\n"},
		{DECIDE_RENEW, false, "Renewing an existing certificate for a.test\n"},
		{DECIDE_RENEW, true, "Simulating renewal of an existing certificate for a.test\n"},
	};
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;

	acme_identifiers_add(&names, ACME_IDENTIFIER_DNS, "a.test");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(run) struct run run;

		start_run(&run, "certonly");
		if (rows[i].is_rehearsal)
			give_option(&run, "dry_run=true");
		report_request(run.app.ui, run.app.settings, &names, rows[i].kind);
		assert_string_equal(run.said.text, rows[i].line);
	}
}

static void test_frames_are_79_wide(void **state)
{
	AUTO(run) struct run run;
	AUTO_FREE char *expected = xasprintf("\n%1$s\ntext\n%1$s\n", report_frame);

	start_run(&run, "certonly");
	report_framed(run.app.ui, "text");
	assert_string_equal(run.said.text, expected);
	assert_int_equal(strlen(report_frame), 79);
	for (size_t i = 0; i < 79; i++)
		assert_int_equal(report_frame[i], i % 2 ? ' ' : '-');
}

static const struct installer web_installer = {.service = NULL};
static const struct installer mail_installer = {.service = "Postfix"};
static const struct plugin web_plugin = {.name = "web", .installer = &web_installer};
static const struct plugin mail_plugin = {.name = "mail", .installer = &mail_installer};
static struct plugin_instance web_instance = {.plugin = &web_plugin};
static struct plugin_instance mail_instance = {.plugin = &mail_plugin};
static const struct installers web = {.items = {&web_instance}, .count = 1};

static void test_a_service_without_site_is_named(void **state)
{
	const struct installers mail = {.items = {&mail_instance}, .count = 1};
	const struct installers both = {.items = {&web_instance, &mail_instance}, .count = 2};
	AUTO(acme_identifiers) struct acme_identifiers list = ACME_IDENTIFIERS_INIT;
	AUTO(run) struct run one;
	AUTO(run) struct run two;

	acme_identifiers_add(&list, ACME_IDENTIFIER_DNS, "a.test");
	start_run(&one, "run");
	report_installed(one.app.ui, &list, DECIDE_NEW, &mail);
	assert_string_equal(one.said.text, "Postfix uses the certificate for a.test now.\n");
	start_run(&two, "run");
	report_installed(two.app.ui, &list, DECIDE_NEW, &both);
	assert_has(&two.said, "enabled HTTPS on https://a.test");
	assert_has(&two.said, "Postfix uses the certificate for a.test now.");
}

static void test_enabled_sites_are_listed_in_words(void **state)
{
	static const char *const names[] = {"a.test", "b.test", "c.test"};
	static const char *const lists[] = {
		"on https://a.test\n",
		"on https://a.test and https://b.test\n",
		"on https://a.test, https://b.test and https://c.test\n",
	};
	AUTO(acme_identifiers) struct acme_identifiers list = ACME_IDENTIFIERS_INIT;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO(run) struct run run;

		start_run(&run, "run");
		acme_identifiers_add(&list, ACME_IDENTIFIER_DNS, names[i]);
		report_installed(run.app.ui, &list, DECIDE_NEW, &web);
		assert_has(&run.said, "Congratulations! You have successfully enabled HTTPS ");
		assert_has(&run.said, lists[i]);
	}
}

static void test_a_renewed_site_is_called_renewed(void **state)
{
	AUTO(run) struct run run;
	AUTO(acme_identifiers) struct acme_identifiers list = ACME_IDENTIFIERS_INIT;

	start_run(&run, "run");
	acme_identifiers_add(&list, ACME_IDENTIFIER_DNS, "a.test");
	report_installed(run.app.ui, &list, DECIDE_RENEW, &web);
	assert_has(&run.said, "has been successfully renewed");
	assert_has(&run.said, "domains: https://a.test\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_the_success_block_is_that_of_certbot),
		scratch_test(test_another_directory_needs_a_task_of_its_own),
		scratch_test(test_no_timer_is_promised_where_none_renews),
		scratch_test(test_next_steps),
		scratch_test(test_a_rehearsal_is_one_line),
		scratch_test(test_requests_are_announced_in_certbots_words),
		scratch_test(test_frames_are_79_wide),
		scratch_test(test_a_service_without_site_is_named),
		scratch_test(test_enabled_sites_are_listed_in_words),
		scratch_test(test_a_renewed_site_is_called_renewed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
