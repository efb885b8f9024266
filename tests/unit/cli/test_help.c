/* Help pages, man page and completion: complete, within their width, and made of the rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "cli/help.h"
#include "cli/verbs.h"
#include "settings_json.h"

struct fixture {
	struct option_table table;
	struct help_plugin plugins[2];
	struct help_source source;
};

static int set_up(void **state)
{
	struct fixture *fixture = XNEW(struct fixture);
	struct option_table *table = &fixture->table;

	sample_table_init(table);
	fixture->plugins[0] =
		(struct help_plugin){.name = "manual",
				     .description = "Do it by hand",
				     .options = option_table_find(table, "manual_auth_hook"),
				     .option_count = 2};
	fixture->plugins[1] = (struct help_plugin){.name = "standalone",
						   .description = "A web server of our own"};
	fixture->source = (struct help_source){table,   fixture->plugins,    2,
					       "1.2.3", "November 29, 2026", 80};
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	option_table_release(&fixture->table);
	free(fixture);
	return 0;
}

static char *page(void **state, const char *topic)
{
	const struct fixture *fixture = *state;
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	help_print(&fixture->source, topic, &out);
	return strbuf_detach(&out);
}

static bool has_page(void **state, const char *topic)
{
	AUTO_FREE char *overview = page(state, NULL);
	AUTO_FREE char *text = page(state, topic);

	/* An unknown one is named above the overview. */
	return strcmp(text, overview) != 0 &&
	       !(str_starts(text, "There is no help on '") && str_ends(text, overview));
}

static void assert_contains(void **state, const char *topic, const char *expected)
{
	AUTO_FREE char *text = page(state, topic);

	if (!strstr(text, expected))
		fail_msg("'%s' is not on the page '%s'", expected, topic ? topic : "");
}

static void test_every_topic_has_a_page(void **state)
{
	static const char *const topics[] = {"all",        "automation",  "security", "testing",
					     "paths",      "manage",      "commands", "command",
					     "verbs",      "subcommands", "plugins",  "manual",
					     "standalone", "everything",  "auth"};

	for (size_t i = 0; i < ARRAY_LEN(topics); i++)
		assert_true(has_page(state, topics[i]));
	for (size_t i = 0; i < verb_count; i++)
		assert_true(has_page(state, verbs[i].name));
}

static void test_unknown_topic_gives_the_overview(void **state)
{
	assert_false(has_page(state, "nosuchtopic"));
	assert_false(has_page(state, ""));
	assert_false(has_page(state, "nginx"));
}

static void test_pages_show_what_belongs_to_them(void **state)
{
	assert_contains(state, "nosuchtopic", "There is no help on 'nosuchtopic'");
	assert_contains(state, "dane", "\n  dane-check ");
	assert_contains(state, "notify", "\n  notify-test ");
	assert_contains(state, "dns-persist", "\n  dns-persist-write");
	assert_contains(state, NULL, "certonly");
	assert_contains(state, "certonly", "\n  certbot certonly [options]");
	assert_contains(state, "certonly", "\n  --csr FILE");
	assert_contains(state, "auth", "\n  --csr FILE");
	assert_contains(state, "security", "--key-type TYPE");
	assert_contains(state, "manage", "\n  delete ");
	assert_contains(state, "plugins", "--authenticators");
	assert_contains(state, "plugins", "-a, --authenticator PLUGIN");
	assert_contains(state, "manual", "Do it by hand");
	assert_contains(state, "manual", "--manual-auth-hook COMMAND");
	assert_contains(state, "standalone", "--http-01-port PORT");
	assert_contains(state, "commands", "\n  update_symlinks ");
}

static void test_defaults_are_shown(void **state)
{
	assert_contains(state, "security", "(default: 2048)");
	assert_contains(state, "revoke", "(default: unspecified)");
	assert_contains(state, "automation", "(default: Ask)");
	assert_contains(state, "testing", "(default: \"\")");
	assert_contains(state, "renew", "(default: False)");
}

/* ---- The page with everything ---- */

/* How many lines of the page introduce the option. */
static size_t count_introductions(const char *text, const char *names)
{
	struct span rest = span_of(text), line;
	size_t count = 0, len = strlen(names);

	while (span_take_line(&rest, &line))
		count += line.len >= len + 2 && memcmp(line.ptr, "  ", 2) == 0 &&
			 memcmp(line.ptr + 2, names, len) == 0 &&
			 (line.len == len + 2 || line.ptr[len + 2] == ' ');
	return count;
}

/* "-d, --domains" as a page shows the names. */
static char *shown_names(const struct option *row)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	strvec_split(&names, row->names, " ");
	return strvec_join(&names, ", ");
}

static void test_all_shows_each_visible_row_once(void **state)
{
	const struct fixture *fixture = *state;
	AUTO_FREE char *text = page(state, "all");

	for (size_t i = 0; i < fixture->table.core_count; i++) {
		const struct option *row = fixture->table.rows[i];
		AUTO_FREE char *names = shown_names(row);
		size_t expected = row->flags & OPTION_HIDDEN ? 0 : 1;
		size_t count = count_introductions(text, names);

		/* The overview has some of them a second time. */
		if (count < expected || count > 2 * expected)
			fail_msg("%s is shown %zu times", names, count);
	}
}

static void test_lines_keep_to_the_width(void **state)
{
	struct fixture *fixture = *state;

	for (int width = 60; width <= 200; width += 7) {
		AUTO_FREE char *text = NULL;
		struct span rest, line;

		fixture->source.width = width;
		text = page(state, "all");
		rest = span_of(text);
		while (span_take_line(&rest, &line))
			if (line.len > (size_t)width && memchr(line.ptr + 24, ' ', line.len - 24))
				fail_msg("over %d: %.*s", width, (int)line.len, line.ptr);
	}
}

static void test_tiny_terminals_do_no_harm(void **state)
{
	struct fixture *fixture = *state;
	AUTO_FREE char *text = NULL;

	fixture->source.width = 0;
	text = page(state, "all");
	assert_true(strlen(text) > 1000);
}

static void test_usage_is_short(void **state)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	help_print_usage(&out);
	assert_true(str_starts(out.text, "usage:\n  certbot [SUBCOMMAND] [options]"));
	assert_true(str_ends(out.text, "\n"));
}

/* ---- Verbs ---- */

static void test_verbs_are_found_by_name_and_alias(void **state)
{
	assert_string_equal(verb_find("certonly")->name, "certonly");
	assert_string_equal(verb_find("auth")->name, "certonly");
	assert_string_equal(verb_find("everything")->name, "run");
	assert_null(verb_find("help"));
	assert_null(verb_find(""));
	assert_true(verb_find("plugins")->flags & VERB_UNPRIVILEGED);
}

static void test_every_verb_is_complete(void **state)
{
	for (size_t i = 0; i < verb_count; i++) {
		assert_non_null(verbs[i].run);
		assert_true(verbs[i].summary[0] && !str_ends(verbs[i].summary, "."));
		assert_true(str_starts(verbs[i].usage, "certbot "));
		assert_true(str_ends(verbs[i].help, "."));
	}
}

/* Whatever changes something repairs first what a killed run left; a question has no side effects.
 * Three of those keep the locks: they may not ask the CA in the name of an account that changes. */
static void test_all_verbs_but_questions_recover(void **state)
{
	static const char *const with_locks[] = {"show_account", "dns-persist-show",
						 "dns-persist-check"};
	const unsigned without = VERB_READS | VERB_NO_STATE | VERB_UNPRIVILEGED;

	for (size_t i = 0; i < verb_count; i++) {
		bool asks = (verbs[i].flags & without) != 0;

		for (size_t j = 0; j < ARRAY_LEN(with_locks); j++)
			asks |= strcmp(verbs[i].name, with_locks[j]) == 0;
		if (asks == ((verbs[i].flags & VERB_RECOVERS) != 0))
			fail_msg("%s %s", verbs[i].name, asks ? "recovers" : "does not recover");
	}
}

/* ---- Man page and completion ---- */

static bool is_known_macro(struct span line)
{
	static const char *const macros[] = {".TH ", ".SH ", ".SS "};
	static const char *const bare[] = {".TP", ".PP", ".RS 4", ".RE", ".EX", ".EE"};

	for (size_t i = 0; i < ARRAY_LEN(bare); i++)
		if (span_eq(line, bare[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(macros); i++)
		if (line.len > 4 && memcmp(line.ptr, macros[i], 4) == 0)
			return true;
	return false;
}

static void assert_only_known_macros(const char *page)
{
	struct span rest = span_of(page), line;

	while (span_take_line(&rest, &line)) {
		assert_true(line.len > 0);
		if (line.ptr[0] == '.' || line.ptr[0] == '\'')
			assert_true(is_known_macro(line));
	}
}

static void test_man_pages_have_only_known_macros(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	help_print_man(&fixture->source, &out);
	assert_true(str_starts(out.text, ".TH CERTBOT 1 \"November 29, 2026\" "
					 "\"certbot 1.2.3\" \"User Commands\"\n"));
	assert_only_known_macros(out.text);
	for (size_t i = 0; i < fixture->source.plugin_count; i++) {
		strbuf_clear(&out);
		help_print_man_plugin(&fixture->source, &fixture->source.plugins[i], &out);
		assert_only_known_macros(out.text);
	}
}

static void test_the_page_of_a_plugin_has_its_rows_and_keys(void **state)
{
	const struct fixture *fixture = *state;
	const struct help_key keys[] = {{"dns_sample_token", "the 'token'", false, true},
					{"dns_sample_secret", "its secret", false, true},
					{"dns_sample_zone", "the zone", true, false}};
	const struct help_plugin plugin = {.name = "dns-sample",
					   .description = "Do it by DNS.",
					   .options = fixture->plugins[0].options,
					   .option_count = 1,
					   .keys = keys,
					   .key_count = 3};
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	help_print_man_plugin(&fixture->source, &plugin, &out);
	assert_true(str_starts(out.text, ".TH CERTBOT\\-DNS\\-SAMPLE 7 "));
	assert_non_null(strstr(out.text, "\ncertbot\\-dns\\-sample \\- do it by DNS\n"));
	assert_non_null(
		strstr(out.text, "\n.EX\ndns_sample_token = ...\ndns_sample_secret = ...\n.EE\n"));
	assert_non_null(strstr(out.text, "\\fBdns_sample_token\\fR\nThe \\(aqtoken\\(aq.\n"));
	assert_non_null(strstr(out.text, "\\fBdns_sample_zone\\fR\nThe zone (optional).\n"));
	assert_non_null(strstr(out.text, "\\fB\\-\\-manual\\-auth\\-hook\\fR"));
	assert_non_null(strstr(out.text, "\\-\\-dns\\-sample\\-credentials"));
}

static void test_keys_of_several_ways_to_log_in_are_not_called_optional(void **state)
{
	const struct fixture *fixture = *state;
	const struct help_key keys[] = {{"dns_sample_token", "a token", true, true},
					{"dns_sample_password", "the password", true, false}};
	const struct help_plugin plugin = {
		.name = "dns-sample", .description = "Do it.", .keys = keys, .key_count = 2};
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	help_print_man_plugin(&fixture->source, &plugin, &out);
	assert_non_null(strstr(out.text, "\nWhich of the keys are needed depends on the way"));
	assert_non_null(strstr(out.text, "\\fBdns_sample_password\\fR\nThe password.\n"));
	assert_null(strstr(out.text, "(optional)"));
}

static void test_the_synopsis_is_that_of_its_roles(void **state)
{
	static const struct {
		bool is_authenticator, is_installer;
		const char *synopsis;
	} cases[] = {
		{true, false, "\\fBcertbot certonly \\-\\-sample\\fR [options]"},
		{true, true,
		 "\\fBcertbot\\fR [\\fBrun\\fR|\\fBcertonly\\fR|\\fBinstall\\fR] "
		 "\\fB\\-\\-sample\\fR [options]"},
		{false, true,
		 "\\fBcertbot\\fR [\\fBrun \\-a\\fR AUTHENTICATOR|\\fBinstall\\fR] "
		 "\\fB\\-i sample\\fR [options]"},
	};
	const struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct help_plugin plugin = {.name = "sample",
						   .description = "Do it.",
						   .is_authenticator = cases[i].is_authenticator,
						   .is_installer = cases[i].is_installer};
		AUTO(strbuf) struct strbuf out = STRBUF_INIT;

		help_print_man_plugin(&fixture->source, &plugin, &out);
		assert_non_null(strstr(out.text, cases[i].synopsis));
	}
}

static void test_man_page_has_every_option_and_subcommand(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	help_print_man(&fixture->source, &out);
	assert_non_null(strstr(out.text, "\\fB\\-d\\fR, \\fB\\-\\-domains\\fR, "
					 "\\fB\\-\\-domain\\fR \\fIDOMAIN\\fR\n"));
	assert_non_null(strstr(out.text, "\\fBcertbot certonly [options]"));
	assert_non_null(strstr(out.text, "\\fB\\-\\-manual\\-auth\\-hook\\fR"));
	assert_null(strstr(out.text, "dialog"));
	assert_non_null(strstr(out.text, ".SH EXIT STATUS\n"));
}

static void test_completion_knows_words_of_options(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	help_print_bash(&fixture->source, &out);
	assert_non_null(strstr(
		out.text,
		"\t--key-type)\n\t\tCOMPREPLY=($(compgen -W \"rsa ecdsa ecdsa,rsa rsa,ecdsa\""));
	assert_non_null(strstr(out.text, "\t-w | --webroot-path)\n\t\tCOMPREPLY=($(compgen -d "));
	assert_non_null(strstr(out.text, "-W \"unspecified keycompromise "));
	assert_non_null(strstr(out.text, "/etc/letsencrypt/renewal/*.conf"));
	assert_non_null(strstr(out.text, "\n_certbot_verbs=\"run everything certonly auth "));
	assert_non_null(strstr(out.text, "\nfleet snippet nginx|apache|"));
	assert_non_null(strstr(out.text, "\nwhy NAME\n"));
	assert_non_null(strstr(out.text, "\nundo\n"));
	assert_null(strstr(out.text, "--dialog"));
	assert_null(strstr(out.text, "\t--dry-run)"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_topic_has_a_page),
		TEST(test_unknown_topic_gives_the_overview),
		TEST(test_pages_show_what_belongs_to_them),
		TEST(test_defaults_are_shown),
		TEST(test_all_shows_each_visible_row_once),
		TEST(test_lines_keep_to_the_width),
		TEST(test_tiny_terminals_do_no_harm),
		TEST(test_usage_is_short),
		TEST(test_verbs_are_found_by_name_and_alias),
		TEST(test_every_verb_is_complete),
		TEST(test_all_verbs_but_questions_recover),
		TEST(test_man_pages_have_only_known_macros),
		TEST(test_the_page_of_a_plugin_has_its_rows_and_keys),
		TEST(test_keys_of_several_ways_to_log_in_are_not_called_optional),
		TEST(test_the_synopsis_is_that_of_its_roles),
		TEST(test_man_page_has_every_option_and_subcommand),
		TEST(test_completion_knows_words_of_options),
	};

	return cmocka_run_group_tests_name("help", tests, NULL, NULL);
}
