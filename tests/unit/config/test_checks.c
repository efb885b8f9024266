/* Conflicts between options and what options imply (config/checks.c), one test per rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "config/commandline.h"
#include "config/hook_check.h"
#include "config/servers.h"
#include "os/file/file.h"
#include "settings_json.h"

static const char *const verbs[] = {"run",         "certonly", "renew",       "revoke", "enhance",
				    "reconfigure", "register", "fleet-rekey", NULL};

struct checked {
	struct option_table table;
	struct commandline commandline;
	struct error err;
};

static void checked_release(struct checked *checked)
{
	commandline_release(&checked->commandline);
	error_release(&checked->err);
	option_table_release(&checked->table);
}
DEFINE_AUTO(checked, checked_release);

/* Parses and checks words separated by blanks, with the text of a cli.ini when there is one. */
static int check_with_file(struct checked *checked, const char *words, const char *file)
{
	AUTO(strvec) struct strvec argv = STRVEC_INIT;
	const char *const files[] = {file, NULL};
	struct commandline_input input = {
		.verbs = verbs, .default_verb = "run", .config_files = files};

	*checked = (struct checked){.commandline = COMMANDLINE_INIT};
	sample_table_init(&checked->table);
	strvec_push(&argv, "certbot");
	strvec_split(&argv, words, " ");
	input.argc = (int)argv.count;
	input.argv = argv.items;
	if (commandline_parse(&input, &checked->table, &checked->commandline, &checked->err) < 0)
		return checked->err.code;
	return commandline_check(checked->commandline.verb, checked->commandline.settings,
				 &checked->err);
}

static int check(struct checked *checked, const char *words)
{
	return check_with_file(checked, words, NULL);
}

static void test_options_of_one_subcommand_are_refused_by_others(void **state)
{
	static const char *const lines[] = {"renew --force", "certonly --force", "renew --html x",
					    "certonly --wildcard", "renew --new-account-key"};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		AUTO(checked) struct checked checked;

		assert_int_equal(check(&checked, lines[i]), ERR_USAGE);
		assert_non_null(strstr(checked.err.text, "not allowed with"));
	}
}

static void assert_conflict(const char *words, const char *text)
{
	AUTO(checked) struct checked checked;

	assert_int_equal(check(&checked, words), ERR_CONFIG);
	if (!strstr(checked.err.text, text))
		fail_msg("'%s' gives: %s", words, checked.err.text);
}

static void assert_fine(const char *words)
{
	AUTO(checked) struct checked checked;

	if (check(&checked, words) < 0)
		fail_msg("'%s' gives: %s", words, checked.err.text);
}

static void test_interactive_modes_conflict(void **state)
{
	AUTO(checked) struct checked quiet, renew;

	assert_conflict("renew --force-interactive", "cannot be used with renew");
	assert_conflict("certonly --force-interactive -n", "conflict");
	assert_int_equal(check(&quiet, "certonly -q"), 0);
	assert_true(settings_flag(quiet.commandline.settings, "noninteractive_mode"));
	assert_int_equal(check(&renew, "renew"), 0);
	assert_true(settings_flag(renew.commandline.settings, "noninteractive_mode"));
}

static void test_staging_stands_for_the_test_server(void **state)
{
	AUTO(checked) struct checked plain, named;

	assert_int_equal(check(&plain, "certonly --staging"), 0);
	assert_string_equal(settings_string(plain.commandline.settings, "server"),
			    SERVER_LETSENCRYPT_STAGING);
	assert_int_equal(check(&named, "run --staging --server " SERVER_LETSENCRYPT_STAGING), 0);
	assert_conflict("certonly --staging --server https://ca.test/",
			"--server value conflicts with --staging");
	assert_conflict("certonly --staging --dry-run --server https://ca.test/",
			"--server value conflicts with --staging");
}

static void test_dry_run_is_for_two_subcommands(void **state)
{
	assert_conflict("run --dry-run", "only works with the 'certonly' or 'renew'");
	assert_conflict("register --dry-run", "('register')");
	assert_conflict("fleet-rekey --dry-run", "('fleet-rekey')");
	assert_fine("renew --dry-run");
}

static void test_dry_run_implies_test_certificates(void **state)
{
	AUTO(checked) struct checked checked, other;
	struct settings *settings;

	assert_int_equal(check(&checked, "certonly --dry-run --config-dir /nonexistent"), 0);
	settings = checked.commandline.settings;
	assert_true(settings_flag(settings, "staging"));
	assert_true(settings_flag(settings, "break_my_certs"));
	assert_false(settings_flag(settings, "tos"));
	assert_string_equal(settings_string(settings, "server"), SERVER_LETSENCRYPT_STAGING);
	assert_true(settings_is_set_by_user(settings, "account"));
	assert_int_equal(check(&other, "certonly --dry-run --server https://ca.test/"), 0);
	assert_string_equal(settings_string(other.commandline.settings, "server"),
			    "https://ca.test/");
}

static char *make_directory(void)
{
	AUTO_FREE char *path = xstrdup("/tmp/test-checks-XXXXXX");

	assert_non_null(mkdtemp(path));
	return STEAL(path);
}

static void remove_directory(const char *path)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dir_remove_tree(path, &err), 0);
}

static void test_dry_run_with_an_account_asks_nothing(void **state)
{
	AUTO(checked) struct checked checked;
	AUTO_FREE char *dir = make_directory();
	AUTO_FREE char *accounts = xasprintf("%s/accounts/ca.test", dir);
	AUTO_FREE char *words = xasprintf("certonly --dry-run --config-dir %s", dir);
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dir_make(accounts, 0700, &err), 0);
	assert_int_equal(check(&checked, words), 0);
	assert_true(settings_flag(checked.commandline.settings, "tos"));
	assert_true(settings_flag(checked.commandline.settings, "register_unsafely_without_email"));
	remove_directory(dir);
}

static char *write_file(const char *dir, const char *name, const char *text, mode_t mode)
{
	const struct file_attributes attributes = {.mode = mode};
	AUTO_FREE char *path = path_join(dir, name);
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_create(path, text, strlen(text), &attributes, &err), 0);
	return STEAL(path);
}

static void test_account_of_a_file_is_not_one_of_the_test_server(void **state)
{
	AUTO(checked) struct checked from_file, given;
	AUTO_FREE char *dir = make_directory();
	AUTO_FREE char *file = write_file(dir, "cli.ini", "account = 0123\n", 0600);

	assert_int_equal(check_with_file(&from_file, "certonly --staging", file), 0);
	assert_null(settings_string(from_file.commandline.settings, "account"));
	assert_int_equal(check(&given, "certonly --staging --account 0123"), 0);
	assert_string_equal(settings_string(given.commandline.settings, "account"), "0123");
	remove_directory(dir);
}

static void test_csr_is_for_certonly(void **state)
{
	assert_conflict("run --csr /dev/null", "--csr works with the certonly subcommand only");
	assert_conflict("certonly --allow-subset-of-names --csr /dev/null",
			"cannot be used with --csr");
	assert_fine("certonly --csr /dev/null");
}

static void test_a_renewed_csr_is_for_certonly_and_alone(void **state)
{
	static const char *const others[] = {"--csr /dev/null", "--allow-subset-of-names",
					     "-i null",         "--must-staple",
					     "--key-uri tpm2:", "--dane 25"};

	assert_conflict("run --renew-csr /dev/null", "works with the certonly subcommand only");
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		AUTO_FREE char *line = xasprintf("certonly --renew-csr /dev/null %s", others[i]);

		assert_conflict(line, "cannot be used with --renew-csr");
	}
	assert_fine("certonly --renew-csr /dev/null --output cert:/tmp/x");
}

static void test_csr_must_be_readable(void **state)
{
	AUTO(checked) struct checked checked;

	assert_int_equal(check(&checked, "certonly --csr /nonexistent"), ERR_USAGE);
	assert_non_null(strstr(checked.err.text, "argument --csr: "));
}

static void test_files_of_a_csr_have_defaults(void **state)
{
	AUTO(checked) struct checked certonly, revoke;
	AUTO_FREE char *cert = path_absolute("cert.pem");
	AUTO_FREE char *chain = path_absolute("chain.pem");
	const struct settings *settings;

	assert_int_equal(check(&certonly, "certonly --chain-path /tmp/x"), 0);
	settings = certonly.commandline.settings;
	assert_string_equal(settings_string(settings, "cert_path"), cert);
	assert_string_equal(settings_string(settings, "fullchain_path"), chain);
	assert_string_equal(settings_string(settings, "chain_path"), "/tmp/x");
	assert_int_equal(settings_origin(settings, "cert_path"), ORIGIN_DEFAULT);
	assert_int_equal(check(&revoke, "revoke --cert-name a"), 0);
	assert_null(settings_string(revoke.commandline.settings, "cert_path"));
}

static void test_must_staple_turns_stapling_on_unless_told(void **state)
{
	AUTO(checked) struct checked plain, off;

	assert_int_equal(check(&plain, "run --must-staple"), 0);
	assert_true(settings_flag(plain.commandline.settings, "staple"));
	assert_int_equal(check(&off, "run --must-staple --no-staple-ocsp"), 0);
	assert_false(settings_flag(off.commandline.settings, "staple"));
}

static void test_subsets_and_wildcards_exclude_each_other(void **state)
{
	assert_conflict("certonly --allow-subset-of-names -d a.test,*.a.test", "wildcard");
	assert_fine("certonly --allow-subset-of-names -d a.test");
}

static void test_hsts_is_either_fixed_or_growing(void **state)
{
	assert_conflict("run --hsts --auto-hsts", "cannot be used simultaneously");
	assert_fine("run --auto-hsts");
}

static void test_http_and_https_need_ports_of_their_own(void **state)
{
	assert_conflict("certonly --http-01-port 443", "on the same port (443)");
	assert_conflict("certonly --https-port 80", "on the same port (80)");
	assert_conflict("certonly --tls-sni-01-port 8080 --http-01-port 8080", "(8080)");
	assert_conflict("certonly --tls-sni-01-port 8080 --https-port 8443 --http-01-port 8080",
			"tls-sni-01 on the same port (8080)");
	assert_fine("certonly --https-port 8443 --http-01-port 443");
	assert_fine("certonly --http-01-port 8080");
}

static void test_names_of_new_lineages_are_checked(void **state)
{
	AUTO(checked) struct checked empty;

	assert_conflict("certonly --cert-name a/b", "path separator");
	assert_fine("renew --cert-name a/b");
	assert_int_equal(check(&empty, "certonly --cert-name="), 0);
	assert_null(settings_string(empty.commandline.settings, "certname"));
}

static void test_renew_takes_no_names(void **state)
{
	AUTO(checked) struct checked checked;
	AUTO_FREE char *dir = make_directory();
	AUTO_FREE char *file = write_file(dir, "cli.ini", "domains = a.test\n", 0600);

	assert_conflict("renew -d a.test", "renew takes no names");
	assert_conflict("renew --ip-address 192.0.2.1", "renew takes no names");
	assert_fine("renew --webroot-map {\"a.test\":\"/tmp\"}");
	assert_fine("certonly -d a.test");
	assert_int_equal(check_with_file(&checked, "renew", file), 0);
	assert_int_equal(settings_list(checked.commandline.settings, "domains")->count, 0);
	remove_directory(dir);
}

static void test_revoke_needs_one_certificate(void **state)
{
	assert_conflict("revoke", "Exactly one of");
	assert_conflict("revoke --cert-path /tmp/x --cert-name a", "Exactly one of");
	assert_fine("revoke --cert-path /tmp/x");
}

static void test_enhance_needs_an_enhancement(void **state)
{
	assert_conflict("enhance", "Please specify one or more enhancement types");
	assert_conflict("enhance --no-redirect", "Please specify one or more enhancement types");
	assert_fine("enhance --redirect");
	assert_fine("enhance --auto-hsts");
}

static void test_reconfigure_changes_no_names(void **state)
{
	assert_conflict("reconfigure --cert-name a -d a.test", "reconfigure cannot change");
}

/* ---- Hooks ---- */

static void test_hooks_start_with_a_program(void **state)
{
	assert_conflict("renew --pre-hook no-such-program",
			"Unable to find pre-hook command no-such-program in the PATH.\n(PATH is ");
	assert_conflict("renew --deploy-hook /nonexistent/x", "Unable to find deploy-hook command");
	assert_conflict("renew --post-hook /etc/passwd",
			"post-hook command /etc/passwd exists, but is not executable");
	assert_fine("certonly --manual-auth-hook no-such-program");
	assert_fine("renew --pre-hook true --renew-hook /bin/sh");
	assert_fine("renew --pre-hook no-such-program --disable-hook-validation");
}

/* They may stand in a cli.ini, which a query reads too. */
static void test_hooks_matter_to_those_who_run_them(void **state)
{
	assert_fine("revoke --cert-name a --pre-hook no-such-program");
	assert_fine("register --post-hook no-such-program --deploy-hook no-such-program");
	assert_conflict("reconfigure --pre-hook no-such-program", "Unable to find pre-hook");
}

static void test_hook_check_looks_at_the_first_word(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(hook_check("pre", " sh -c 'no-such-program'", &err), 0);
	assert_int_equal(hook_check("pre", "", &err), 0);
	assert_int_equal(hook_check("pre", "x\x1b[1m", &err), ERR_CONFIG);
	assert_non_null(strstr(err.text, "command x\\x1b[1m in"));
}

static void test_a_file_may_speak_to_one_subcommand(void **state)
{
	AUTO_FREE char *dir = make_directory();
	AUTO_FREE char *file = write_file(dir, "cli.ini", "json = true\nforce = true\n", 0600);
	AUTO(checked) struct checked checked, deletion;

	assert_int_equal(check_with_file(&checked, "renew", file), 0);
	assert_int_equal(check(&deletion, "revoke --cert-name a.test --force"), 0);
	remove_directory(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_of_one_subcommand_are_refused_by_others),
		cmocka_unit_test(test_a_file_may_speak_to_one_subcommand),
		cmocka_unit_test(test_interactive_modes_conflict),
		cmocka_unit_test(test_staging_stands_for_the_test_server),
		cmocka_unit_test(test_dry_run_is_for_two_subcommands),
		cmocka_unit_test(test_dry_run_implies_test_certificates),
		cmocka_unit_test(test_dry_run_with_an_account_asks_nothing),
		cmocka_unit_test(test_account_of_a_file_is_not_one_of_the_test_server),
		cmocka_unit_test(test_csr_is_for_certonly),
		cmocka_unit_test(test_a_renewed_csr_is_for_certonly_and_alone),
		cmocka_unit_test(test_csr_must_be_readable),
		cmocka_unit_test(test_files_of_a_csr_have_defaults),
		cmocka_unit_test(test_must_staple_turns_stapling_on_unless_told),
		cmocka_unit_test(test_subsets_and_wildcards_exclude_each_other),
		cmocka_unit_test(test_hsts_is_either_fixed_or_growing),
		cmocka_unit_test(test_http_and_https_need_ports_of_their_own),
		cmocka_unit_test(test_names_of_new_lineages_are_checked),
		cmocka_unit_test(test_renew_takes_no_names),
		cmocka_unit_test(test_revoke_needs_one_certificate),
		cmocka_unit_test(test_enhance_needs_an_enhancement),
		cmocka_unit_test(test_reconfigure_changes_no_names),
		cmocka_unit_test(test_hooks_start_with_a_program),
		cmocka_unit_test(test_hooks_matter_to_those_who_run_them),
		cmocka_unit_test(test_hook_check_looks_at_the_first_word),
	};

	return cmocka_run_group_tests_name("checks", tests, NULL, NULL);
}
