/*
 * Causes between the CA and the names: DNS, and the way to the web server (see diagnoses.h). These
 * are observations from this machine, and are worded so; whether the CA sees the same is certain
 * only where it said so.
 */
#include <stdlib.h>
#include <string.h>

#include "dns/query/caa.h"
#include "app/why/diagnoses.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/url.h"

/* A condition over one name. */
typedef bool name_holds_fn(const struct facts *facts, const struct fact_name *name,
			   struct finding *finding);

static bool is_asked_for(const struct facts *facts, const char *name)
{
	const char *named = facts->failure.identifier;

	return str_eq_nocase(str_starts(named, "*.") ? named + 2 : named, name);
}

/* If the CA blamed one of the names, the others are not at fault. */
static bool any_name(const struct facts *facts, name_holds_fn *holds, struct finding *finding)
{
	bool is_named = false;

	for (size_t i = 0; facts->failure.identifier && i < facts->name_count; i++)
		is_named |= is_asked_for(facts, facts->names[i].name);
	for (size_t i = 0; i < facts->name_count; i++) {
		const struct fact_name *name = &facts->names[i];

		if (is_named && !is_asked_for(facts, name->name))
			continue;
		if (holds(facts, name, finding)) {
			finding->name = name;
			return true;
		}
	}
	return false;
}

/* Turns a condition over one name into one over the whole sheet. */
#define FOR_ANY_NAME(condition)                                                                    \
	static bool any_##condition(const struct facts *facts, struct finding *finding)            \
	{                                                                                          \
		return any_name(facts, condition, finding);                                        \
	}

static bool uses_http(const struct facts *facts)
{
	return facts->lineage.challenge == ACME_HTTP_01;
}

static bool is_authenticator(const struct facts *facts, const char *name)
{
	return str_eq_or_null(facts->lineage.authenticator, name);
}

/* Other authenticators change the server's configuration for the challenge, or answer in its place,
 * so the server's present answers are not those that the CA gets. */
static bool leaves_server_alone(const struct facts *facts)
{
	return !facts->lineage.authenticator || is_authenticator(facts, "webroot") ||
	       is_authenticator(facts, "manual");
}

/* ---- DNS ---- */

/* CAs validate DNSSEC (RFC 8555 section 11.2 wants it), so no setting at the CA helps. */
static bool dnssec_is_bogus(const struct facts *facts, const struct fact_name *name,
			    struct finding *finding)
{
	if (!name->is_bogus)
		return false;
	strbuf_addf(&finding->cause,
		    "the DNSSEC signatures of %s are not valid: resolvers that check them answer "
		    "SERVFAIL, and answer only if asked not to check",
		    name->name);
	return true;
}
FOR_ANY_NAME(dnssec_is_bogus)

/* Applies only if resolvers have no answer either: elsewhere, port 53 may be blocked except to
 * resolvers. */
static bool servers_are_silent(const struct facts *facts, const struct fact_name *name,
			       struct finding *finding)
{
	AUTO_FREE char *servers = NULL;

	if (name->is_known || !name->resolver_error)
		return false;
	strbuf_addf(&finding->cause, "nobody answers for %s in DNS: %s", name->name,
		    name->resolver_error);
	if (name->silent.count) {
		servers = strvec_join(&name->silent, ", ");
		strbuf_addf(&finding->cause, "; of the zone's servers, silent: %s", servers);
	}
	return true;
}
FOR_ANY_NAME(servers_are_silent)

/* "a.test", or the name that it is an alias of: the record is missing there, and the remedy names
 * it. */
static void add_owner(const struct fact_name *name, struct finding *finding)
{
	const char *owner = name->aliases.count ? name->aliases.items[name->aliases.count - 1]
						: name->name;

	strbuf_adds(&finding->cause, name->name);
	if (name->aliases.count)
		strbuf_addf(&finding->cause, " is an alias of %s, which", owner);
	strbuf_adds(&finding->object, owner);
}

/* dns-01 works even if the name itself does not exist. */
static bool name_is_missing(const struct facts *facts, const struct fact_name *name,
			    struct finding *finding)
{
	if (!name->is_missing || !uses_http(facts))
		return false;
	add_owner(name, finding);
	strbuf_adds(&finding->cause, " does not exist in DNS (NXDOMAIN)");
	if (name->zone)
		strbuf_addf(&finding->cause, ", say the servers of %s", name->zone);
	return true;
}
FOR_ANY_NAME(name_is_missing)

/* For CAs whose directory does not list their CAA names: by the end of the host name. */
static const struct {
	const char *host, *identity;
} well_known[] = {
	{"letsencrypt.org", "letsencrypt.org"},
	{"pki.goog", "pki.goog"},
	{"zerossl.com", "sectigo.com"},
	{"buypass.com", "buypass.com"},
	{"ssl.com", "ssl.com"},
};

/* Names that a CA obeys in addition to those in its directory (Sectigo's practice statement,
 * 4.2.1). */
static const char *const sectigo[] = {"comodoca.com", "usertrust.com", "trust-provider.com"};

static void find_identities(const struct fact_ca *ca, struct strvec *ret_identities)
{
	strvec_extend(ret_identities, &ca->caa_identities);
	for (size_t i = 0; !ca->caa_identities.count && ca->host && i < ARRAY_LEN(well_known); i++)
		if (str_ends(ca->host, well_known[i].host))
			strvec_push(ret_identities, well_known[i].identity);
	for (size_t i = 0; strvec_contains(ret_identities, "sectigo.com") && i < ARRAY_LEN(sectigo);
	     i++)
		strvec_push_unique(ret_identities, sectigo[i]);
}

static enum caa_verdict caa_verdict_on(const struct facts *facts, const struct fact_name *name,
				       const struct strvec *identities, const char **ret_record)
{
	const struct caa_question question = {
		.identities = identities,
		.account_uri = facts->ca.account_uri,
		.method = facts->lineage.name &&
					  facts->lineage.challenge != ACME_CHALLENGE_TYPE__COUNT
				  ? acme_challenge_type_name(facts->lineage.challenge)
				  : NULL,
		.is_wildcard = name->is_wildcard,
	};

	*ret_record = NULL;
	return name->caa.owner && name->caa.records.count
		       ? caa_judge(&name->caa.records, &question, ret_record)
		       : CAA_ALLOWS;
}

/* Names the record that forbids issuance, if one does so by this verdict. */
static bool caa_says(const struct facts *facts, enum caa_verdict verdict, const char *what,
		     struct finding *finding)
{
	AUTO(strvec) struct strvec identities = STRVEC_INIT;

	find_identities(&facts->ca, &identities);
	for (size_t i = 0; i < facts->name_count; i++) {
		const struct fact_name *name = &facts->names[i];
		const char *record;

		if (caa_verdict_on(facts, name, &identities, &record) != verdict)
			continue;
		strbuf_addf(&finding->cause,
			    "the CAA record of %s forbids %s to issue for %s%s%s: %s",
			    name->caa.owner, facts->ca.host, name->is_wildcard ? "*." : "",
			    name->name, what, record);
		if (identities.count)
			strbuf_addf(&finding->object, "%s", identities.items[0]);
		finding->name = name;
		return true;
	}
	return false;
}

static bool caa_is_for_others(const struct facts *facts, struct finding *finding)
{
	return caa_says(facts, CAA_OTHER_ISSUER, "", finding);
}

static bool caa_is_critical(const struct facts *facts, struct finding *finding)
{
	return caa_says(facts, CAA_CRITICAL, ", as it has a critical property that CAs do not know",
			finding);
}

static bool caa_has_other_account(const struct facts *facts, struct finding *finding)
{
	AUTO_FREE char *what = xasprintf(" with the account %s",
					 facts->ca.account_uri ? facts->ca.account_uri : "");

	return caa_says(facts, CAA_OTHER_ACCOUNT, what, finding);
}

static bool caa_has_other_method(const struct facts *facts, struct finding *finding)
{
	AUTO_FREE char *what =
		xasprintf(" by %s", facts->lineage.challenge == ACME_CHALLENGE_TYPE__COUNT
					    ? ""
					    : acme_challenge_type_name(facts->lineage.challenge));

	return caa_says(facts, CAA_OTHER_METHOD, what, finding);
}

/* RFC 8659 section 3: without an answer, the CA must not issue. */
static bool caa_is_unanswered(const struct facts *facts, const struct fact_name *name,
			      struct finding *finding)
{
	if (!name->caa.is_failed)
		return false;
	strbuf_addf(&finding->cause,
		    "the name servers answer the question for CAA records of %s with an error, "
		    "which forbids every CA to issue",
		    name->caa.owner ? name->caa.owner : name->name);
	return true;
}
FOR_ANY_NAME(caa_is_unanswered)

static bool alias_leads_nowhere(const struct facts *facts, const struct fact_name *name,
				struct finding *finding)
{
	if (!name->alias_error || facts->lineage.challenge != ACME_DNS_01)
		return false;
	strbuf_addf(&finding->cause, "_acme-challenge.%s leads to %s, which leads nowhere: %s",
		    name->name, name->challenge_alias, name->alias_error);
	strbuf_adds(&finding->object, name->challenge_alias);
	return true;
}
FOR_ANY_NAME(alias_leads_nowhere)

static bool has_no_address(const struct facts *facts, const struct fact_name *name,
			   struct finding *finding)
{
	if (!uses_http(facts) || name->is_ip || !name->is_known || name->is_missing ||
	    name->probe_count)
		return false;
	add_owner(name, finding);
	strbuf_adds(&finding->cause, " has no address in DNS, neither A nor AAAA");
	return true;
}
FOR_ANY_NAME(has_no_address)

/* ---- Addresses ---- */

static bool is_ipv6(const struct fact_probe *probe)
{
	return strchr(probe->address, ':') != NULL;
}

/* The address certainly belongs to another machine. Behind a router that translates addresses, no
 * public address is this machine's own, so nothing can be concluded. */
static bool is_elsewhere(const struct facts *facts, const struct fact_probe *probe)
{
	return !probe->is_own && facts->machine->has_public[is_ipv6(probe)];
}

static const struct fact_probe *find_own(const struct fact_name *name)
{
	for (size_t i = 0; i < name->probe_count; i++)
		if (name->probes[i].is_own)
			return &name->probes[i];
	return NULL;
}

static void add_own_addresses(const struct facts *facts, struct strbuf *out)
{
	AUTO_FREE char *own = strvec_join(&facts->machine->own, ", ");

	strbuf_addf(out, "this machine, which has %s", own);
}

/* Holds where the CA could not connect, or nobody can from here. If this machine has no route
 * there, as without IPv6, that tells nothing about the CA. */
static bool is_dead(const struct facts *facts, const struct fact_probe *probe)
{
	AUTO_FREE char *asked = NULL;

	if (probe->outcome != PROBE_UNREACHABLE)
		return probe->outcome != PROBE_ANSWERED && probe->outcome != PROBE_NONE;
	asked = failure_is(facts, "connection") ? failure_address(facts) : NULL;
	return str_eq_or_null(asked, probe->address);
}

/* The CA says that it reached this machine, so other addresses were not in its way. */
static bool came_here(const struct facts *facts, const struct fact_probe *own)
{
	AUTO_FREE char *asked = failure_address(facts);

	return own && str_eq_or_null(asked, own->address);
}

/* CAs validate from several places (multi-perspective validation), and so reach several of the
 * servers. Serial numbers matter for records that come and go, but servers of different providers
 * never need to agree on them. If no server has an address of ours, different answers may be
 * intended. */
static bool servers_disagree(const struct facts *facts, const struct fact_name *name,
			     struct finding *finding)
{
	const struct fact_probe *own = find_own(name);
	const char *what = uses_http(facts) && !failure_is(facts, "caa")
				   ? (own && !came_here(facts, own) ? name->disagreement : NULL)
				   : name->serials;

	if (!what)
		return false;
	strbuf_addf(&finding->cause,
		    "the name servers of %s do not say the same, as if a change had not reached "
		    "all of them, and the CA may ask any: %s",
		    name->zone ? name->zone : name->name, what);
	return true;
}
FOR_ANY_NAME(servers_disagree)

/* Either split DNS, where a company's resolvers have other records than the public servers, or a
 * recent change. */
static bool address_differs(const struct facts *facts, const struct fact_name *name,
			    struct finding *finding)
{
	const struct fact_probe *own = find_own(name);
	AUTO_FREE char *asked = failure_address(facts);
	AUTO(strvec) struct strvec here = STRVEC_INIT;
	AUTO_FREE char *list = NULL;

	/* Of several names, shows the address of the one that the CA blamed; after a redirect, that
	 * of the last place. */
	if (!asked || !uses_http(facts) || !own || own->hops.count > 1 ||
	    (facts->name_count > 1 && !is_asked_for(facts, name->name)))
		return false;
	for (size_t i = 0; i < name->probe_count; i++)
		strvec_push(&here, name->probes[i].address);
	if (strvec_contains(&here, asked) || strvec_contains(&facts->machine->own, asked))
		return false;
	list = strvec_join(&here, ", ");
	strbuf_addf(
		&finding->cause,
		"the CA was led to %s for %s, and DNS as it is seen from here has %s: the record "
		"has changed since, or the CA is told something else than this machine",
		asked, name->name, list);
	strbuf_adds(&finding->object, asked);
	return true;
}
FOR_ANY_NAME(address_differs)

/* All addresses belong to other machines, and none of them answers. */
static bool address_is_wrong(const struct facts *facts, const struct fact_name *name,
			     struct finding *finding)
{
	AUTO(strvec) struct strvec addresses = STRVEC_INIT;
	AUTO_FREE char *list = NULL;

	for (size_t i = 0; i < name->probe_count; i++) {
		const struct fact_probe *probe = &name->probes[i];

		if (!is_elsewhere(facts, probe) || !is_dead(facts, probe))
			return false;
		strvec_push(&addresses, probe->address);
	}
	if (!addresses.count || !uses_http(facts))
		return false;
	list = strvec_join(&addresses, ", ");
	strbuf_addf(&finding->cause, "in DNS %s is at %s, where no web server answers; it is not ",
		    name->name, list);
	add_own_addresses(facts, &finding->cause);
	return true;
}
FOR_ANY_NAME(address_is_wrong)

/* Resolvers still have an old address, while the zone's servers have ours. */
static bool address_is_remembered(const struct facts *facts, const struct fact_name *name,
				  struct finding *finding)
{
	const struct fact_probe *own = find_own(name);

	if (!name->cached || !own || !uses_http(facts) || came_here(facts, own))
		return false;
	strbuf_addf(&finding->cause,
		    "the address of %s was changed to %s, and resolvers still remember %s",
		    name->name, own->address, name->cached);
	return true;
}
FOR_ANY_NAME(address_is_remembered)

/* One address is this machine's and another one is not, of the same kind or not. CAs try only some
 * of them (RFC 8555 section 8.3 leaves the choice open; Let's Encrypt prefers IPv6). An address
 * that a router forwards to this machine looks like a wrong one unless it does not answer. */
static bool another_address_is_wrong(const struct facts *facts, const struct fact_name *name,
				     struct finding *finding, bool wants_ipv6)
{
	const struct fact_probe *own = find_own(name);

	if (!own || !uses_http(facts) || came_here(facts, own))
		return false;
	for (size_t i = 0; i < name->probe_count; i++) {
		const struct fact_probe *probe = &name->probes[i];
		bool is_closed = is_dead(facts, probe);
		bool is_other = probe->outcome == PROBE_ANSWERED &&
				own->outcome == PROBE_ANSWERED &&
				(probe->status != own->status ||
				 !str_eq_or_null(probe->server, own->server));

		if (probe->is_own || is_ipv6(probe) != wants_ipv6 || !(is_closed || is_other))
			continue;
		strbuf_addf(&finding->cause,
			    "in DNS %s is not only at %s, which is this machine, but also at %s "
			    "(%s), %s",
			    name->name, own->address, probe->address, wants_ipv6 ? "AAAA" : "A",
			    is_closed ? "where no web server answers"
				      : "where another server answers");
		strbuf_adds(&finding->object, probe->address);
		return true;
	}
	return false;
}

static bool aaaa_is_stale(const struct facts *facts, const struct fact_name *name,
			  struct finding *finding)
{
	return another_address_is_wrong(facts, name, finding, true);
}
FOR_ANY_NAME(aaaa_is_stale)

static bool further_a_is_wrong(const struct facts *facts, const struct fact_name *name,
			       struct finding *finding)
{
	return another_address_is_wrong(facts, name, finding, false);
}
FOR_ANY_NAME(further_a_is_wrong)

/* ---- The server ---- */

static bool port_is_closed(const struct facts *facts, const struct fact_name *name,
			   struct finding *finding)
{
	const struct fact_probe *own = find_own(name);

	/* Standalone and manual listen only during a validation. */
	if (!uses_http(facts) || !own || own->outcome != PROBE_REFUSED || own->hops.count > 1 ||
	    !facts->lineage.authenticator || is_authenticator(facts, "standalone") ||
	    is_authenticator(facts, "manual"))
		return false;
	strbuf_addf(&finding->cause,
		    "no web server listens on port 80 of %s, where the CA asks for the challenge "
		    "of %s",
		    own->address, name->name);
	return true;
}
FOR_ANY_NAME(port_is_closed)

static bool port_is_taken(const struct facts *facts, struct finding *finding)
{
	AUTO_FREE char *programs = NULL;

	if (!is_authenticator(facts, "standalone") || !uses_http(facts) ||
	    !facts->machine->on_http.count || facts->lineage.has_pre_hook ||
	    facts->lineage.http_port != facts->machine->http_port)
		return false;
	programs = strvec_join(&facts->machine->on_http, ", ");
	strbuf_addf(&finding->cause, "port %lld, which --standalone needs, is in use by %s",
		    (long long)facts->lineage.http_port, programs);
	strbuf_adds(&finding->object, programs);
	return true;
}

/* An authenticator that changes the server's configuration exempts the challenge from the server's
 * redirects and refusals. */
static bool is_served_as_is(const struct facts *facts, const struct fact_probe *probe)
{
	return uses_http(facts) && (leaves_server_alone(facts) || !probe->is_own);
}

static const char *last_hop(const struct fact_probe *probe)
{
	return probe->hops.count ? probe->hops.items[probe->hops.count - 1] : "";
}

/* True if the host of the URL is one of the names. */
static bool is_of_names(const struct facts *facts, const char *text)
{
	AUTO(url) struct url url = {.port = -1};
	AUTO(error) struct error bad = ERROR_INIT;

	if (url_parse(text, &url, &bad) < 0)
		return false;
	for (size_t i = 0; i < facts->name_count; i++)
		if (str_eq_nocase(facts->names[i].name, url.host))
			return true;
	return false;
}

static bool redirects_wrong(const struct facts *facts, const struct fact_name *name,
			    struct finding *finding)
{
	for (size_t i = 0; i < name->probe_count; i++) {
		const struct fact_probe *probe = &name->probes[i];

		if (!is_served_as_is(facts, probe))
			continue;
		if (probe->is_loop || probe->is_endless)
			strbuf_addf(&finding->cause,
				    "the web server at %s redirects requests for the challenge of "
				    "%s in a circle, over %s",
				    probe->address, name->name, last_hop(probe));
		else if (probe->refused_hop)
			strbuf_addf(&finding->cause,
				    "the web server at %s redirects requests for the challenge of "
				    "%s to %s, and CAs follow to the ports 80 and 443 only",
				    probe->address, name->name, probe->refused_hop);
		else if (probe->hops.count > 1 && probe->outcome != PROBE_ANSWERED &&
			 probe->outcome != PROBE_NONE && probe->outcome != PROBE_UNREACHABLE)
			strbuf_addf(&finding->cause,
				    "the web server at %s redirects requests for the challenge of "
				    "%s to %s, where nothing answers: %s",
				    probe->address, name->name, last_hop(probe),
				    probe->error ? probe->error : "no answer");
		if (finding->cause.len)
			return true;
	}
	return false;
}
FOR_ANY_NAME(redirects_wrong)

/* The CA looked there as well and found no challenge. If it could not even connect, this is not the
 * reason. A site that answers every path with a page of its own may still serve the challenge. */
static bool redirects_elsewhere(const struct facts *facts, const struct fact_name *name,
				struct finding *finding)
{
	for (size_t i = 0; !failure_is(facts, "connection") && i < name->probe_count; i++) {
		const struct fact_probe *probe = &name->probes[i];

		if (!is_served_as_is(facts, probe) || probe->hops.count < 2 ||
		    probe->outcome != PROBE_ANSWERED || probe->status < 300 ||
		    is_of_names(facts, last_hop(probe)))
			continue;
		strbuf_addf(&finding->cause,
			    "the web server at %s redirects requests for the challenge of %s to "
			    "another site, %s, which does not have it",
			    probe->address, name->name, last_hop(probe));
		return true;
	}
	return false;
}
FOR_ANY_NAME(redirects_elsewhere)

/* A proxy that passes challenges on is fine, so this explains only challenges that failed. */
static bool another_server_answers(const struct facts *facts, const struct fact_name *name,
				   struct finding *finding)
{
	const struct fact_probe *probe = name->probe_count ? &name->probes[0] : NULL;

	if (!uses_http(facts) || !probe || find_own(name) || !is_elsewhere(facts, probe) ||
	    probe->outcome != PROBE_ANSWERED)
		return false;
	strbuf_addf(&finding->cause, "the server that answers for %s is at %s%s%s%s, which is not ",
		    name->name, probe->address, probe->server ? " (" : "",
		    probe->server ? probe->server : "", probe->server ? ")" : "");
	add_own_addresses(facts, &finding->cause);
	return true;
}
FOR_ANY_NAME(another_server_answers)

/* The CA could not connect, but from here it works. */
static bool port_is_filtered(const struct facts *facts, const struct fact_name *name,
			     struct finding *finding)
{
	const struct fact_probe *own = find_own(name);

	if (!failure_is(facts, "connection") || !uses_http(facts))
		return false;
	if (own && (own->outcome == PROBE_ANSWERED || is_authenticator(facts, "standalone")))
		strbuf_addf(&finding->cause,
			    "the CA could not connect to port 80 of %s, which is this machine: %s"
			    "something on the way refuses or drops connections (a firewall, here "
			    "or at the provider's); the CA said: %s",
			    own->address,
			    /* Standalone listens only during a validation, and did so then. */
			    is_authenticator(facts, "standalone")
				    ? ""
				    : "the web server, which answers here now, was down, or ",
			    facts->failure.text);
	else if (!own && name->probe_count && !is_elsewhere(facts, &name->probes[0]))
		strbuf_addf(&finding->cause,
			    "the CA could not connect to port 80 of %s; this machine has no such "
			    "address, so that a router has to pass the port on to it; the CA "
			    "said: %s",
			    name->probes[0].address, facts->failure.text);
	return finding->cause.len > 0;
}
FOR_ANY_NAME(port_is_filtered)

/* For example, servers that deny access to dot files, and sites behind a login. */
static bool challenge_is_forbidden(const struct facts *facts, const struct fact_name *name,
				   struct finding *finding)
{
	const struct fact_probe *own = find_own(name);

	if (!own || !is_served_as_is(facts, own) || own->outcome != PROBE_ANSWERED ||
	    !(own->status == 401 || own->status == 403))
		return false;
	strbuf_addf(&finding->cause,
		    "the web server of this machine forbids %s/.well-known/acme-challenge/: it "
		    "answers %d",
		    name->name, own->status);
	return true;
}
FOR_ANY_NAME(challenge_is_forbidden)

/* For example, a site under maintenance, or a program behind the server that is down. */
static bool server_has_error(const struct facts *facts, const struct fact_name *name,
			     struct finding *finding)
{
	const struct fact_probe *own = find_own(name);

	if (!own || !is_served_as_is(facts, own) || own->outcome != PROBE_ANSWERED ||
	    own->status < 500)
		return false;
	strbuf_addf(&finding->cause,
		    "the web server of this machine answers %d to requests for the challenge of %s",
		    own->status, name->name);
	return true;
}
FOR_ANY_NAME(server_has_error)

/* The CA asked this machine's server, which did not find the file in the webroot. */
static bool webroot_is_another(const struct facts *facts, const struct fact_name *name,
			       struct finding *finding)
{
	const struct fact_probe *own = find_own(name);

	if (!is_authenticator(facts, "webroot") || !failure_is(facts, "unauthorized") || !own ||
	    own->outcome != PROBE_ANSWERED)
		return false;
	strbuf_addf(&finding->cause,
		    "the web server of this machine%s%s%s does not serve %s from the webroot %s: "
		    "the challenge was put there, and the CA did not get it; it said: %s",
		    own->server ? " (" : "", own->server ? own->server : "", own->server ? ")" : "",
		    name->name, facts->lineage.webroot ? facts->lineage.webroot : "",
		    facts->failure.text);
	return true;
}
FOR_ANY_NAME(webroot_is_another)

#define TRY_IT "then test: {test}"

const struct diagnosis diagnoses_names[] = {
	{"dnssec-bogus", DIAGNOSIS_ALWAYS, any_dnssec_is_bogus,
	 "have the zone signed again, or remove the DS record at the registrar; " TRY_IT},
	{"dns-silent", DIAGNOSIS_OF_CHALLENGE, any_servers_are_silent,
	 "check the zone's name servers, and the NS records at the registrar; " TRY_IT},
	{"dns-no-such-name", DIAGNOSIS_OF_CHALLENGE, any_name_is_missing,
	 "add an A or AAAA record for {object} with the address of this machine; " TRY_IT},
	{"caa-critical", DIAGNOSIS_ALWAYS, caa_is_critical, "remove that record; " TRY_IT},
	{"caa-account", DIAGNOSIS_ALWAYS, caa_has_other_account,
	 "put this account into the record, or use the one that is there: certbot renew "
	 "--cert-name {lineage} --force-renewal --account ID"},
	{"caa-method", DIAGNOSIS_ALWAYS, caa_has_other_method,
	 "add the method to validationmethods, or use one that is there: certbot reconfigure "
	 "--cert-name {lineage}"},
	{"caa-issuer", DIAGNOSIS_ALWAYS, caa_is_for_others,
	 "add a CAA record for {object} next to it, or get the certificate from a CA that it names; " TRY_IT},
	{"caa-unanswered", DIAGNOSIS_OF_CHALLENGE, any_caa_is_unanswered,
	 "have the name servers answer such questions, if only with no records; " TRY_IT},
	{"challenge-alias", DIAGNOSIS_ALWAYS, any_alias_leads_nowhere,
	 "correct the zone of {object}, or the CNAME or NS record of _acme-challenge.{name}; " TRY_IT},
	{"dns-not-everywhere", DIAGNOSIS_OF_CHALLENGE, any_servers_disagree,
	 "wait, or find out why the servers of the zone differ; " TRY_IT},
	{"dns-no-address", DIAGNOSIS_OF_CHALLENGE, any_has_no_address,
	 "add an A or AAAA record for {object} with the address of this machine; " TRY_IT},
	{"address-differs", DIAGNOSIS_OF_CHALLENGE, any_address_differs,
	 "{test}; if the CA is led to {object} again, look at {name} with a resolver outside, and "
	 "correct the records that it has"},
	{"port-taken", DIAGNOSIS_IN_TROUBLE, port_is_taken,
	 "let that server prove control: certbot reconfigure --cert-name {lineage} --webroot -w "
	 "DIRECTORY (or --nginx, --apache), or stop it with --pre-hook and --post-hook"},
	{"address-elsewhere", DIAGNOSIS_OF_CHALLENGE, any_address_is_wrong,
	 "give {name} the address of this machine in DNS; " TRY_IT},
	{"address-remembered", DIAGNOSIS_OF_CHALLENGE, any_address_is_remembered,
	 "wait until the old records have expired; " TRY_IT},
	{"aaaa-elsewhere", DIAGNOSIS_OF_CHALLENGE, any_aaaa_is_stale,
	 "remove the AAAA record {object} of {name}, or have this machine answer there; " TRY_IT},
	{"a-elsewhere", DIAGNOSIS_OF_CHALLENGE, any_further_a_is_wrong,
	 "remove the A record {object} of {name}, or pass requests for "
	 "/.well-known/acme-challenge/ on from there; " TRY_IT},
	{"port-closed", DIAGNOSIS_OF_CHALLENGE, any_port_is_closed,
	 "start the web server, and have it listen on port 80; " TRY_IT},
	{"redirect-broken", DIAGNOSIS_OF_CHALLENGE, any_redirects_wrong,
	 "leave /.well-known/acme-challenge/ out of the redirect; " TRY_IT},
	{"another-server", DIAGNOSIS_OF_CHALLENGE, any_another_server_answers,
	 "run certbot there, or have that server pass requests for /.well-known/acme-challenge/ "
	 "on, or use a DNS plugin (certbot plugins); " TRY_IT},
	{"redirect-elsewhere", DIAGNOSIS_OF_CHALLENGE, any_redirects_elsewhere,
	 "leave /.well-known/acme-challenge/ out of the redirect; " TRY_IT},
	{"port-filtered", DIAGNOSIS_OF_CHALLENGE, any_port_is_filtered,
	 "open port 80 to everybody, and keep the web server running; " TRY_IT},
	{"challenge-forbidden", DIAGNOSIS_OF_CHALLENGE, any_challenge_is_forbidden,
	 "let everybody read /.well-known/acme-challenge/; " TRY_IT},
	{"server-error", DIAGNOSIS_OF_CHALLENGE, any_server_has_error,
	 "look at its error log, and let it serve /.well-known/acme-challenge/ from files; " TRY_IT},
	{"webroot-mismatch", DIAGNOSIS_OF_CHALLENGE, any_webroot_is_another,
	 "name the directory that the server serves: certbot reconfigure --cert-name {lineage} "
	 "--webroot -w DIRECTORY"},
	{.id = NULL},
};
