/*
 * Gehirn DNS, API v1 (https://support.gehirn.jp/apidocs/gis/dns/index.html): a zone has versions;
 * the current one holds record sets, whole objects with all values of a name and type. A set is
 * read, changed and written back.
 *
 * The id of a zone is the path of its current version.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"

static void take_zone(void *zones, const struct json *item)
{
	const char *version = dns_answer_text(item, "current_version_id");
	AUTO_FREE char *path = xasprintf("/zones/%s/versions/%s", dns_answer_text(item, "id"),
					 version);

	if (*version)
		dns_zones_add(zones, dns_answer_text(item, "name"), path);
}

static int list_zones(struct dns_session *session, struct dns_zones *ret_zones, struct error *err)
{
	static const struct dns_listing listing = {.what = "list zones", .url = "/zones"};

	return dns_list(session, &listing, take_zone, ret_zones, err);
}

/* The sets of the zone, an array inside the reply. */
static int read_sets(struct dns_session *session, const struct dns_zone *zone,
		     struct dns_reply *ret_reply, struct error *err)
{
	AUTO_FREE char *url = xasprintf("%s/records", zone->id);
	const struct dns_call call = {.what = "list records", .method = HTTP_GET, .url = url};
	struct json *array = NULL;

	if (dns_call(session, &call, ret_reply, err) < 0)
		return err->code;
	return dns_answer_array(session, call.what, ret_reply, NULL, &array, err);
}

/* The TXT set of a name among them, or NULL. */
static struct json *find_set(const struct json *sets, const struct dns_zone *zone, const char *name)
{
	for (size_t i = 0; i < json_count(sets); i++) {
		struct json *set = json_at(sets, i);
		AUTO_FREE char *absolute = dns_absolute(dns_answer_text(set, "name"), zone);

		if (strcmp(dns_answer_text(set, "type"), "TXT") == 0 && strcmp(absolute, name) == 0)
			return set;
	}
	return NULL;
}

static void read_values(const struct json *set, struct strvec *ret_values)
{
	const struct json *records = json_member(set, "records");

	for (size_t i = 0; i < json_count(records); i++)
		strvec_give(ret_values, dns_unquote(dns_answer_text(json_at(records, i), "data")));
}

static void set_values(struct json *set, const struct strvec *values)
{
	struct json *records = json_array_new();

	for (size_t i = 0; i < values->count; i++) {
		struct json *record = json_object_new();

		json_set_string(record, "data", values->items[i]);
		json_push(records, record);
	}
	json_set(set, "records", records);
}

/* Sends one set: PUT or DELETE of the one there is (`id`), or POST of a new one. */
static int send_set(struct dns_session *session, const struct dns_zone *zone, const char *id,
		    const struct json *set, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *url = xasprintf("%s/records%s%s", zone->id, id ? "/" : "", id ? id : "");
	struct dns_call call = {.what = "change a record", .url = url, .json = set};

	call.method = !id ? HTTP_POST : set ? HTTP_PUT : HTTP_DELETE;
	if (!id)
		call.what = "add a record";
	else if (!set) {
		call.what = "remove a record";
		call.flags = DNS_CALL_NO_ANSWER;
	}
	return dns_call(session, &call, &reply, err);
}

static int add_set(struct dns_session *session, const struct dns_zone *zone,
		   const struct dns_set *wanted, const struct strvec *values, struct error *err)
{
	AUTO(json) struct json *set = json_object_new();
	AUTO_FREE char *name = xasprintf("%s.", wanted->name);

	json_set_string(set, "name", name);
	json_set_string(set, "type", "TXT");
	json_set_bool(set, "enable_alias", false);
	json_set_int(set, "ttl", session->provider->ttl);
	set_values(set, values);
	return send_set(session, zone, NULL, set, err);
}

static int change_set(struct dns_session *session, const struct dns_zone *zone, struct json *set,
		      const struct strvec *values, struct error *err)
{
	AUTO_FREE char *id = dns_answer_id(set, "id");

	if (!id)
		return dns_bad_answer(session, "change a record", "expected a text 'id'", err);
	set_values(set, values);
	return send_set(session, zone, id, values->count ? set : NULL, err);
}

static int present(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	int rc = read_sets(session, batch->zone, &reply, err);

	for (size_t i = 0; rc == 0 && i < batch->set_count; i++) {
		const struct dns_set *wanted = &batch->sets[i];
		struct json *set = find_set(reply.json, batch->zone, wanted->name);
		AUTO(strvec) struct strvec there = STRVEC_INIT, values = STRVEC_INIT;

		if (set)
			read_values(set, &there);
		if (!dns_merge(wanted, &there, &values))
			continue;
		rc = set ? change_set(session, batch->zone, set, &values, err)
			 : add_set(session, batch->zone, wanted, &values, err);
	}
	return rc;
}

static int cleanup(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	int rc = read_sets(session, batch->zone, &reply, err);

	for (size_t i = 0; rc == 0 && i < batch->set_count; i++) {
		struct json *set = find_set(reply.json, batch->zone, batch->sets[i].name);
		AUTO(strvec) struct strvec there = STRVEC_INIT, values = STRVEC_INIT;

		if (set)
			read_values(set, &there);
		if (dns_subtract(&batch->sets[i], &there, &values))
			rc = change_set(session, batch->zone, set, &values, err);
	}
	return rc;
}

const struct dns_provider dns_gehirn = {
	DNS_SERVICE("gehirn", "Gehirn Infrastructure Service", "30"),
	DNS_CREDENTIALS(
		{"api_token", "API access token for Gehirn Infrastructure Service DNS API", false},
		{"api_secret", "API access secret for Gehirn Infrastructure Service DNS API",
		 false}),
	.credentials_source = "gis.gehirn.jp",
	.ttl = 60,
	.base_url = "https://api.gis.gehirn.jp/dns/v1",
	.authorize = dns_authorize_basic,
	.error_shape = {.message = "message"},
	.login_hint = "check dns_gehirn_api_token and dns_gehirn_api_secret",
	.list_zones = list_zones,
	.present = present,
	.cleanup = cleanup,
};
