/*
 * dehydrated (0.7): `config` and the files that it names, domains.txt, and a folder for each
 * certificate. Features that dehydrated has and Certbot lacks, such as a single hook that gets the
 * step as its first argument, become hooks of `manual`, which both programs can run.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "codec/shell.h"
#include "codec/base64.h"
#include "foreign/foreign_parts.h"
#include "os/file/file.h"

#define CHALLENGE_DIR "/.well-known/acme-challenge"
/* It serves this folder as CHALLENGE_DIR for all names. */
#define DEFAULT_WELL_KNOWN "/var/www/dehydrated"

/* Short names that CA may have as its value. */
static const struct {
	const char *name, *server;
} presets[] = {
	{"letsencrypt", "https://acme-v02.api.letsencrypt.org/directory"},
	{"letsencrypt-test", "https://acme-staging-v02.api.letsencrypt.org/directory"},
	{"zerossl", "https://acme.zerossl.com/v2/DV90"},
	{"buypass", "https://api.buypass.com/acme/directory"},
	{"buypass-test", "https://api.test4.buypass.no/acme/directory"},
};

struct setup {
	struct map values;    /* of all configuration files */
	struct strvec unread; /* variables that only a shell could evaluate */
	char *base_dir;       /* BASEDIR */
};

static void setup_release(struct setup *setup)
{
	map_release(&setup->values);
	strvec_release(&setup->unread);
	free(setup->base_dir);
}
DEFINE_AUTO(setup, setup_release);

/* Returns a value or, if it is not set, a path below BASEDIR; the caller frees it. */
static char *path_in_setup(const struct setup *setup, const char *name, const char *fallback)
{
	const char *value = foreign_value(&setup->values, name);

	return value ? xstrdup(value) : path_join(setup->base_dir, fallback);
}

/* If CA is not set, dehydrated uses Let's Encrypt. */
static const char *server_of(const struct setup *setup)
{
	const char *ca = foreign_value(&setup->values, "CA");

	for (size_t i = 0; i < ARRAY_LEN(presets); i++)
		if (strcmp(ca ? ca : "letsencrypt", presets[i].name) == 0)
			return presets[i].server;
	return ca;
}

/* Reads the .sh files in CONFIG_D in order. */
static int read_more(struct setup *setup, struct error *err)
{
	const char *dir = foreign_value(&setup->values, "CONFIG_D");
	AUTO_FREE char *copy = xstrdup_or_null(dir);
	AUTO(strvec) struct strvec files = STRVEC_INIT;

	if (!copy)
		return 0;
	if (dir_list(copy, ".sh", &files, err) < 0)
		return err->code;
	for (size_t i = 0; i < files.count; i++) {
		AUTO_FREE char *path = path_join(copy, files.items[i]);

		if (foreign_read_assignments(path, &setup->values, &setup->unread, err) < 0)
			return err->code;
	}
	return 0;
}

static int read_setup(const char *dir, struct setup *setup, struct error *err)
{
	AUTO_FREE char *config = path_join(dir, "config");

	/* dehydrated sets these two before it reads its configuration, which may refer to them. */
	map_set(&setup->values, "BASEDIR", xstrdup(dir));
	map_set(&setup->values, "SCRIPTDIR", xstrdup(dir));
	if (foreign_read_assignments(config, &setup->values, &setup->unread, err) < 0) {
		if (err->code == ERR_NOT_FOUND)
			error_hint(err, "name the folder with dehydrated's file config, such as "
					"/etc/dehydrated");
		return err->code;
	}
	if (read_more(setup, err) < 0)
		return err->code;
	setup->base_dir = xstrdup(map_get(&setup->values, "BASEDIR"));
	return 0;
}

/* The folder of an account is named after its CA: base64url of the URL and a newline. */
static void read_account(const char *accounts, const char *folder, struct foreign_state *ret)
{
	AUTO_FREE char *key = xasprintf("%s/%s/account_key.pem", accounts, folder);
	AUTO_FREE char *id = xasprintf("%s/%s/account_id.json", accounts, folder);
	AUTO_FREE char *gone = xasprintf("%s/%s/deactivated", accounts, folder);
	AUTO(strbuf) struct strbuf url = STRBUF_INIT;
	AUTO(error) struct error other = ERROR_INIT;
	char *uri;

	if (base64url_decode(&url, span_of(folder), &other) < 0 || file_exists(gone) ||
	    !file_is_regular(key))
		return;
	strbuf_trim(&url);
	uri = foreign_json_text(id, "url");
	if (uri)
		foreign_add_account(ret, strbuf_detach(&url), STEAL(key), uri);
}

static void read_accounts(const struct setup *setup, struct foreign_state *ret)
{
	AUTO_FREE char *accounts = path_in_setup(setup, "ACCOUNTDIR", "accounts");
	AUTO(strvec) struct strvec folders = STRVEC_INIT;
	AUTO(error) struct error none = ERROR_INIT;

	if (dir_list(accounts, "", &folders, &none) < 0)
		return;
	for (size_t i = 0; i < folders.count; i++)
		read_account(accounts, folders.items[i], ret);
}

/* The command line of the hook for a step and its arguments. dehydrated exports these variables to
 * it. */
static char *hook_command(const struct setup *setup, const char *step, const char *arguments)
{
	static const char *const exported[] = {"BASEDIR", "WELLKNOWN", "CHALLENGETYPE"};
	AUTO(strbuf) struct strbuf command = STRBUF_INIT;

	/* A hook of Certbot has to begin with a program, not with assignments. */
	strbuf_adds(&command, "env ");
	for (size_t i = 0; i < ARRAY_LEN(exported); i++) {
		const char *value = foreign_value(&setup->values, exported[i]);

		if (!value)
			continue;
		strbuf_addf(&command, "%s=", exported[i]);
		shell_add_word(&command, value);
		strbuf_addc(&command, ' ');
	}
	shell_add_word(&command, foreign_value(&setup->values, "HOOK"));
	strbuf_addf(&command, " %s %s", step, arguments);
	return strbuf_detach(&command);
}

/* The command that the hook runs at a challenge; the caller frees it. */
static char *challenge_command(const struct setup *setup, const char *step)
{
	return hook_command(setup, step,
			    "\"$CERTBOT_DOMAIN\" \"$CERTBOT_TOKEN\" \"$CERTBOT_VALIDATION\"");
}

/* Our webroot plugin adds CHALLENGE_DIR itself. */
static void use_webroot(const char *well_known, struct foreign_cert *cert)
{
	size_t len = strlen(well_known) - strlen(CHALLENGE_DIR);

	strvec_push(&cert->authenticator, "--authenticator=webroot");
	strvec_pushf(&cert->authenticator, "--webroot-path=%.*s", (int)len, well_known);
}

/* Adds "--OPTION=" with a command that handles the file of a challenge and then calls the hook, if
 * there is one. */
static void add_file_hook(const struct setup *setup, const char *option, const char *format,
			  const char *step, struct foreign_cert *cert)
{
	const char *well_known = foreign_value(&setup->values, "WELLKNOWN");
	AUTO(strbuf) struct strbuf script = STRBUF_INIT;
	AUTO(strbuf) struct strbuf command = STRBUF_INIT;

	strbuf_adds(&script, format);
	shell_add_word(&script, well_known ? well_known : DEFAULT_WELL_KNOWN);
	strbuf_adds(&script, "/\"$CERTBOT_TOKEN\"");
	if (foreign_value(&setup->values, "HOOK")) {
		AUTO_FREE char *hook = challenge_command(setup, step);

		strbuf_addf(&script, " && %s", hook);
	}
	strbuf_adds(&command, "sh -c ");
	shell_add_word(&command, script.text);
	strvec_pushf(&cert->authenticator, "--%s=%s", option, command.text);
}

/* World-readable, because the web server runs as another user; dehydrated does the same. */
static void use_file_hooks(const struct setup *setup, struct foreign_cert *cert)
{
	strvec_push(&cert->authenticator, "--authenticator=manual");
	strvec_push(&cert->authenticator, "--preferred-challenges=http");
	add_file_hook(setup, "manual-auth-hook", "umask 022; printf %s \"$CERTBOT_VALIDATION\" > ",
		      "deploy_challenge", cert);
	add_file_hook(setup, "manual-cleanup-hook", "rm -f ", "clean_challenge", cert);
}

/* dehydrated has no DNS providers: its hook makes the records, and it stays in use for that. */
static void use_dns_hooks(const struct setup *setup, struct foreign_cert *cert)
{
	AUTO_FREE char *put = challenge_command(setup, "deploy_challenge");
	AUTO_FREE char *take = challenge_command(setup, "clean_challenge");

	strvec_push(&cert->authenticator, "--authenticator=manual");
	strvec_push(&cert->authenticator, "--preferred-challenges=dns");
	strvec_pushf(&cert->authenticator, "--manual-auth-hook=%s", put);
	strvec_pushf(&cert->authenticator, "--manual-cleanup-hook=%s", take);
}

/* If there is a hook, dehydrated also calls it for http-01, after writing the file. */
static void find_authenticator(const struct setup *setup, struct foreign_cert *cert)
{
	const char *type = foreign_value(&setup->values, "CHALLENGETYPE");
	const char *well_known = foreign_value(&setup->values, "WELLKNOWN");
	bool has_hook = foreign_value(&setup->values, "HOOK") != NULL;

	if (!type || strcmp(type, "http-01") == 0) {
		if (!has_hook && well_known && str_ends(well_known, CHALLENGE_DIR))
			use_webroot(well_known, cert);
		else
			use_file_hooks(setup, cert);
	} else if (strcmp(type, "dns-01") == 0 && has_hook) {
		use_dns_hooks(setup, cert);
	} else {
		strvec_pushf(&cert->notes, "dehydrated leaves %s to another program", type);
	}
}

static bool is_yes(const struct setup *setup, const char *name)
{
	return str_eq_or_null(foreign_value(&setup->values, name), "yes");
}

static void find_options(const struct setup *setup, const char *domain, struct foreign_cert *cert)
{
	const char *chain = foreign_value(&setup->values, "PREFERRED_CHAIN");
	const char *days = foreign_value(&setup->values, "RENEW_DAYS");
	const char *reuse = foreign_value(&setup->values, "PRIVATE_KEY_RENEW");
	AUTO(strbuf) struct strbuf arguments = STRBUF_INIT;
	AUTO_FREE char *hook = NULL;

	if (chain)
		strvec_pushf(&cert->options, "--preferred-chain=%s", chain);
	if (is_yes(setup, "OCSP_MUST_STAPLE"))
		strvec_push(&cert->options, "--must-staple");
	if (reuse && strcmp(reuse, "no") == 0)
		strvec_push(&cert->options, "--reuse-key");
	if (days && strcmp(days, "30") != 0)
		strvec_pushf(&cert->notes,
			     "RENEW_DAYS=%s: here the CA says when, or a third of the "
			     "lifetime is left",
			     days);
	if (!foreign_value(&setup->values, "HOOK"))
		return;
	shell_add_word(&arguments, domain);
	strbuf_adds(&arguments, " \"$RENEWED_LINEAGE/privkey.pem\" \"$RENEWED_LINEAGE/cert.pem\" "
				"\"$RENEWED_LINEAGE/fullchain.pem\" \"$RENEWED_LINEAGE/chain.pem\" "
				"\"$(date +%s)\"");
	hook = hook_command(setup, "deploy_cert", arguments.text);
	strvec_pushf(&cert->options, "--deploy-hook=%s", hook);
}

/* The settings of one certificate: the common ones, overridden by those of its own file. */
static int read_own_setup(const struct setup *setup, const char *folder, const char *alias,
			  struct setup *ret, struct error *err)
{
	const char *domains_d = foreign_value(&setup->values, "DOMAINS_D");
	AUTO_FREE char *path = domains_d ? path_join(domains_d, alias)
					 : path_join(folder, "config");

	for (size_t i = 0; i < setup->values.count; i++)
		map_set(&ret->values, setup->values.entries[i].key,
			xstrdup(setup->values.entries[i].value));
	strvec_extend(&ret->unread, &setup->unread);
	ret->base_dir = xstrdup(setup->base_dir);
	return file_exists(path) ? foreign_read_assignments(path, &ret->values, &ret->unread, err)
				 : 0;
}

static void find_account(const struct foreign_state *state, struct foreign_cert *cert)
{
	for (size_t i = 0; i < state->account_count && !cert->account_key_path; i++)
		if (str_eq_or_null(state->accounts[i].server, cert->server))
			cert->account_key_path = xstrdup(state->accounts[i].key_path);
}

static void read_cert(const struct setup *common, const char *domain, const char *alias,
		      struct foreign_state *ret)
{
	AUTO_FREE char *certs = path_in_setup(common, "CERTDIR", "certs");
	AUTO_FREE char *folder = path_join(certs, alias);
	AUTO(setup) struct setup setup = {.values = SHELL_VALUES_INIT, .unread = STRVEC_INIT};
	AUTO(error) struct error failed = ERROR_INIT;
	struct foreign_cert *cert = foreign_add_cert(ret, alias);

	cert->cert_path = path_join(folder, "cert.pem");
	cert->key_path = path_join(folder, "privkey.pem");
	cert->chain_path = path_join(folder, "chain.pem");
	cert->server = xstrdup(server_of(common));
	find_account(ret, cert);
	if (read_own_setup(common, folder, alias, &setup, &failed) < 0) {
		cert->problem = STEAL(failed.text);
		return;
	}
	find_authenticator(&setup, cert);
	find_options(&setup, domain, cert);
	for (size_t i = 0; i < setup.unread.count; i++)
		strvec_pushf(&cert->notes, "its configuration has %s, which only a shell can read",
			     setup.unread.items[i]);
}

/* "example.com www.example.com > alias": domains.txt has a line for each certificate. */
static void read_domains_line(const struct setup *setup, struct span line,
			      struct foreign_state *ret)
{
	AUTO_FREE char *text = span_dup(line);
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(strvec) struct strvec alias = STRVEC_INIT;
	char *mark = strchr(text, '>');

	ascii_lower_string(text);
	if (mark) {
		*mark = '\0';
		strvec_split(&alias, mark + 1, " \t\r");
	}
	strvec_split(&names, text, " \t\r");
	if (!names.count || names.items[0][0] == '#')
		return;
	read_cert(setup, names.items[0], alias.count ? alias.items[0] : names.items[0], ret);
}

int foreign_dehydrated_read(const char *dir, struct foreign_state *ret, struct error *err)
{
	AUTO(setup) struct setup setup = {.values = SHELL_VALUES_INIT, .unread = STRVEC_INIT};
	AUTO(strbuf) struct strbuf domains = STRBUF_INIT;
	AUTO_FREE char *path = NULL;
	struct span rest, line;

	if (read_setup(dir, &setup, err) < 0)
		return err->code;
	path = path_in_setup(&setup, "DOMAINS_TXT", "domains.txt");
	if (foreign_read_trusted(path, &domains, err) < 0)
		return err->code;
	read_accounts(&setup, ret);
	rest = span_make(domains.text, domains.len);
	while (span_take_line(&rest, &line))
		read_domains_line(&setup, line, ret);
	return 0;
}
