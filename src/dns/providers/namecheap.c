/*
 * Namecheap (https://www.namecheap.com/support/api/methods/domains-dns/set-hosts/): the records of
 * a domain ("hosts") are read and written as a whole, with its type of e-mail. Answers are XML with
 * status 200. A domain is named by its first label ("SLD") and the rest ("TLD").
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "codec/xml.h"
#include "dns/api/actions.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/whole.h"

static const struct dns_reason reasons[] = {
	{"1011102", DNS_DENIED},    /* key */
	{"1011150", DNS_DENIED},    /* address */
	{"1010101", DNS_DENIED},    /* user */
	{"2016166", DNS_UNKNOWN},   /* not a domain of the account */
	{"2019166", DNS_UNKNOWN},   /* no such domain */
	{"2030166", DNS_UNKNOWN},   /* what cannot be a domain */
	{"2030280", DNS_UNKNOWN},   /* what cannot be a TLD */
	{"3050750", DNS_SLOW_DOWN}, /* busy */
	{"500000", DNS_SLOW_DOWN},  /* too many requests */
};

static const struct dns_form_field fields[] = {
	{"ApiUser", "username"},
	{"ApiKey", "api_key"},
	{"UserName", "username"},
	{"ClientIp", "client_ip", "127.0.0.1"},
	{NULL},
};

/* Attribute when reading, parameter when writing. */
static const char *const members[][2] = {
	{"Type", "RecordType"}, {"Name", "HostName"}, {"Address", "Address"},
	{"TTL", "TTL"},         {"MXPref", "MXPref"}, {"IsDDNSEnabled", "IsDDNSEnabled"},
};

static int read_hosts(struct dns_session *session, const struct dns_zone *zone,
		      struct json **ret_contents, struct error *err)
{
	const struct dns_action action = {"read the hosts", "namecheap.domains.dns.getHosts"};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *domain = json_object_new();
	AUTO_FREE char *label = xstrndup(zone->name, strcspn(zone->name, "."));
	const char *dot = strchr(zone->name, '.');
	const struct xml *result;

	json_set_string(domain, "SLD", label);
	json_set_string(domain, "TLD", dot ? dot + 1 : "");
	if (dns_send_form(session, &action, domain, &reply, err) < 0)
		return err->code;
	result = xml_find(xml_find(reply.xml, "CommandResponse"), "DomainDNSGetHostsResult");
	if (!xml_says(reply.xml, "Status", "OK") || !xml_attribute(result, "EmailType"))
		return dns_bad_answer(session, action.what, "it does not say that it is all", err);
	if (!xml_says(result, "IsUsingOurDNS", "true"))
		return error_set(err, ERR_REFUSED,
				 "'%s' is registered at Namecheap, but its DNS is elsewhere",
				 zone->name);
	json_set_text(domain, "EmailType", xml_attribute(result, "EmailType"));
	json_set(domain, "hosts", dns_xml_objects(result, members, ARRAY_LEN(members)));
	*ret_contents = STEAL(domain);
	return 0;
}

static int write_hosts(struct dns_session *session, const struct dns_zone *zone, const char *what,
		       struct json *contents, struct error *err)
{
	const struct dns_action action = {what, "namecheap.domains.dns.setHosts"};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

	dns_number_members(contents, "hosts");
	if (dns_send_form(session, &action, contents, &reply, err) < 0)
		return err->code;
	if (xml_says(xml_at(xml_find(reply.xml, "CommandResponse"), 0), "IsSuccess", "true"))
		return 0;
	return dns_bad_answer(session, what, "it says no success", err);
}

const struct dns_provider dns_namecheap = {
	DNS_SERVICE("namecheap", "Namecheap", "3600"),
	.plugin.manual =
		&(const struct plugin_manual){
			.paragraphs =
				{"The API reads and writes all records of a domain together: what "
				 "somebody else changes at the same moment is lost. This machine's IPv4 "
				 "address must be on the whitelist of the account."}},
	DNS_CREDENTIALS(
		{"username", "name of the account", false, true},
		{"api_key", "API key of https://ap.www.namecheap.com/settings/tools/apiaccess/"},
		{"client_ip", "this machine's public IPv4 address, as on the whitelist", true, true,
		 .is_ipv4 = true}),
	.credentials_source = "namecheap.com, profile, tools, API access; address on the whitelist",
	.ttl = 60, /* the least that is allowed */
	.base_url = "https://api.namecheap.com/xml.response",
	.error_shape = {{"Errors", "Error"}, "Number", "", DNS_REASONS(reasons)},
	.login_hint =
		"check dns_namecheap_username and dns_namecheap_api_key, that the API is on for "
		"the account, and that dns_namecheap_client_ip is on its whitelist",
	.action_calls = &(const struct dns_action_calls){.action = "Command",
							 .fields = fields,
							 .flags = DNS_CALL_XML},
	.find_zone = dns_find_zone_whole,
	.whole_calls = &(const struct dns_whole_calls){.shape = {.type = "RecordType",
								 .name = "HostName",
								 .value = "Address",
								 .ttl = "TTL",
								 .apex = "@",
								 .extra = {"MXPref", "10"}},
						       .path = {"hosts"},
						       .unwritable = "IsDDNSEnabled",
						       .read = read_hosts,
						       .write = write_hosts},
	.present = dns_present_whole,
	.cleanup = dns_cleanup_whole,
};
