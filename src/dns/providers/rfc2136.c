/*
 * Name servers with dynamic updates (RFC 2136), signed by TSIG: BIND, Knot, PowerDNS and others.
 * Zones are found as Certbot does, by SOA queries about the record name and all its parents, but
 * these are asked at the same time; then one update message carries all records of the zone.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "dns/crew.h"
#include "dns/directory.h"
#include "dns/provider.h"
#include "dns/query/lookup.h"
#include "net/dns/dns_client.h"
#include "net/dns/dns_message.h"
#include "net/dns/dns_tsig.h"

enum {
	DNS_PORT = 53,
	/* Connections at the same time: BIND takes 150 from everybody together. */
	MAX_QUESTIONS = 32,
};

struct server {
	struct name_server address;
	struct dns_key key;
	bool signs_queries;
};

static const struct dns_credential credentials[] = {
	{"server", "the IP address of the name server", false, true},
	{"port", "the port of the name server", true, true},
	{"name", "the name of the TSIG key", false, true},
	{"secret", "the secret of the TSIG key, in base64", false, false},
	{"algorithm", "the algorithm of the TSIG key, such as HMAC-SHA512", true, true},
	{"sign_query", "true to sign SOA queries too", true, true},
};

static const struct option options[] = {
	DNS_OPTIONS("rfc2136", "rfc2136", "RFC 2136", "60"),
};

static int read_address(const struct dns_session *session, struct server *server, struct error *err)
{
	const char *text = dns_credential(session, "server");
	const char *port_text = dns_credential(session, "port");
	AUTO(error) struct error ignored = ERROR_INIT;
	int64_t port = DNS_PORT;

	if (port_text && !str_to_int64(port_text, 1, 65535, &port))
		return error_set(err, ERR_CONFIG, "%s: dns_rfc2136_port '%s' is not a port number",
				 dns_credentials_path(session), port_text);
	if (name_server_parse(text, (int)port, &server->address, &ignored) == 0)
		return 0;
	return error_set(err, ERR_CONFIG,
			 "The configured target DNS server (%s) is not a valid IPv4 or IPv6 "
			 "address. A hostname is not allowed.",
			 text);
}

static int open_session(struct dns_session *session, struct error *err)
{
	struct server *server = XNEW(struct server);
	const char *algorithm = dns_credential(session, "algorithm");
	const char *sign_query = dns_credential(session, "sign_query");
	enum digest_kind kind;

	session->state = server;
	server->signs_queries = sign_query && str_eq_nocase(sign_query, "true");
	if (dns_key_algorithm(algorithm ? algorithm : "HMAC-MD5", &kind, err) < 0 ||
	    dns_key_make(dns_credential(session, "name"), dns_credential(session, "secret"), kind,
			 &server->key, err) < 0)
		return error_wrap(err, "%s", dns_credentials_path(session));
	return read_address(session, server, err);
}

static void close_session(struct dns_session *session)
{
	struct server *server = session->state;

	if (server)
		dns_key_release(&server->key);
	free(server);
}

/* Checks the answer to a signed message. An unsigned one is believed when it reports a failure:
 * nothing is gained by forging that. */
static int check_answer(struct dns_session *session, struct span mac,
			const struct dns_question *question, struct error *err)
{
	const struct server *server = session->state;
	AUTO(error) struct error fault = ERROR_INIT;

	if (dns_tsig_verify(&server->key, mac, question, dns_now(session), &fault) == 0)
		return 0;
	if (fault.code != ERR_CONFIG && question->answer.rcode != DNS_RCODE_NOERROR)
		return 0;
	return error_move(err, &fault);
}

/* Signs the question's message where that is wanted, and keeps the MAC. */
static void address(const struct dns_session *session, bool is_signed,
		    struct dns_question *question, struct strbuf *ret_mac)
{
	const struct server *server = session->state;

	question->server = server->address;
	question->flags = DNS_TCP_FIRST;
	if (is_signed)
		dns_tsig_sign(&server->key, dns_now(session), &question->message, ret_mac);
}

/* Returns the failure of the question, or that of the signature. */
static int conclude_question(struct dns_session *session, struct dns_question *question,
			     const struct strbuf *mac, struct error *err)
{
	if (error_is_set(&question->error))
		return error_move(err, &question->error);
	return mac->len ? check_answer(session, span_make(mac->text, mac->len), question, err) : 0;
}

/* Sets an error that has the server's address and what it answered. */
static void set_answered(const struct dns_session *session, int rcode, struct error *err)
{
	const struct server *server = session->state;
	AUTO(strbuf) struct strbuf address = STRBUF_INIT;
	char buffer[16];

	name_server_print(&server->address, &address);
	error_set(err, ERR_PLUGIN, "name server %s answered %s", address.text,
		  dns_rcode_name(rcode, buffer));
}

/* True for an authoritative SOA of exactly that name. */
static bool is_zone(const struct dns_answer *answer, const char *name)
{
	if (answer->rcode != DNS_RCODE_NOERROR || !answer->authoritative)
		return false;
	for (size_t i = 0; i < answer->count; i++)
		if (answer->records[i].in_answer && answer->records[i].type == DNS_TYPE_SOA &&
		    str_eq_nocase(answer->records[i].name, name))
			return true;
	return false;
}

static void take_result(struct dns_session *session, struct dns_question *question,
			const struct strbuf *mac, struct dns_lookup *lookup)
{
	if (conclude_question(session, question, mac, &lookup->error) < 0)
		return;
	lookup->answer = question->answer;
	question->answer = (struct dns_answer)DNS_ANSWER_INIT;
}

/* Asks the server about some names at the same time. */
static int look_up_some(struct dns_session *session, struct dns_lookup *lookups, size_t count,
			struct error *err)
{
	const struct server *server = session->state;
	struct dns_question *questions = dns_questions_new(count);
	struct strbuf macs[MAX_QUESTIONS];
	int rc;

	for (size_t i = 0; i < count; i++) {
		strbuf_init(&macs[i]);
		questions[i].name = xstrdup(lookups[i].name);
		questions[i].type = lookups[i].type;
		if (server->signs_queries)
			(void)!dns_message_query(lookups[i].name, lookups[i].type, false,
						 &questions[i].message, &questions[i].error);
		address(session, questions[i].message.len > 0, &questions[i], &macs[i]);
		/* Eight zones at a time, these would be more connections than BIND takes. */
		if (lookups[i].type == DNS_TYPE_TXT)
			questions[i].flags &= ~(unsigned)DNS_TCP_FIRST;
	}
	rc = dns_worker_ask(session->worker, session->host, questions, count, err);
	for (size_t i = 0; i < count; i++) {
		if (rc == 0)
			take_result(session, &questions[i], &macs[i], &lookups[i]);
		strbuf_release(&macs[i]);
	}
	dns_questions_free(questions, count);
	return rc;
}

static int look_up(struct dns_session *session, struct dns_lookup *lookups, size_t count,
		   struct error *err)
{
	for (size_t at = 0; at < count; at += MAX_QUESTIONS) {
		size_t left = count - at;

		if (look_up_some(session, &lookups[at], left < MAX_QUESTIONS ? left : MAX_QUESTIONS,
				 err) < 0)
			return err->code;
	}
	return 0;
}

/* REFUSED is how a server says that it has no such zone (or that the key may not ask). SERVFAIL
 * means that it has the zone and cannot serve it. */
static void take_soa(const struct dns_session *session, struct dns_lookup *lookup,
		     struct dns_guess *guess)
{
	struct error *err = &guess->error;

	guess->found = is_zone(&lookup->answer, guess->name);
	if (error_is_set(&lookup->error)) {
		error_move(err, &lookup->error);
	} else if (lookup->answer.rcode == DNS_RCODE_SERVFAIL) {
		set_answered(session, DNS_RCODE_SERVFAIL, err);
		error_hint(err, "its log says what is wrong with the zone");
	} else if (lookup->answer.rcode == DNS_RCODE_REFUSED) {
		error_set(err, ERR_NOT_FOUND, "no zone '%s'", guess->name);
		error_hint(err, "the server refused to answer; where it answers only those who "
				"know the key, set dns_rfc2136_sign_query = true");
	}
	if (error_is_set(err) && err->code != ERR_NOT_FOUND)
		error_wrap(err, "cannot ask for the zone of '%s'", guess->name);
}

static int find_zones(struct dns_session *session, struct dns_guess *guesses, size_t count,
		      struct error *err)
{
	AUTO_FREE struct dns_lookup *lookups = xcalloc(count, sizeof(*lookups));
	int rc;

	for (size_t i = 0; i < count; i++)
		lookups[i] = (struct dns_lookup){.name = guesses[i].name, .type = DNS_TYPE_SOA};
	rc = look_up(session, lookups, count, err);
	for (size_t i = 0; rc == 0 && i < count; i++)
		take_soa(session, &lookups[i], &guesses[i]);
	dns_lookups_release(lookups, count);
	return rc;
}

/* The TTL of the TXT records that a name has, or else our own. A set has one TTL (RFC 2181 section
 * 5.2), so a record that is added with another changes what others rely on. */
static int64_t ttl_of(const struct dns_session *session, const struct dns_answer *answer,
		      const char *name)
{
	for (size_t i = 0; i < answer->count; i++)
		if (answer->records[i].in_answer && answer->records[i].type == DNS_TYPE_TXT &&
		    str_eq_nocase(answer->records[i].name, name))
			return answer->records[i].ttl;
	return session->provider->ttl;
}

/* Makes the records that an update adds. A server that does not answer queries may still accept
 * updates. */
static int add_records(struct dns_session *session, const struct dns_batch *batch,
		       struct dns_update_record *ret_records, struct error *err)
{
	AUTO_FREE struct dns_lookup *lookups = xcalloc(batch->set_count, sizeof(*lookups));
	size_t count = 0;
	int rc;

	for (size_t i = 0; i < batch->set_count; i++)
		lookups[i] = (struct dns_lookup){.name = batch->sets[i].name, .type = DNS_TYPE_TXT};
	rc = look_up(session, lookups, batch->set_count, err);
	for (size_t i = 0; i < batch->set_count; i++) {
		const struct dns_set *set = &batch->sets[i];
		int64_t ttl = ttl_of(session, &lookups[i].answer, set->name);

		for (size_t j = 0; j < set->count; j++)
			ret_records[count++] =
				(struct dns_update_record){set->name, set->records[j]->value, ttl};
	}
	dns_lookups_release(lookups, batch->set_count);
	return rc;
}

static int refuse_update(const struct dns_session *session, int rcode, struct error *err)
{
	const struct server *server = session->state;

	set_answered(session, rcode, err);
	return error_hint(err,
			  "the server must allow the TSIG key '%s' to change TXT records in this "
			  "zone (BIND: update-policy or allow-update); its log says more",
			  server->key.name);
}

static int send_update(struct dns_session *session, const struct dns_update *message,
		       struct error *err)
{
	AUTO(dns_question) struct dns_question question;
	AUTO(strbuf) struct strbuf mac = STRBUF_INIT;

	dns_question_init(&question);
	if (dns_message_update(message, &question.message, err) < 0)
		return err->code;
	address(session, true, &question, &mac);
	if (dns_worker_ask(session->worker, session->host, &question, 1, err) < 0 ||
	    conclude_question(session, &question, &mac, err) < 0)
		return err->code;
	if (question.answer.rcode != DNS_RCODE_NOERROR)
		return refuse_update(session, question.answer.rcode, err);
	return 0;
}

/* One message has all records of the batch. */
static int change_records(struct dns_session *session, const struct dns_batch *batch,
			  enum dns_update_kind kind, const struct dns_update_record *records,
			  struct error *err)
{
	const struct dns_update message = {.zone = batch->zone->name,
					   .kind = kind,
					   .records = records,
					   .count = batch->record_count};

	if (send_update(session, &message, err) == 0)
		return 0;
	return error_wrap(err, "cannot %s records in zone '%s'",
			  kind == DNS_UPDATE_ADD ? "add" : "remove", batch->zone->name);
}

static int present(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	AUTO_FREE struct dns_update_record *records = xcalloc(batch->record_count,
							      sizeof(*records));

	if (add_records(session, batch, records, err) < 0)
		return err->code;
	return change_records(session, batch, DNS_UPDATE_ADD, records, err);
}

static int cleanup(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	AUTO_FREE struct dns_update_record *records = xcalloc(batch->record_count,
							      sizeof(*records));

	for (size_t i = 0; i < batch->record_count; i++)
		records[i] = (struct dns_update_record){batch->records[i]->name,
							batch->records[i]->value, 0};
	return change_records(session, batch, DNS_UPDATE_DELETE, records, err);
}

static const struct plugin_manual manual_page = {
	.paragraphs =
		{"Speaks dynamic updates (RFC 2136), signed by TSIG, to BIND, Knot and other "
		 "name servers of your own. In BIND the key needs, in the zone: "
		 "`update-policy { grant acme-key name _acme-challenge.example.com. TXT; };`"},
	.credentials = "dns_rfc2136_server = 192.0.2.1\n"
		       "dns_rfc2136_port = 53\n"
		       "dns_rfc2136_name = acme-key\n"
		       "dns_rfc2136_secret = ...\n"
		       "dns_rfc2136_algorithm = HMAC-SHA512",
};

const struct dns_provider dns_rfc2136 = {
	.plugin = DNS_PLUGIN("rfc2136",
			     "a name server with dynamic updates (RFC 2136), such as BIND",
			     "Obtain certificates using a DNS TXT record (if you are "
			     "using BIND for DNS).",
			     options),
	.plugin.manual = &manual_page,
	.plugin.title = "A name server with dynamic updates, such as BIND",
	.title = "the name server",
	.credentials_source = "`tsig-keygen`",
	.flags = DNS_SEARCH_FROM_RECORD,
	.ttl = 120,
	.max_batch = DNS_UPDATE_MAX_RECORDS,
	.credentials = credentials,
	.credential_count = ARRAY_LEN(credentials),
	.open = open_session,
	.close = close_session,
	.find_zones = find_zones,
	.present = present,
	.cleanup = cleanup,
};
