/*
 * The subcommands about the account itself (see accounts.h). An account is removed or given its new
 * key only after the CA has agreed, so that after an error it still works.
 */
#include "app/verbs/accounts.h"

#include <string.h>

#include "acme/account.h"
#include "app/fleet/seam.h"
#include "app/issue/ca.h"
#include "app/issue/driver.h"
#include "app/issue/snippet.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/json.h"
#include "crypto/key/jws.h"
#include "store/journal/changes.h"
#include "store/account/account_key.h"
#include "store/account/accounts.h"

/* The contacts are those that the CA has, or was given; NULL: not known. */
static void tell_account(const struct ui *ui, struct ca *ca, const struct json *contacts)
{
	const struct account *account = ca_account(ca);
	AUTO_FREE char *thumbprint = NULL;
	struct json *object;

	if (!result_is_wanted(ui))
		return;
	object = json_object_new();
	thumbprint = jwk_thumbprint(account->key);
	json_set_string(object, "server", ca_url(ca));
	json_set_text(object, "url", account->uri);
	json_set_text(object, "id", account->id);
	json_set_string(object, "thumbprint", thumbprint);
	if (contacts)
		json_set(object, "contacts", json_share((struct json *)contacts));
	result_set(ui, "account", object);
}

/* Certbot's words and its rule: an account is not registered twice by accident. We continue only if
 * there is none; an account that cannot be read is an error, because it would be replaced. */
int accounts_register(struct app *app, struct error *err)
{
	struct ca *ca = NULL;

	if (settings_flag(app->settings, "update_registration"))
		return accounts_update(app, err);
	if (ca_open_existing(app->cas, app->settings, &ca, err) == 0) {
		error_set(err, ERR_EXISTS,
			  "There is an existing account; registration of a duplicate account with "
			  "this command is currently unsupported.");
		return error_hint(err, "'certbot update_account' changes its contacts");
	}
	/* An account given by --account that is missing is an error: a new one would get another
	 * id. */
	if (err->code != ERR_NOT_FOUND || settings_string(app->settings, "account"))
		return err->code;
	error_release(err);
	if (ca_open(app->cas, app->settings, &ca, err) == 0)
		tell_account(app->ui, ca, NULL);
	return err->code;
}

/* An empty list removes the contacts (RFC 8555 section 7.3.2), so it must be given explicitly. */
static int ask_contacts(const struct ui *ui, struct strvec *ret_contacts, struct error *err)
{
	AUTO_FREE char *typed = NULL;
	const struct ui_question question = {
		.text = "Enter an email address for the account (leave empty to remove the contacts)",
		.flag = "--email",
		.fallback_text = "",
		.must_be_interactive = true,
	};

	if (!ui_is_interactive(ui)) {
		error_set(err, ERR_REFUSED, "no contact given; nothing was changed");
		return error_hint(err,
				  "give --email ADDRESS, or --register-unsafely-without-email to "
				  "remove the contacts");
	}
	if (ui_text(ui, &question, &typed, err) < 0)
		return err->code;
	strvec_split(ret_contacts, typed, ",");
	return 0;
}

/* Takes the contacts from -m, or none with --register-unsafely-without-email, or asks for them.
 * Leaving them out by accident must not remove them. */
static int gather_new_contacts(const struct ui *ui, const struct settings *settings,
			       struct strvec *ret_contacts, struct error *err)
{
	const char *email = ca_email(settings);

	if (email) {
		strvec_split(ret_contacts, email, ",");
		return 0;
	}
	if (!settings_flag(settings, "register_unsafely_without_email"))
		return ask_contacts(ui, ret_contacts, err);
	if (settings_flag(settings, "update_registration"))
		return error_set(err, ERR_CONFIG,
				 "an email address must be given with --email when updating a "
				 "registration");
	return 0;
}

/* The file is written after the CA has agreed: it describes the account as it is there. */
static int update_contacts(struct network *network, struct ca *ca, struct error *err)
{
	const struct account_place place = ca_place(ca);
	AUTO(strvec) struct strvec contacts = STRVEC_INIT;
	AUTO(acme_exchange) struct acme_exchange *exchange = NULL;
	AUTO(json) struct json *told = NULL;
	AUTO_FREE char *joined = NULL;

	if (gather_new_contacts(network->ui, network->settings, &contacts, err) < 0)
		return err->code;
	exchange = acme_account_update(ca_server(ca), &contacts);
	if (driver_exchange(network, exchange, err) < 0 ||
	    account_save_again(&place, ca_account(ca), err) < 0)
		return err->code;
	joined = strvec_join(&contacts, ", ");
	told = json_strings_new(&contacts);
	tell_account(network->ui, ca, told);
	changes_add_final(network->changes,
			  "the CA keeps the contacts: 'certbot update_account' sets them again",
			  "set the contacts of account %s to '%s'", ca_account(ca)->id, joined);
	if (contacts.count)
		ui_say(network->ui, "Your e-mail address was updated to %s.", joined);
	else
		ui_say(network->ui, "Any contact information associated with this account has been "
				    "removed.");
	return 0;
}

/* The new key is written to disk, sent to the CA, and then moved into place, because the CA refuses
 * the old key from the moment it accepts the new one. After a crash between any two of these steps
 * the next run settles the matter (settle_key() in ca.c). */
static int change_key(struct network *network, struct ca *ca, struct error *err)
{
	const struct account_place place = ca_place(ca);
	struct key_spec spec = {
		.kind = KEY_EC,
		.rsa_bits = (int)settings_int(network->settings, "rsa_key_size"),
		.curve = "secp256r1",
	};
	AUTO(key) struct key *key = NULL;
	AUTO(acme_exchange) struct acme_exchange *exchange = NULL;

	if (acme_server_is_v1(ca_server(ca)))
		return error_set(err, ERR_CONFIG,
				 "cannot change the account key: the CA speaks ACME v1");
	key_kind_from_option(settings_string(network->settings, "account_key_type"), &spec.kind);
	if (key_generate(&spec, &key, err) < 0 ||
	    account_stage_key(&place, ca_account(ca), key, err) < 0)
		return err->code;
	exchange = acme_account_rollover(ca_server(ca), key);
	if (driver_exchange(network, exchange, err) < 0)
		return error_wrap(err, "cannot change the account key");
	if (account_replace_key(&place, ca_account(ca), STEAL(key), err) < 0)
		return err->code;
	/* Requests of the same run, such as a change of the contacts, have to be signed with the
	 * new key. */
	acme_server_set_key(ca_server(ca), ca_account(ca)->key);
	changes_add_final(network->changes, "the CA accepts the old key no more",
			  "changed the key of an account, whose id is now %s", ca_account(ca)->id);
	ui_say(network->ui, "The account has a new key; its id is now %s.", ca_account(ca)->id);
	tell_account(network->ui, ca, NULL);
	return 0;
}

/* The other machines of a fleet renew with the old key until they have the new one. */
static void publish_key(struct plugins *plugins)
{
	AUTO(error) struct error failure = ERROR_INIT;

	if (seam_settle_accounts(plugins, &failure) < 0)
		log_warning("The other machines of the fleet do not have the new key yet: %s. The "
			    "next certbot renew here publishes it.",
			    failure.text);
}

/* Without an address, only the key changes or the terms are agreed to. */
int accounts_update(struct app *app, struct error *err)
{
	struct ca *ca = NULL;
	bool rolls_over = settings_flag(app->settings, "new_account_key");
	bool agreed = false;

	/* A fleet that does not answer is known before the CA is asked. */
	if (rolls_over && seam_settle_accounts(app->plugins, err) < 0)
		return error_hint(err, "without the new key the other machines could not renew");
	if (ca_open_existing(app->cas, app->settings, &ca, err) < 0)
		return err->code;
	tell_account(app->ui, ca, NULL);
	if (ca_agree(&app->network, ca, &agreed, err) < 0 ||
	    (rolls_over && change_key(&app->network, ca, err) < 0))
		return err->code;
	if (rolls_over)
		publish_key(app->plugins);
	if ((rolls_over || agreed) && !settings_string(app->settings, "email") &&
	    !settings_flag(app->settings, "register_unsafely_without_email"))
		return 0;
	return update_contacts(&app->network, ca, err);
}

/* "none", or the addresses without "mailto:", made printable. */
static void add_contacts(const struct json *account, struct strbuf *out)
{
	const struct json *contacts = json_member(account, "contact");
	size_t count = contacts ? json_count(contacts) : 0;

	strbuf_adds(out, count > 1 ? "  Email contacts: " : "  Email contact: ");
	if (!count)
		strbuf_adds(out, "none");
	for (size_t i = 0; i < count; i++) {
		const char *text = json_text(json_at(contacts, i));

		if (!text)
			continue;
		if (str_starts(text, "mailto:"))
			text += strlen("mailto:");
		if (i)
			strbuf_adds(out, ", ");
		strbuf_add_printable(out, text, strlen(text));
	}
}

/* Asks the CA, since other clients may have changed the contacts. */
int accounts_show(struct app *app, struct error *err)
{
	struct ca *ca = NULL;
	AUTO(acme_exchange) struct acme_exchange *exchange = NULL;
	AUTO(json) struct json *account = NULL;
	AUTO_FREE char *thumbprint = NULL;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	const char *body;

	if (ca_open_existing(app->cas, app->settings, &ca, err) < 0)
		return err->code;
	exchange = acme_account_query(ca_server(ca));
	if (driver_exchange(&app->network, exchange, err) < 0)
		return err->code;
	/* The CA's answer is shown, not what our file says. */
	body = acme_exchange_body(exchange);
	if (json_parse(body, strlen(body), "account", &account, err) < 0)
		return err->code;
	thumbprint = jwk_thumbprint(ca_account(ca)->key);
	strbuf_addf(&text,
		    "Account details for server %s:\n  Account URL: %s\n  Account Thumbprint: %s\n",
		    ca_url(ca), ca_account(ca)->uri, thumbprint);
	add_contacts(account, &text);
	tell_account(app->ui, ca, json_member(account, "contact"));
	ui_say(app->ui, "%s", text.text);
	return 0;
}

/* Asks nobody: the key is on this machine. The name of the server is looked at first, so that a
 * mistyped one is said before a missing account. */
int accounts_snippet(struct app *app, struct error *err)
{
	const char *server = settings_string(app->settings, "snippet_server");
	AUTO(strbuf) struct strbuf unused = STRBUF_INIT, text = STRBUF_INIT;
	AUTO_FREE char *thumbprint = NULL;
	struct ca *ca = NULL;

	if (snippet_fill(server, "", &unused, err) < 0)
		return err->code;
	if (ca_open_existing(app->cas, app->settings, &ca, err) < 0)
		return error_hint(err, "certbot register makes an account");
	thumbprint = jwk_thumbprint(ca_account(ca)->key);
	if (snippet_fill(server, thumbprint, &text, err) < 0)
		return err->code;
	ui_say(app->ui, "%s", text.text);
	result_set_text(app->ui, "server", server);
	result_set_text(app->ui, "thumbprint", thumbprint);
	result_set_text(app->ui, "snippet", text.text);
	return 0;
}

/* An earlier attempt may have been interrupted after the CA had agreed; then only the files are
 * left to remove. */
static int deactivate(struct network *network, struct ca *ca, struct error *err)
{
	AUTO(acme_exchange) struct acme_exchange *exchange = acme_account_deactivate(ca_server(ca));

	if (driver_exchange(network, exchange, err) == 0)
		return 0;
	if (err->code != ERR_EXISTS)
		return err->code;
	log_warning("The CA does not accept this account any more, so only its files are removed: "
		    "%s",
		    err->text);
	error_release(err);
	return 0;
}

/* The CA first, then the files: without the key, nobody could deactivate the account any more. */
int accounts_unregister(struct app *app, struct error *err)
{
	static const char *const labels[] = {"Deactivate", "Abort"};
	const struct ui_question question = {
		.text = "Are you sure you would like to irrevocably deactivate your account?",
		.choices = labels,
		.choice_count = ARRAY_LEN(labels),
		.fallback = 1,
	};
	struct ca *ca = NULL;
	struct account_place place;
	bool sure = false;

	if (ca_open_existing(app->cas, app->settings, &ca, err) < 0 ||
	    ui_yes_no(app->ui, &question, &sure, err) < 0)
		return err->code;
	if (!sure)
		return error_set(err, ERR_REFUSED, "Deactivation aborted.");
	if (deactivate(&app->network, ca, err) < 0)
		return err->code;
	tell_account(app->ui, ca, NULL);
	/* The CA refuses the key from here on, so the files are of no more use to anybody. */
	place = ca_place(ca);
	if (account_delete(&place, ca_account(ca)->id, err) < 0)
		return err->code;
	changes_add_final(app->network.changes, "the CA has closed the account",
			  "deactivated account %s at %s", ca_account(ca)->id, ca_url(ca));
	ui_say(app->ui, "Account deactivated.");
	return 0;
}
