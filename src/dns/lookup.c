/*
 * Resolvers (see lookup.h).
 */
#include "dns/lookup.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "config/settings.h"
#include "net/dns_exchange.h"
#include "net/http.h"
#include "plugin/plugin.h"

enum {
	DNS_PORT = 53,
	TIMEOUT_MS = 4000,
	MAX_RESOLVERS = 8,
	MAX_ANSWER = 65535,
	RCODE_SERVFAIL = 2,
	RCODE_REFUSED = 5,
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

		if (str_starts(given->items[i], "https://"))
			resolver->url = given->items[i];
		else if (name_server_parse(given->items[i], DNS_PORT, &resolver->server, err) < 0)
			return error_wrap(err, "cannot use --dns-resolver");
	}
	if (!ret_resolvers->count)
		add_system_resolvers(ret_resolvers);
	return 0;
}

/* Takes a reply into the lookup, which stays open when the resolver could not find out. */
static void take_reply(struct dns_lookup *lookup, struct span reply)
{
	char buffer[16];

	error_release(&lookup->error);
	if (dns_message_read(reply, &lookup->answer, &lookup->error) < 0)
		return;
	if (lookup->answer.rcode == RCODE_SERVFAIL || lookup->answer.rcode == RCODE_REFUSED)
		error_set(&lookup->error, ERR_NETWORK, "the resolver answered %s for '%s'",
			  dns_rcode_name(lookup->answer.rcode, buffer), lookup->name);
}

static void fail(struct dns_lookup *lookup, struct error *own_reason)
{
	error_release(&lookup->error);
	error_move(&lookup->error, own_reason);
}

/* DNS over HTTPS: the query is POSTed, with id 0 so that caches can serve it (RFC 8484 section
 * 4.1). */
static int ask_by_https(const struct plugin_host *host, const char *url, struct dns_lookup *lookup,
			struct error *err)
{
	AUTO(http_response) struct http_response response;
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO(strbuf) struct strbuf query = STRBUF_INIT;
	struct http_request request = {.method = HTTP_POST,
				       .url = url,
				       .headers = &headers,
				       .max_body = MAX_ANSWER,
				       .timeout_ms = TIMEOUT_MS};

	http_response_init(&response);
	if (dns_message_query(lookup->name, lookup->type, DNS_RECURSE, &query, err) < 0)
		return err->code;
	query.text[0] = query.text[1] = '\0';
	headers_add(&headers, "Content-Type", "application/dns-message");
	headers_add(&headers, "Accept", "application/dns-message");
	request.body = query.text;
	request.body_len = query.len;
	if (http_perform(host->http, &request, &response, err) < 0)
		return err->code;
	if (response.status != 200 ||
	    !dns_message_answers(span_make(query.text, query.len),
				 span_make(response.body, response.body_len)))
		return error_set(err, ERR_PROTOCOL, "resolver '%s' answered %d", url,
				 response.status);
	take_reply(lookup, span_make(response.body, response.body_len));
	return 0;
}

static int ask_all_by_https(const struct plugin_host *host, const char *url,
			    struct dns_lookup **open, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		AUTO(error) struct error reason = ERROR_INIT;

		if (ask_by_https(host, url, open[i], &reason) == ERR_CANCELLED)
			return error_move(err, &reason);
		if (error_is_set(&reason))
			fail(open[i], &reason);
	}
	return 0;
}

static int ask_all_by_dns(const struct name_server *server, struct dns_lookup **open, size_t count,
			  struct error *err)
{
	AUTO_FREE struct dns_exchange *exchanges = xcalloc(count, sizeof(struct dns_exchange));
	int rc;

	for (size_t i = 0; i < count; i++) {
		exchanges[i].server = *server;
		strbuf_init(&exchanges[i].query);
		strbuf_init(&exchanges[i].reply);
		if (dns_message_query(open[i]->name, open[i]->type, DNS_RECURSE,
				      &exchanges[i].query, &exchanges[i].error) < 0)
			log_debug("%s", exchanges[i].error.text);
	}
	rc = dns_exchange_all(exchanges, count, TIMEOUT_MS, err);
	for (size_t i = 0; i < count; i++) {
		if (rc == 0 && error_is_set(&exchanges[i].error))
			fail(open[i], &exchanges[i].error);
		else if (rc == 0)
			take_reply(open[i],
				   span_make(exchanges[i].reply.text, exchanges[i].reply.len));
		dns_exchange_release(&exchanges[i]);
	}
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
	for (size_t i = 0; i < count; i++)
		error_set(&lookups[i].error, ERR_NETWORK, "no resolver was asked");
	for (size_t i = 0; i < resolvers.count; i++) {
		const struct resolver *resolver = &resolvers.items[i];
		size_t open_count = find_open(lookups, count, open);
		int rc = 0;

		if (open_count && resolver->url)
			rc = ask_all_by_https(host, resolver->url, open, open_count, err);
		else if (open_count)
			rc = ask_all_by_dns(&resolver->server, open, open_count, err);
		if (rc < 0)
			return rc;
	}
	if (count && error_is_set(&lookups[0].error))
		log_debug("cannot look up '%s': %s", lookups[0].name, lookups[0].error.text);
	return 0;
}
