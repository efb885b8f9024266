/*
 * netcup, CCP API (https://helpcenter.netcup.com/en/wiki/general/our-api; calls and types are in
 * https://ccp.netcup.net/run/webservice/servers/endpoint.php): one record per value, all those of a
 * zone in one request. Records that a request does not name stay as they are.
 *
 * Answers have status 200 and a code of their own, 2000 for success.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/actions.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"
#include "dns/api/token.h"

enum {
	SESSION_SECONDS = 10 * 60, /* sessions last some minutes longer */
	SESSION_OVER = 4001,
};

static int64_t code_of(const struct dns_reply *reply)
{
	int64_t code = 0;

	json_int(json_member(reply->json, "statuscode"), &code);
	return code;
}

/* For a name that cannot be a domain, such as a top-level one, netcup complains about the "field
 * domainname". */
static enum dns_verdict judge(const struct dns_reply *reply)
{
	static const struct dns_reason reasons[] = {
		{"could not be found", DNS_UNKNOWN},
		{"field domainname", DNS_UNKNOWN},
		{"requests per minute", DNS_SLOW_DOWN},
	};

	if (strcmp(dns_answer_text(reply->json, "status"), "error") != 0)
		return DNS_AS_STATUS;
	if (code_of(reply) == 5028 || code_of(reply) == 5029) /* no such zone */
		return DNS_UNKNOWN;
	return dns_judge_words(dns_answer_text(reply->json, "longmessage"), reasons,
			       ARRAY_LEN(reasons));
}

static void explain(const struct json *answer, struct strbuf *out)
{
	AUTO_FREE char *code = dns_answer_id(answer, "statuscode");

	strbuf_addf(out, "%s: %s %s", code ? code : "", dns_answer_text(answer, "shortmessage"),
		    dns_answer_text(answer, "longmessage"));
}

static int send_action(struct dns_session *session, const char *action, struct json *params,
		       struct dns_call call, struct dns_reply *ret_reply, struct error *err)
{
	AUTO(json) struct json *body = json_object_new();

	json_set_string(params, "customernumber", dns_credential(session, "customer_id"));
	json_set_string(params, "apikey", dns_credential(session, "api_key"));
	json_set_string(body, "action", action);
	json_set(body, "param", json_share(params));
	call.method = HTTP_POST;
	call.url = "/run/webservice/servers/endpoint.php?JSON";
	call.json = body;
	call.flags |= DNS_CALL_REPEATABLE;
	return dns_call(session, &call, ret_reply, err);
}

/* Wrong credentials are refused in various words, "too many requests" among them. */
static int log_in(struct dns_session *session, struct dns_token *ret_token, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *params = json_object_new();

	json_set_string(params, "apipassword", dns_credential(session, "api_password"));
	if (send_action(session, "login", params,
			(struct dns_call){.what = "log in", .flags = DNS_CALL_ANONYMOUS}, &reply,
			err) < 0) {
		if (err->code == ERR_PLUGIN || err->code == ERR_RATE_LIMITED)
			error_hint(err, "%s", session->provider->login_hint);
		return err->code == ERR_PLUGIN ? error_recode(err, ERR_CONFIG) : err->code;
	}
	return dns_token_keep(
		session, "log in",
		dns_answer_text(json_member(reply.json, "responsedata"), "apisessionid"),
		SESSION_SECONDS, ret_token, err);
}

/* Calls an action of the session. Its end is sometimes reported too early. */
static int call_action(struct dns_session *session, const struct dns_action *action,
		       struct json *params, struct dns_reply *ret_reply, struct error *err)
{
	struct dns_token *id = session->state;

	for (int attempt = 0;; attempt++) {
		int rc;

		if (dns_token_renew(session, id, err) < 0)
			return err->code;
		json_set_string(params, "apisessionid", secret_peek(&id->text));
		rc = send_action(session, action->name, params,
				 (struct dns_call){.what = action->what}, ret_reply, err);
		if (rc == 0 || attempt || code_of(ret_reply) != SESSION_OVER)
			return rc;
		error_release(err);
		id->expires = 0;
	}
}

/* Takes the records over. */
static int update_records(struct dns_session *session, const struct dns_zone *zone,
			  const char *what, struct json *own_records, struct error *err)
{
	const struct dns_action action = {what, "updateDnsRecords"};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *params = json_object_new();
	struct json *set = json_object_new();

	json_set(set, "dnsrecords", own_records);
	json_set(params, "dnsrecordset", set);
	json_set_string(params, "domainname", zone->name);
	return call_action(session, &action, params, &reply, err);
}

static int add_all(struct dns_session *session, const struct dns_zone *zone, struct json *objects,
		   struct error *err)
{
	return update_records(session, zone, "add records", json_share(objects), err);
}

/* A record is removed by all that it is. */
static int remove_all(struct dns_session *session, const struct dns_found *found, struct error *err)
{
	struct json *records = json_array_new();

	for (size_t i = 0; i < found->ids.count; i++) {
		struct json *record = dns_record_of_id(found->ids.items[i]);

		json_set_bool(record, "deleterecord", true);
		json_push(records, record);
	}
	return update_records(session, found->batch->zone, "remove records", records, err);
}

static const struct dns_action_calls action_calls = {
	.send = call_action,
	.find = "infoDnsRecords",
	.list = "infoDnsRecords",
	.zone = "domainname",
	.path = {"responsedata", "dnsrecords"},
};

static const struct dns_record_calls record_calls = {
	.shape = {.name = "hostname", .value = "destination", .has_no_id = true, .apex = "@"},
	.list = dns_list_by_action,
	.add_all = add_all,
	.remove_all = remove_all,
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
	.explain = explain,
	.judge = judge,
	.login_hint =
		"check dns_netcup_customer_id, dns_netcup_api_key and dns_netcup_api_password",
	.open = dns_open_token,
	.close = dns_close_token,
	.action_calls = &action_calls,
	.find_zone = dns_find_zone_by_action,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
