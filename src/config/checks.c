/*
 * Rules between options, and what options imply for each other: one function per rule, in the order
 * in which Certbot applies them. The use cases check rules that need a plugin, a lineage or the CA.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "config/commandline.h"
#include "config/hook_check.h"
#include "config/key_types.h"
#include "config/names.h"
#include "config/output.h"
#include "config/servers.h"
#include "config/services.h"
#include "os/file/file.h"

static bool is_one_of(const char *verb, const char *const *verbs)
{
	for (; *verbs; verbs++)
		if (strcmp(*verbs, verb) == 0)
			return true;
	return false;
}

static bool is(const char *verb, const char *expected)
{
	return strcmp(verb, expected) == 0;
}

/* The row is the webroot plugin's: a table of core options alone lacks it. */
static bool is_mapped(const struct settings *settings, const char *name)
{
	return option_table_find(settings_table(settings), "webroot_map") &&
	       map_contains(settings_map(settings, "webroot_map"), name);
}

/* "only for delete and revoke" */
static char *describe_topics(const struct option *option)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;

	strvec_split(&words, option->topics, " ");
	return strvec_join(&words, " and ");
}

/* `renew --force` would be taken for --force-renewal and do nothing. A cli.ini speaks for all
 * subcommands, so what stands there is not meant for this one alone. */
static int check_verb_options(const char *verb, struct settings *settings, struct error *err)
{
	const struct option_table *table = settings_table(settings);

	for (size_t i = 0; i < table->count; i++) {
		const struct option *row = table->rows[i];
		AUTO_FREE char *verbs = NULL;

		if (!(row->flags & OPTION_FOR_VERBS) || option_has_topic(row, verb) ||
		    settings_origin(settings, row->dest) != ORIGIN_COMMAND_LINE)
			continue;
		verbs = describe_topics(row);
		option_refuse(row, err, "not allowed with %s (only with %s)", verb, verbs);
		error_recode(err, ERR_USAGE);
		return strcmp(row->dest, "force") == 0
			       ? error_hint(err, "did you mean --force-renewal?")
			       : err->code;
	}
	return 0;
}

/* cli.ini speaks for all runs: renew does not take the names in it for its own. Names may come from
 * a --webroot-map that is meant for many lineages. */
static int check_renew_names(const char *verb, struct settings *settings, struct error *err)
{
	static const char *const dests[] = {"domains", "ip_addresses"};

	for (size_t i = 0; is(verb, "renew") && i < ARRAY_LEN(dests); i++) {
		const struct strvec *names;

		if (settings_origin(settings, dests[i]) == ORIGIN_CONFIG_FILE)
			settings_unset(settings, dests[i]);
		names = settings_list(settings, dests[i]);
		for (size_t j = 0; j < names->count; j++)
			if (!is_mapped(settings, names->items[j]))
				return error_set(err, ERR_CONFIG,
						 "renew takes no names: it renews all "
						 "certificates that are due, or the one given "
						 "with --cert-name. To renew by name, use "
						 "certonly");
	}
	return 0;
}

/* `renew` runs from timers: a prompt there would hang until somebody looks. */
static int check_interactivity(const char *verb, struct settings *settings, struct error *err)
{
	bool is_forced = settings_flag(settings, "force_interactive");

	if (is(verb, "renew")) {
		if (is_forced)
			return error_set(err, ERR_CONFIG,
					 "--force-interactive cannot be used with renew");
		settings_set_flag(settings, "noninteractive_mode", true, ORIGIN_RUNTIME);
	}
	if (is_forced && settings_flag(settings, "noninteractive_mode"))
		return error_set(err, ERR_CONFIG,
				 "Flag for non-interactive mode and --force-interactive conflict");
	if (is_forced && settings_flag(settings, "json"))
		return error_set(err, ERR_CONFIG, "--json and --force-interactive conflict");
	/* A cli.ini has it for timers; here it would leave a question without its answer. */
	if (is(verb, "shadow") && settings_origin(settings, "quiet") == ORIGIN_CONFIG_FILE)
		settings_set_flag(settings, "quiet", false, ORIGIN_RUNTIME);
	/* A question would stand where a program reads. */
	if (settings_flag(settings, "quiet") || settings_flag(settings, "json"))
		settings_set_flag(settings, "noninteractive_mode", true, ORIGIN_RUNTIME);
	return 0;
}

/* Does this command rehearse at a CA? For some, --dry-run only means that nothing is written. */
static bool is_rehearsal(const char *verb, const struct settings *settings)
{
	static const char *const without_ca[] = {"import", "handover", "handback", "fleet-prune",
						 NULL};

	return settings_flag(settings, "dry_run") && !is_one_of(verb, without_ca);
}

/* --staging and --dry-run stand for the test server of Let's Encrypt where no other is named. */
static int check_test_server(const char *verb, struct settings *settings, struct error *err)
{
	const char *server = settings_string(settings, "server");
	bool is_staging = settings_flag(settings, "staging");
	bool is_known = is(server, SERVER_LETSENCRYPT) || is(server, SERVER_LETSENCRYPT_STAGING);

	if (is_staging && !is_known)
		return error_set(err, ERR_CONFIG, "--server value conflicts with --staging");
	if ((!is_staging && !is_rehearsal(verb, settings)) || !is_known)
		return 0;
	settings_set_string(settings, "server", SERVER_LETSENCRYPT_STAGING, ORIGIN_RUNTIME);
	/* An account from cli.ini is one of the real server. */
	if (settings_origin(settings, "account") != ORIGIN_COMMAND_LINE)
		settings_unset(settings, "account");
	return 0;
}

/* True when there is any account, of whichever server. */
static bool has_accounts(const struct settings *settings)
{
	AUTO_FREE char *dir = path_join(settings_string(settings, "config_dir"), "accounts");
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;

	return dir_list(dir, "", &names, &unreadable) == 0 && names.count;
}

/* break_my_certs because nothing of a rehearsal is kept; without it a lineage with a real
 * certificate would refuse the test server. */
static int check_dry_run(const char *verb, struct settings *settings, struct error *err)
{
	static const char *const allowed[] = {"certonly", "renew", NULL};

	if (!is_rehearsal(verb, settings))
		return 0;
	if (!is_one_of(verb, allowed))
		return error_set(err, ERR_CONFIG,
				 "--dry-run currently only works with the 'certonly' or 'renew' "
				 "subcommands ('%s')",
				 verb);
	settings_set_flag(settings, "break_my_certs", true, ORIGIN_RUNTIME);
	settings_set_flag(settings, "staging", true, ORIGIN_RUNTIME);
	/* With an account the user has agreed before, and a rehearsal should not ask for the test
	 * CA. */
	if (has_accounts(settings)) {
		settings_set_flag(settings, "tos", true, ORIGIN_RUNTIME);
		settings_set_flag(settings, "register_unsafely_without_email", true,
				  ORIGIN_RUNTIME);
	}
	return 0;
}

/* A CSR has one key. A cli.ini speaks of other certificates. */
static int refuse_two_types(const struct settings *settings, const char *option, struct error *err)
{
	if (!key_types_second(settings) ||
	    settings_origin(settings, "key_type") != ORIGIN_COMMAND_LINE)
		return 0;
	return error_set(err, ERR_CONFIG,
			 "--key-type %s cannot be used with %s, whose key is there already",
			 settings_string(settings, "key_type"), option);
}

/* Certbot refuses all but certonly, for only there is a place for files without a lineage. A CSR
 * fixes its names, so no subset can be asked for. */
static int check_csr(const char *verb, struct settings *settings, struct error *err)
{
	if (!settings_string(settings, "csr"))
		return 0;
	if (!is(verb, "certonly"))
		return error_set(err, ERR_CONFIG,
				 "--csr works with the certonly subcommand only (not with %s)",
				 verb);
	if (settings_flag(settings, "allow_subset_of_names"))
		return error_set(err, ERR_CONFIG,
				 "--allow-subset-of-names cannot be used with --csr");
	if (settings_origin(settings, "outputs") == ORIGIN_COMMAND_LINE)
		return error_set(err, ERR_CONFIG,
				 "--output cannot be used with --csr, which keeps no certificate "
				 "to be renewed");
	return refuse_two_types(settings, "--csr", err);
}

/* Services need a key, and that one is elsewhere: no token here makes it, and no run here knows the
 * next one, which --dane publishes ahead. A cli.ini speaks of other certificates. */
static int check_renew_csr(const char *verb, struct settings *settings, struct error *err)
{
	const char *other = NULL;

	if (!settings_string(settings, "renew_csr"))
		return 0;
	if (!is(verb, "certonly"))
		return error_set(err, ERR_CONFIG,
				 "--renew-csr works with the certonly subcommand only (not with "
				 "%s)",
				 verb);
	if (settings_string(settings, "csr"))
		other = "--csr";
	else if (settings_flag(settings, "allow_subset_of_names"))
		other = "--allow-subset-of-names";
	else if (settings_string(settings, "installer"))
		other = "--installer";
	else if (settings_flag(settings, "must_staple"))
		other = "--must-staple";
	else if (settings_origin(settings, "key_uri") == ORIGIN_COMMAND_LINE)
		other = "--key-uri";
	else if (settings_origin(settings, "dane") == ORIGIN_COMMAND_LINE)
		other = "--dane";
	if (other)
		return error_set(err, ERR_CONFIG, "%s cannot be used with --renew-csr", other);
	return refuse_two_types(settings, "--renew-csr", err);
}

/* A certificate with must-staple breaks on a server that does not staple; --no-staple-ocsp is the
 * user's own word and stands. */
static int check_stapling(const char *verb, struct settings *settings, struct error *err)
{
	if (settings_flag(settings, "must_staple") && settings_tristate(settings, "staple") < 0)
		settings_set_flag(settings, "staple", true, ORIGIN_RUNTIME);
	return 0;
}

/* Hooks that a plugin runs are checked by the plugin; a cli.ini may have them for it. */
static int check_hooks(const char *verb, struct settings *settings, struct error *err)
{
	static const struct {
		const char *dest, *name;
	} hooks[] = {
		{"pre_hook", "pre"},
		{"post_hook", "post"},
		{"deploy_hook", "deploy"},
	};
	static const char *const runners[] = {"run", "certonly", "renew", "reconfigure", NULL};

	if (!is_one_of(verb, runners) || !settings_flag(settings, "validate_hooks"))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(hooks); i++) {
		const char *command = settings_string(settings, hooks[i].dest);

		if (command && hook_check(hooks[i].name, command, err) < 0)
			return err->code;
	}
	return 0;
}

/* Certbot's rule. */
static int check_subset(const char *verb, struct settings *settings, struct error *err)
{
	const struct strvec *domains = settings_list(settings, "domains");

	if (!settings_flag(settings, "allow_subset_of_names"))
		return 0;
	for (size_t i = 0; i < domains->count; i++)
		if (str_starts(domains->items[i], "*."))
			return error_set(err, ERR_CONFIG,
					 "Using --allow-subset-of-names with a wildcard domain is "
					 "not supported");
	return 0;
}

/* Both write the same header: --auto-hsts raises the max-age that --hsts sets to a year at once. */
static int check_hsts(const char *verb, struct settings *settings, struct error *err)
{
	if (settings_flag(settings, "hsts") && settings_flag(settings, "auto_hsts"))
		return error_set(err, ERR_CONFIG,
				 "Parameters --hsts and --auto-hsts cannot be used simultaneously");
	return 0;
}

static int refuse_port(const char *other, int64_t port, struct error *err)
{
	return error_set(err, ERR_CONFIG, "Trying to run http-01 and %s on the same port (%lld)",
			 other, (long long)port);
}

/* A server with both could not tell a handshake from a request. The old option for the HTTPS port
 * is told by its own name if it is the one that clashes. */
static int check_ports(const char *verb, struct settings *settings, struct error *err)
{
	int64_t port = settings_int(settings, "http01_port");

	settings_follow_tls_sni_port(settings);
	if (settings_int(settings, "https_port") == port)
		return refuse_port("https-port", port, err);
	if (settings_is_set_by_user(settings, "tls_sni_01_port") &&
	    settings_int(settings, "tls_sni_01_port") == port)
		return refuse_port("tls-sni-01", port, err);
	return 0;
}

/* An empty --cert-name is none. The verbs that may make a lineage are held to names that work.
 * Other verbs only look for the name: a lineage that Certbot has made under a strange one must
 * still be found, renewed and deleted. */
static int check_certname(const char *verb, struct settings *settings, struct error *err)
{
	static const char *const makers[] = {"certonly", "run", NULL};
	const char *name = settings_string(settings, "certname");

	if (name && !name[0])
		settings_unset(settings, "certname");
	else if (name && is_one_of(verb, makers))
		return names_check_new_lineage(name, err);
	return 0;
}

/* Neither may win quietly: what is revoked cannot be taken back. */
static int check_revoke(const char *verb, struct settings *settings, struct error *err)
{
	bool has_path = settings_string(settings, "cert_path") != NULL;
	bool has_name = settings_string(settings, "certname") != NULL;

	if (is(verb, "revoke") && has_path == has_name)
		return error_set(err, ERR_CONFIG,
				 "Exactly one of --cert-path or --cert-name must be specified");
	return 0;
}

/* In Certbot's words. `enhance` has no defaults, unlike `run`, which redirects. */
static int check_enhance(const char *verb, struct settings *settings, struct error *err)
{
	static const char *const enhancements[] = {"redirect", "hsts", "uir", "staple",
						   "auto_hsts"};

	if (!is(verb, "enhance"))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(enhancements); i++)
		if (settings_flag(settings, enhancements[i]))
			return 0;
	return error_set(err, ERR_CONFIG,
			 "Please specify one or more enhancement types to configure. To list the "
			 "available enhancement types, run:\n\ncertbot --help enhance\n");
}

/* Checks the text alone; files are checked when the lineage is known. */
static int check_outputs(const char *verb, struct settings *settings, struct error *err)
{
	AUTO(strvec) struct strvec texts = STRVEC_INIT;

	services_given(settings, "outputs", &texts);
	for (size_t i = 0; i < texts.count; i++) {
		AUTO(output) struct output output = OUTPUT_INIT;

		if (output_parse(texts.items[i], "example", &output, err) < 0)
			return err->code;
	}
	return 0;
}

/* Other names are another certificate, and `reconfigure` asks the CA for none. */
static int check_reconfigure(const char *verb, struct settings *settings, struct error *err)
{
	if (is(verb, "reconfigure") && settings_list(settings, "domains")->count)
		return error_set(err, ERR_CONFIG,
				 "reconfigure cannot change the names in a certificate: leave "
				 "out -d and give --cert-name, or use certonly with the new "
				 "names");
	return 0;
}

/* Where certonly --csr puts its files when it is not told. Other verbs have no such default. */
static int default_csr_paths(const char *verb, struct settings *settings, struct error *err)
{
	static const struct {
		const char *dest, *file;
	} defaults[] = {
		{"cert_path", "cert.pem"},
		{"fullchain_path", "chain.pem"},
		{"chain_path", "chain.pem"},
	};

	if (!is(verb, "certonly"))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(defaults); i++) {
		AUTO_FREE char *path = path_absolute(defaults[i].file);

		if (settings_origin(settings, defaults[i].dest) == ORIGIN_DEFAULT)
			settings_set_string(settings, defaults[i].dest, path, ORIGIN_DEFAULT);
	}
	return 0;
}

int commandline_check(const char *verb, struct settings *settings, struct error *err)
{
	/* The order shows: a command line with two faults gets the message that Certbot would give.
	 * Checks that set values come before those that read them. */
	static int (*const checks[])(const char *verb, struct settings *settings,
				     struct error *err) = {
		check_verb_options, default_csr_paths, check_interactivity, check_test_server,
		check_dry_run,      check_csr,         check_renew_csr,     check_stapling,
		check_hooks,        check_subset,      check_hsts,          check_ports,
		check_certname,     check_renew_names, check_revoke,        check_enhance,
		check_reconfigure,  check_outputs,
	};

	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		if (checks[i](verb, settings, err) < 0)
			return err->code;
	return 0;
}
