/*
 * Sakura Cloud, API 1.1 (https://manual.sakura.ad.jp/cloud-api/1.1/appliance/index.html#dns): a
 * zone is a "common service item"; all its records are one array, which is read, changed and
 * written back.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "codec/url.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/whole.h"

/* The search is a JSON object as the query string. */
static void add_search(struct strbuf *url, const char *zone)
{
	AUTO(json) struct json *search = json_object_new();
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct json *filter = json_object_new();

	json_set_string(filter, "Provider.Class", "dns");
	json_set_string(filter, "Name", zone);
	json_set(search, "Filter", filter);
	json_print(search, JSON_COMPACT, &text);
	url_add_escaped(url, text.text);
}

/* The search finds parts of names too. */
static int find_zone(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf url = STRBUF_INIT;
	struct dns_call call = {.what = "look up the zone", .method = HTTP_GET};
	struct json *items = NULL;

	strbuf_adds(&url, "/commonserviceitem?");
	add_search(&url, name);
	call.url = url.text;
	if (dns_call(session, &call, &reply, err) < 0 ||
	    dns_answer_array(session, call.what, &reply, "CommonServiceItems", &items, err) < 0)
		return err->code;
	for (size_t i = 0; i < json_count(items); i++) {
		const struct json *item = json_at(items, i);

		if (strcmp(dns_answer_text(json_member(item, "Status"), "Zone"), name) == 0)
			*ret_id = dns_answer_id(item, "ID");
		if (*ret_id)
			return 0;
	}
	return error_set(err, ERR_NOT_FOUND, "no zone '%s'", name);
}

static const struct dns_whole_calls whole_calls = {
	.shape = {.type = "Type", .name = "Name", .value = "RData", .ttl = "TTL", .apex = "@"},
	.path = {"CommonServiceItem", "Settings", "DNS", "ResourceRecordSets"},
	.url = "/commonserviceitem/{zone_id}",
};

const struct dns_provider dns_sakuracloud = {
	DNS_SERVICE("sakuracloud", "Sakura Cloud", "90"),
	DNS_CREDENTIALS({"api_token",
			 "API token for Sakura Cloud API obtained from "
			 "https://secure.sakura.ad.jp/cloud/#!/apikey/top/",
			 false},
			{"api_secret",
			 "API secret for Sakura Cloud API obtained from "
			 "https://secure.sakura.ad.jp/cloud/#!/apikey/top/",
			 false}),
	.credentials_source = "secure.sakura.ad.jp/cloud, API keys",
	.ttl = 60,
	.base_url = "https://secure.sakura.ad.jp/cloud/zone/is1a/api/cloud/1.1",
	.authorize = dns_authorize_basic,
	.error_shape = {.code = "error_code", .message = "error_msg"},
	.login_hint = "check dns_sakuracloud_api_token and dns_sakuracloud_api_secret; the key "
		      "must be allowed to change settings",
	.find_zone = find_zone,
	.whole_calls = &whole_calls,
	.present = dns_present_whole,
	.cleanup = dns_cleanup_whole,
};
