/*
 * PowerDNS Authoritative Server by its HTTP API: whole sets of values are replaced, several names
 * in one request (https://doc.powerdns.com/authoritative/http-api/zone.html).
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "codec/url.h"
#include "dns/api/call.h"
#include "dns/endpoint.h"
#include "dns/provider.h"

static const struct dns_credential credentials[] = {
	{"api_url", "the URL of the server, such as http://127.0.0.1:8081", false, true},
	{"api_key", "the api-key of the server's configuration", false, false},
	{"server_name", "the server's id, localhost unless a proxy has others", true, true},
};

static const struct option options[] = {
	DNS_OPTIONS("powerdns", "powerdns", "PowerDNS", "60"),
};

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	headers_add(headers, "X-API-Key", dns_credential(session, "api_key"));
	return 0;
}

static int open_session(struct dns_session *session, struct error *err)
{
	const char *server = dns_credential(session, "server_name");
	AUTO_FREE char *path = xasprintf("/api/v1/servers/%s/zones", server ? server : "localhost");

	return dns_use_endpoint(session, "api_url", path, err);
}

static int call_zones(struct dns_session *session, struct dns_call call, const char *tail,
		      struct dns_reply *ret_reply, struct error *err)
{
	call.url = tail;
	return dns_call(session, &call, ret_reply, err);
}

static int find_zone(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	static const struct dns_call call = {.what = "look up the zone", .method = HTTP_GET};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *tail = xasprintf("?zone=%s.", name);
	const char *id;

	if (call_zones(session, call, tail, &reply, err) < 0)
		return reply.status == 404 ? error_hint(err, "check dns_powerdns_api_url and "
							     "dns_powerdns_server_name")
					   : err->code;
	id = json_text(json_member(json_at(reply.json, 0), "id"));
	if (!id)
		return error_set(err, ERR_NOT_FOUND, "no zone '%s'", name);
	*ret_id = xstrdup(id);
	return 0;
}

/* Appends the values that the name has in an answer of the server; returns their TTL, or -1. */
static int64_t take_values(const struct json *answer, const char *name, struct strvec *ret_values)
{
	const struct json *sets = json_member(answer, "rrsets");
	int64_t ttl = -1;

	for (size_t i = 0; i < json_count(sets); i++) {
		const struct json *set = json_at(sets, i);
		const struct json *records = json_member(set, "records");
		const char *owner = json_text(json_member(set, "name"));
		const char *type = json_text(json_member(set, "type"));
		size_t len = strlen(name);

		if (!owner || !type || strcmp(type, "TXT") != 0 || strlen(owner) != len + 1 ||
		    strncasecmp(owner, name, len) != 0)
			continue;
		json_int(json_member(set, "ttl"), &ttl);
		for (size_t j = 0; j < json_count(records); j++) {
			const char *text = json_text(json_member(json_at(records, j), "content"));

			if (text)
				strvec_give(ret_values, dns_unquote(text));
		}
	}
	return ttl;
}

static int read_set(struct dns_session *session, const struct dns_batch *batch, const char *name,
		    struct strvec *ret_values, int64_t *ret_ttl, struct error *err)
{
	static const struct dns_call call = {.what = "read records", .method = HTTP_GET};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf tail = STRBUF_INIT;

	strbuf_addf(&tail, "/%s?rrset_name=", batch->zone->id);
	url_add_escaped(&tail, name);
	strbuf_adds(&tail, ".&rrset_type=TXT");
	if (call_zones(session, call, tail.text, &reply, err) < 0)
		return err->code;
	*ret_ttl = take_values(reply.json, name, ret_values);
	return 0;
}

/* The change that gives the name these values; none: that deletes it. */
static struct json *make_change(const char *name, const struct strvec *values, int64_t ttl)
{
	struct json *change = json_object_new(), *records = json_array_new();
	AUTO_FREE char *owner = xasprintf("%s.", name);

	json_set_string(change, "name", owner);
	json_set_string(change, "type", "TXT");
	json_set_int(change, "ttl", ttl);
	json_set_string(change, "changetype", values->count ? "REPLACE" : "DELETE");
	for (size_t i = 0; i < values->count; i++) {
		AUTO_FREE char *content = dns_quote(values->items[i]);
		struct json *record = json_object_new();

		json_set_string(record, "content", content);
		json_set_bool(record, "disabled", false);
		json_push(records, record);
	}
	json_set(change, "records", records);
	return change;
}

typedef bool combine_fn(const struct dns_set *set, const struct strvec *there,
			struct strvec *ret_values);

/* Reads every set of the batch, combines it with ours, and sends what has changed. */
static int change(struct dns_session *session, const struct dns_batch *batch, combine_fn *combine,
		  const char *what, struct error *err)
{
	struct dns_call call = {.what = what, .method = HTTP_PATCH};
	AUTO(json) struct json *body = json_object_new();
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *tail = xasprintf("/%s", batch->zone->id);
	struct json *changes = json_array_new();

	json_set(body, "rrsets", changes);
	for (size_t i = 0; i < batch->set_count; i++) {
		AUTO(strvec) struct strvec there = STRVEC_INIT;
		AUTO(strvec) struct strvec values = STRVEC_INIT;
		int64_t ttl = -1;

		if (read_set(session, batch, batch->sets[i].name, &there, &ttl, err) < 0)
			return err->code;
		if (combine(&batch->sets[i], &there, &values))
			json_push(changes, make_change(batch->sets[i].name, &values,
						       ttl >= 0 ? ttl : session->provider->ttl));
	}
	call.json = body;
	return json_count(changes) ? call_zones(session, call, tail, &reply, err) : 0;
}

static int present(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return change(session, batch, dns_merge, "add records", err);
}

static int cleanup(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return change(session, batch, dns_subtract, "remove records", err);
}

static const struct plugin_manual manual_page = {
	.credentials = "dns_powerdns_api_url = http://127.0.0.1:8081\n"
		       "dns_powerdns_api_key = ...",
};

const struct dns_provider dns_powerdns = {
	.plugin = DNS_PLUGIN("powerdns", "a PowerDNS server that you run",
			     "Obtain certificates using a DNS TXT record (if you run a "
			     "PowerDNS server).",
			     options),
	.plugin.manual = &manual_page,
	.plugin.title = "PowerDNS",
	.title = "PowerDNS",
	.credentials_source = "the server's configuration, `api-key`",
	.flags = DNS_OWN_SERVER,
	.ttl = 60,
	.max_batch = 500, /* the server takes bodies of 2 MB */
	.credentials = credentials,
	.credential_count = ARRAY_LEN(credentials),
	.authorize = authorize,
	.error_shape = {.message = "error"},
	.login_hint = "dns_powerdns_api_key must be the api-key of the server",
	.open = open_session,
	.find_zone = find_zone,
	.present = present,
	.cleanup = cleanup,
};
