/*
 * Oracle Cloud Infrastructure, DNS API 20180115
 * (https://docs.oracle.com/en-us/iaas/api/#/en/dns/20180115/): one record per value, all changes of
 * a zone in one request. Requests are signed with an RSA key
 * (https://docs.oracle.com/en-us/iaas/Content/API/Concepts/signingrequests.htm).
 */
#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"
#include "dns/providers/signing.h"

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	AUTO_FREE char *id = xasprintf("%s/%s/%s", dns_credential(session, "tenancy"),
				       dns_credential(session, "user"),
				       dns_credential(session, "fingerprint"));

	return signing_authorize_rsa(session, id, request, headers, err);
}

/* Sends changes of the zone, which the address of a name takes only if it has records. */
static int patch_zone(struct dns_session *session, const struct dns_zone *zone, const char *what,
		      struct json *own_items, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *body = json_object_new();
	AUTO_FREE char *url = xasprintf("/zones/%s/records", zone->name);
	const struct dns_call call = {.what = what, .method = HTTP_PATCH, .url = url, .json = body};

	json_set(body, "items", own_items);
	return dns_call(session, &call, &reply, err);
}

static int add_all(struct dns_session *session, const struct dns_zone *zone, struct json *objects,
		   struct error *err)
{
	for (size_t i = 0; i < json_count(objects); i++)
		json_set_string(json_at(objects, i), "operation", "ADD");
	return patch_zone(session, zone, "add records", json_share(objects), err);
}

static int remove_all(struct dns_session *session, const struct dns_found *found, struct error *err)
{
	struct json *items = json_array_new();

	for (size_t i = 0; i < found->ids.count; i++) {
		struct json *item = json_object_new();

		json_set_string(item, "recordHash", found->ids.items[i]);
		json_set_string(item, "operation", "REMOVE");
		json_push(items, item);
	}
	return patch_zone(session, found->batch->zone, "remove records", items, err);
}

static const struct dns_record_calls record_calls = {
	.shape = {.type = "rtype",
		  .name = "domain",
		  .value = "rdata",
		  .ttl = "ttl",
		  .id = "recordHash",
		  .is_quoted = true},
	.list_name = "/zones/{zone}/records/{fqdn}?rtype=TXT&limit=100",
	.array = "items",
	.add_all = add_all,
	.remove_all = remove_all,
};

const struct dns_provider dns_oci = {
	DNS_SERVICE_WITH("oci", "Oracle Cloud", "60",
			 DNS_THEIR_OPTION("oci", "config", "credentials", OPTION_PATH, 0),
			 DNS_THEIR_WORD("oci", "profile", "profile")),
	.vendors_file.usual = "~/.oci/config",
	.vendors_file.section = "DEFAULT",
	DNS_CREDENTIALS({"user", "OCID of the user", false, true},
			{"tenancy", "OCID of the tenancy", false, true},
			{"fingerprint", "fingerprint of the API key", false, true},
			{"region", "region, such as eu-frankfurt-1", false, true},
			{"key_file", "path of the private key, without passphrase", false, true,
			 .is_path = true}),
	.credentials_source = "cloud.oracle.com, profile, API keys; manage dns-records",
	.ttl = 60,
	.max_batch = 200, /* 500 operations are allowed */
	.endpoint = {"region", "https://dns.", ".oraclecloud.com/20180115"},
	.authorize = authorize,
	.error_shape = {.code = "code", .message = "message"},
	.login_hint =
		"check the five values of dns_oci_..., that this machine's clock is right, and "
		"that the user may manage dns-records",
	.open = signing_open,
	.close = signing_close,
	.zone_calls = &(const struct dns_zone_calls){.url = "/zones/{zone}"},
	.find_zone = dns_find_zone_at,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
