/*
 * Scaleway, Domains and DNS API v2beta1
 * (https://www.scaleway.com/en/developers/api/domains-and-dns/): one record per value, all changes
 * of a zone in one request.
 */
#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

/* A zone is a domain or a part of one: {"domain": "example.com", "subdomain": "a"}. */
static void take_zone(void *zones, const struct json *item)
{
	const char *domain = dns_answer_text(item, "domain");
	const char *part = dns_answer_text(item, "subdomain");
	AUTO_FREE char *name = xasprintf("%s%s%s", part, *part ? "." : "", domain);

	if (*domain)
		dns_zones_add(zones, name, NULL);
}

static int list_zones(struct dns_session *session, struct dns_zones *ret_zones, struct error *err)
{
	static const struct dns_listing listing = {.what = "list zones",
						   .url = "/dns-zones?page_size=100",
						   .array = "dns_zones",
						   .total = "total_count"};

	return dns_list(session, &listing, take_zone, ret_zones, err);
}

/* Sends the changes, an array of {"add": ...} or {"delete": ...}; takes it over. */
static int send_changes(struct dns_session *session, const struct dns_zone *zone, const char *what,
			struct json *own_changes, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *body = json_object_new();
	AUTO_FREE char *url = xasprintf("/dns-zones/%s/records", zone->name);
	const struct dns_call call = {.what = what, .method = HTTP_PATCH, .url = url, .json = body};

	json_set(body, "changes", own_changes);
	json_set_bool(body, "return_all_records", false);
	json_set_bool(body, "disallow_new_zone_creation", true);
	return dns_call(session, &call, &reply, err);
}

static int add_all(struct dns_session *session, const struct dns_zone *zone, struct json *objects,
		   struct error *err)
{
	struct json *changes = json_array_new(), *change = json_object_new();
	struct json *records = json_object_new();

	json_set(records, "records", json_share(objects));
	json_set(change, "add", records);
	json_push(changes, change);
	return send_changes(session, zone, "add records", changes, err);
}

static int remove_all(struct dns_session *session, const struct dns_found *found, struct error *err)
{
	struct json *changes = json_array_new();

	for (size_t i = 0; i < found->ids.count; i++) {
		struct json *change = json_object_new(), *record = json_object_new();

		json_set_string(record, "id", found->ids.items[i]);
		json_set(change, "delete", record);
		json_push(changes, change);
	}
	return send_changes(session, found->batch->zone, "remove records", changes, err);
}

static const struct dns_record_calls record_calls = {
	.shape = {.name = "name", .value = "data", .ttl = "ttl", .apex = "", .is_quoted = true},
	.list_zone = "/dns-zones/{zone}/records?type=TXT&page_size=100",
	.list_name = "/dns-zones/{zone}/records?type=TXT&page_size=100&name={name}",
	.array = "records",
	.total = "total_count",
	.add_all = add_all,
	.remove_all = remove_all,
};

const struct dns_provider dns_scaleway = {
	DNS_SERVICE("scaleway", "Scaleway", "120"),
	DNS_CREDENTIALS({"application_token", "secret key of an API key, obtained from "
					      "https://console.scaleway.com/iam/api-keys"}),
	.credentials_source = "console.scaleway.com/iam/api-keys; DomainsDNSFullAccess",
	.ttl = 60,
	.max_batch = 100,
	.base_url = "https://api.scaleway.com/domain/v2beta1",
	.authorize = dns_authorize_token,
	.token_field = "X-Auth-Token",
	.error_shape = {.code = "type", .message = "message"},
	.login_hint =
		"check dns_scaleway_application_token, which is the secret key, and that it has "
		"the permission DomainsDNSFullAccess",
	.list_zones = list_zones,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
