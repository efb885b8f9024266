/*
 * netcup, CCP API (https://helpcenter.netcup.com/en/wiki/general/our-api; calls and types are in
 * https://ccp.netcup.net/run/webservice/servers/endpoint.php): one record per value, all those of a
 * zone in one request. Records that a request does not name stay as they are.
 *
 * Answers have status 200 and a code of their own, 2000 for success.
 */
#include "codec/json.h"
#include "dns/api/actions.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"
#include "dns/api/token.h"

enum {
	SESSION_SECONDS = 10 * 60, /* sessions last some minutes longer */
};

/* Adds what every action has, the log-in too. */
static void fill_params(const struct dns_session *session, struct json *params)
{
	json_set_string(params, "customernumber", dns_credential(session, "customer_id"));
	json_set_string(params, "apikey", dns_credential(session, "api_key"));
}

/* Wrong credentials are refused in various words, "too many requests" among them. */
static int log_in(struct dns_session *session, struct dns_token *ret_token, struct error *err)
{
	const struct dns_call call = {.what = "log in", .flags = DNS_CALL_ANONYMOUS};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *params = json_object_new();
	const struct json *data;

	json_set_string(params, "apipassword", dns_credential(session, "api_password"));
	if (dns_post_action(session, "login", params, call, &reply, err) < 0)
		return dns_token_denied(session, err);
	data = json_member(reply.json, "responsedata");
	return dns_token_keep(session, call.what, dns_answer_text(data, "apisessionid"),
			      SESSION_SECONDS, ret_token, err);
}

/* A record is removed by all that it is. */
static int update_records(struct dns_session *session, const struct dns_zone *zone,
			  struct json *objects, bool is_removal, struct error *err)
{
	const struct dns_action action = {is_removal ? "remove records" : "add records",
					  "updateDnsRecords"};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *params = json_object_new();
	struct json *set = json_object_new();

	for (size_t i = 0; is_removal && i < json_count(objects); i++)
		json_set_bool(json_at(objects, i), "deleterecord", true);
	json_set(set, "dnsrecords", json_share(objects));
	json_set(params, "dnsrecordset", set);
	json_set_string(params, "domainname", zone->name);
	return dns_send_in_session(session, &action, params, &reply, err);
}

/* For a name that cannot be a domain, such as a top-level one, netcup complains about the "field
 * domainname". */
static const struct dns_reason reasons[] = {
	{"5028: ", DNS_UNKNOWN}, /* no such zone */
	{"5029: ", DNS_UNKNOWN},
	{"could not be found", DNS_UNKNOWN},
	{"field domainname", DNS_UNKNOWN},
	{"requests per minute", DNS_SLOW_DOWN},
};

static const struct dns_action_calls action_calls = {
	.send = dns_send_in_session,
	.url = "/run/webservice/servers/endpoint.php?JSON",
	.action = "action",
	.params = "param",
	.fill = fill_params,
	.token = "apisessionid",
	.over = "4001",
	.find = "infoDnsRecords",
	.list = "infoDnsRecords",
	.zone = "domainname",
	.path = {"responsedata", "dnsrecords"},
};

static const struct dns_record_calls record_calls = {
	.shape = {.name = "hostname", .value = "destination", .has_no_id = true, .apex = "@"},
	.list = dns_list_by_action,
	.change_all = update_records,
};

const struct dns_provider dns_netcup = {
	DNS_SERVICE("netcup", "netcup", "900"),
	DNS_CREDENTIALS({"customer_id", "customer number", false, true},
			{"api_key", "API key, made in the customer control panel"},
			{"api_password", "API password, made there too"}),
	.credentials_source =
		"customercontrolpanel.de, master data, API; not for domains in CloudDNS",
	.max_batch = 100,
	.base_url = "https://ccp.netcup.net",
	.log_in = log_in,
	.error_shape = {.code = "statuscode",
			.message = "shortmessage",
			.more = "longmessage",
			.success = "2",
			.judges_words = true,
			DNS_REASONS(reasons)},
	.login_hint =
		"check dns_netcup_customer_id, dns_netcup_api_key and dns_netcup_api_password; the "
		"key must be a legacy one, of 50 characters: those of CloudDNS are for another API",
	.open = dns_open_token,
	.close = dns_close_token,
	.action_calls = &action_calls,
	.find_zone = dns_find_zone_by_action,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
