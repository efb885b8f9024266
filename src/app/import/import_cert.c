/*
 * One certificate of another client becomes a lineage (see import_cert.h), by the same steps as one
 * that was just issued (app/issue/commit.h). Nothing is owed for it: services have it already.
 */
#include "app/import/import_cert.h"

#include <string.h>

#include "store/renewal/renewal_state.h"
#include "app/issue/commit.h"
#include "base/alloc.h"
#include "base/log.h"
#include "config/given_options.h"
#include "config/names.h"
#include "config/scanner.h"
#include "crypto/key/key.h"
#include "foreign/foreign.h"
#include "os/file/file.h"
#include "store/account/accounts.h"
#include "store/lineage/lineage.h"

/* A chain has some KiB. */
#define MAX_PEM (1024 * 1024)

void imported_init(struct imported *imported)
{
	*imported = (struct imported){.was_here = false};
	cert_chain_init(&imported->chain);
}

void imported_release(struct imported *imported)
{
	free(imported->lineage);
	free(imported->authenticator);
	cert_chain_release(&imported->chain);
}

/* ---- Certificate and key ---- */

/* Adds a newline between the two files, because the first may lack its last one. */
static int read_chain(const struct foreign_cert *cert, struct cert_chain *ret, struct error *err)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;

	if (file_read(cert->cert_path, MAX_PEM, &pem, err) < 0)
		return err->code;
	if (cert->chain_path) {
		strbuf_addc(&pem, '\n');
		if (file_read(cert->chain_path, MAX_PEM, &pem, err) < 0)
			return err->code;
	}
	if (cert_chain_parse(pem.text, pem.len, ret, err) < 0)
		return error_wrap(err, "cannot read '%s'", cert->cert_path);
	return 0;
}

static int read_key(const char *path, struct key **ret_key, struct error *err)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	int rc = file_read(path, MAX_PEM, &pem, err);

	if (rc == 0)
		rc = key_from_pem(pem.text, pem.len, ret_key, err);
	secret_wipe(pem.text, pem.len);
	if (rc == 0)
		rc = key_check_halves(*ret_key, err);
	return rc < 0 ? error_wrap(err, "cannot read '%s'", path) : 0;
}

/* Otherwise the server would find out at its next start that the key belongs to another
 * certificate. */
static int read_pair(const struct foreign_cert *cert, struct issue_request *request,
		     struct error *err)
{
	AUTO(strbuf) struct strbuf digest = STRBUF_INIT;

	if (read_chain(cert, &request->chain, err) < 0 ||
	    read_key(cert->key_path, &request->key, err) < 0)
		return err->code;
	key_public_digest(request->key, &digest);
	if (cert_chain_is_for(&request->chain, &digest))
		return 0;
	return error_set(err, ERR_REFUSED, "the key in '%s' is not that of the certificate in '%s'",
			 cert->key_path, cert->cert_path);
}

/* Returns true when the lineage's current certificate is this leaf. Compares the serial number
 * first, which needs no copies. */
static bool has_leaf(const char *config_dir, const char *name, const struct cert *leaf)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(error) struct error broken = ERROR_INIT;
	AUTO(strbuf) struct strbuf ours = STRBUF_INIT;
	AUTO(strbuf) struct strbuf theirs = STRBUF_INIT;
	const struct cert *cert;

	if (lineage_look(config_dir, name, &lineage, &broken) < 0 ||
	    lineage_cert(lineage, &cert, &broken) < 0 ||
	    strcmp(cert_serial_hex(cert), cert_serial_hex(leaf)) != 0)
		return false;
	cert_to_der(cert, &ours);
	cert_to_der(leaf, &theirs);
	return ours.len == theirs.len && memcmp(ours.text, theirs.text, ours.len) == 0;
}

/* Sets the name of the lineage that has the certificate already, or NULL. ERR_EXISTS: another
 * lineage has the wanted name. It searches by certificate and not by name, so that a second import
 * changes nothing. */
static int find_lineage(const char *config_dir, const char *wanted, const struct cert_chain *chain,
			char **ret_name, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(cert) struct cert *leaf = NULL;

	if (cert_from_pem(chain->leaf_pem.text, chain->leaf_pem.len, &leaf, err) < 0 ||
	    lineage_names(config_dir, &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++)
		if (has_leaf(config_dir, names.items[i], leaf)) {
			*ret_name = xstrdup(names.items[i]);
			return 0;
		}
	if (!strvec_contains(&names, wanted))
		return names_check_new_lineage(wanted, err);
	error_set(err, ERR_EXISTS, "there is another certificate named %s here", wanted);
	return error_hint(
		err,
		"if it has taken the other's place, nothing needs to be done; else delete it "
		"first: certbot delete --cert-name %s",
		wanted);
}

/* ---- Options ---- */

/* Applies words such as "--webroot-path=/srv/www", except for options that the command line or
 * cli.ini gives. They are parsed as if typed, by the grammar of options, so that no second one is
 * needed. */
static int apply_words(const struct settings *run, const struct strvec *words,
		       struct settings *settings, struct error *err)
{
	const struct scanner_grammar grammar = {.table = settings_table(settings)};
	AUTO(given_options) struct given_options given = GIVEN_OPTIONS_INIT;
	AUTO(strvec) struct strvec kept = STRVEC_INIT;
	AUTO(strvec) struct strvec warnings = STRVEC_INIT;

	for (size_t i = 0; i < words->count; i++) {
		const char *word = words->items[i];
		AUTO_FREE char *name = xstrndup(word, strcspn(word, "="));
		const struct option *option = option_table_find_name(grammar.table, name);

		if (!option || !settings_is_set_by_user(run, option->dest))
			strvec_push(&kept, word);
	}
	if (scanner_read(&grammar, &kept, &given, err) < 0 ||
	    given_options_apply(&given, settings, &warnings, err) < 0)
		return error_recode(err, ERR_CONFIG);
	return 0;
}

/* Renewals keep the kind of key that the servers have now. */
static void set_key_options(const struct key *key, struct settings *settings)
{
	settings_set_string(settings, "key_type", key_kind_option(key_kind(key)), ORIGIN_RUNTIME);
	if (key_kind(key) == KEY_RSA)
		settings_set_int(settings, "rsa_key_size", key_bits(key), ORIGIN_RUNTIME);
	else
		settings_set_string(settings, "elliptic_curve", key_curve(key), ORIGIN_RUNTIME);
}

static int set_server(const struct foreign_cert *cert, struct settings *settings, struct error *err)
{
	if (cert->server) {
		settings_set_string(settings, "server", cert->server, ORIGIN_RUNTIME);
		return 0;
	}
	if (settings_is_set_by_user(settings, "server"))
		return 0;
	error_set(err, ERR_CONFIG, "it is not on record which CA it comes from");
	return error_hint(err, "give the URL of that CA's directory: --server URL");
}

/* Options of the command line win over those of the other client. */
static int set_options(const struct plugins *plugins, const struct settings *run,
		       const struct foreign_cert *cert, struct issue_request *request,
		       struct error *err)
{
	AUTO(error) struct error none = ERROR_INIT;
	struct plugin_choice choice;

	if (plugin_requested(plugins->registry, request->settings, &choice, err) < 0)
		return err->code;
	if (choice.authenticator)
		settings_set_string(request->settings, "authenticator", choice.authenticator,
				    ORIGIN_RUNTIME);
	else if (apply_words(run, &cert->authenticator, request->settings, err) < 0)
		return err->code;
	if (choice.installer)
		settings_set_string(request->settings, "installer", choice.installer,
				    ORIGIN_RUNTIME);
	if (apply_words(run, &cert->options, request->settings, err) < 0 ||
	    set_server(cert, request->settings, err) < 0)
		return err->code;
	set_key_options(request->key, request->settings);
	if (settings_string(request->settings, "authenticator"))
		return 0;
	error_set(err, ERR_CONFIG, "it is not on record how it can be renewed");
	return error_hint(err, "give the plugin for it, and its options: --webroot -w DIR, "
			       "--standalone, --dns-cloudflare ... (certbot --help plugins)");
}

/* ---- Script and account ---- */

/* The DNS script and its variables are copied: the other client may be removed some day. */
static int keep_script(const struct foreign_cert *cert, struct settings *settings,
		       struct error *err)
{
	static const struct file_attributes runnable = {.mode = 0700}, private = {.mode = 0600};
	AUTO_FREE char *dir = path_join(settings_config_dir(settings), "acmesh");
	AUTO_FREE char *script = path_join(dir, path_basename(cert->script));
	AUTO_FREE char *variables = xasprintf("%s/%s.conf", dir, cert->name);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	settings_set_string(settings, "dns_acmesh_script", script, ORIGIN_RUNTIME);
	settings_set_string(settings, "dns_acmesh_credentials", variables, ORIGIN_RUNTIME);
	if (foreign_read_trusted(cert->script, &text, err) < 0)
		return err->code;
	if (settings_flag(settings, "dry_run"))
		return 0;
	if (dir_make(dir, 0700, err) < 0 ||
	    file_replace(script, text.text, text.len, &runnable, err) < 0)
		return err->code;
	return file_replace(variables, secret_peek(&cert->variables), cert->variables.len, &private,
			    err);
}

static const struct foreign_account *account_of(const struct foreign_state *state,
						const struct foreign_cert *cert)
{
	for (size_t i = 0; i < state->account_count; i++)
		if (cert->account_key_path &&
		    strcmp(state->accounts[i].key_path, cert->account_key_path) == 0)
			return &state->accounts[i];
	return NULL;
}

/* Stores the account unless it is stored already, and makes it the one that renews the certificate.
 * The id is made from the key, so an account that was stored before is recognised. */
static int keep_account(const struct foreign_account *foreign, struct settings *settings,
			struct error *err)
{
	const struct account_place place = {settings_config_dir(settings),
					    settings_string(settings, "server")};
	AUTO(key) struct key *key = NULL;
	AUTO(strvec) struct strvec known = STRVEC_INIT;
	AUTO(account) struct account *account = NULL;
	AUTO_FREE char *id = NULL;

	if (read_key(foreign->key_path, &key, err) < 0 || account_list(&place, &known, err) < 0)
		return err->code;
	id = account_id_of_key(key);
	settings_set_string(settings, "account", id, ORIGIN_RUNTIME);
	if (strvec_contains(&known, id) || settings_flag(settings, "dry_run"))
		return 0;
	return account_save_new(&place, STEAL(key), &(struct account_urls){.uri = foreign->uri},
				&account, err);
}

/* No debts: the servers have this certificate from the other client. */
static int store_lineage(const struct plugins *plugins, struct issue_request *request,
			 struct error *err)
{
	AUTO(strvec) struct strvec notes = STRVEC_INIT;

	if (commit_begin(plugins, request, err) < 0)
		return err->code;
	request->debts = (struct debts){.deploy_hook = false};
	renewal_state_set_deploy_pending(lineage_conf(request->unborn), false);
	renewal_state_set_reload_pending(lineage_conf(request->unborn), false);
	if (commit_reserve(request, &notes, err) < 0)
		return err->code;
	for (size_t i = 0; i < notes.count; i++)
		log_warning("%s", notes.items[i]);
	return commit_new(request, err);
}

static int import_new(const struct plugins *plugins, const struct settings *run,
		      const struct foreign_state *state, const struct foreign_cert *cert,
		      struct issue_request *request, struct error *err)
{
	const struct foreign_account *account = account_of(state, cert);

	request->new_name = cert->name;
	if (set_options(plugins, run, cert, request, err) < 0)
		return err->code;
	if (cert->script &&
	    strcmp(settings_string(request->settings, "authenticator"), "dns-acmesh") == 0 &&
	    keep_script(cert, request->settings, err) < 0)
		return err->code;
	if (account && !settings_string(request->settings, "account") &&
	    keep_account(account, request->settings, err) < 0)
		return err->code;
	if (settings_flag(run, "dry_run"))
		return settings_check_saved(request->settings, err);
	return store_lineage(plugins, request, err);
}

/* Nothing is written before the certificate, the key and the options have been found good. */
int import_cert(const struct plugins *plugins, const struct settings *run,
		const struct foreign_state *state, const struct foreign_cert *cert,
		struct imported *ret, struct error *err)
{
	AUTO(issue_request) struct issue_request request;
	AUTO(settings) struct settings *settings = settings_clone(run);

	issue_request_init(&request);
	request.settings = settings;
	if (cert->problem)
		return error_set(err, ERR_REFUSED, "%s", cert->problem);
	if (read_pair(cert, &request, err) < 0 ||
	    find_lineage(settings_config_dir(settings), cert->name, &request.chain, &ret->lineage,
			 err) < 0)
		return err->code;
	cert_chain_copy(&ret->chain, &request.chain);
	ret->was_here = ret->lineage != NULL;
	if (ret->was_here)
		return 0;
	ret->lineage = xstrdup(cert->name);
	if (import_new(plugins, run, state, cert, &request, err) < 0)
		return err->code;
	ret->authenticator = xstrdup(settings_string(settings, "authenticator"));
	lineage_free(request.lineage);
	return 0;
}
