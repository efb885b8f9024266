/*
 * The order in which facts are gathered (see gather.h). The CA's directory is requested first, and
 * arrives while DNS is asked. The addresses found in DNS come last.
 */
#include "app/why/gather.h"

#include <stdlib.h>
#include <string.h>

#include "app/debts/debts.h"
#include "store/renewal/renewal_state.h"
#include "app/why/gather_parts.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "config/names.h"
#include "net/dns/dns_client.h"
#include "net/dns/name_server.h"
#include "net/http/http.h"
#include "os/socket/sockets.h"

enum {
	/* DNS gets only this share of the time that is left, so that slow name servers leave some
	 * for the rest. */
	DNS_PERCENT = 65,
	LEAST_MS = 200,
};

void gatherer_begin(struct gatherer *gatherer, struct plugins *plugins, int64_t limit_ms)
{
	const struct clock *clock = plugins->network->clock;

	*gatherer = (struct gatherer){.plugins = plugins, .network = plugins->network};
	gatherer->deadline_ms = clock_mono_ms(clock) + limit_ms;
	plugins->host.asks_only = true;
	fact_machine_init(&gatherer->machine);
	gather_machine(plugins->host.settings, clock_now_seconds(clock), &gatherer->machine);
}

void gatherer_end(struct gatherer *gatherer)
{
	http_client_free(STEAL(gatherer->bare));
	gather_logs_free(STEAL(gatherer->logs));
	fact_machine_release(&gatherer->machine);
}

bool gatherer_may_ask(const struct gatherer *gatherer)
{
	return clock_mono_ms(gatherer->network->clock) + LEAST_MS < gatherer->deadline_ms;
}

/* ---- Files ---- */

/* RFC 8738: certificates may contain addresses, for which DNS is not needed. */
static bool is_address(const char *name)
{
	AUTO_FREE char *literal = NULL;
	AUTO(error) struct error no_address = ERROR_INIT;

	return names_check_ip(name, &literal, &no_address) == 0;
}

static void add_fact_name(struct facts *facts, const char *name)
{
	bool is_wildcard = str_starts(name, "*.");
	struct fact_name *fact = facts_add_name(facts, is_wildcard ? name + 2 : name);

	if (!fact)
		return;
	fact->is_wildcard = is_wildcard;
	fact->is_ip = is_address(name);
	if (fact->is_ip)
		fact->probes[fact->probe_count++].address = xstrdup(name);
}

/* The names of the certificate, starting with the one that the CA blamed. */
static void add_lineage_names(struct lineage *lineage, struct facts *facts)
{
	const struct ini *conf = lineage_conf(lineage);
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;
	const char *blamed = renewal_state_failure(conf).name;
	const struct cert *cert = NULL;

	if (lineage_cert(lineage, &cert, &unreadable) == 0) {
		strvec_extend(&names, cert_dns_names(cert));
		strvec_extend(&names, cert_ip_addresses(cert));
	}
	renewal_state_wanted(conf, &names);
	if (blamed && strvec_contains(&names, blamed))
		add_fact_name(facts, blamed);
	for (size_t i = 0; i < names.count; i++)
		if (!str_eq_or_null(names.items[i], blamed))
			add_fact_name(facts, names.items[i]);
}

void gatherer_log(struct gatherer *gatherer, int64_t since, const struct strvec *names,
		  struct fact_failure *ret)
{
	if (!gatherer->logs)
		gatherer->logs = gather_logs_new(
			settings_string(gatherer->plugins->host.settings, "logs_dir"),
			gatherer->is_after_failure);
	gather_log(gatherer->logs, since, names, ret);
}

/* Looks for a failure of a command that does not record it in the conf. */
static void add_logged_failure(struct gatherer *gatherer, struct facts *facts)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct fact_failure logged = {.text = NULL};

	if (facts->failure.text)
		return;
	if (facts->lineage.name)
		strvec_push(&names, facts->lineage.name);
	for (size_t i = 0; i < facts->name_count; i++)
		strvec_pushf(&names, "%s%s", facts->names[i].is_wildcard ? "*." : "",
			     facts->names[i].name);
	gatherer_log(gatherer, facts->lineage.has_cert ? facts->lineage.not_before + 3600 : 0,
		     &names, &logged);
	if (logged.text)
		facts->failure = logged;
}

/* Without a fleet there is nothing to look at. */
static void look_at_fleet(struct gatherer *gatherer, bool asks, struct facts *facts)
{
	struct network *network = gatherer->network;

	if (network->look_at_fleet && facts->lineage.name)
		network->look_at_fleet(network, facts->lineage.name, asks, &facts->fleet);
}

void gatherer_read(struct gatherer *gatherer, struct lineage_opened *opened,
		   struct facts *ret_facts)
{
	const struct settings *run = gatherer->plugins->host.settings;
	AUTO(settings) struct settings *settings = NULL;
	AUTO(error) struct error unusable = ERROR_INIT;

	facts_init(ret_facts, opened->name, &gatherer->machine);
	ret_facts->lineage.name = xstrdup(opened->name);
	if (!opened->lineage || debts_restore(run, opened->lineage, &settings, &unusable) < 0) {
		ret_facts->lineage.error = xstrdup(opened->lineage ? unusable.text
								   : opened->error.text);
		gather_account(run, ret_facts);
		return;
	}
	add_lineage_names(opened->lineage, ret_facts);
	gather_lineage(gatherer->plugins, settings, opened, ret_facts);
	look_at_fleet(gatherer, false, ret_facts);
	gather_account(settings, ret_facts);
	add_logged_failure(gatherer, ret_facts);
}

/* The CA's message shows which challenge was tried; if it does not mention DNS, assume http-01,
 * which most people use. */
void gatherer_read_name(struct gatherer *gatherer, const char *name, struct facts *ret_facts)
{
	const struct settings *run = gatherer->plugins->host.settings;
	const char *said;

	facts_init(ret_facts, name, &gatherer->machine);
	add_fact_name(ret_facts, name);
	gather_account(run, ret_facts);
	add_logged_failure(gatherer, ret_facts);
	said = ret_facts->failure.text ? ret_facts->failure.text : "";
	ret_facts->lineage.challenge = ret_facts->names[0].is_wildcard || strstr(said, "TXT") ||
						       strstr(said, "_acme-challenge")
					       ? ACME_DNS_01
					       : ACME_HTTP_01;
}

/* ---- The network ---- */

/* Bypasses proxies: they are used for outgoing requests and are not on the CA's way in. */
static int open_bare(struct gatherer *gatherer, struct error *err)
{
	const struct http_options options = {
		.user_agent = "certbot/" CERTBOT_VERSION,
		.is_direct = true,
		.confinement = &gatherer->network->confinement,
	};

	return gatherer->bare ? 0 : http_client_new(&options, &gatherer->bare, err);
}

/* Compares text: both come from inet_ntop() or the like, in their shortest form (RFC 5952). */
static void note_own_addresses(struct facts *facts)
{
	for (size_t i = 0; i < facts->name_count; i++)
		for (size_t j = 0; j < facts->names[i].probe_count; j++) {
			struct fact_probe *probe = &facts->names[i].probes[j];

			probe->is_own = strvec_contains(&facts->machine->own, probe->address);
		}
}

/* Asks DNS within its share of the time. */
static int ask_dns(struct gatherer *gatherer, struct facts *facts, struct error *err)
{
	const struct clock *clock = gatherer->network->clock;
	int64_t now = clock_mono_ms(clock);
	const struct gather_limit limit = {clock,
					   now + (gatherer->deadline_ms - now) * DNS_PERCENT / 100};

	return gather_dns(gatherer->network->dns, gatherer->plugins->host.settings, &limit, facts,
			  err);
}

int gatherer_ask(struct gatherer *gatherer, struct lineage *lineage, struct facts *facts,
		 struct error *err)
{
	const struct gather_limit limit = {gatherer->network->clock, gatherer->deadline_ms};
	AUTO(error) struct error lacking = ERROR_INIT;
	struct http_client *http;

	look_at_fleet(gatherer, true, facts);
	if (network_http(gatherer->network, &http, &lacking) < 0 ||
	    open_bare(gatherer, &lacking) < 0) {
		log_debug("nothing is asked over HTTP: %s", lacking.text);
		return ask_dns(gatherer, facts, err);
	}
	gather_ca_begin(http, facts);
	if ((lineage && gatherer->looks_at_services &&
	     gather_services(gatherer->plugins, lineage, facts, err) < 0) ||
	    ask_dns(gatherer, facts, err) < 0) {
		gather_ca_drop(http);
		return err->code;
	}
	note_own_addresses(facts);
	if (gather_http(http, gatherer->bare, &limit, facts, err) < 0)
		return err->code;
	if (lineage)
		gather_judge_services(lineage, facts);
	return 0;
}
