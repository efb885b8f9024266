/*
 * Chooses an account or registers one (see ca.h). E-mail addresses go to the CA and nowhere else;
 * --eff-email is accepted, but sends nothing.
 */
#include "app/issue/ca.h"

#include <string.h>

#include "acme/account.h"
#include "app/issue/driver.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/ascii.h"
#include "codec/base64.h"
#include "codec/url.h"
#include "config/names.h"
#include "crypto/key/jws.h"
#include "store/journal/changes.h"
#include "store/account/account_key.h"
#include "store/account/accounts.h"

/* No account has this id: ids are hexadecimal digests. */
#define ANONYMOUS "anonymous"

struct ca {
	struct acme_server *server;
	struct account *account;
	char *config_dir, *url, *host;
};

static void ca_free(struct ca *ca)
{
	if (!ca)
		return;
	acme_server_free(ca->server);
	account_free(ca->account);
	free(ca->config_dir);
	free(ca->url);
	free(ca->host);
	free(ca);
}
DEFINE_AUTO_PTR(ca, ca_free);

static void free_ca(void *ca)
{
	ca_free(ca);
}

struct cas *cas_new(struct network *network)
{
	struct cas *cas = XNEW(struct cas);

	*cas = (struct cas){network, MAP_INIT(free_ca), MAP_INIT(free), MAP_INIT(NULL)};
	return cas;
}

void cas_free(struct cas *cas)
{
	if (!cas)
		return;
	map_release(&cas->opened);
	map_release(&cas->accounts);
	map_release(&cas->unusable);
	free(cas);
}

struct acme_server *ca_server(const struct ca *ca)
{
	return ca->server;
}

struct account *ca_account(const struct ca *ca)
{
	return ca->account;
}

const char *ca_url(const struct ca *ca)
{
	return ca->url;
}

const char *ca_host(const struct ca *ca)
{
	return ca->host;
}

struct account_place ca_place(const struct ca *ca)
{
	return (struct account_place){ca->config_dir, ca->url};
}

static int ca_new(const char *config_dir, const char *server_url, struct ca **ret_ca,
		  struct error *err)
{
	AUTO(ca) struct ca *ca = XNEW(struct ca);
	AUTO(url) struct url url = {.port = -1};

	if (acme_server_new(server_url, &ca->server, err) < 0 ||
	    url_parse(server_url, &url, err) < 0)
		return error_wrap(err, "cannot use --server '%s'", server_url);
	ca->config_dir = xstrdup(config_dir);
	ca->url = xstrdup(server_url);
	ca->host = xstrdup(url.host);
	*ret_ca = STEAL(ca);
	return 0;
}

/* The key has server and account: a run can use several accounts at one CA, and each signs with its
 * own key. */
static char *cache_key(const char *server, const char *account)
{
	return xasprintf("%s %s", server, account ? account : "");
}

/* The directory may have been read already, to ask for renewal information without an account. */
static void learn_from_anonymous(const struct cas *cas, struct ca *ca)
{
	AUTO_FREE char *key = cache_key(ca->url, ANONYMOUS);
	struct ca *anonymous = map_get(&cas->opened, key);

	if (anonymous)
		acme_server_learn(ca->server, anonymous->server);
}

static void adopt_account(struct ca *ca, struct account *own_account)
{
	account_free(ca->account);
	ca->account = own_account;
	acme_server_set_key(ca->server, own_account->key);
	acme_server_set_account_url(ca->server, own_account->uri);
}

/* Menu entry of an account: host@time (first digits of the id), as Certbot shows it. */
static char *account_label(const struct account *account)
{
	return xasprintf("%s@%s (%.4s)", account->creation_host, account->creation_time,
			 account->id);
}

/* Nobody can be asked: lists the choices, in the form that --account takes. */
static int list_choices(const struct strvec *ids, const struct strvec *labels, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (err->code != ERR_REFUSED)
		return err->code;
	for (size_t i = 0; i < ids->count; i++)
		strbuf_addf(&text, "%s%s, made by %s", i ? "; " : "", ids->items[i],
			    labels->items[i]);
	return error_hint(err, "there are %zu accounts for this server; choose by --account: %s",
			  ids->count, text.text);
}

/* All are loaded before the question, because the menu shows when and where each was made. A broken
 * account is an error now rather than a choice that fails. */
static int ask_which_account(const struct ui *ui, const struct account_place *place,
			     const struct strvec *ids, size_t *ret_index, struct error *err)
{
	AUTO(strvec) struct strvec labels = STRVEC_INIT;
	struct ui_question question = {
		.text = "Please choose an account",
		.flag = "--account",
		.fallback = UI_NO_FALLBACK,
	};

	for (size_t i = 0; i < ids->count; i++) {
		AUTO(account) struct account *account = NULL;

		if (account_load(place, ids->items[i], &account, err) < 0)
			return err->code;
		strvec_give(&labels, account_label(account));
	}
	question.choices = (const char *const *)labels.items;
	question.choice_count = labels.count;
	if (ui_menu(ui, &question, ret_index, err) < 0)
		return list_choices(ids, &labels, err);
	return 0;
}

/* A change of the account's key was interrupted, and only the CA knows which of the two keys is
 * valid. The only way to find out is a lookup by the new key. If that returns the account, the
 * change was made and only the disk is behind; if it returns "does not exist", the staged key is
 * useless. Any other failure decides nothing and leaves both keys where they are. */
static int settle_key(struct cas *cas, struct ca *ca, struct error *err)
{
	const struct account_place place = ca_place(ca);
	AUTO(key) struct key *staged = NULL;
	AUTO(acme_exchange) struct acme_exchange *exchange = NULL;
	AUTO(error) struct error unknown = ERROR_INIT;

	if (account_staged_key(&place, ca->account, &staged, err) < 0 || !staged)
		return err->code;
	acme_server_set_key(ca->server, staged);
	exchange = acme_account_find(ca->server);
	if (driver_exchange(cas->network, exchange, &unknown) == 0) {
		if (account_replace_key(&place, ca->account, STEAL(staged), err) < 0)
			return err->code;
		log_info("the id of the account is %s since its key was changed", ca->account->id);
	} else if (unknown.code != ERR_NOT_FOUND) {
		return error_move(err, &unknown);
	} else if (account_drop_staged_key(&place, ca->account, err) < 0) {
		return err->code;
	}
	acme_server_set_key(ca->server, ca->account->key);
	acme_server_set_account_url(ca->server, ca->account->uri);
	return 0;
}

/* Loads the account that the settings select. Returns 1 if there is one, 0 if there is none. If
 * there are several, a person is asked in each run, as by Certbot, unless --account or the renewal
 * conf names one. */
static int load_account(struct cas *cas, const struct settings *settings, struct ca *ca,
			struct error *err)
{
	const struct account_place place = ca_place(ca);
	AUTO(strvec) struct strvec ids = STRVEC_INIT;
	const char *wanted = settings_string(settings, "account");
	struct account *account = NULL;
	size_t chosen = 0;

	if (!wanted) {
		if (account_list(&place, &ids, err) < 0)
			return err->code;
		if (!ids.count)
			return 0;
		if (ids.count > 1 &&
		    ask_which_account(cas->network->ui, &place, &ids, &chosen, err) < 0)
			return err->code;
		wanted = ids.items[chosen];
	}
	if (account_load(&place, wanted, &account, err) < 0)
		return err->code;
	adopt_account(ca, account);
	return settle_key(cas, ca, err) < 0 ? err->code : 1;
}

/* Without terms (NULL) there is nothing to agree to. Fails unless the person agrees. The answer is
 * not stored: it belongs to one registration. */
static int agree_to_terms(const struct ui *ui, const struct settings *settings, const char *terms,
			  struct error *err)
{
	AUTO_FREE char *text = NULL;
	struct ui_question question = {.flag = "--agree-tos", .fallback = UI_NO_FALLBACK};
	bool agreed = false;

	if (!terms || settings_flag(settings, "tos"))
		return 0;
	text = xasprintf("The terms of service of this CA are at\n%s\nYou must agree to them to "
			 "register. Do you agree?",
			 terms);
	question.text = text;
	if (ui_yes_no(ui, &question, &agreed, err) < 0)
		return err->code;
	if (!agreed)
		return error_set(err, ERR_REFUSED,
				 "no account was registered: you did not agree to the CA's terms "
				 "of service");
	return 0;
}

/* ACME v1: tells the CA of the agreement. Nothing is to be done when `terms` is NULL. */
static int settle_terms(struct network *network, const struct settings *settings, struct ca *ca,
			const char *terms, struct error *err)
{
	AUTO(acme_exchange) struct acme_exchange *exchange = NULL;

	if (!terms)
		return 0;
	if (agree_to_terms(network->ui, settings, terms, err) < 0)
		return err->code;
	exchange = acme_account_agree(ca->server, terms);
	return driver_exchange(network, exchange, err);
}

int ca_agree(struct network *network, struct ca *ca, bool *ret_agreed, struct error *err)
{
	AUTO(acme_exchange) struct acme_exchange *directory = acme_directory_fetch(ca->server);
	AUTO(acme_exchange) struct acme_exchange *query = NULL;
	const char *terms;

	*ret_agreed = false;
	if (driver_exchange(network, directory, err) < 0)
		return err->code;
	if (!acme_server_is_v1(ca->server))
		return 0;
	query = acme_account_query(ca->server);
	if (driver_exchange(network, query, err) < 0)
		return err->code;
	terms = acme_exchange_terms(query);
	if (settle_terms(network, network->settings, ca, terms, err) < 0)
		return err->code;
	if (terms)
		ui_say(network->ui, "The account has agreed to the terms of service at %s.", terms);
	*ret_agreed = terms != NULL;
	return 0;
}

/* A mistyped address is detected here rather than by the CA. */
static int ask_email(const struct ui *ui, const char *why, struct strvec *ret_contacts,
		     struct error *err)
{
	AUTO_FREE char *text = xasprintf("%sEnter an email address for urgent renewal and security "
					 "notices (leave empty for none)",
					 why);
	const struct ui_question question = {.text = text, .flag = "--email", .fallback_text = ""};

	for (;;) {
		AUTO_FREE char *typed = NULL;

		if (ui_text(ui, &question, &typed, err) < 0)
			return err->code;
		if (!typed[0])
			return 0;
		if (names_is_email(typed)) {
			strvec_push(ret_contacts, typed);
			return 0;
		}
		ui_say(ui, "'%s' does not look like an email address.", typed);
	}
}

/* The two options contradict each other. The one given closer to the command line wins: a cli.ini
 * with an address does not override the flag of a single run. */
const char *ca_email(const struct settings *settings)
{
	static const char flag[] = "register_unsafely_without_email";

	if (settings_flag(settings, flag) &&
	    settings_origin(settings, flag) > settings_origin(settings, "email"))
		return NULL;
	return settings_string(settings, "email");
}

/* Takes the contacts from -m, or asks for them if somebody can answer. A rehearsal registers none:
 * test servers discard their accounts from time to time, and nobody wants mail from them. */
static int gather_contacts(const struct ui *ui, const struct settings *settings,
			   struct strvec *ret_contacts, struct error *err)
{
	const char *email = ca_email(settings);

	if (settings_flag(settings, "dry_run"))
		return 0;
	if (email) {
		strvec_split(ret_contacts, email, ",");
		return 0;
	}
	if (settings_flag(settings, "register_unsafely_without_email") || !ui_is_interactive(ui))
		return 0;
	return ask_email(ui, "", ret_contacts, err);
}

/* How a CA is to be opened. */
struct opening {
	struct settings *settings;
	bool may_register;
	/* Of the certificate it is for, or where they come from; both NULL: for none. */
	const struct acme_identifiers *names;
	const struct ca_name_source *source;
};

/* An account that is about to be registered. */
struct registration {
	struct key *key;
	struct strvec contacts;
	struct secret mac_key;
	struct jws_binding binding;
	struct acme_registration acme; /* points to the others */
};
#define REGISTRATION_INIT                                                                          \
	{                                                                                          \
		.contacts = STRVEC_INIT, .mac_key = SECRET_INIT                                    \
	}

static void registration_release(struct registration *registration)
{
	key_free(registration->key);
	strvec_release(&registration->contacts);
	secret_release(&registration->mac_key);
}
DEFINE_AUTO(registration, registration_release);

/* Reads --eab-kid and --eab-hmac-key; `*ret_given` tells whether they were there. */
static int read_binding(const struct settings *settings, struct jws_binding *ret_binding,
			struct secret *mac_key, bool *ret_given, struct error *err)
{
	const char *kid = settings_string(settings, "eab_kid");
	const char *encoded = settings_string(settings, "eab_hmac_key");
	AUTO(strbuf) struct strbuf raw = STRBUF_INIT;
	size_t len;

	*ret_given = kid && encoded;
	if (!kid && !encoded)
		return 0;
	if (!kid || !encoded)
		return error_set(
			err, ERR_CONFIG,
			"external account binding needs both --eab-kid and --eab-hmac-key");
	len = strlen(encoded);
	/* Some CAs show the key with padding, which base64url of RFC 8555 section 7.3.4 does not
	 * have. */
	while (len && encoded[len - 1] == '=')
		len--;
	if (base64url_decode(&raw, span_make(encoded, len), err) < 0) {
		error_wrap(err, "cannot read --eab-hmac-key");
		return error_hint(err, "copy the key exactly as the CA shows it (base64url)");
	}
	secret_set(mac_key, raw.text, raw.len);
	secret_wipe(raw.text, raw.len);
	*ret_binding = (struct jws_binding){kid, mac_key,
					    settings_string(settings, "eab_hmac_alg")};
	return 0;
}

/* Servers of ACME v1 date from a time when all account keys were RSA keys. */
static int generate_account_key(const struct settings *settings, bool is_v1, struct key **ret_key,
				struct error *err)
{
	static const char option[] = "account_key_type";
	struct key_spec spec = {
		.kind = KEY_EC,
		.rsa_bits = (int)settings_int(settings, "rsa_key_size"),
		.curve = "secp256r1",
	};

	key_kind_from_option(settings_string(settings, option), &spec.kind);
	if (is_v1 && settings_origin(settings, option) == ORIGIN_DEFAULT)
		spec.kind = KEY_RSA;
	return key_generate(&spec, ret_key, err);
}

/* The key is on disk before the CA is asked. A registration that was interrupted continues with its
 * key.
 */
static int choose_account_key(const struct settings *settings, const struct ca *ca,
			      struct key **ret_key, struct error *err)
{
	const struct account_place place = ca_place(ca);

	*ret_key = account_kept_key(&place);
	if (*ret_key)
		return 0;
	if (generate_account_key(settings, acme_server_is_v1(ca->server), ret_key, err) < 0)
		return err->code;
	return account_keep_key(&place, *ret_key, err);
}

/* Sends newAccount. If the CA refuses the e-mail address, asks for another one if somebody can
 * answer; every other refusal would only be repeated. `ret_terms` are those that must still be
 * agreed to, heap or NULL. */
static int create_account(struct cas *cas, struct ca *ca, struct registration *registration,
			  char **ret_terms, struct error *err)
{
	for (;;) {
		AUTO(acme_exchange)
		struct acme_exchange *exchange = acme_account_create(ca->server,
								     &registration->acme);
		AUTO(error) struct error refused = ERROR_INIT;

		if (driver_exchange(cas->network, exchange, &refused) == 0) {
			*ret_terms = xstrdup_or_null(acme_exchange_terms(exchange));
			return 0;
		}
		if (!ui_is_interactive(cas->network->ui) || !refused.problem_type ||
		    (strcmp(refused.problem_type, "invalidContact") != 0 &&
		     strcmp(refused.problem_type, "unsupportedContact") != 0))
			return error_move(err, &refused);
		ui_say(cas->network->ui, "%s", refused.text);
		strvec_release(&registration->contacts);
		if (ask_email(cas->network->ui, "", &registration->contacts, err) < 0)
			return err->code;
	}
}

/* Refuses what the CA cannot do before anything is asked: an account that was made for a
 * certificate which nobody can get would be left over. */
static int check_abilities(const struct opening *opening, const struct ca *ca, bool is_bound,
			   struct error *err)
{
	const char *profile = settings_string(opening->settings, "required_profile");
	const struct ca_name_source *source = opening->source;
	const struct acme_identifiers *names = opening->names;

	if (is_bound && acme_server_is_v1(ca->server)) {
		error_set(err, ERR_CONFIG,
			  "the CA speaks ACME v1, which has no external account binding");
		return error_hint(err, "leave out --eab-kid and --eab-hmac-key");
	}
	if (!names && !source)
		return 0;
	if (profile && acme_server_check_profile(ca->server, profile, err) < 0)
		return error_wrap(err, "cannot order a certificate");
	if (!names && acme_server_is_v1(ca->server) &&
	    source->find(source->context, &names, err) < 0)
		return err->code;
	return names ? acme_server_check_identifiers(ca->server, names, err) : 0;
}

/* Questions and refusals on this side come first, then the key goes to the disk, then the CA is
 * asked: an account whose key is lost cannot be used, and newAccount is limited. */
static int prepare_registration(struct network *network, const struct opening *opening,
				struct ca *ca, struct registration *registration, struct error *err)
{
	const struct settings *settings = opening->settings;
	AUTO(acme_exchange) struct acme_exchange *directory = acme_directory_fetch(ca->server);
	struct jws_binding *binding = &registration->binding;
	bool is_bound = false;
	const char *terms;

	if (read_binding(settings, binding, &registration->mac_key, &is_bound, err) < 0 ||
	    driver_exchange(network, directory, err) < 0 ||
	    check_abilities(opening, ca, is_bound, err) < 0)
		return err->code;
	terms = acme_server_meta(ca->server)->terms_of_service;
	if (gather_contacts(network->ui, settings, &registration->contacts, err) < 0 ||
	    agree_to_terms(network->ui, settings, terms, err) < 0 ||
	    choose_account_key(settings, ca, &registration->key, err) < 0)
		return err->code;
	registration->acme = (struct acme_registration){
		.contacts = &registration->contacts,
		.agree_terms = true,
		.binding = is_bound ? binding : NULL,
	};
	return 0;
}

static int save_account(struct changes *changes, struct ca *ca, struct key *own_key,
			struct error *err)
{
	const struct account_place place = ca_place(ca);
	const struct account_urls urls = {
		.uri = acme_server_account_url(ca->server),
		.new_authzr_uri = acme_server_new_authz_url(ca->server),
	};
	struct account *account = NULL;

	if (account_save_new(&place, own_key, &urls, &account, err) < 0)
		return err->code;
	adopt_account(ca, account);
	changes_add_final(changes, "the CA has the account; 'certbot unregister' closes it",
			  "registered account %s at %s", ca->account->id, ca->url);
	return 0;
}

static int register_account(struct cas *cas, const struct opening *opening, struct ca *ca,
			    struct error *err)
{
	const struct settings *settings = opening->settings;
	AUTO(registration) struct registration registration = REGISTRATION_INIT;
	AUTO_FREE char *terms = NULL;
	const struct account_place place = ca_place(ca);

	if (prepare_registration(cas->network, opening, ca, &registration, err) < 0)
		return err->code;
	acme_server_set_key(ca->server, registration.key);
	if (create_account(cas, ca, &registration, &terms, err) < 0) {
		/* A problem document means that no account was created. If the reply was lost there
		 * may be one, so the key is kept for the next try, which then finds it. */
		if (err->problem_type)
			account_forget_key(&place);
		if (err->code == ERR_REFUSED && !registration.acme.binding)
			error_hint(err, "give --eab-kid and --eab-hmac-key as your CA shows them");
		return error_wrap(err, "cannot register an account with %s", ca->host);
	}
	if (settle_terms(cas->network, settings, ca, terms, err) < 0)
		return error_wrap(err, "cannot register an account with %s", ca->host);
	if (save_account(cas->network->changes, ca, STEAL(registration.key), err) < 0)
		return err->code;
	ui_say(cas->network->ui, "Account registered.");
	return 0;
}

/* Returns the account of these settings if this run has opened it already, else NULL. Of a thousand
 * lineages nearly all have the same account, which is opened once, and so is the CA's directory. */
static struct ca *find_opened(const struct cas *cas, const struct settings *settings)
{
	const char *server = settings_string(settings, "server");
	const char *account = settings_string(settings, "account");
	AUTO_FREE char *key = cache_key(server,
					account ? account : map_get(&cas->accounts, server));

	return map_get(&cas->opened, key);
}

/* Loads or registers the account, and keeps it for the run. Two settings can lead to one account,
 * by its id and by being the only one; they share what is opened, or each would have nonces of its
 * own. */
static int open_first(struct cas *cas, const struct opening *opening, struct ca **ret_ca,
		      struct error *err)
{
	struct settings *settings = opening->settings;
	AUTO(ca) struct ca *ca = NULL;
	AUTO_FREE char *key = NULL;
	int found;

	if (ca_new(settings_config_dir(cas->network->settings), settings_string(settings, "server"),
		   &ca, err) < 0)
		return err->code;
	learn_from_anonymous(cas, ca);
	found = load_account(cas, settings, ca, err);
	if (found < 0)
		return err->code;
	if (!found && !opening->may_register)
		return error_set(err, ERR_NOT_FOUND,
				 "Could not find an existing account for server %s.", ca->url);
	if (!found && register_account(cas, opening, ca, err) < 0)
		return err->code;
	if (!settings_string(settings, "account"))
		map_set(&cas->accounts, ca->url, xstrdup(ca->account->id));
	key = cache_key(ca->url, ca->account->id);
	*ret_ca = map_get(&cas->opened, key);
	if (!*ret_ca) {
		*ret_ca = STEAL(ca);
		map_set(&cas->opened, key, *ret_ca);
	}
	return 0;
}

/* The renewal conf is to name the account that was used, also when nobody chose it: a second
 * account may be made later. */
static int open_account(struct cas *cas, const struct opening *opening, struct ca **ret_ca,
			struct error *err)
{
	struct settings *settings = opening->settings;
	struct ca *ca = find_opened(cas, settings);

	if (!ca && open_first(cas, opening, &ca, err) < 0)
		return err->code;
	settings_set_string(settings, "account", ca->account->id, ORIGIN_RUNTIME);
	*ret_ca = ca;
	return 0;
}

int ca_open(struct cas *cas, struct settings *settings, struct ca **ret_ca, struct error *err)
{
	const struct opening opening = {.settings = settings, .may_register = true};

	return open_account(cas, &opening, ret_ca, err);
}

int ca_open_for(struct cas *cas, struct settings *settings, const struct acme_identifiers *names,
		struct ca **ret_ca, struct error *err)
{
	const struct opening opening = {.settings = settings, .may_register = true, .names = names};

	return open_account(cas, &opening, ret_ca, err);
}

int ca_open_for_some(struct cas *cas, struct settings *settings,
		     const struct ca_name_source *source, struct ca **ret_ca, struct error *err)
{
	const struct opening opening = {
		.settings = settings, .may_register = true, .source = source};

	return open_account(cas, &opening, ret_ca, err);
}

int ca_open_existing(struct cas *cas, struct settings *settings, struct ca **ret_ca,
		     struct error *err)
{
	const struct opening opening = {.settings = settings};

	return open_account(cas, &opening, ret_ca, err);
}

/* For requests that no account signs: asking for renewal information or revoking by a certificate's
 * key must not register one. */
int ca_open_anonymous(struct cas *cas, const char *server_url, struct ca **ret_ca,
		      struct error *err)
{
	AUTO_FREE char *key = cache_key(server_url, ANONYMOUS);
	struct ca *ca = map_get(&cas->opened, key);

	if (!ca) {
		if (ca_new(settings_config_dir(cas->network->settings), server_url, &ca, err) < 0)
			return err->code;
		map_set(&cas->opened, key, ca);
	}
	*ret_ca = ca;
	return 0;
}
