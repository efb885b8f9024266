/*
 * What DNS says of the names (see gather_parts.h): first two resolvers, then the servers of each
 * zone themselves, which is whom a CA asks. Resolvers are never asked for _acme-challenge: that
 * such a name does not exist would stay in their caches, and in those of a CA that uses them.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "app/why/gather_parts.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "config/settings.h"
#include "net/dns/dns_client.h"
#include "net/dns/dns_message.h"
#include "os/clock.h"

enum {
	DNS_PORT = 53,
	MAX_DEPTH = 8, /* labels that are climbed */
	MAX_RESOLVERS = 2,
	MAX_SERVERS = 6,     /* of a zone */
	MAX_QUESTIONS = 240, /* fewer than the child takes at once */
	/* Of each round. The three of them leave time for HTTP within three seconds. */
	RESOLVER_MS = 700,
	SERVERS_MS = 400,
	ZONE_MS = 700,
	HEADER_FLAGS = 3, /* the second byte of flags in a message */
	CHECKING_DISABLED = 0x10,
};

enum subject {
	SUBJECT_ADDRESS,
	SUBJECT_CAA,
	SUBJECT_SERVERS, /* of a zone: NS */
	SUBJECT_HOST,    /* addresses of one of these */
	SUBJECT_SERIAL,
	SUBJECT_CHALLENGE,
	SUBJECT_UNCHECKED, /* an address, without DNSSEC validation */
	SUBJECT_ALIAS,     /* servers of the zone in which _acme-challenge is an alias */
};

/* A server of a zone. */
struct server {
	struct name_server place;
	char *text; /* "ns1.a.test (192.0.2.1)" */
	bool has_answered;
	struct strvec addresses; /* that it has for the name */
	char *serial;
};

/* One name while it is looked up. */
struct lookup {
	struct fact_name *fact;
	struct strvec resolved; /* addresses by resolvers */
	struct strvec direct;   /* by the zone's servers */
	bool has_resolved, is_resolved_missing, has_servfail;
	struct strvec hosts; /* names of the zone's servers */
	int zone_depth;      /* -1: no zone was found */
	struct server servers[MAX_SERVERS];
	size_t server_count;
	struct strvec caa[MAX_DEPTH];
	bool caa_failed[MAX_DEPTH];
	bool alias_found, alias_servfail;
	bool is_delegated; /* _acme-challenge is a zone of its own */
};

struct asked {
	enum subject subject;
	struct lookup *lookup;
	struct server *server; /* NULL: a resolver */
	int depth;
};

struct inquiry {
	struct dns_client *client;
	const struct gather_limit *limit;
	struct name_server resolvers[NAME_SERVER_MAX_SYSTEM];
	size_t resolver_count;
	bool has_ipv6, asks_challenge;
	struct lookup *lookups;
	size_t lookup_count;
	/* Of one round. */
	struct dns_question *questions;
	struct asked *asked;
	size_t count;
};

static void lookup_release(struct lookup *lookup)
{
	strvec_release(&lookup->resolved);
	strvec_release(&lookup->direct);
	strvec_release(&lookup->hosts);
	for (size_t i = 0; i < MAX_DEPTH; i++)
		strvec_release(&lookup->caa[i]);
	for (size_t i = 0; i < lookup->server_count; i++) {
		free(lookup->servers[i].text);
		free(lookup->servers[i].serial);
		strvec_release(&lookup->servers[i].addresses);
	}
}

/* The name without so many of its first labels; NULL: it has no more. */
static const char *ancestor_of(const char *name, int depth)
{
	for (; name && depth > 0; depth--) {
		name = strchr(name, '.');
		name = name ? name + 1 : NULL;
	}
	return name && *name ? name : NULL;
}

/* ---- Asking ---- */

static struct dns_question *add_question(struct inquiry *inquiry, const struct asked *asked,
					 const struct name_server *server, const char *name,
					 enum dns_type type)
{
	struct dns_question *question = &inquiry->questions[inquiry->count];

	if (inquiry->count == MAX_QUESTIONS)
		return NULL;
	inquiry->asked[inquiry->count++] = *asked;
	question->server = *server;
	question->name = xstrdup(name);
	question->type = type;
	question->flags = asked->server ? 0 : DNS_RECURSE;
	return question;
}

static void ask_resolvers(struct inquiry *inquiry, const struct asked *asked, const char *name,
			  enum dns_type type)
{
	for (size_t i = 0; i < inquiry->resolver_count; i++)
		add_question(inquiry, asked, &inquiry->resolvers[i], name, type);
}

typedef void take_fn(const struct asked *asked, const struct dns_question *question);

/* Asks what was added and has the results taken. Without time left, there are none. */
static int ask_round(struct inquiry *inquiry, int64_t most_ms, take_fn *take, struct error *err)
{
	const struct gather_limit *limit = inquiry->limit;
	int64_t left = limit->deadline_ms - clock_mono_ms(limit->clock);
	int rc = 0;

	if (inquiry->count && left > 0)
		rc = dns_client_ask(inquiry->client, inquiry->questions, inquiry->count,
				    left < most_ms ? left : most_ms, err);
	for (size_t i = 0; rc == 0 && left > 0 && i < inquiry->count; i++)
		take(&inquiry->asked[i], &inquiry->questions[i]);
	dns_questions_free(inquiry->questions, MAX_QUESTIONS);
	inquiry->questions = dns_questions_new(MAX_QUESTIONS);
	inquiry->count = 0;
	/* Other errors than a signal are those of single questions. */
	if (rc < 0 && rc != ERR_CANCELLED) {
		error_release(err);
		rc = 0;
	}
	return rc;
}

/* ---- What resolvers say ---- */

static bool is_sound(const struct dns_question *question)
{
	return !error_is_set(&question->error) && (question->answer.rcode == DNS_RCODE_NOERROR ||
						   question->answer.rcode == DNS_RCODE_NXDOMAIN);
}

/* Appends the values of the answer's records of a type. */
static void take_record_values(const struct dns_question *question, int type,
			       struct strvec *ret_values)
{
	for (size_t i = 0; i < question->answer.count; i++) {
		const struct dns_answer_record *record = &question->answer.records[i];

		if (record->in_answer && record->type == type && ret_values->count < 16)
			strvec_push_unique(ret_values, record->value);
	}
}

static void note_resolver_error(struct fact_name *fact, const struct dns_question *question)
{
	char buffer[16];

	if (fact->resolver_error)
		return;
	if (error_is_set(&question->error))
		fact->resolver_error = xstrdup(question->error.text);
	else
		fact->resolver_error = xasprintf("the resolver answers %s",
						 dns_rcode_name(question->answer.rcode, buffer));
}

static void take_resolved(struct lookup *lookup, const struct dns_question *question)
{
	if (!is_sound(question)) {
		lookup->has_servfail |= !error_is_set(&question->error) &&
					question->answer.rcode == DNS_RCODE_SERVFAIL;
		note_resolver_error(lookup->fact, question);
		return;
	}
	lookup->has_resolved = true;
	lookup->is_resolved_missing |= question->answer.rcode == DNS_RCODE_NXDOMAIN;
	take_record_values(question, (int)question->type, &lookup->resolved);
	take_record_values(question, DNS_TYPE_CNAME, &lookup->fact->aliases);
}

/* A resolver that knows no CAA (RFC 1035 servers exist still) answers with no records; an error is
 * something else. */
static void take_caa(struct lookup *lookup, int depth, const struct dns_question *question)
{
	if (!is_sound(question))
		lookup->caa_failed[depth] |= !error_is_set(&question->error);
	else
		take_record_values(question, DNS_TYPE_CAA, &lookup->caa[depth]);
}

/* The zone is the nearest one above the name that has servers. */
static void take_servers(struct lookup *lookup, int depth, const struct dns_question *question)
{
	AUTO(strvec) struct strvec hosts = STRVEC_INIT;

	take_record_values(question, DNS_TYPE_NS, &hosts);
	if (!is_sound(question) || !hosts.count ||
	    (lookup->zone_depth >= 0 && lookup->zone_depth < depth))
		return;
	if (lookup->zone_depth != depth)
		strvec_release(&lookup->hosts);
	lookup->zone_depth = depth;
	for (size_t i = 0; i < hosts.count; i++)
		strvec_push_unique(&lookup->hosts, hosts.items[i]);
}

static void take_first_round(const struct asked *asked, const struct dns_question *question)
{
	if (asked->subject == SUBJECT_ADDRESS)
		take_resolved(asked->lookup, question);
	else if (asked->subject == SUBJECT_CAA)
		take_caa(asked->lookup, asked->depth, question);
	else
		take_servers(asked->lookup, asked->depth, question);
}

static int ask_all_resolvers(struct inquiry *inquiry, struct error *err)
{
	for (size_t i = 0; i < inquiry->lookup_count; i++) {
		struct lookup *lookup = &inquiry->lookups[i];
		const char *name = lookup->fact->name;
		const char *at;

		for (int depth = 0; depth < MAX_DEPTH && (at = ancestor_of(name, depth)); depth++) {
			struct asked caa = {SUBJECT_CAA, lookup, NULL, depth};
			struct asked zone = {SUBJECT_SERVERS, lookup, NULL, depth};

			ask_resolvers(inquiry, &caa, at, DNS_TYPE_CAA);
			if (strchr(at, '.'))
				ask_resolvers(inquiry, &zone, at, DNS_TYPE_NS);
		}
		ask_resolvers(inquiry, &(struct asked){SUBJECT_ADDRESS, lookup}, name, DNS_TYPE_A);
		ask_resolvers(inquiry, &(struct asked){SUBJECT_ADDRESS, lookup}, name,
			      DNS_TYPE_AAAA);
	}
	return ask_round(inquiry, RESOLVER_MS, take_first_round, err);
}

/* ---- The servers of the zones ---- */

static void take_host(const struct asked *asked, const struct dns_question *question)
{
	struct lookup *lookup = asked->lookup;
	AUTO(strvec) struct strvec addresses = STRVEC_INIT;

	if (is_sound(question))
		take_record_values(question, (int)question->type, &addresses);
	for (size_t i = 0; i < addresses.count && lookup->server_count < MAX_SERVERS; i++) {
		struct server *server = &lookup->servers[lookup->server_count];
		AUTO(error) struct error bad = ERROR_INIT;
		AUTO_FREE char *text = xasprintf("%s (%s)", question->name, addresses.items[i]);

		for (size_t j = 0; j < lookup->server_count; j++)
			if (strcmp(lookup->servers[j].text, text) == 0)
				return;
		if (name_server_parse(addresses.items[i], DNS_PORT, &server->place, &bad) < 0)
			continue;
		server->text = STEAL(text);
		strvec_init(&server->addresses);
		lookup->server_count++;
	}
}

static int find_hosts(struct inquiry *inquiry, struct error *err)
{
	for (size_t i = 0; i < inquiry->lookup_count; i++) {
		struct lookup *lookup = &inquiry->lookups[i];
		struct asked asked = {SUBJECT_HOST, lookup};

		if (lookup->zone_depth >= 0)
			lookup->fact->zone =
				xstrdup(ancestor_of(lookup->fact->name, lookup->zone_depth));
		for (size_t j = 0; j < lookup->hosts.count && j < MAX_SERVERS; j++) {
			const char *host = lookup->hosts.items[j];

			ask_resolvers(inquiry, &asked, host, DNS_TYPE_A);
			/* Where there is no IPv6, such a server's silence would tell nothing. */
			if (inquiry->has_ipv6)
				ask_resolvers(inquiry, &asked, host, DNS_TYPE_AAAA);
		}
	}
	return ask_round(inquiry, SERVERS_MS, take_host, err);
}

/* An answer without the record, with servers of a zone that begins at the name asked for. */
static bool is_referral_to(const struct dns_question *question)
{
	for (size_t i = 0; i < question->answer.count; i++) {
		const struct dns_answer_record *record = &question->answer.records[i];

		if (!record->in_answer && record->type == DNS_TYPE_NS &&
		    str_eq_nocase(record->name, question->name))
			return true;
	}
	return false;
}

static void take_challenge(struct lookup *lookup, const struct dns_question *question)
{
	struct fact_name *fact = lookup->fact;
	AUTO(strvec) struct strvec targets = STRVEC_INIT;

	take_record_values(question, DNS_TYPE_CNAME, &targets);
	if (fact->challenge_alias)
		return;
	if (targets.count) {
		fact->challenge_alias = xstrdup(targets.items[targets.count - 1]);
	} else if (!question->answer.authoritative && is_referral_to(question)) {
		fact->challenge_alias = xstrdup(question->name);
		lookup->is_delegated = true;
	}
}

/* Of the zone, not of the name: secondary servers fetch zones as a whole. */
static void take_serial(struct server *server, const struct dns_question *question)
{
	AUTO(strvec) struct strvec values = STRVEC_INIT;
	const char *serial;

	take_record_values(question, DNS_TYPE_SOA, &values);
	serial = values.count ? strchr(values.items[0], ' ') : NULL;
	if (serial)
		REPLACE(server->serial, xstrdup(serial + 1));
}

/* An answer that is not authoritative shows that the server does not have the zone. A referral for
 * the challenge's name is one of the parent's all the same. */
static void take_from_zone(const struct asked *asked, const struct dns_question *question)
{
	struct lookup *lookup = asked->lookup;
	struct server *server = asked->server;

	if (asked->subject == SUBJECT_UNCHECKED) {
		lookup->fact->is_bogus |= is_sound(question) && question->answer.count > 0;
		return;
	}
	if (!is_sound(question))
		return;
	if (asked->subject == SUBJECT_CHALLENGE)
		take_challenge(lookup, question);
	if (!question->answer.authoritative)
		return;
	server->has_answered = true;
	if (asked->subject == SUBJECT_ADDRESS) {
		lookup->fact->is_known = true;
		lookup->fact->is_missing |= question->answer.rcode == DNS_RCODE_NXDOMAIN;
		take_record_values(question, (int)question->type, &server->addresses);
		take_record_values(question, (int)question->type, &lookup->direct);
		take_record_values(question, DNS_TYPE_CNAME, &lookup->fact->aliases);
	} else if (asked->subject == SUBJECT_CAA) {
		/* The answers that resolvers remember may be older. */
		strvec_release(&lookup->caa[asked->depth]);
		lookup->caa_failed[asked->depth] = false;
		take_caa(lookup, asked->depth, question);
	} else if (asked->subject == SUBJECT_SERIAL) {
		take_serial(server, question);
	}
}

static void ask_server(struct inquiry *inquiry, struct lookup *lookup, struct server *server)
{
	AUTO_FREE char *challenge = xasprintf("_acme-challenge.%s", lookup->fact->name);
	struct asked asked = {SUBJECT_ADDRESS, lookup, server};

	add_question(inquiry, &asked, &server->place, lookup->fact->name, DNS_TYPE_A);
	add_question(inquiry, &asked, &server->place, lookup->fact->name, DNS_TYPE_AAAA);
	asked.subject = SUBJECT_SERIAL;
	add_question(inquiry, &asked, &server->place, lookup->fact->zone, DNS_TYPE_SOA);
	asked.subject = SUBJECT_CAA;
	for (; asked.depth <= lookup->zone_depth; asked.depth++)
		add_question(inquiry, &asked, &server->place,
			     ancestor_of(lookup->fact->name, asked.depth), DNS_TYPE_CAA);
	asked.subject = SUBJECT_CHALLENGE;
	if (inquiry->asks_challenge)
		add_question(inquiry, &asked, &server->place, challenge, DNS_TYPE_TXT);
}

/* The same question with the bit that asks for no DNSSEC validation: an answer to that alone is
 * what a bogus signature looks like from here (RFC 4035 section 3.2.2). */
static void ask_unchecked(struct inquiry *inquiry, struct lookup *lookup)
{
	struct asked asked = {SUBJECT_UNCHECKED, lookup};

	for (size_t i = 0; i < inquiry->resolver_count; i++) {
		AUTO(error) struct error bad = ERROR_INIT;
		struct dns_question *question = add_question(
			inquiry, &asked, &inquiry->resolvers[i], lookup->fact->name, DNS_TYPE_A);

		if (question && dns_message_query(lookup->fact->name, DNS_TYPE_A, true,
						  &question->message, &bad) == 0)
			question->message.text[HEADER_FLAGS] |= CHECKING_DISABLED;
	}
}

static int ask_zones(struct inquiry *inquiry, struct error *err)
{
	for (size_t i = 0; i < inquiry->lookup_count; i++) {
		struct lookup *lookup = &inquiry->lookups[i];

		for (size_t j = 0; j < lookup->server_count; j++)
			ask_server(inquiry, lookup, &lookup->servers[j]);
		if (lookup->has_servfail && !lookup->has_resolved)
			ask_unchecked(inquiry, lookup);
	}
	return ask_round(inquiry, ZONE_MS, take_from_zone, err);
}

/* ---- The alias of the challenge ---- */

/* NS or SOA of the target's zone: either shows that somebody serves it. */
static void take_alias(const struct asked *asked, const struct dns_question *question)
{
	struct lookup *lookup = asked->lookup;
	AUTO(strvec) struct strvec values = STRVEC_INIT;

	take_record_values(question, (int)question->type, &values);
	if (is_sound(question))
		lookup->alias_found |= values.count > 0;
	else
		lookup->alias_servfail = true;
}

/* Only zones are asked for, which exist or not whatever records come and go. */
static int ask_aliases(struct inquiry *inquiry, struct error *err)
{
	for (size_t i = 0; i < inquiry->lookup_count; i++) {
		struct lookup *lookup = &inquiry->lookups[i];
		struct asked asked = {SUBJECT_ALIAS, lookup};
		const char *alias = lookup->fact->challenge_alias;
		const char *at;

		for (int depth = 0; depth < MAX_DEPTH && (at = ancestor_of(alias, depth)) &&
				    strchr(at, '.') && !(lookup->is_delegated && depth);
		     depth++)
			ask_resolvers(inquiry, &asked, at,
				      lookup->is_delegated ? DNS_TYPE_SOA : DNS_TYPE_NS);
	}
	return ask_round(inquiry, RESOLVER_MS, take_alias, err);
}

static void judge_alias(const struct lookup *lookup)
{
	struct fact_name *fact = lookup->fact;

	if (!fact->challenge_alias || lookup->alias_found || !lookup->has_resolved)
		return;
	if (lookup->is_delegated)
		fact->alias_error = xstrdup("the name servers it is delegated to do not answer");
	else if (lookup->alias_servfail)
		fact->alias_error = xstrdup("its name servers do not answer");
	else
		fact->alias_error = xstrdup("there is no such zone");
}

/* ---- Results ---- */

static void judge_caa(const struct lookup *lookup)
{
	struct fact_caa *caa = &lookup->fact->caa;

	for (int depth = 0; depth < MAX_DEPTH; depth++) {
		bool is_in_zone = depth <= lookup->zone_depth;

		/* An error above the zone is not the zone's, and may be of this resolver only. */
		if (is_in_zone && lookup->caa_failed[depth])
			caa->is_failed = lookup->has_resolved;
		if (!lookup->caa[depth].count && !(is_in_zone && lookup->caa_failed[depth]))
			continue;
		caa->owner = xstrdup(ancestor_of(lookup->fact->name, depth));
		strvec_extend(&caa->records, &lookup->caa[depth]);
		return;
	}
}

static char *describe_addresses(const struct strvec *addresses)
{
	return addresses->count ? strvec_join(addresses, ", ") : xstrdup("no address");
}

/* Addresses first; a serial number that differs explains a record that some servers lack. */
static void compare_servers(const struct lookup *lookup)
{
	const struct server *first = NULL;

	for (size_t i = 0; i < lookup->server_count && !lookup->fact->disagreement; i++) {
		const struct server *server = &lookup->servers[i];
		AUTO_FREE char *here = describe_addresses(&server->addresses);
		AUTO_FREE char *there = first ? describe_addresses(&first->addresses) : NULL;

		if (!server->has_answered)
			continue;
		if (!first)
			first = server;
		else if (!strvec_same_set(&first->addresses, &server->addresses))
			lookup->fact->disagreement = xasprintf("%s has %s, %s has %s", first->text,
							       there, server->text, here);
		else if (first->serial && server->serial &&
			 strcmp(first->serial, server->serial) != 0)
			lookup->fact->disagreement = xasprintf("%s has serial number %s, %s has %s",
							       first->text, first->serial,
							       server->text, server->serial);
	}
}

/* The CA asks the zone's servers, so that theirs count where they have any. An alias that leads out
 * of the zone they cannot follow. */
static void take_addresses(struct lookup *lookup)
{
	struct fact_name *fact = lookup->fact;
	const struct strvec *from = lookup->direct.count ? &lookup->direct : &lookup->resolved;

	for (size_t i = 0; i < from->count && fact->probe_count < FACTS_MAX_ADDRESSES; i++)
		fact->probes[fact->probe_count++].address = xstrdup(from->items[i]);
	if (lookup->direct.count && lookup->resolved.count &&
	    !strvec_same_set(&lookup->direct, &lookup->resolved))
		fact->cached = strvec_join(&lookup->resolved, ", ");
}

static void conclude_lookup(struct lookup *lookup)
{
	struct fact_name *fact = lookup->fact;

	if (!fact->is_known) {
		fact->is_known = lookup->has_resolved;
		fact->is_missing = lookup->is_resolved_missing;
	}
	if (lookup->has_resolved)
		REPLACE(fact->resolver_error, NULL);
	for (size_t i = 0; i < lookup->server_count; i++) {
		strvec_push(&fact->servers, lookup->servers[i].text);
		if (!lookup->servers[i].has_answered)
			strvec_push(&fact->silent, lookup->servers[i].text);
	}
	take_addresses(lookup);
	compare_servers(lookup);
	judge_caa(lookup);
	judge_alias(lookup);
}

/* Those of --dns-resolver that are addresses, else the system's. */
static void choose_resolvers(const struct settings *settings, struct inquiry *inquiry)
{
	const struct strvec *given = settings_list(settings, "dns_resolver");

	for (size_t i = 0; i < given->count && inquiry->resolver_count < MAX_RESOLVERS; i++) {
		AUTO(error) struct error other = ERROR_INIT;

		if (name_server_parse(given->items[i], DNS_PORT,
				      &inquiry->resolvers[inquiry->resolver_count], &other) == 0)
			inquiry->resolver_count++;
	}
	if (!inquiry->resolver_count)
		inquiry->resolver_count = name_server_system("/etc/resolv.conf",
							     inquiry->resolvers);
	if (inquiry->resolver_count > MAX_RESOLVERS)
		inquiry->resolver_count = MAX_RESOLVERS;
}

static int run_rounds(struct inquiry *inquiry, struct error *err)
{
	if (ask_all_resolvers(inquiry, err) < 0 || find_hosts(inquiry, err) < 0 ||
	    ask_zones(inquiry, err) < 0 || ask_aliases(inquiry, err) < 0)
		return err->code;
	for (size_t i = 0; i < inquiry->lookup_count; i++)
		conclude_lookup(&inquiry->lookups[i]);
	return 0;
}

static void lookup_begin(struct lookup *lookup, struct fact_name *fact)
{
	*lookup = (struct lookup){.fact = fact, .zone_depth = -1};
	strvec_init(&lookup->resolved);
	strvec_init(&lookup->direct);
	strvec_init(&lookup->hosts);
	for (size_t i = 0; i < MAX_DEPTH; i++)
		strvec_init(&lookup->caa[i]);
}

int gather_dns(struct dns_client *client, const struct settings *settings,
	       const struct gather_limit *limit, struct facts *facts, struct error *err)
{
	struct lookup lookups[FACTS_MAX_NAMES];
	AUTO_FREE struct asked *asked = xcalloc(MAX_QUESTIONS, sizeof(*asked));
	struct inquiry inquiry = {
		.client = client,
		.limit = limit,
		.has_ipv6 = facts->machine->has_public[1],
		.asks_challenge = facts->lineage.challenge == ACME_DNS_01 ||
				  facts->lineage.challenge == ACME_CHALLENGE_TYPE__COUNT,
		.lookups = lookups,
		.questions = dns_questions_new(MAX_QUESTIONS),
		.asked = asked,
	};
	int rc;

	choose_resolvers(settings, &inquiry);
	for (size_t i = 0; i < facts->name_count; i++)
		if (!facts->names[i].is_ip)
			lookup_begin(&lookups[inquiry.lookup_count++], &facts->names[i]);
	rc = run_rounds(&inquiry, err);
	for (size_t i = 0; i < inquiry.lookup_count; i++)
		lookup_release(&lookups[i]);
	dns_questions_free(inquiry.questions, MAX_QUESTIONS);
	return rc;
}
