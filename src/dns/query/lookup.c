/*
 * Asks resolvers (see lookup.h): those of --dns-resolver, which may speak DNS over HTTPS, or else
 * those of the system. Each is asked only what the ones before it did not answer.
 */
#include "dns/query/lookup.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "config/settings.h"
#include "dns/crew.h"
#include "net/dns/dns_client.h"
#include "net/dns/dns_message.h"
#include "net/http/http.h"
#include "plugin/plugin.h"

enum {
	DNS_PORT = 53,
	TIMEOUT_MS = 4000,
	MAX_RESOLVERS = 8,
};

/* One place to ask. */
struct resolver {
	struct name_server server;
	const char *url; /* DNS over HTTPS, instead of the address; borrowed */
};

struct resolvers {
	struct resolver items[MAX_RESOLVERS];
	size_t count;
};

void dns_lookups_release(struct dns_lookup *lookups, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		dns_answer_release(&lookups[i].answer);
		error_release(&lookups[i].error);
	}
}

static void add_system_resolvers(struct resolvers *resolvers)
{
	struct name_server servers[NAME_SERVER_MAX_SYSTEM];
	size_t count = name_server_system("/etc/resolv.conf", servers);

	for (size_t i = 0; i < count; i++)
		resolvers->items[resolvers->count++].server = servers[i];
}

static int find_resolvers(const struct settings *settings, struct resolvers *ret_resolvers,
			  struct error *err)
{
	const struct strvec *given = settings_list(settings, "dns_resolver");

	for (size_t i = 0; i < given->count && i < MAX_RESOLVERS; i++) {
		struct resolver *resolver = &ret_resolvers->items[ret_resolvers->count++];

		if (str_starts_nocase(given->items[i], "https://"))
			resolver->url = given->items[i];
		else if (name_server_parse(given->items[i], DNS_PORT, &resolver->server, err) < 0)
			return error_wrap(err, "cannot use --dns-resolver");
	}
	if (!ret_resolvers->count)
		add_system_resolvers(ret_resolvers);
	return 0;
}

static void fail_lookup(struct dns_lookup *lookup, struct error *own_reason)
{
	error_release(&lookup->error);
	error_move(&lookup->error, own_reason);
}

/* Takes the results into the lookup, which stays open when the resolver could not find out. */
static void take_results(struct dns_lookup *lookup, struct dns_question *question)
{
	char buffer[16];

	if (error_is_set(&question->error)) {
		fail_lookup(lookup, &question->error);
		return;
	}
	error_release(&lookup->error);
	dns_answer_release(&lookup->answer);
	lookup->answer = question->answer;
	question->answer = (struct dns_answer)DNS_ANSWER_INIT;
	if (lookup->answer.rcode == DNS_RCODE_SERVFAIL || lookup->answer.rcode == DNS_RCODE_REFUSED)
		error_set(&lookup->error, ERR_NETWORK, "the resolver answered %s for '%s'",
			  dns_rcode_name(lookup->answer.rcode, buffer), lookup->name);
}

/* A question to one resolver by HTTPS. */
struct https {
	const struct plugin_host *host;
	const char *url;
	struct dns_question *questions;
};

/* Sends the question's message; the answer is for the child to read. */
static int post_question(const struct https *https, struct dns_question *question,
			 struct dns_worker *worker, struct error *err)
{
	AUTO(http_response) struct http_response response;
	AUTO(headers) struct headers headers = HEADERS_INIT;
	struct http_request request = {.method = HTTP_POST,
				       .url = https->url,
				       .headers = &headers,
				       .body = question->message.text,
				       .body_len = question->message.len,
				       .max_body = DNS_MAX_MESSAGE,
				       .timeout_ms = TIMEOUT_MS};

	http_response_init(&response);
	headers_add(&headers, "Content-Type", "application/dns-message");
	headers_add(&headers, "Accept", "application/dns-message");
	if (dns_worker_http(worker, https->host, &request, &response, err) < 0)
		return err->code;
	if (response.status != 200)
		return error_set(err, ERR_PROTOCOL, "resolver '%s' answered %d", https->url,
				 response.status);
	strbuf_add(&question->reply, response.body, response.body_len);
	return 0;
}

/* The id is 0, so that caches can serve the answer (RFC 8484 section 4.1). */
static void fetch_one(void *context, size_t index, struct dns_worker *worker)
{
	const struct https *https = context;
	struct dns_question *question = &https->questions[index];

	question->flags |= DNS_HAS_REPLY;
	if (dns_message_query(question->name, question->type, true, &question->message,
			      &question->error) < 0)
		return;
	question->message.text[0] = question->message.text[1] = '\0';
	(void)!post_question(https, question, worker, &question->error);
}

/* DNS over HTTPS. */
static int fetch_replies(const struct plugin_host *host, const char *url,
			 struct dns_question *questions, size_t count, struct error *err)
{
	struct https https = {host, url, questions};

	dns_crew_run(host, fetch_one, &https, count);
	for (size_t i = 0; i < count; i++)
		if (questions[i].error.code == ERR_CANCELLED)
			return error_copy(err, &questions[i].error);
	return 0;
}

/* Asks one resolver about all lookups at the same time. */
static int ask_all(const struct plugin_host *host, const struct resolver *resolver,
		   struct dns_lookup **open, size_t count, struct error *err)
{
	struct dns_question *questions = dns_questions_new(count);
	int rc = 0;

	for (size_t i = 0; i < count; i++) {
		questions[i].server = resolver->server;
		questions[i].name = xstrdup(open[i]->name);
		questions[i].type = open[i]->type;
		questions[i].flags = DNS_RECURSE;
	}
	if (resolver->url)
		rc = fetch_replies(host, resolver->url, questions, count, err);
	if (rc == 0)
		rc = dns_client_ask(host->dns, questions, count, TIMEOUT_MS, err);
	for (size_t i = 0; rc == 0 && i < count; i++)
		take_results(open[i], &questions[i]);
	dns_questions_free(questions, count);
	return rc;
}

/* The lookups that have no answer. */
static size_t find_open(struct dns_lookup *lookups, size_t count, struct dns_lookup **ret_open)
{
	size_t open_count = 0;

	for (size_t i = 0; i < count; i++)
		if (error_is_set(&lookups[i].error))
			ret_open[open_count++] = &lookups[i];
	return open_count;
}

int dns_lookup_all(const struct plugin_host *host, const struct settings *settings,
		   struct dns_lookup *lookups, size_t count, struct error *err)
{
	AUTO_FREE struct dns_lookup **open = xcalloc(count ? count : 1, sizeof(lookups));
	struct resolvers resolvers = {.count = 0};

	if (find_resolvers(settings, &resolvers, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		error_release(&lookups[i].error);
		error_set(&lookups[i].error, ERR_NETWORK, "no resolver was asked");
	}
	for (size_t i = 0; i < resolvers.count; i++) {
		size_t open_count = find_open(lookups, count, open);

		if (open_count && ask_all(host, &resolvers.items[i], open, open_count, err) < 0)
			return err->code;
	}
	if (count && error_is_set(&lookups[0].error))
		log_debug("cannot look up '%s': %s", lookups[0].name, lookups[0].error.text);
	return 0;
}
