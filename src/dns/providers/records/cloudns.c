/*
 * ClouDNS (https://www.cloudns.net/wiki/article/41/, adding: /article/58/): one record per value, one
 * form per record. Answers have status 200; refusals say "Failed". Only accounts that pay have the
 * API.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "codec/url.h"
#include "dns/api/actions.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

static const struct dns_form_field fields[] = {
	{"auth-id", "auth_id"},
	{"sub-auth-id", "sub_auth_id"},
	{"sub-auth-user", "sub_auth_user"},
	{"auth-password", "auth_password"},
	{NULL},
};

/* {"status": "Failed", "statusDescription": "..."}; the descriptions of a missing zone and of wrong
 * credentials are in articles 134 and 41. The status of a zone is a number. */
static enum dns_verdict judge(const struct dns_reply *reply)
{
	static const struct dns_reason reasons[] = {
		{"Missing domain-name", DNS_UNKNOWN},
		{"Invalid record-id", DNS_UNKNOWN},
		{"Invalid authentication", DNS_DENIED},
		{"requests per second", DNS_SLOW_DOWN},
	};

	if (strcmp(dns_answer_text(reply->json, "status"), "Failed") != 0)
		return DNS_AS_STATUS;
	return dns_judge_words(dns_answer_text(reply->json, "statusDescription"), reasons,
			       ARRAY_LEN(reasons));
}

/* Records are members of an object, by their ids; without any it is an empty array. */
static const struct dns_action_calls action_calls = {
	.send = dns_send_form,
	.fields = fields,
	.find = "/get-zone-info.json",
	.list = "/records.json",
	.add = "/add-record.json",
	.remove = "/delete-record.json",
	.zone = "domain-name",
	.list_type = "type",
	.list_name = "host",
	.id = "record-id",
};

/* The type of a new record is called otherwise than in lists. */
static const struct dns_record_shape new_shape = {
	.type = "record-type", .name = "host", .value = "record", .ttl = "ttl", .apex = ""};

static const struct dns_record_calls record_calls = {
	.shape = {.name = "host", .value = "record", .apex = ""},
	.new_shape = &new_shape,
	DNS_RECORDS_BY_ACTION,
};

const struct dns_provider dns_cloudns = {
	DNS_SERVICE("cloudns", "ClouDNS", "180"),
	DNS_CREDENTIALS({"auth_id", "ID of the API user", true, true},
			{"sub_auth_id", "ID of an API sub-user, instead", true, true},
			{"sub_auth_user", "name of an API sub-user, instead", true, true},
			{"auth_password", "password of the API user"}),
	.credentials_source = "cloudns.net/api-settings; for accounts that pay",
	.ttl = 60, /* one of those that are allowed */
	.base_url = "https://api.cloudns.net/dns",
	.error_shape = {.message = "statusDescription"},
	.judge = judge,
	.login_hint =
		"check dns_cloudns_auth_password and the user that it belongs to, and that this "
		"machine's address is allowed; free accounts have no API",
	.choices = {"auth_id", "sub_auth_id", "sub_auth_user"},
	.action_calls = &action_calls,
	.find_zone = dns_find_zone_by_action,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
