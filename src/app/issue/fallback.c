/*
 * Falls back to another CA (see fallback.h). It is decided between two runs of the event loop and
 * not when an order fails: when a CA is down, all of its orders fail, and what has to be known of
 * the next one (its directory, the CAA records of all names) is then asked for once.
 */
#include "app/issue/fallback.h"

#include <string.h>

#include "acme/account.h"
#include "app/issue/driver.h"
#include "app/issue/identifiers.h"
#include "app/issue/issue_request.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "config/servers.h"
#include "config/services.h"
#include "dns/query/caa.h"
#include "dns/query/caa_owners.h"
#include "store/ca_place.h"
#include "store/lineage/lineage_conf.h"
#include "store/renewal/renewal_state.h"

#define OPTION "fallback_servers"

/* The lineage's settings, with the server that is in its place. An external binding is for one CA,
 * and the others would refuse it. */
static struct settings *settings_for(const struct settings *settings, const struct ca_place *place)
{
	struct settings *other = settings_clone(settings);

	settings_set_string(other, "server", place->url, ORIGIN_COMMAND_LINE);
	settings_unset(other, "eab_kid");
	settings_unset(other, "eab_hmac_key");
	settings_unset(other, "account");
	if (place->account)
		settings_set_string(other, "account", place->account, ORIGIN_COMMAND_LINE);
	return other;
}

/* ---- Before the order ---- */

static bool is_own_server(const struct settings *settings, const struct ca_place *place)
{
	return strcmp(place->url, settings_string(settings, "server")) == 0;
}

static int check_place(const struct settings *settings, const struct ca_place *place,
		       struct error *err)
{
	const char *server = settings_string(settings, "server");
	AUTO(acme_server) struct acme_server *unused = NULL;

	if (acme_server_new(place->url, &unused, err) < 0)
		return error_wrap(err, "cannot use --fallback-server '%s'", place->url);
	if (is_own_server(settings, place))
		return error_set(err, ERR_CONFIG,
				 "--fallback-server '%s' is the server that is asked first",
				 place->url);
	if (servers_is_test(place->url) && !servers_is_test(server) &&
	    !settings_flag(settings, "break_my_certs"))
		return error_set(err, ERR_CONFIG,
				 "--fallback-server '%s' is a test server, whose certificates "
				 "nobody trusts",
				 place->url);
	return 0;
}

/* A configuration file is for certificates of all CAs, the one of this certificate among them. */
static bool is_passed_over(const struct settings *settings, const struct ca_place *place)
{
	return is_own_server(settings, place) &&
	       settings_origin(settings, OPTION) == ORIGIN_CONFIG_FILE;
}

int fallback_check(const struct settings *settings, struct error *err)
{
	AUTO(strvec) struct strvec items = STRVEC_INIT;

	if (!services_is_given(settings, OPTION) || settings_flag(settings, "dry_run"))
		return 0;
	services_given(settings, OPTION, &items);
	if (items.count > FALLBACK_MAX)
		return error_set(err, ERR_CONFIG, "at most %d --fallback-server can be given",
				 FALLBACK_MAX);
	for (size_t i = 0; i < items.count; i++) {
		AUTO(ca_place) struct ca_place place = ca_place_parse(items.items[i]);

		if (!is_passed_over(settings, &place) && check_place(settings, &place, err) < 0)
			return err->code;
	}
	return 0;
}

/* Returns the item of the conf for the same CA, or the given one. An account that was chosen before
 * stays chosen. */
static const char *item_on_record(const struct strvec *recorded, const char *item)
{
	AUTO(ca_place) struct ca_place given = ca_place_parse(item);

	for (size_t i = 0; i < recorded->count && !given.account; i++) {
		AUTO(ca_place) struct ca_place place = ca_place_parse(recorded->items[i]);

		if (strcmp(place.url, given.url) == 0)
			return recorded->items[i];
	}
	return item;
}

static int register_place(struct cas *cas, const struct settings *settings, const char *item,
			  struct strvec *named, struct error *err)
{
	AUTO(ca_place) struct ca_place place = ca_place_parse(item);
	AUTO(settings) struct settings *other = settings_for(settings, &place);
	struct ca *ca = NULL;

	if (is_passed_over(settings, &place))
		return 0;
	if (check_place(settings, &place, err) < 0)
		return err->code;
	if (ca_open(cas, other, &ca, err) < 0) {
		/* The binding that this command can be given is that of --server. */
		if (err->hint && strstr(err->hint, "--eab-kid"))
			error_hint(err,
				   "register there first: certbot register --server %s --eab-kid "
				   "... --eab-hmac-key ...",
				   place.url);
		return error_wrap(err, "cannot use --fallback-server '%s'", place.url);
	}
	strvec_give(named, ca_place_text(place.url, ca_account(ca)->id));
	return 0;
}

/* Appends what the user gives, with the accounts of the conf. */
static void find_given(const struct settings *settings, struct lineage *lineage,
		       struct strvec *ret_items)
{
	AUTO(strvec) struct strvec given = STRVEC_INIT;
	AUTO(strvec) struct strvec recorded = STRVEC_INIT;

	if (!services_is_given(settings, OPTION) || settings_flag(settings, "dry_run"))
		return;
	services_given(settings, OPTION, &given);
	if (lineage)
		services_of_conf(lineage_conf(lineage), OPTION, &recorded);
	for (size_t i = 0; i < given.count; i++)
		strvec_push(ret_items, item_on_record(&recorded, given.items[i]));
}

/* The conf names the accounts: a second one that is made there later would be a question that
 * nobody answers at night. With none that can be used, those of the conf stay. */
static void name_places(struct settings *settings, const struct strvec *named)
{
	if (named->count)
		settings_set_list(settings, OPTION, named, settings_origin(settings, OPTION));
	else
		settings_unset(settings, OPTION);
}

int fallback_register(struct cas *cas, struct settings *settings, struct lineage *lineage,
		      struct error *err)
{
	AUTO(strvec) struct strvec items = STRVEC_INIT;
	AUTO(strvec) struct strvec named = STRVEC_INIT;

	if (fallback_check(settings, err) < 0)
		return err->code;
	find_given(settings, lineage, &items);
	for (size_t i = 0; i < items.count; i++)
		if (register_place(cas, settings, items.items[i], &named, err) < 0)
			return err->code;
	if (items.count)
		name_places(settings, &named);
	return 0;
}

/* Of a thousand renewals each would wait for the same CA that is down, so it is asked once. Keeps
 * in `named` what the conf has: one that cannot be used today may be needed tomorrow. */
static int register_if_usable(struct cas *cas, const struct settings *settings, const char *item,
			      struct strvec *named, struct error *err)
{
	AUTO(ca_place) struct ca_place place = ca_place_parse(item);
	AUTO(error) struct error failure = ERROR_INIT;
	bool is_known = map_contains(&cas->unusable, item);

	if (!is_known && register_place(cas, settings, item, named, &failure) == 0)
		return 0;
	if (failure.code == ERR_CANCELLED)
		return error_move(err, &failure);
	if (!is_known)
		log_warning("%s (the renewal goes on without it)", failure.text);
	/* That one CA is both is of this lineage alone. */
	if (!is_known && failure.code != ERR_CONFIG)
		map_set(&cas->unusable, item, NULL);
	if (place.account)
		strvec_push(named, item);
	return 0;
}

int fallback_register_usable(struct cas *cas, struct settings *settings, struct lineage *lineage,
			     struct error *err)
{
	AUTO(strvec) struct strvec items = STRVEC_INIT;
	AUTO(strvec) struct strvec named = STRVEC_INIT;

	find_given(settings, lineage, &items);
	for (size_t i = 0; i < items.count; i++)
		if (register_if_usable(cas, settings, items.items[i], &named, err) < 0)
			return err->code;
	if (items.count)
		name_places(settings, &named);
	return 0;
}

static void open_place(struct cas *cas, struct issue_request *request, const char *item)
{
	AUTO(ca_place) struct ca_place place = ca_place_parse(item);
	AUTO(settings) struct settings *other = settings_for(request->settings, &place);
	AUTO(error) struct error err = ERROR_INIT;
	struct ca *ca = NULL;

	if (check_place(request->settings, &place, &err) == 0 &&
	    ca_open_existing(cas, other, &ca, &err) == 0)
		request->fallbacks[request->fallback_count++] = ca;
	else
		log_warning("%s cannot be used instead of %s: %s", place.url,
			    request->ca ? ca_host(request->ca)
					: settings_string(request->settings, "server"),
			    err.text);
}

/* Appends the CAs to ask after the first. A rehearsal tries the CA that renewals ask, and
 * the machines of a fleet finish each other's orders, at one CA. */
static void find_items(const struct settings *settings, const struct lineage *lineage,
		       struct strvec *ret_items)
{
	if (settings_flag(settings, "dry_run"))
		return;
	if (services_is_given(settings, OPTION))
		services_given(settings, OPTION, ret_items);
	else if (lineage)
		services_of_conf(lineage_conf(lineage), OPTION, ret_items);
}

void fallback_open(struct cas *cas, struct issue_request *request)
{
	AUTO(strvec) struct strvec items = STRVEC_INIT;

	find_items(request->settings, request->lineage, &items);
	for (size_t i = 0; i < items.count && i < FALLBACK_MAX; i++)
		open_place(cas, request, items.items[i]);
	if (items.count > FALLBACK_MAX)
		log_warning("Only the first %d CAs of --fallback-server can be asked; %s and what "
			    "follows it are left out.",
			    FALLBACK_MAX, items.items[FALLBACK_MAX]);
}

/* ---- After it ---- */

/* The codes that the CA itself is behind: it was not reached, had an error of its own (5xx), is
 * busy (with an order that it does not finish, too) or over a limit, is not where it was, or does
 * not speak ACME any more. All that it says about the names, the key or the account has another
 * code, and ends the search if it is the first CA's. The others may be of no use for a reason of
 * theirs (no such profile, an account that was closed), and there may be one more. */
static bool is_fault_of_ca(enum err_code code, bool is_first)
{
	static const struct {
		enum err_code code;
		bool ends_at_first;
	} codes[] = {
		{ERR_NETWORK, false},   {ERR_RATE_LIMITED, false}, {ERR_PROTOCOL, false},
		{ERR_NOT_FOUND, false}, {ERR_BUSY, false},         {ERR_CONFIG, true},
		{ERR_ACME, true},
	};

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (code == codes[i].code)
			return !(is_first && codes[i].ends_at_first);
	return false;
}

void fallback_note_failure(struct issue_request *request, const struct error *failure,
			   bool is_local)
{
	request->is_cas_fault = !is_local &&
				is_fault_of_ca(failure->code, !error_is_set(&request->outage));
}

/* Of all requests that are looked at together: what their names are, and the answers that serve
 * them all. */
struct choice {
	struct plugins *plugins;
	const struct settings *settings; /* of one of them, for its resolvers */
	struct strvec names;             /* whose CAA records are wanted */
	struct map owners;               /* these records; see caa_owners.h */
	struct map silent;               /* URLs of CAs that could not be reached either */
};

static void choice_release(struct choice *choice)
{
	strvec_release(&choice->names);
	map_release(&choice->owners);
	map_release(&choice->silent);
}
DEFINE_AUTO(choice, choice_release);

/* ERR_CANCELLED only. */
static int ask_directory(struct choice *choice, struct ca *ca, bool *ret_there, struct error *err)
{
	AUTO(acme_exchange) struct acme_exchange *directory = acme_directory_fetch(ca_server(ca));
	AUTO(error) struct error failure = ERROR_INIT;

	*ret_there = !map_contains(&choice->silent, ca_url(ca));
	if (!*ret_there || driver_exchange(choice->plugins->network, directory, &failure) == 0)
		return 0;
	if (failure.code == ERR_CANCELLED)
		return error_move(err, &failure);
	log_warning("%s cannot be asked either: %s", ca_host(ca), failure.text);
	map_set(&choice->silent, ca_url(ca), NULL);
	*ret_there = false;
	return 0;
}

/* One round of questions for all names, once it is known that a CA goes by a name in such records.
 * Without an answer nothing is forbidden: the CA looks for itself. ERR_CANCELLED only. */
static int find_records(struct choice *choice, struct error *err)
{
	AUTO(error) struct error failure = ERROR_INIT;
	const struct plugin_host *host = NULL;

	if (!choice->names.count)
		return 0;
	if (plugins_host(choice->plugins, &host, &failure) == 0)
		(void)!caa_owners_find(host, choice->settings, &choice->names, &choice->owners,
				       &failure);
	strvec_release(&choice->names);
	if (failure.code == ERR_CANCELLED)
		return error_move(err, &failure);
	if (error_is_set(&failure))
		log_warning("cannot look up CAA records: %s", failure.text);
	return 0;
}

/* Logs the record that forbids the CA to issue. One for an account counts, as that is known. */
static bool is_forbidden(const struct choice *choice, const struct issue_request *request,
			 const struct ca *ca)
{
	struct caa_question question = {
		.identities = &acme_server_meta(ca_server(ca))->caa_identities,
		.account_uri = acme_server_account_url(ca_server(ca)),
	};

	for (size_t i = 0; i < request->identifiers.count; i++) {
		const char *name = request->identifiers.items[i].value;
		const struct strvec *records = caa_owners_records(&choice->owners, name);
		const char *record = NULL;

		question.is_wildcard = str_starts(name, "*.");
		if (!records || caa_judge(records, &question, &record) == CAA_ALLOWS)
			continue;
		log_warning("%s is not asked: a CAA record of %s forbids it (%s)", ca_host(ca),
			    name, record);
		return true;
	}
	return false;
}

static int find_next(struct choice *choice, struct issue_request *request, struct ca **ret_ca,
		     struct error *err)
{
	while (request->fallback_next < request->fallback_count) {
		struct ca *ca = request->fallbacks[request->fallback_next++];
		bool is_there = false;

		if (ask_directory(choice, ca, &is_there, err) < 0)
			return err->code;
		if (!is_there)
			continue;
		if (acme_server_meta(ca_server(ca))->caa_identities.count &&
		    find_records(choice, err) < 0)
			return err->code;
		if (is_forbidden(choice, request, ca))
			continue;
		*ret_ca = ca;
		return 0;
	}
	return 0;
}

/* An order of a fleet belongs to its machines together: the next of them goes on with it, at the CA
 * that has it. */
static bool may_go_on(const struct issue_request *request)
{
	return request->is_cas_fault && error_is_set(&request->error) && !request->fence &&
	       request->fallback_next < request->fallback_count;
}

/* Addresses have no such records. */
static void want_records_of(const struct issue_request *request, struct choice *choice)
{
	choice->settings = request->settings;
	for (size_t i = 0; i < request->identifiers.count; i++)
		if (request->identifiers.items[i].kind == ACME_IDENTIFIER_DNS)
			strvec_push(&choice->names, request->identifiers.items[i].value);
}

/* The words of a CA about single names are in no error's text. */
static void tell_failure(const struct issue_request *request, struct strbuf *out)
{
	strbuf_adds(out, request->error.text);
	for (size_t i = 0; i < request->failures.count; i++)
		strbuf_addf(out, "%s%s: %s", i ? ", " : " (",
			    request->failures.items[i].identifier.value,
			    request->failures.items[i].detail);
	if (request->failures.count)
		strbuf_adds(out, ")");
}

/* `place` is the CA, as messages call it. */
static void keep_error(struct issue_request *request, const char *place)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct error *outage = &request->outage;

	if (error_is_set(outage))
		strbuf_addf(&text, "%s; ", outage->text);
	strbuf_addf(&text, "%s: ", place);
	tell_failure(request, &text);
	if (!error_is_set(outage))
		error_move(outage, &request->error);
	REPLACE(outage->text, strbuf_detach(&text));
	error_release(&request->error);
	acme_failures_release(&request->failures);
}

/* Neither whose fault the failure was nor which names were refused holds for the next CA. */
static void go_on_with(struct issue_request *request, struct ca *next)
{
	log_warning("%s cannot issue for %s now: %s. Asking %s (--fallback-server).",
		    ca_host(request->ca), request->identifiers.items[0].value, request->error.text,
		    ca_host(next));
	keep_error(request, ca_host(request->ca));
	request->ca = next;
	request->is_cas_fault = false;
	if (!request->wanted.count)
		return;
	acme_identifiers_release(&request->identifiers);
	request->identifiers = request->wanted;
	request->wanted = (struct acme_identifiers)ACME_IDENTIFIERS_INIT;
	strvec_release(&request->dropped);
}

/* A signal says nothing of any CA. */
void fallback_settle(struct issue_request *request)
{
	if (error_is_set(&request->outage) && error_is_set(&request->error) &&
	    request->error.code != ERR_CANCELLED) {
		keep_error(request, ca_host(request->ca));
		error_move(&request->error, &request->outage);
	}
	error_release(&request->outage);
}

int fallback_choose(struct plugins *plugins, struct issue_request *const *requests, size_t count,
		    struct issue_request **ret_again, size_t *ret_count, struct error *err)
{
	AUTO(choice)
	struct choice choice = {plugins, NULL, STRVEC_INIT, CAA_OWNERS_INIT, MAP_INIT(NULL)};

	*ret_count = 0;
	for (size_t i = 0; i < count; i++)
		if (may_go_on(requests[i]))
			want_records_of(requests[i], &choice);
	for (size_t i = 0; i < count; i++) {
		struct issue_request *request = requests[i];
		struct ca *next = NULL;

		if (!may_go_on(request))
			continue;
		if (find_next(&choice, request, &next, err) < 0) {
			/* Nothing was begun for those before it either. */
			for (size_t at = 0; at < *ret_count; at++)
				error_move(&ret_again[at]->error, &ret_again[at]->outage);
			return err->code;
		}
		if (!next)
			continue;
		go_on_with(request, next);
		ret_again[(*ret_count)++] = request;
	}
	return 0;
}

/* ---- In the place of a first CA that has no account yet ---- */

bool fallback_may_begin(const struct settings *settings, const struct lineage *lineage,
			enum fallback_start start, const struct error *failure)
{
	AUTO(strvec) struct strvec items = STRVEC_INIT;

	if (!is_fault_of_ca(failure->code, true) &&
	    !(start == FALLBACK_IF_UNUSABLE && failure->code == ERR_REFUSED))
		return false;
	if (lineage && renewal_state_generation(lineage_conf(lineage)))
		return false;
	find_items(settings, lineage, &items);
	return items.count > 0;
}

int fallback_begin(struct plugins *plugins, struct issue_request *request, struct error *failure,
		   struct error *err)
{
	const char *server = settings_string(request->settings, "server");
	AUTO(choice)
	struct choice choice = {plugins, NULL, STRVEC_INIT, CAA_OWNERS_INIT, MAP_INIT(NULL)};

	want_records_of(request, &choice);
	if (find_next(&choice, request, &request->ca, err) < 0)
		return err->code;
	if (!request->ca)
		return error_move(err, failure);
	log_warning("%s cannot be used now: %s. Asking %s (--fallback-server).%s%s", server,
		    failure->text, ca_host(request->ca),
		    failure->hint ? " For the next time: " : "",
		    failure->hint ? failure->hint : "");
	error_move(&request->error, failure);
	keep_error(request, server);
	return 0;
}

/* ---- On record ---- */

/* The certificate if another CA than the first has issued it, else NULL. One that another machine
 * of a fleet has obtained comes without a CA, and counts as the first one's. */
static struct cert *cert_from_another(const struct issue_request *request)
{
	const char *first = settings_string(request->settings, "server");
	const struct strbuf *pem = &request->chain.leaf_pem;
	AUTO(error) struct error unreadable = ERROR_INIT;
	struct cert *cert = NULL;

	if (!request->ca || strcmp(first, ca_url(request->ca)) == 0 || !pem->len ||
	    cert_from_pem(pem->text, pem->len, &cert, &unreadable) < 0)
		return NULL;
	return cert;
}

/* Both certificates: each has to be revoked where it is from. */
void fallback_note(const struct issue_request *request, struct ini *conf)
{
	const struct issue_request *second = request->second;
	AUTO(cert) struct cert *cert = cert_from_another(request);
	AUTO(cert) struct cert *of_second = second ? cert_from_another(second) : NULL;

	renewal_state_set_issuer(conf, NULL, NULL, NULL);
	if (cert)
		renewal_state_set_issuer(conf, cert, ca_url(request->ca),
					 ca_account(request->ca)->id);
	if (of_second)
		renewal_state_add_past_issuer(conf, of_second, ca_url(second->ca),
					      ca_account(second->ca)->id);
}

struct ca_place fallback_issuer(struct lineage *lineage, const struct cert *cert)
{
	const struct ini *conf = lineage_conf(lineage);
	const struct ini_section *params = lineage_params(lineage);
	AUTO(error) struct error unreadable = ERROR_INIT;
	struct ca_place issuer = CA_PLACE_INIT;
	const char *account = NULL;

	if (!cert)
		(void)!lineage_cert(lineage, &cert, &unreadable);
	if (cert && renewal_state_issuer_is_of(conf, cert, &account))
		return (struct ca_place){xstrdup(renewal_state_issuer(conf)),
					 xstrdup_or_null(account)};
	if (cert && renewal_state_past_issuer(conf, cert, &issuer.url, &issuer.account))
		return issuer;
	if (!params)
		return issuer;
	return (struct ca_place){xstrdup_or_null(ini_peek(params, "server")),
				 xstrdup_or_null(ini_peek(params, "account"))};
}
