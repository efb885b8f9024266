/*
 * The decision table of run and certonly (see decide.h), each row a small function: exact match,
 * subset, named lineage, key-type change.
 */
#include "app/renewal/decide.h"

#include <string.h>

#include "app/renewal/due.h"
#include "app/debts/debts.h"
#include "app/issue/csr_source.h"
#include "app/issue/identifiers.h"
#include "app/keys/keys.h"
#include "base/alloc.h"
#include "base/log.h"
#include "config/key_types.h"
#include "config/names.h"
#include "config/servers.h"
#include "store/lineage/lineage.h"

void decision_release(struct decision *decision)
{
	lineage_free(decision->lineage);
	free(decision->name);
	acme_identifiers_release(&decision->identifiers);
}

/* A certificate of the test server in place of a real one breaks a running site. */
int decide_check_staging(const struct settings *settings, struct lineage *lineage,
			 struct error *err)
{
	const char *server = settings_string(settings, "server");
	const char *old = lineage_params(lineage) ? ini_peek(lineage_params(lineage), "server")
						  : NULL;

	if (settings_flag(settings, "break_my_certs") || !servers_is_test(server) || !old ||
	    servers_is_test(old))
		return 0;
	error_set(err, ERR_REFUSED,
		  "You've asked to renew/replace a seemingly valid certificate with a test "
		  "certificate (domains: %s). We will not do that unless you use the "
		  "--break-my-certs flag!",
		  lineage_name(lineage));
	return err->code;
}

/* The two lineages that matter for a set of names. */
struct matches {
	struct lineage *exact;  /* same names; the last one in conf order */
	struct lineage *subset; /* names within the wanted ones; the largest */
	size_t subset_size;
};

static void matches_release(struct matches *matches)
{
	lineage_free(matches->exact);
	lineage_free(matches->subset);
}
DEFINE_AUTO(matches, matches_release);

/* A lineage whose names cannot be read matches nothing; it is reported when it is used. */
static void consider(struct matches *matches, struct lineage *own_lineage,
		     const struct acme_identifiers *wanted)
{
	AUTO(lineage) struct lineage *lineage = own_lineage;
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (identifiers_from_lineage(lineage, &names, NULL, &err) < 0)
		return;
	for (size_t i = 0; i < names.count; i++)
		if (!acme_identifiers_contain(wanted, names.items[i].value))
			return;
	if (identifiers_same(&names, wanted)) {
		lineage_free(matches->exact);
		matches->exact = STEAL(lineage);
		/* The largest is the one whose user most probably wants it expanded. */
	} else if (names.count > matches->subset_size) {
		lineage_free(matches->subset);
		matches->subset = STEAL(lineage);
		matches->subset_size = names.count;
	}
}

/* A broken conf of another certificate must not keep this one from being obtained. */
static int find_matches(const char *config_dir, const struct acme_identifiers *wanted,
			struct matches *ret, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (lineage_names(config_dir, &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++) {
		struct lineage *lineage = NULL;
		AUTO(error) struct error broken = ERROR_INIT;

		if (lineage_open(config_dir, names.items[i], &lineage, &broken) == 0)
			consider(ret, lineage, wanted);
		else
			log_warning("Skipping the broken renewal configuration of %s: %s",
				    names.items[i], broken.text);
	}
	return 0;
}

/* Row of key types: sets *ret_change when the lineage should get the other type. Certbot asks once
 * for both the option and the default: since ECDSA became the default, old RSA lineages would
 * otherwise change silently. Without a terminal the present type stays. */
static int decide_key_type(const struct ui *ui, struct settings *settings, struct lineage *lineage,
			   bool *ret_change, struct error *err)
{
	const struct cert *cert = NULL;
	const char *wanted = settings_string(settings, "key_type"), *present, *second;
	bool explicitly = settings_origin(settings, "key_type") == ORIGIN_COMMAND_LINE;
	AUTO_FREE char *text = NULL;
	struct ui_question question = {.flag = "--key-type", .fallback = 0};

	*ret_change = false;
	if (settings_string(settings, "renew_csr"))
		return csr_source_differs(settings, lineage, ret_change, err);
	if (lineage_cert(lineage, &cert, err) < 0)
		return err->code;
	second = lineage_second_type(lineage_second(lineage));
	present = key_types_text(key_kind_option(cert_key_kind(cert)), second);
	if (strcmp(wanted, present) == 0)
		return 0;
	/* A command that does not mention types is not meant to drop one. */
	if (second && settings_origin(settings, "key_type") == ORIGIN_DEFAULT) {
		settings_set_string(settings, "key_type", present, ORIGIN_RUNTIME);
		return 0;
	}
	*ret_change = true;
	if (explicitly && settings_origin(settings, "certname") >= ORIGIN_CONFIG_FILE)
		return 0;
	text = xasprintf("An %s certificate named %s already exists. Do you want to update its key "
			 "type to %s?",
			 present, lineage_name(lineage), wanted);
	question.text = text;
	if (ui_yes_no(ui, &question, ret_change, err) < 0)
		return err->code;
	if (*ret_change)
		return 0;
	if (explicitly)
		return error_set(
			err, ERR_REFUSED,
			"Are you trying to change the key type of the certificate named %s "
			"from %s to %s? Please provide both --cert-name and --key-type on "
			"the command line to confirm the change you are trying to make.",
			lineage_name(lineage), present, wanted);
	settings_set_string(settings, "key_type", present, ORIGIN_RUNTIME);
	return 0;
}

/* Keeping is the default: a script that runs certonly every night must not use up the CA's
 * limit. */
static int ask_keep_or_renew(const struct app *app, struct lineage *lineage, bool *ret_renew,
			     struct error *err)
{
	const char *const choices[] = {
		strcmp(app->verb, "run") == 0 ? "Attempt to reinstall this existing certificate"
					      : "Keep the existing certificate for now",
		"Renew & replace the certificate (may be subject to CA rate limits)",
	};
	AUTO_FREE char *text = xasprintf(
		"You have an existing certificate that has exactly the same domains or certificate "
		"name you requested and isn't close to expiry.\n(ref: %s)\n\nWhat would you like to "
		"do?",
		lineage_conf_path(lineage));
	const struct ui_question question = {
		.text = text,
		.choices = choices,
		.choice_count = ARRAY_LEN(choices),
		.fallback = 0,
	};
	size_t chosen = 0;

	if (ui_menu(app->ui, &question, &chosen, err) < 0)
		return err->code;
	*ret_renew = chosen == 1;
	return 0;
}

/* Puts a generation into live/ if a crash prevented that. Returns false if there is none, or none
 * worth it. After a crash between archive/ and live/ there is a certificate that is newer than the
 * one in use. Switching to it is what the interrupted run would have done, and may make a renewal
 * unnecessary. */
static bool finish_deployment(const struct plugins *plugins, struct lineage *lineage)
{
	AUTO(settings) struct settings *settings = debts_settings(plugins->host.settings, lineage);
	AUTO(error) struct error refused = ERROR_INIT;
	bool switched = false;

	if (debts_show_pending(plugins, settings, lineage, &switched, &refused) < 0)
		log_warning("%s", refused.text);
	return switched;
}

/* Row "same names". `lacking` is true for a lineage that has fewer names than were asked for at
 * first: it is tried again in full. */
static int decide_identical(struct app *app, struct settings *settings, struct lineage *lineage,
			    struct decision *decision, struct error *err)
{
	bool change = false, lacking = false, renew = false;
	struct due_item item = {.due = false};
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;

	if (decide_key_type(app->ui, settings, lineage, &change, err) < 0 ||
	    identifiers_from_lineage(lineage, &names, &lacking, err) < 0)
		return err->code;
	if (finish_deployment(app->plugins, lineage)) {
		decision->kind = DECIDE_KEEP;
		return 0;
	}
	renew = change || lacking || settings_flag(settings, "renew_by_default") ||
		settings_flag(settings, "dry_run");
	if (!renew && due_check(app->cas, lineage, &item, err) < 0)
		return err->code;
	renew |= item.due;
	decision->second_only = item.second_only;
	/* Certbot prints this even if it asks next. */
	if (!renew)
		ui_say(app->ui, "Certificate not yet due for renewal");
	if (!renew && !settings_flag(settings, "reinstall") &&
	    ask_keep_or_renew(app, lineage, &renew, err) < 0)
		return err->code;
	decision->kind = renew ? DECIDE_RENEW : DECIDE_KEEP;
	return 0;
}

/* Row "the lineage has some of the wanted names". No default: without a terminal and --expand, a
 * second certificate or a replaced one would both be a guess. */
static int decide_expand(const struct ui *ui, const struct settings *settings,
			 struct lineage *lineage, const struct acme_identifiers *wanted,
			 struct error *err)
{
	static const char *const labels[] = {"Expand", "Cancel"};
	AUTO(strvec) struct strvec old = STRVEC_INIT;
	AUTO(strvec) struct strvec new = STRVEC_INIT;
	AUTO_FREE char *old_text = NULL, *new_text = NULL, *text = NULL;
	struct ui_question question = {
		.flag = "--expand",
		.choices = labels,
		.choice_count = ARRAY_LEN(labels),
		.fallback = UI_NO_FALLBACK,
	};
	const struct cert *cert = NULL;
	bool expand = false;

	if (settings_flag(settings, "expand") || settings_flag(settings, "renew_by_default"))
		return 0;
	if (lineage_cert(lineage, &cert, err) < 0)
		return err->code;
	strvec_extend(&old, cert_dns_names(cert));
	strvec_extend(&old, cert_ip_addresses(cert));
	identifiers_to_names(wanted, &new);
	old_text = strvec_join(&old, ", ");
	new_text = strvec_join(&new, ", ");
	text = xasprintf("You have an existing certificate that contains a portion of the domains "
			 "you requested (ref: %s)\n\nIt contains these names: %s\n\nYou requested "
			 "these names for the new certificate: %s.\n\nDo you want to expand and "
			 "replace this existing certificate with the new certificate?",
			 lineage_conf_path(lineage), old_text, new_text);
	question.text = text;
	if (ui_yes_no(ui, &question, &expand, err) < 0)
		return err->code;
	if (expand)
		return 0;
	error_set(err, ERR_CANCELLED, "certificate %s was not expanded", lineage_name(lineage));
	return error_hint(err, "for a separate certificate, use --duplicate");
}

/* "+ name" and "- name" lines between two sets. */
static char *describe_change(const struct acme_identifiers *old,
			     const struct acme_identifiers *wanted)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < wanted->count; i++)
		if (!acme_identifiers_contain(old, wanted->items[i].value))
			strbuf_addf(&text, "\n+ %s", wanted->items[i].value);
	for (size_t i = 0; i < old->count; i++)
		if (!acme_identifiers_contain(wanted, old->items[i].value))
			strbuf_addf(&text, "\n- %s", old->items[i].value);
	return strbuf_detach(&text);
}

/* Row "--cert-name with other names". A mistyped list of names next to --cert-name would silently
 * drop the others, so a person is asked. Without a terminal the answer is yes, as in Certbot: a
 * script that gives both means it. */
static int decide_new_names(const struct ui *ui, struct settings *settings, struct lineage *lineage,
			    const struct acme_identifiers *wanted, struct error *err)
{
	AUTO(acme_identifiers) struct acme_identifiers old = ACME_IDENTIFIERS_INIT;
	AUTO_FREE char *change = NULL, *text = NULL;
	static const char *const labels[] = {"Update certificate", "Cancel"};
	struct ui_question question = {
		.flag = "--renew-with-new-domains",
		.choices = labels,
		.choice_count = ARRAY_LEN(labels),
		.fallback = 1,
	};
	const struct cert *cert = NULL;
	bool update = true, key_change = false;

	if (decide_key_type(ui, settings, lineage, &key_change, err) < 0 ||
	    lineage_cert(lineage, &cert, err) < 0)
		return err->code;
	if (settings_flag(settings, "renew_with_new_domains"))
		return 0;
	identifiers_from_cert(cert, &old);
	change = describe_change(&old, wanted);
	text = xasprintf("You are updating certificate %s to include new domain(s) and/or remove "
			 "domain(s):%s\n\nDid you intend to make this change?",
			 lineage_name(lineage), change);
	question.text = text;
	if (ui_yes_no(ui, &question, &update, err) < 0)
		return err->code;
	if (!update)
		return error_set(err, ERR_CANCELLED,
				 "the names of certificate %s were not changed: specify another "
				 "--cert-name to get a separate certificate",
				 lineage_name(lineage));
	return 0;
}

/* --cert-name without -d means the names that it has. */
static int decide_named(struct app *app, struct settings *settings, struct lineage *own_lineage,
			struct decision *decision, struct error *err)
{
	AUTO(acme_identifiers) struct acme_identifiers old = ACME_IDENTIFIERS_INIT;

	decision->lineage = own_lineage;
	if (identifiers_from_lineage(own_lineage, &old, NULL, err) < 0)
		return err->code;
	if (!decision->identifiers.count)
		acme_identifiers_copy(&decision->identifiers, &old);
	if (identifiers_same(&old, &decision->identifiers))
		return decide_identical(app, settings, own_lineage, decision, err);
	decision->kind = DECIDE_RENEW;
	return decide_new_names(app->ui, settings, own_lineage, &decision->identifiers, err);
}

static int decide_unnamed(struct app *app, struct settings *settings, struct decision *decision,
			  struct error *err)
{
	AUTO(matches) struct matches matches = {.exact = NULL};

	if (settings_flag(settings, "duplicate"))
		return 0;
	if (find_matches(settings_config_dir(app->settings), &decision->identifiers, &matches,
			 err) < 0)
		return err->code;
	if (matches.exact) {
		decision->lineage = STEAL(matches.exact);
		return decide_identical(app, settings, decision->lineage, decision, err);
	}
	if (!matches.subset)
		return 0;
	decision->kind = DECIDE_RENEW;
	decision->lineage = STEAL(matches.subset);
	return decide_expand(app->ui, settings, decision->lineage, &decision->identifiers, err);
}

/* Server blocks are often called "_", "localhost" or by a regular expression, which no CA would
 * certify. */
static int ask_names_from_installer(const struct ui *ui, struct plugin_instance *installer,
				    struct settings *settings, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(strvec) struct strvec chosen = STRVEC_INIT;
	const struct ui_question question = {
		.text = "Which names would you like to activate HTTPS for?",
		.flag = "--domain",
		.must_be_interactive = true,
	};

	if (installer->plugin->installer->all_names(installer, &names, err) < 0)
		return err->code;
	for (size_t i = names.count; i-- > 0;)
		if (!names_is_plausible_host(names.items[i]))
			strvec_remove(&names, i);
	if (!names.count)
		return 0;
	strvec_sort(&names);
	if (ui_choose_labels(ui, &question, &names, &chosen, err) < 0)
		return err->code;
	for (size_t i = 0; i < chosen.count; i++)
		settings_push(settings, "domains", chosen.items[i], ORIGIN_RUNTIME);
	return 0;
}

static int ask_names_as_text(const struct ui *ui, struct settings *settings, struct error *err)
{
	const struct ui_question question = {
		.text = "Please enter the domain name(s) you would like on your certificate (comma "
			"and/or space separated)",
		.flag = "--domain",
	};

	for (;;) {
		AUTO_FREE char *typed = NULL;
		AUTO(strvec) struct strvec parts = STRVEC_INIT;
		AUTO(strvec) struct strvec names = STRVEC_INIT;
		AUTO(error) struct error refused = ERROR_INIT;
		AUTO_FREE char *joined = NULL;

		if (ui_text(ui, &question, &typed, err) < 0)
			return err->code;
		strvec_split(&parts, typed, ", ");
		joined = strvec_join(&parts, ",");
		if (parts.count && names_add_domains(&names, joined, &refused) == 0) {
			settings_set_list(settings, "domains", &names, ORIGIN_RUNTIME);
			return 0;
		}
		ui_say(ui, "%s", parts.count ? refused.text : "No names were entered.");
	}
}

/* Takes the first names found: on the command line, in the server's configuration, or typed by
 * hand. */
static int gather_identifiers(const struct ui *ui, const struct decide_request *request,
			      bool may_ask, struct acme_identifiers *ret, struct error *err)
{
	identifiers_from_settings(request->settings, ret);
	if (ret->count || !may_ask)
		return 0;
	if (request->installer &&
	    ask_names_from_installer(ui, request->installer, request->settings, err) < 0)
		return err->code;
	identifiers_from_settings(request->settings, ret);
	if (!ret->count && ask_names_as_text(ui, request->settings, err) < 0)
		return err->code;
	if (!ret->count)
		identifiers_from_settings(request->settings, ret);
	return 0;
}

static int open_named(const char *config_dir, const char *name, struct lineage **ret_lineage,
		      struct error *err)
{
	*ret_lineage = NULL;
	if (!name)
		return 0;
	if (names_check_lineage(name, err) < 0)
		return err->code;
	if (lineage_open(config_dir, name, ret_lineage, err) == 0)
		return 0;
	if (err->code != ERR_NOT_FOUND && err->code != ERR_PARSE)
		return error_wrap(err, "cannot use certificate '%s'", name);
	/* As Certbot: a lineage that cannot be read is left alone and the new one is NAME-0001. */
	if (err->code == ERR_PARSE)
		log_warning("Cannot read certificate %s, so it is left alone: %s", name, err->text);
	error_release(err);
	return 0;
}

/* A lineage name is checked even if it is made from the first domain: a wildcard, or a name that
 * another file already has, needs another one. */
int decide(struct app *app, const struct decide_request *request, struct decision *ret_decision,
	   struct error *err)
{
	struct settings *settings = request->settings;
	const char *cert_name = settings_string(settings, "certname");
	struct decision *decision = ret_decision;
	struct lineage *named = NULL;
	int rc;

	*decision = (struct decision){.kind = DECIDE_NEW};
	if (open_named(settings_config_dir(app->settings), cert_name, &named, err) < 0)
		return err->code;
	if (gather_identifiers(app->ui, request, !named, &decision->identifiers, err) < 0) {
		lineage_free(named);
		return err->code;
	}
	if (named)
		rc = decide_named(app, settings, named, decision, err);
	else
		rc = cert_name ? 0 : decide_unnamed(app, settings, decision, err);
	if (rc < 0)
		return rc;
	if (decision->kind == DECIDE_NEW) {
		decision->name =
			cert_name ? xstrdup(cert_name)
				  : names_default_lineage(decision->identifiers.items[0].value);
		return names_check_new_lineage(decision->name, err);
	}
	if (decision->kind == DECIDE_RENEW &&
	    (decide_check_staging(settings, decision->lineage, err) < 0 ||
	     keys_check_shared(settings, decision->lineage, err) < 0 ||
	     keys_check_reuse(settings, decision->lineage, err) < 0))
		return err->code;
	return 0;
}
