/*
 * What DNS says about the names (see gather_parts.h): first two resolvers, then each zone's own
 * servers, which are what a CA asks. Resolvers are never asked for _acme-challenge: they, and a CA
 * that uses them, would remember that the name does not exist.
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
#include "os/socket/sockets.h"

enum {
	DNS_PORT = 53,
	MAX_DEPTH = 8, /* how many labels to go up when looking for a zone */
	MAX_RESOLVERS = 2,
	MAX_SERVERS = 6,     /* servers of a zone */
	MAX_QUESTIONS = 240, /* questions at a time: fewer than the child accepts at once */
	/* Questions of a round. A hundred names of one zone need fewer. */
	MOST_QUESTIONS = 3000,
	/* After this many names, only so many of their zone's servers are asked. */
	FIRST_NAMES = 8,
	FEW_SERVERS = 2,
	/* Time limit of each round. There are three, and they leave time for HTTP within three
	 * seconds. */
	RESOLVER_MS = 700,
	SERVERS_MS = 400,
	ZONE_MS = 700,
	HEADER_FLAGS = 3, /* in the second byte of a message's flags */
	CHECKING_DISABLED = 0x10,
};

enum subject {
	SUBJECT_ADDRESS,
	SUBJECT_CAA,
	SUBJECT_SERVERS, /* the servers of a zone: NS */
	SUBJECT_HOST,    /* the addresses of such a server */
	SUBJECT_SERIAL,
	SUBJECT_CHALLENGE,
	SUBJECT_UNCHECKED, /* an address, asked for without DNSSEC validation */
	SUBJECT_RECHECKED, /* the same with validation, a second time */
	SUBJECT_ALIAS, /* asked of the servers of the zone in which _acme-challenge is an alias */
};

/* A server of a zone. */
struct server {
	struct name_server place;
	char *text; /* "ns1.a.test (192.0.2.1)" */
	bool has_answered;
	struct strvec addresses; /* addresses that it has for the name */
	char *serial;
};

/* One name during the lookup. */
struct lookup {
	struct fact_name *fact;
	struct strvec resolved; /* addresses from resolvers */
	struct strvec direct;   /* addresses from the zone's servers */
	bool has_resolved, is_resolved_missing, has_servfail;
	bool has_unchecked;              /* there was an answer without validation */
	bool has_rechecked, fails_again; /* the answer with validation, asked a second time */
	struct strvec
		hosts[MAX_DEPTH]; /* names of the servers of a zone that begins at this ancestor */
	int zone_depth;           /* the nearest ancestor that is a zone; -1: none was found */
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
	/* The questions of one round. */
	struct dns_question *questions;
	struct asked *asked;
	size_t count, capacity;
};

static void lookup_release(struct lookup *lookup)
{
	strvec_release(&lookup->resolved);
	strvec_release(&lookup->direct);
	for (size_t i = 0; i < MAX_DEPTH; i++) {
		strvec_release(&lookup->hosts[i]);
		strvec_release(&lookup->caa[i]);
	}
	for (size_t i = 0; i < lookup->server_count; i++) {
		free(lookup->servers[i].text);
		free(lookup->servers[i].serial);
		strvec_release(&lookup->servers[i].addresses);
	}
}

/* The name without its first labels; NULL: it has no more than that. */
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
	struct dns_question *question;

	if (inquiry->count == MOST_QUESTIONS)
		return NULL;
	if (inquiry->count == inquiry->capacity) {
		inquiry->capacity += MAX_QUESTIONS;
		inquiry->questions = xreallocarray(inquiry->questions, inquiry->capacity,
						   sizeof(*inquiry->questions));
		inquiry->asked = xreallocarray(inquiry->asked, inquiry->capacity,
					       sizeof(*inquiry->asked));
	}
	question = &inquiry->questions[inquiry->count];
	dns_question_init(question);
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

static void forget_questions(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->count; i++)
		dns_question_release(&inquiry->questions[i]);
	inquiry->count = 0;
}

/* Asks the questions that were added, as many at a time as allowed, and hands on the results.
 * Questions without an answer by the deadline get none: a silent server would use up the time of
 * the rest. */
static int ask_round(struct inquiry *inquiry, int64_t most_ms, take_fn *take, struct error *err)
{
	const struct gather_limit *limit = inquiry->limit;
	int64_t now = clock_mono_ms(limit->clock);
	int64_t end = now + most_ms < limit->deadline_ms ? now + most_ms : limit->deadline_ms;
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < inquiry->count && now < end;
	     at += MAX_QUESTIONS, now = clock_mono_ms(limit->clock)) {
		size_t left = inquiry->count - at;
		size_t size = left < MAX_QUESTIONS ? left : MAX_QUESTIONS;

		rc = dns_client_ask(inquiry->client, &inquiry->questions[at], size, end - now, err);
		for (size_t i = at; rc == 0 && i < at + size; i++)
			take(&inquiry->asked[i], &inquiry->questions[i]);
	}
	forget_questions(inquiry);
	/* Any error but a signal concerns a single question. */
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

static bool is_servfail(const struct dns_question *question)
{
	return !error_is_set(&question->error) && question->answer.rcode == DNS_RCODE_SERVFAIL;
}

/* Appends the values of the records of that type in the answer. */
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
		lookup->has_servfail |= is_servfail(question);
		note_resolver_error(lookup->fact, question);
		return;
	}
	lookup->has_resolved = true;
	lookup->is_resolved_missing |= question->answer.rcode == DNS_RCODE_NXDOMAIN;
	take_record_values(question, (int)question->type, &lookup->resolved);
	take_record_values(question, DNS_TYPE_CNAME, &lookup->fact->aliases);
}

/* A resolver that does not know CAA (some implement no more than RFC 1035) answers without records;
 * an error means something else. */
static void take_caa(struct lookup *lookup, int depth, const struct dns_question *question)
{
	if (!is_sound(question))
		lookup->caa_failed[depth] |= !error_is_set(&question->error);
	else
		take_record_values(question, DNS_TYPE_CAA, &lookup->caa[depth]);
}

/* Names in one zone share ancestors, each of which is asked about only once. Finds the earlier
 * lookup that asks about this ancestor, as its own at *ret_depth; NULL: none. */
static struct lookup *find_shared(const struct inquiry *inquiry, const struct lookup *lookup,
				  int depth, int *ret_depth)
{
	const char *owner = ancestor_of(lookup->fact->name, depth);

	for (struct lookup *earlier = inquiry->lookups; owner && earlier < lookup; earlier++) {
		const char *at = earlier->fact->name;
		size_t len = strlen(at), tail = strlen(owner);

		/* Most names differ in the first label only. */
		if (tail > len || !str_eq_nocase(at + len - tail, owner) ||
		    (tail < len && at[len - tail - 1] != '.'))
			continue;
		for (*ret_depth = 0; *ret_depth < MAX_DEPTH && strlen(at) > tail; ++*ret_depth)
			at = ancestor_of(at, 1);
		if (*ret_depth < MAX_DEPTH)
			return earlier;
	}
	return NULL;
}

/* Copies what was found about shared ancestors to the lookups of later names. */
static void share_ancestors(struct inquiry *inquiry)
{
	for (size_t i = 1; i < inquiry->lookup_count; i++) {
		struct lookup *lookup = &inquiry->lookups[i], *earlier;
		int there;

		for (int depth = 0; depth < MAX_DEPTH; depth++) {
			earlier = find_shared(inquiry, lookup, depth, &there);
			if (!earlier)
				continue;
			strvec_release(&lookup->caa[depth]);
			strvec_extend(&lookup->caa[depth], &earlier->caa[there]);
			lookup->caa_failed[depth] = earlier->caa_failed[there];
			strvec_release(&lookup->hosts[depth]);
			strvec_extend(&lookup->hosts[depth], &earlier->hosts[there]);
		}
	}
}

static void take_first_round(const struct asked *asked, const struct dns_question *question)
{
	if (asked->subject == SUBJECT_ADDRESS)
		take_resolved(asked->lookup, question);
	else if (asked->subject == SUBJECT_CAA)
		take_caa(asked->lookup, asked->depth, question);
	else if (is_sound(question))
		take_record_values(question, DNS_TYPE_NS, &asked->lookup->hosts[asked->depth]);
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
			int there;

			if (find_shared(inquiry, lookup, depth, &there))
				continue;
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

/* The zone is the nearest ancestor that has name servers. */
static void choose_zone(struct lookup *lookup)
{
	for (int depth = 0; depth < MAX_DEPTH && lookup->zone_depth < 0; depth++)
		if (lookup->hosts[depth].count)
			lookup->zone_depth = depth;
	if (lookup->zone_depth >= 0)
		lookup->fact->zone = xstrdup(ancestor_of(lookup->fact->name, lookup->zone_depth));
}

/* The first lookup in the same zone, perhaps this one; NULL: the zone is unknown. */
static struct lookup *first_of_zone(const struct inquiry *inquiry, const struct lookup *lookup)
{
	for (size_t i = 0; lookup->fact->zone && i < inquiry->lookup_count; i++)
		if (str_eq_or_null(inquiry->lookups[i].fact->zone, lookup->fact->zone))
			return &inquiry->lookups[i];
	return NULL;
}

/* Reuses servers of the zone that were found for an earlier name. */
static void copy_servers(struct inquiry *inquiry, size_t index)
{
	struct lookup *lookup = &inquiry->lookups[index];
	const struct lookup *first = first_of_zone(inquiry, lookup);
	size_t most = index < FIRST_NAMES ? MAX_SERVERS : FEW_SERVERS;

	if (!first || first == lookup)
		return;
	for (size_t i = 0; i < first->server_count && i < most; i++) {
		struct server *copy = &lookup->servers[lookup->server_count++];

		*copy = (struct server){.place = first->servers[i].place,
					.text = xstrdup(first->servers[i].text)};
		strvec_init(&copy->addresses);
	}
}

static int find_hosts(struct inquiry *inquiry, struct error *err)
{
	share_ancestors(inquiry);
	for (size_t i = 0; i < inquiry->lookup_count; i++) {
		struct lookup *lookup = &inquiry->lookups[i];
		struct asked asked = {SUBJECT_HOST, lookup};

		choose_zone(lookup);
		if (first_of_zone(inquiry, lookup) != lookup)
			continue;
		for (size_t j = 0; j < lookup->hosts[lookup->zone_depth].count && j < MAX_SERVERS;
		     j++) {
			const char *host = lookup->hosts[lookup->zone_depth].items[j];

			ask_resolvers(inquiry, &asked, host, DNS_TYPE_A);
			/* Without IPv6 here, silence of such a server would tell nothing. */
			if (inquiry->has_ipv6)
				ask_resolvers(inquiry, &asked, host, DNS_TYPE_AAAA);
		}
	}
	if (ask_round(inquiry, SERVERS_MS, take_host, err) < 0)
		return err->code;
	for (size_t i = 0; i < inquiry->lookup_count; i++)
		copy_servers(inquiry, i);
	return 0;
}

/* A referral: no record, but the servers of a zone that begins at the name asked for. */
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

/* Concerns the zone, not the name: secondary servers copy zones as a whole. */
static void take_serial(struct server *server, const struct dns_question *question)
{
	AUTO(strvec) struct strvec values = STRVEC_INIT;
	const char *serial;

	take_record_values(question, DNS_TYPE_SOA, &values);
	serial = values.count ? strchr(values.items[0], ' ') : NULL;
	if (serial)
		REPLACE(server->serial, xstrdup(serial + 1));
}

/* RFC 8659 section 3 wants aliases followed, which a server without the target's zone cannot do. A
 * DNAME comes with a CNAME (RFC 6672 section 3.1). */
static bool has_alias(const struct dns_question *question)
{
	for (size_t i = 0; i < question->answer.count; i++)
		if (question->answer.records[i].in_answer &&
		    question->answer.records[i].type == DNS_TYPE_CNAME)
			return true;
	return false;
}

/* If its answer is not authoritative, the server does not have the zone, except that the parent
 * refers to the zone of the challenge's name in the same way. */
static void take_from_zone(const struct asked *asked, const struct dns_question *question)
{
	struct lookup *lookup = asked->lookup;
	struct server *server = asked->server;

	lookup->fails_again |= asked->subject == SUBJECT_RECHECKED && is_servfail(question);
	if (!is_sound(question))
		return;
	lookup->has_unchecked |= asked->subject == SUBJECT_UNCHECKED && question->answer.count;
	lookup->has_rechecked |= asked->subject == SUBJECT_RECHECKED;
	if (!server)
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
	} else if (asked->subject == SUBJECT_CAA && !has_alias(question)) {
		/* Answers of resolvers may come from their caches and be older. */
		strvec_release(&lookup->caa[asked->depth]);
		lookup->caa_failed[asked->depth] = false;
		take_caa(lookup, asked->depth, question);
	} else if (asked->subject == SUBJECT_SERIAL) {
		take_serial(server, question);
	}
}

static void ask_server(struct inquiry *inquiry, struct lookup *lookup, struct server *server)
{
	int depth;
	AUTO_FREE char *challenge = xasprintf("_acme-challenge.%s", lookup->fact->name);
	struct asked asked = {SUBJECT_ADDRESS, lookup, server};

	add_question(inquiry, &asked, &server->place, lookup->fact->name, DNS_TYPE_A);
	add_question(inquiry, &asked, &server->place, lookup->fact->name, DNS_TYPE_AAAA);
	asked.subject = SUBJECT_SERIAL;
	if (!find_shared(inquiry, lookup, lookup->zone_depth, &depth))
		add_question(inquiry, &asked, &server->place, lookup->fact->zone, DNS_TYPE_SOA);
	asked.subject = SUBJECT_CAA;
	for (; asked.depth <= lookup->zone_depth; asked.depth++)
		if (!find_shared(inquiry, lookup, asked.depth, &depth))
			add_question(inquiry, &asked, &server->place,
				     ancestor_of(lookup->fact->name, asked.depth), DNS_TYPE_CAA);
	asked.subject = SUBJECT_CHALLENGE;
	if (inquiry->asks_challenge)
		add_question(inquiry, &asked, &server->place, challenge, DNS_TYPE_TXT);
}

/* The same question with the bit that turns DNSSEC validation off: if only that is answered, the
 * signature is bogus (RFC 4035 section 3.2.2). Then once more with validation, because a resolver
 * that was merely slow has the answer by now. */
static void ask_unchecked(struct inquiry *inquiry, struct lookup *lookup)
{
	struct asked asked = {SUBJECT_UNCHECKED, lookup}, again = {SUBJECT_RECHECKED, lookup};

	ask_resolvers(inquiry, &again, lookup->fact->name, DNS_TYPE_A);
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

/* NS or SOA of the target's zone: either shows that the zone is served. */
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

/* Asks about zones only: they exist or not, whichever records come and go. */
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

		/* An error higher up is not the fault of the zone, and perhaps only this resolver
		 * has it. */
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

/* Different serial numbers explain why some servers lack a record. */
static void compare_servers(const struct lookup *lookup)
{
	const struct server *first = NULL;
	struct fact_name *fact = lookup->fact;

	for (size_t i = 0; i < lookup->server_count; i++) {
		const struct server *server = &lookup->servers[i];
		AUTO_FREE char *here = describe_addresses(&server->addresses);
		AUTO_FREE char *there = first ? describe_addresses(&first->addresses) : NULL;

		if (!server->has_answered)
			continue;
		if (!first)
			first = server;
		else if (!fact->disagreement &&
			 !strvec_same_set(&first->addresses, &server->addresses))
			fact->disagreement = xasprintf("%s has %s, %s has %s", first->text, there,
						       server->text, here);
		if (!fact->serials && first->serial && server->serial &&
		    strcmp(first->serial, server->serial) != 0)
			fact->serials = xasprintf("%s has serial number %s, %s has %s", first->text,
						  first->serial, server->text, server->serial);
	}
}

/* Only a difference in all addresses counts: servers that share a load return some of them each
 * time. Private addresses mean split DNS: they are not old records, and CAs never see them. */
static bool is_outdated(const struct strvec *resolved, const struct strvec *direct)
{
	for (size_t i = 0; i < resolved->count; i++)
		if (strvec_contains(direct, resolved->items[i]) ||
		    sockets_is_private(resolved->items[i]))
			return false;
	return resolved->count > 0;
}

/* The CA asks the zone's servers, so their addresses count if there are any. They cannot follow an
 * alias that leads out of the zone. */
static void take_addresses(struct lookup *lookup)
{
	struct fact_name *fact = lookup->fact;
	const struct strvec *from = lookup->direct.count ? &lookup->direct : &lookup->resolved;

	for (size_t i = 0; i < from->count && fact->probe_count < FACTS_MAX_ADDRESSES; i++)
		fact->probes[fact->probe_count++].address = xstrdup(from->items[i]);
	if (lookup->direct.count && is_outdated(&lookup->resolved, &lookup->direct))
		fact->cached = strvec_join(&lookup->resolved, ", ");
}

static void conclude_lookup(struct lookup *lookup)
{
	struct fact_name *fact = lookup->fact;

	if (!fact->is_known) {
		fact->is_known = lookup->has_resolved;
		fact->is_missing = lookup->is_resolved_missing && !lookup->resolved.count;
	}
	/* If one of the servers does not have the name yet, they disagree. */
	fact->is_missing &= !lookup->direct.count;
	fact->is_bogus = lookup->has_unchecked && lookup->fails_again && !lookup->has_rechecked;
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

/* The addresses given with --dns-resolver, else the system's resolvers. */
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
	share_ancestors(inquiry);
	for (size_t i = 0; i < inquiry->lookup_count; i++)
		conclude_lookup(&inquiry->lookups[i]);
	return 0;
}

static void lookup_begin(struct lookup *lookup, struct fact_name *fact)
{
	*lookup = (struct lookup){.fact = fact, .zone_depth = -1};
	strvec_init(&lookup->resolved);
	strvec_init(&lookup->direct);
	for (size_t i = 0; i < MAX_DEPTH; i++) {
		strvec_init(&lookup->hosts[i]);
		strvec_init(&lookup->caa[i]);
	}
}

int gather_dns(struct dns_client *client, const struct settings *settings,
	       const struct gather_limit *limit, struct facts *facts, struct error *err)
{
	AUTO_FREE struct lookup *lookups = xcalloc(facts->name_count + 1, sizeof(*lookups));
	struct inquiry inquiry = {
		.client = client,
		.limit = limit,
		.has_ipv6 = facts->machine->has_public[1],
		.asks_challenge = facts->lineage.challenge == ACME_DNS_01 ||
				  facts->lineage.challenge == ACME_CHALLENGE_TYPE__COUNT,
		.lookups = lookups,
	};
	int rc;

	choose_resolvers(settings, &inquiry);
	for (size_t i = 0; i < facts->name_count; i++)
		if (!facts->names[i].is_ip)
			lookup_begin(&lookups[inquiry.lookup_count++], &facts->names[i]);
	rc = run_rounds(&inquiry, err);
	for (size_t i = 0; i < inquiry.lookup_count; i++)
		lookup_release(&lookups[i]);
	free(inquiry.questions);
	free(inquiry.asked);
	return rc;
}
