/*
 * The issuance engine (see issue.h): everything around the order machine, such as checking the
 * answer against the request, and retrying with fewer names.
 */
#include "app/issue/issue.h"

#include <string.h>

#include "acme/order/order.h"
#include "app/issue/acceptance.h"
#include "app/issue/challenge_choice.h"
#include "app/issue/commit.h"
#include "app/issue/committer.h"
#include "app/issue/csr_source.h"
#include "app/issue/debug_challenges.h"
#include "app/issue/driver.h"
#include "app/issue/fallback.h"
#include "app/issue/identifiers.h"
#include "app/keys/keys.h"
#include "app/issue/preflight.h"
#include "base/alloc.h"
#include "base/log.h"
#include "codec/output/result.h"
#include "crypto/key/token.h"
#include "os/signals.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_reserve.h"

/* One order for one request; a request has several when names are dropped. Attempts live until the
 * batch ends, because their failures and orders are read afterwards. */
struct attempt {
	struct network *network;
	struct issue_request *request;
	struct acme_order *order;
	struct driver_task task;
	char *label;
	struct attempt *next; /* all attempts of the batch */
};

struct batch {
	struct network *network;
	struct driver *driver;
	struct committer *committer; /* NULL: there is only one request */
	struct attempt *attempts;
};

static void batch_release(struct batch *batch)
{
	committer_free(batch->committer);
	driver_free(batch->driver);
	while (batch->attempts) {
		struct attempt *attempt = batch->attempts;

		batch->attempts = attempt->next;
		acme_order_free(attempt->order);
		error_release(&attempt->task.error);
		free(attempt->label);
		free(attempt);
	}
}
DEFINE_AUTO(batch, batch_release);

/* Makes the CSR for the present names of the request. A CSR of the user's is sent unchanged: its
 * signature is not ours. */
static int make_csr(const struct issue_request *request, struct strbuf *ret_der, struct error *err)
{
	AUTO(strvec) struct strvec dns = STRVEC_INIT;
	AUTO(strvec) struct strvec ips = STRVEC_INIT;
	const struct csr_request csr = {
		.dns_names = &dns,
		.ip_addresses = &ips,
		.must_staple = settings_flag(request->settings, "must_staple"),
	};

	if (request->csr) {
		strbuf_add(ret_der, request->csr->der.text, request->csr->der.len);
		return 0;
	}
	for (size_t i = 0; i < request->identifiers.count; i++) {
		const struct acme_identifier *identifier = &request->identifiers.items[i];

		strvec_push(identifier->kind == ACME_IDENTIFIER_IP ? &ips : &dns,
			    identifier->value);
	}
	return csr_make(request->key, &csr, ret_der, err);
}

static bool shares_a_name(const struct acme_identifiers *identifiers, const struct cert *cert)
{
	for (size_t i = 0; i < identifiers->count; i++)
		if (strvec_contains(cert_dns_names(cert), identifiers->items[i].value) ||
		    strvec_contains(cert_ip_addresses(cert), identifiers->items[i].value))
			return true;
	return false;
}

/* Returns the ARI id of the certificate that is being replaced, if the same CA issued it and the
 * new one counts as its replacement (RFC 9773 section 5: they have a name in common); heap or NULL.
 * A wrong "replaces" makes CAs refuse the order, while a missing one only costs the exemption from
 * rate limits. So it is left out whenever there is doubt. */
static char *replaced_certificate(const struct issue_request *request)
{
	AUTO(error) struct error err = ERROR_INIT;
	const struct cert *cert = NULL;
	AUTO(ca_place) struct ca_place issuer = CA_PLACE_INIT;
	char *id = NULL;

	if (!request->lineage || settings_flag(request->settings, "dry_run"))
		return NULL;
	/* The CA would refuse what it knows to be replaced, and a fleet believes that: a person who
	 * insists gets an order that replaces nothing. */
	if (request->fence && settings_flag(request->settings, "renew_by_default"))
		return NULL;
	issuer = fallback_issuer(request->lineage, NULL);
	if (!issuer.url || strcmp(issuer.url, ca_url(request->ca)) != 0)
		return NULL;
	if (lineage_cert(request->lineage, &cert, &err) < 0 ||
	    (shares_a_name(&request->identifiers, cert) && cert_ari_id(cert, &id, &err) < 0))
		log_debug("cannot tell the CA which certificate is replaced: %s", err.text);
	return id;
}

/* A dry run tests the challenges, so it must neither use existing authorizations nor leave any
 * behind. */
static unsigned order_flags(const struct issue_request *request)
{
	const struct settings *settings = request->settings;
	unsigned flags = 0;

	if (settings_string(settings, "required_profile"))
		flags |= ACME_ORDER_REQUIRE_PROFILE;
	if (request->fence)
		flags |= ACME_ORDER_CONFIRMED;
	if (settings_flag(settings, "dry_run"))
		flags |= ACME_ORDER_FRESH_AUTHZ | ACME_ORDER_DEACTIVATE_AFTER;
	return flags;
}

static int make_order(struct issue_request *request, struct acme_order **ret_order,
		      struct error *err)
{
	const struct settings *settings = request->settings;
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	AUTO_FREE char *replaces = replaced_certificate(request);
	struct acme_order_request order = {
		.identifiers = &request->identifiers,
		.preference = request->types,
		.preference_count = request->type_count,
		.profile = settings_string(settings, "required_profile"),
		.replaces = replaces,
		.preferred_chain = settings_string(settings, "preferred_chain"),
		.issuance_timeout_ms = settings_int(settings, "issuance_timeout") * 1000,
		.flags = order_flags(request),
	};

	if (!order.profile)
		order.profile = settings_string(settings, "preferred_profile");
	if (make_csr(request, &der, err) < 0 ||
	    (request->fence && request->fence->ops->begin(request, &der, err) < 0))
		return err->code;
	order.resumes = request->fence ? request->fence->resumes : NULL;
	order.csr_der = der.text;
	order.csr_der_len = der.len;
	return acme_order_new(ret_order, ca_server(request->ca), &order, err);
}

static int check_certificate(struct attempt *attempt, struct error *err)
{
	struct issue_request *request = attempt->request;
	const char *preferred = settings_string(request->settings, "preferred_chain");
	const struct acceptance_clock clock = {
		.now = network_now(attempt->network),
		.server_time = acme_order_server_time(attempt->order),
	};

	acme_order_take_chain(attempt->order, &request->chain);
	if (acceptance_check(attempt->network, request, &clock, err) < 0)
		return error_wrap(err, "cannot use the certificate from %s", ca_host(request->ca));
	if (preferred && !acme_order_preferred_chain_found(attempt->order))
		log_warning("The CA offers no chain issued by '%s' (--preferred-chain); using its "
			    "default chain.",
			    preferred);
	if (acme_order_left_valid(attempt->order))
		log_warning(
			"%s has not deactivated %zu of the authorizations of this dry run. While "
			"they are valid, a dry run may validate nothing.",
			ca_host(request->ca), acme_order_left_valid(attempt->order));
	return 0;
}

/* `issued` runs in the loop's thread, in the order in which certificates come; `store` may run in
 * another one. Code that touches the settings or the user belongs into the former. */
static int accept_certificate(struct issue_request *request, struct error *err)
{
	if (request->fence && request->fence->ops->publish(request, err) < 0)
		return err->code;
	return request->issued(request, err);
}

/* With many requests, another thread stores while the orders go on. A single certificate is stored
 * right away: there is nothing else to do, and a thread would cost more than it gains. */
static int store_certificate(struct batch *batch, struct issue_request *request, struct error *err)
{
	if (!request->store)
		return 0;
	if (!batch->committer)
		return request->store(request, err);
	committer_add(batch->committer, request);
	return 0;
}

/* Keeps only the names that did not fail. Returns false if none of them failed, or all did: trying
 * again would change nothing. */
static bool drop_failed_names(struct issue_request *request, const struct acme_failures *failures)
{
	struct acme_identifiers rest = ACME_IDENTIFIERS_INIT;
	AUTO(strvec) struct strvec lost = STRVEC_INIT;

	for (size_t i = 0; i < request->identifiers.count; i++) {
		const struct acme_identifier *name = &request->identifiers.items[i];
		bool failed = false;

		for (size_t at = 0; at < failures->count && !failed; at++)
			failed = strcmp(failures->items[at].identifier.value, name->value) == 0;
		if (failed)
			strvec_push(&lost, name->value);
		else
			acme_identifiers_add(&rest, name->kind, name->value);
	}
	if (!lost.count || !rest.count) {
		acme_identifiers_release(&rest);
		return false;
	}
	/* Another CA may take what this one does not. */
	if (request->wanted.count)
		acme_identifiers_release(&request->identifiers);
	else
		request->wanted = request->identifiers;
	request->identifiers = rest;
	strvec_extend(&request->dropped, &lost);
	return true;
}

/* The first lines and the three fields are Certbot's, since mails and monitoring are searched for
 * them. */
static void report_failures(const struct ui *ui, const struct issue_request *request)
{
	const struct plugin *plugin = request->authenticator->plugin;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text,
		    "\nCertbot failed to authenticate some domains (authenticator: %s). The "
		    "Certificate Authority reported these problems:\n",
		    plugin->name);
	for (size_t i = 0; i < request->failures.count; i++) {
		const struct acme_failure *failure = &request->failures.items[i];

		strbuf_addf(&text, "  Identifier: %s\n  Type:   %s\n  Detail: %s\n\n",
			    failure->identifier.value, failure->type, failure->detail);
	}
	if (plugin->authenticator->failure_hint)
		strbuf_addf(&text, "Hint: %s\n", plugin->authenticator->failure_hint);
	ui_say(ui, "%s", text.text);
}

static void start_attempt(struct batch *batch, struct issue_request *request);

/* Both certificates are there, or that of the second key will not be: what there is is stored, in
 * one step. A second that was wanted alone is the request itself. */
static void finish_second(struct batch *batch, struct issue_request *request)
{
	struct issue_request *second = request->second;

	second->ended_at = network_now(batch->network);
	if (request->second_only && error_is_set(&second->error)) {
		error_move(&request->error, &second->error);
		request->failures = second->failures;
		second->failures = (struct acme_failures){.count = 0};
		return;
	}
	if (accept_certificate(request, &request->error) == 0)
		(void)!store_certificate(batch, request, &request->error);
}

/* After the first, so that the CA validates the names once: by then their authorizations are
 * valid. */
static void start_second(struct batch *batch, struct issue_request *request)
{
	issue_request_brief_second(request);
	commit_draft_first(request);
	start_attempt(batch, request->second);
	if (error_is_set(&request->second->error))
		finish_second(batch, request);
}

static void retry_without_failed(struct attempt *attempt)
{
	struct issue_request *request = attempt->request;
	AUTO_FREE char *dropped = strvec_join(&request->dropped, ", ");

	if (request->failures.count && attempt->task.error.code == ERR_CHALLENGE)
		report_failures(attempt->network->ui, request);
	else
		log_warning("%s", attempt->task.error.text);
	acme_failures_release(&request->failures);
	ui_say(attempt->network->ui,
	       "Unable to obtain a certificate with every requested name. "
	       "Retrying without: %s",
	       dropped);
	error_release(&attempt->task.error);
	start_attempt(attempt->task.context, request);
}

/* The challenge of an identifier that our own side could not put in place, or NULL. */
static const struct acme_challenge *find_unpresented(const struct driver_task *task,
						     const struct acme_identifier *identifier)
{
	for (size_t i = 0; i < task->challenge_count; i++)
		if (error_is_set(&task->challenges[i].present_error) &&
		    (!identifier ||
		     strcmp(task->challenges[i].identifier.value, identifier->value) == 0))
			return &task->challenges[i];
	return NULL;
}

/* Adds failures reported by the CA to the request's failures; a failure on our side becomes its
 * error. The CA never saw a challenge that we could not put in place, so that must not appear under
 * "The Certificate Authority reported". */
static void note_failures(struct attempt *attempt, const struct acme_failures *failures)
{
	struct driver_task *task = &attempt->task;
	const struct acme_challenge *ours = find_unpresented(task, NULL);

	for (size_t i = 0; i < failures->count; i++) {
		const struct acme_failure *failure = &failures->items[i];

		if (!find_unpresented(task, &failure->identifier))
			acme_failures_add(&attempt->request->failures, &failure->identifier,
					  failure->type, failure->detail);
	}
	if (ours && task->error.code != ERR_CANCELLED) {
		error_release(&task->error);
		error_copy(&task->error, &ours->present_error);
		error_wrap(&task->error, "cannot set up the challenge for %s",
			   ours->identifier.value);
	} else if (attempt->request->failures.count && task->error.code == ERR_CHALLENGE) {
		REPLACE(task->error.text, xstrdup("Some challenges have failed."));
	}
}

/* The second goes neither to another CA nor to fewer names than the first, which has its
 * certificate by now: the next run tries again. */
static void second_done(struct driver_task *task)
{
	struct attempt *attempt = CONTAINER_OF(task, struct attempt, task);
	struct issue_request *second = attempt->request, *request = second->first;

	if (error_is_set(&task->error) || check_certificate(attempt, &task->error) < 0) {
		note_failures(attempt, acme_order_failures(attempt->order));
		error_move(&second->error, &task->error);
	}
	finish_second(task->context, request);
}

/* Goes on with a certificate that is as it should be. */
static int take_certificate(struct driver_task *task, struct issue_request *request,
			    struct error *err)
{
	if (request->second) {
		start_second(task->context, request);
		return 0;
	}
	if (accept_certificate(request, err) < 0)
		return err->code;
	return store_certificate(task->context, request, err);
}

/* A failure to store is treated like one of the CA: the request ends with an error, the others go
 * on. */
static void attempt_done(struct driver_task *task)
{
	struct attempt *attempt = CONTAINER_OF(task, struct attempt, task);
	struct issue_request *request = attempt->request;
	const struct acme_failures *failures = acme_order_failures(attempt->order);

	fallback_note_failure(request, &task->error, find_unpresented(task, NULL));
	if (!error_is_set(&task->error) && check_certificate(attempt, &task->error) == 0 &&
	    take_certificate(task, request, &task->error) == 0)
		return;
	if (request->fence)
		request->fence->ops->fail(request, acme_order_is_dead(attempt->order),
					  &task->error);
	note_failures(attempt, failures);
	/* At most as many attempts as names: each leaves out at least one. */
	if (settings_flag(request->settings, "allow_subset_of_names") && !request->csr &&
	    drop_failed_names(request, failures)) {
		retry_without_failed(attempt);
		return;
	}
	error_move(&request->error, &task->error);
}

static int confirm_attempt(struct driver_task *task, const struct acme_action *action,
			   struct error *err)
{
	struct attempt *attempt = CONTAINER_OF(task, struct attempt, task);
	struct issue_request *request = attempt->request;

	return request->fence->ops->confirm(request, action, err);
}

/* The second key and what follows a failure have orders of their own for the same names. */
static char *label_of_order(const struct issue_request *request, struct network *network)
{
	return xasprintf("%s#%zu", request->identifiers.items[0].value, ++network->orders);
}

static void tell_order(const struct issue_request *request, const char *label, const struct ui *ui)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct json *event;

	if (!result_takes_events(ui))
		return;
	identifiers_to_names(&request->identifiers, &names);
	event = json_object_new();
	json_set_string(event, "order", label);
	json_set_text(event, "certificate",
		      request->lineage ? lineage_name(request->lineage) : request->new_name);
	json_set(event, "names", json_strings_new(&names));
	json_set_bool(event, "second_key", request->first != NULL);
	json_set_string(event, "server", ca_url(request->ca));
	result_event(ui, EVENT_ORDER, event);
}

/* A request that failed before its order (in the pre-flight) keeps that error and is not
 * ordered. */
static void start_attempt(struct batch *batch, struct issue_request *request)
{
	struct attempt *attempt = XNEW(struct attempt);

	attempt->next = batch->attempts;
	batch->attempts = attempt;
	attempt->network = batch->network;
	attempt->request = request;
	if (error_is_set(&request->error) ||
	    make_order(request, &attempt->order, &request->error) < 0)
		return;
	attempt->label = label_of_order(request, batch->network);
	tell_order(request, attempt->label, batch->network->ui);
	attempt->task = (struct driver_task){
		.kind = &driver_order_machine,
		.machine = attempt->order,
		.authenticator = request->authenticator,
		.settings = request->settings,
		.label = attempt->label,
		.confirm = request->fence ? confirm_attempt : NULL,
		.done = request->first ? second_done : attempt_done,
		.context = batch,
	};
	driver_add(batch->driver, &attempt->task);
}

static bool has_signal(void)
{
	return signals_pending() != 0;
}

/* This is done before the order, because the plugin's questions may end the run. */
int issue_configure(struct issue_request *request, struct error *err)
{
	const struct authenticator *authenticator = request->authenticator->plugin->authenticator;

	token_heed(has_signal);
	if (csr_source_attach(request, err) < 0 || keys_check_token(request->settings, err) < 0 ||
	    challenge_choice_make(request, err) < 0)
		return err->code;
	if (!authenticator->configure)
		return 0;
	return authenticator->configure(request->authenticator, request->settings,
					&request->identifiers, err);
}

/* Gives requests that have not ended the reason why they never will. */
static void give_up(struct issue_request *const *requests, size_t count, const struct error *reason)
{
	for (size_t i = 0; i < count; i++)
		if (!error_is_set(&requests[i]->error))
			error_copy(&requests[i]->error, reason);
}

/* Any attempt counts, not only the last: an order that was given up may still lead to a
 * certificate. So does one for the second key, which has a draft to lose as well. */
static bool may_be_issued(const struct batch *batch, const struct issue_request *request)
{
	for (const struct attempt *attempt = batch->attempts; attempt; attempt = attempt->next)
		if ((attempt->request == request || attempt->request->first == request) &&
		    attempt->order && acme_order_csr_sent(attempt->order))
			return true;
	return false;
}

/* Removes lineages that were begun for certificates that were not issued. If the run was stopped,
 * the CA may have issued one that it does not know of, so the key is kept. The first of two that is
 * on disk is stored by the next run. */
static void take_back(const struct batch *batch, struct issue_request *const *requests,
		      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct issue_request *request = requests[i];
		bool keeps_key = request->error.code == ERR_CANCELLED &&
				 may_be_issued(batch, request);

		if (request->is_reserved && !request->is_drafted)
			lineage_abandon(request->lineage ? request->lineage : request->unborn,
					keeps_key ? LINEAGE_KEEP_KEY : 0);
		request->is_reserved = false;
	}
}

/* Asks the other machines first, where there are any. A request that is theirs ends here: neither a
 * key is made for it, nor is its CA asked. */
static void claim_all(struct issue_request *const *requests, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct issue_request *request = requests[i];

		if (!request->fence || error_is_set(&request->error) ||
		    request->fence->ops->claim(request, &request->error) == 0)
			continue;
		request->is_unready = true;
	}
}

/* A certificate that another machine has renewed is stored like one that was issued here. No task
 * is made for it. */
static void start_request(struct batch *batch, struct issue_request *request)
{
	if (request->second_only && request->second && !error_is_set(&request->error)) {
		start_second(batch, request);
		return;
	}
	if (!request->fence || !request->fence->is_taken || error_is_set(&request->error)) {
		start_attempt(batch, request);
		return;
	}
	if (request->issued(request, &request->error) == 0)
		(void)!store_certificate(batch, request, &request->error);
}

/* Keeps the fleet's lease alive, which all requests share. */
static void beat_first(void *context)
{
	struct issue_request *request = context;

	request->fence->ops->beat(request);
}

static void watch_fences(struct batch *batch, struct issue_request *const *requests, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!requests[i]->fence)
			continue;
		driver_on_turn(batch->driver, beat_first, requests[i]);
		return;
	}
}

/* Orders that failed for a reason of their CA's go to the next one that may be asked, as often as
 * there is one. */
static int run_orders(struct batch *batch, struct plugins *plugins,
		      struct issue_request *const *requests, size_t count, struct error *err)
{
	AUTO_FREE struct issue_request **again = xcalloc(count, sizeof(*again));
	size_t again_count = 0;

	do {
		if (driver_run(batch->driver, err) < 0 ||
		    fallback_choose(plugins, requests, count, again, &again_count, err) < 0)
			break;
		for (size_t i = 0; i < again_count; i++)
			start_attempt(batch, again[i]);
	} while (again_count);
	for (size_t i = 0; i < count; i++)
		fallback_settle(requests[i]);
	return error_is_set(err) ? err->code : 0;
}

/* Threads are joined before anything is taken back: a request that is still being stored has not
 * failed. */
int issue_batch(struct plugins *plugins, struct issue_request *const *requests, size_t count,
		struct error *err)
{
	const struct settings *settings = plugins->host.settings;
	AUTO(batch) struct batch batch = {
		.network = plugins->network,
		.driver = driver_new(plugins->network),
	};
	int rc;

	claim_all(requests, count);
	if (preflight_run(plugins, requests, count, err) < 0) {
		give_up(requests, count, err);
		take_back(&batch, requests, count);
		return err->code;
	}
	if (count > 1)
		batch.committer = committer_new();
	driver_set_parallel(batch.driver, (size_t)settings_int(settings, "parallel"));
	if (settings_flag(settings, "debug_challenges"))
		driver_on_presented(batch.driver, debug_challenges_pause, plugins->network);
	watch_fences(&batch, requests, count);
	for (size_t i = 0; i < count; i++)
		start_request(&batch, requests[i]);
	rc = run_orders(&batch, plugins, requests, count, err);
	committer_free(STEAL(batch.committer));
	take_back(&batch, requests, count);
	return rc;
}

void issue_report_failures(const struct ui *ui, const struct issue_request *request)
{
	/* If the CA refused the order, its words about the names are in the error's text, and no
	 * challenge is to blame. */
	if (request->failures.count && request->error.code == ERR_CHALLENGE)
		report_failures(ui, request);
}
