/*
 * Prints or writes the DNS records of dns-persist-01, which stay valid for later orders (see
 * persist.h).
 */
#include "app/verbs/persist.h"

#include <string.h>

#include "acme/account.h"
#include "acme/challenge.h"
#include "app/issue/ca.h"
#include "app/issue/driver.h"
#include "app/issue/identifiers.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/datetime.h"
#include "crypto/key/jws.h"
#include "dns/challenge/persist.h"
#include "dns/plugin_row.h"
#include "instances/select.h"

/* The records of one run, as challenges of which only name and value are used. */
struct persist {
	struct acme_challenge *challenges;
	struct plugin_task *tasks;
	size_t count;
};

static void persist_release(struct persist *persist)
{
	for (size_t i = 0; i < persist->count; i++)
		acme_challenge_release(&persist->challenges[i]);
	free(persist->challenges);
	free(persist->tasks);
}
DEFINE_AUTO(persist, persist_release);

/* Reads "2026-12-31" (the end of that day) or a time with a zone. */
static int read_until(const struct settings *settings, int64_t *ret_until, struct error *err)
{
	const char *text = settings_string(settings, "persist_until");
	AUTO_FREE char *end_of_day = NULL;

	*ret_until = 0;
	if (!text || datetime_parse_rfc3339(text, ret_until))
		return 0;
	end_of_day = xasprintf("%sT23:59:59Z", text);
	if (datetime_parse_rfc3339(end_of_day, ret_until))
		return 0;
	return error_set(err, ERR_USAGE, "--persist-until '%s' is not a date: expected YYYY-MM-DD",
			 text);
}

/* Opens the account and finds the CA's name. The name used in CAA records is also the one for these
 * (draft-ietf-acme-dns-persist). */
static int fill_account(struct cas *cas, struct settings *settings,
			struct acme_persist_record *record, char **ret_thumbprint,
			struct error *err)
{
	AUTO(acme_exchange) struct acme_exchange *exchange = NULL;
	const struct acme_meta *meta;
	struct ca *ca = NULL;

	if (ca_open(cas, settings, &ca, err) < 0)
		return err->code;
	exchange = acme_directory_fetch(ca_server(ca));
	if (driver_exchange(cas->network, exchange, err) < 0)
		return err->code;
	meta = acme_server_meta(ca_server(ca));
	if (!meta->caa_identities.count)
		return error_set(err, ERR_PROTOCOL,
				 "%s does not publish a domain name for these records "
				 "(caaIdentities)",
				 ca_host(ca));
	*ret_thumbprint = jwk_thumbprint(ca_account(ca)->key);
	record->issuer = meta->caa_identities.items[0];
	record->account_url = ca_account(ca)->uri;
	record->thumbprint = *ret_thumbprint;
	record->account_hash_prefix = meta->account_hash_prefix;
	return read_until(settings, &record->persist_until, err);
}

/* A record for a wildcard is also valid for the name itself, but not the reverse. */
static int add_name(struct settings *settings, struct acme_persist_record record, const char *name,
		    struct persist *persist, struct error *err)
{
	struct acme_challenge *challenge = &persist->challenges[persist->count];

	record.wildcard = settings_flag(settings, "persist_wildcard");
	if (str_starts(name, "*.")) {
		record.wildcard = true;
		name += 2;
	}
	record.name = name;
	if (acme_persist_value(&record, &challenge->dns_value, err) < 0)
		return err->code;
	challenge->type = ACME_DNS_PERSIST_01;
	challenge->identifier.value = xstrdup(name);
	challenge->wildcard = record.wildcard;
	challenge->dns_name = xasprintf("_validation-persist.%s", name);
	challenge->url = xstrdup(challenge->dns_name);
	persist->tasks[persist->count++] = (struct plugin_task){challenge, settings};
	return 0;
}

/* The names are taken as given, without an order: the records are meant to be there before the
 * first one. */
static int make_records(struct cas *cas, struct settings *settings, struct persist *persist,
			struct error *err)
{
	const struct strvec *names = settings_list(settings, "domains");
	struct acme_persist_record record = {.issuer = NULL};
	AUTO_FREE char *thumbprint = NULL;

	if (!names->count)
		return error_set(err, ERR_USAGE, "no names given: use -d DOMAIN");
	if (fill_account(cas, settings, &record, &thumbprint, err) < 0)
		return err->code;
	persist->challenges = xcalloc(names->count, sizeof(struct acme_challenge));
	persist->tasks = xcalloc(names->count, sizeof(struct plugin_task));
	for (size_t i = 0; i < names->count; i++)
		if (add_name(settings, record, names->items[i], persist, err) < 0)
			return err->code;
	return 0;
}

/* The form of a zone file, to be pasted into one. */
static void show(const struct ui *ui, const struct acme_challenge *challenge)
{
	ui_say(ui, "%s. IN TXT \"%s\"", challenge->dns_name, challenge->dns_value);
}

/* `state`: "wanted", "in-place", "missing" or "written". */
static void tell_record(const struct ui *ui, const struct acme_challenge *challenge,
			const char *state, const char *complaint)
{
	struct json *record = json_object_new();

	json_set_string(record, "name", challenge->dns_name);
	json_set_string(record, "value", challenge->dns_value);
	json_set_string(record, "state", state);
	json_set_text(record, "complaint", complaint);
	result_push(ui, "records", record);
}

/* The user adds them by hand: nothing is changed here, so any authenticator will do, or none. */
int persist_show(struct app *app, struct error *err)
{
	AUTO(persist) struct persist persist = {.challenges = NULL};

	result_set(app->ui, "records", json_array_new());
	if (make_records(app->cas, app->settings, &persist, err) < 0)
		return err->code;
	for (size_t i = 0; i < persist.count; i++) {
		show(app->ui, &persist.challenges[i]);
		tell_record(app->ui, &persist.challenges[i], "wanted", NULL);
	}
	return 0;
}

/* Reports on one record; counts it if it is missing or useless. */
static int check_one(const struct plugin_host *host, const struct acme_challenge *challenge,
		     size_t *ret_missing, struct error *err)
{
	AUTO_FREE char *complaint = NULL;
	struct dns_persist_status status;

	if (dns_persist_look(host, host->settings, challenge->dns_name, challenge->dns_value,
			     &status, err) < 0)
		return err->code;
	complaint = dns_persist_complaint(&status, challenge->dns_name,
					  clock_now_seconds(host->clock));
	tell_record(host->ui, challenge, status.state == PERSIST_IN_PLACE ? "in-place" : "missing",
		    complaint);
	if (status.state == PERSIST_IN_PLACE) {
		ui_say(host->ui, "%s: the record is in place", challenge->dns_name);
		if (complaint)
			log_warning("%s", complaint);
		return 0;
	}
	ui_say(host->ui, "%s; add this record:", complaint);
	show(host->ui, challenge);
	(*ret_missing)++;
	return 0;
}

/* Exit status 1 if any is missing, for scripts. */
int persist_check(struct app *app, struct error *err)
{
	AUTO(persist) struct persist persist = {.challenges = NULL};
	const struct plugin_host *host = NULL;
	size_t missing = 0;

	result_set(app->ui, "records", json_array_new());
	if (plugins_host(app->plugins, &host, err) < 0 ||
	    make_records(app->cas, app->settings, &persist, err) < 0)
		return err->code;
	for (size_t i = 0; i < persist.count; i++)
		if (check_one(host, &persist.challenges[i], &missing, err) < 0)
			return err->code;
	if (!missing)
		return 0;
	return error_set(err, ERR_NOT_FOUND, "%zu of %zu records are missing or expired", missing,
			 persist.count);
}

/* Uses the plugin's normal way of adding records, which waits until they are visible, and does not
 * remove them. */
int persist_write(struct app *app, struct error *err)
{
	AUTO(persist) struct persist persist = {.challenges = NULL};
	const struct acme_identifiers none = ACME_IDENTIFIERS_INIT;
	const struct authenticator *authenticator;
	struct selection selection;

	result_set(app->ui, "records", json_array_new());
	if (select_plugins(app->plugins, app->settings, SELECT_AUTHENTICATOR, &selection, err) < 0)
		return err->code;
	authenticator = selection.authenticator->plugin->authenticator;
	/* Other authenticators would take the task for a challenge of their own kind. */
	if (authenticator != &dns_authenticator)
		return error_set(err, ERR_CONFIG, "the %s plugin cannot change DNS records",
				 selection.authenticator->plugin->name);
	if (authenticator->configure(selection.authenticator, app->settings, &none, err) < 0 ||
	    make_records(app->cas, app->settings, &persist, err) < 0 ||
	    authenticator->present(selection.authenticator, persist.tasks, persist.count, err) < 0)
		return err->code;
	for (size_t i = 0; i < persist.count; i++) {
		/* Records are written for each name on its own: the first failure is reported,
		 * after those that worked were shown. */
		if (error_is_set(&persist.challenges[i].present_error))
			return error_move(err, &persist.challenges[i].present_error);
		show(app->ui, &persist.challenges[i]);
		tell_record(app->ui, &persist.challenges[i], "written", NULL);
	}
	return 0;
}
