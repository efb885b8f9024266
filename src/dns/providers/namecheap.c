/*
 * Namecheap (https://www.namecheap.com/support/api/methods/domains-dns/set-hosts/): the records of
 * a domain ("hosts") are read and written as a whole, so all of them are written back unchanged,
 * with the domain's type of e-mail. What another program writes between reading and writing is
 * lost.
 *
 * Answers are XML with status 200; all they say is in attributes. A domain is named by its first
 * label ("SLD") and the rest ("TLD").
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/url.h"
#include "codec/xml.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/provider.h"

#define LOCAL_ADDRESS "127.0.0.1"

static const struct xml *first_error(const struct dns_reply *reply)
{
	return xml_find(xml_find(reply->xml, "Errors"), "Error");
}

static enum dns_verdict judge(const struct dns_reply *reply)
{
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
	const char *status = reply->xml ? xml_attribute(reply->xml, "Status") : NULL;
	const char *number = xml_attribute(first_error(reply), "Number");

	if (!status || strcmp(status, "ERROR") != 0)
		return DNS_AS_STATUS;
	return dns_judge_words(number ? number : "", reasons, ARRAY_LEN(reasons));
}

static void explain_body(const struct dns_reply *answer, struct strbuf *out)
{
	const struct xml *error = first_error(answer);
	const char *number = xml_attribute(error, "Number");

	if (error)
		strbuf_addf(out, "%s: %s", number ? number : "", xml_text(error));
}

/* A command about a domain. */
struct command {
	const char *what; /* see struct dns_call */
	const char *name, *domain;
	const char *fields; /* more: "&a=b" */
};

/* Finds the result, which is borrowed from the reply. */
static int call_command(struct dns_session *session, const struct command *command,
			struct dns_reply *ret_reply, const struct xml **ret_result,
			struct error *err)
{
	const char *user = dns_credential(session, "username");
	const char *address = dns_credential(session, "client_ip"),
		   *dot = strchr(command->domain, '.');
	AUTO_FREE char *label = xstrndup(command->domain, strcspn(command->domain, "."));
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;
	const struct dns_call call = {
		.what = command->what, .url = "", .flags = DNS_CALL_XML | DNS_CALL_REPEATABLE};

	dns_add_field(&form, "ApiUser", user);
	dns_add_field(&form, "ApiKey", dns_credential(session, "api_key"));
	dns_add_field(&form, "UserName", user);
	dns_add_field(&form, "ClientIp", address ? address : LOCAL_ADDRESS);
	dns_add_field(&form, "Command", command->name);
	dns_add_field(&form, "SLD", label);
	dns_add_field(&form, "TLD", dot ? dot + 1 : "");
	strbuf_adds(&form, command->fields);
	if (dns_post_form(session, call, &form, ret_reply, err) < 0)
		return err->code;
	*ret_result = xml_at(xml_find(ret_reply->xml, "CommandResponse"), 0);
	return *ret_result ? 0 : dns_bad_answer(session, command->what, "expected a result", err);
}

static int read_hosts(struct dns_session *session, const char *what, const char *domain,
		      struct dns_reply *ret_reply, const struct xml **ret_result, struct error *err)
{
	const struct command command = {what, "namecheap.domains.dns.getHosts", domain, ""};

	return call_command(session, &command, ret_reply, ret_result, err);
}

static int find_zone(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct xml *result = NULL;
	const char *is_served;

	if (!strchr(name, '.'))
		return error_set(err, ERR_NOT_FOUND, "no domain '%s'", name);
	if (read_hosts(session, "look up the domain", name, &reply, &result, err) < 0)
		return err->code;
	is_served = xml_attribute(result, "IsUsingOurDNS");
	if (!is_served || strcmp(is_served, "false") != 0)
		return 0;
	error_set(err, ERR_NOT_FOUND, "no zone '%s'", name);
	return error_hint(err, "'%s' is registered at Namecheap and has its DNS elsewhere", name);
}

/* A host to write back: the parameter's prefix and its value. */
struct host {
	const char *name, *type, *address, *preference, *ttl;
};

static struct host host_of(const struct xml *element)
{
	return (struct host){xml_attribute(element, "Name"), xml_attribute(element, "Type"),
			     xml_attribute(element, "Address"), xml_attribute(element, "MXPref"),
			     xml_attribute(element, "TTL")};
}

static void add_host(struct strbuf *fields, const struct host *host, size_t number)
{
	const char *const parts[][2] = {
		{"HostName", host->name},   {"RecordType", host->type},
		{"Address", host->address}, {"MXPref", host->preference},
		{"TTL", host->ttl},
	};

	strbuf_adds(fields, "&");
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		AUTO_FREE char *name = xasprintf("%s%zu", parts[i][0], number);

		if (!parts[i][1])
			continue;
		strbuf_addf(fields, "%s%s=", i ? "&" : "", name);
		url_add_escaped(fields, parts[i][1]);
	}
}

static bool is_host(const struct host *host, const struct dns_record *record,
		    const struct dns_zone *zone)
{
	AUTO_FREE char *name = dns_relative(record->name, zone, "@");
	AUTO_FREE char *value = dns_unquote(host->address ? host->address : "");

	return host->type && host->name && strcmp(host->type, "TXT") == 0 &&
	       str_eq_nocase(host->name, name) && strcmp(value, record->value) == 0;
}

/* The host records that are to be written. */
struct plan {
	struct strbuf fields;
	size_t count;
	bool is_change;
};

/* Plans all hosts except, on removal, ours. */
static void keep_hosts(const struct xml *result, const struct dns_batch *batch, bool is_removal,
		       struct plan *plan)
{
	const struct xml *element;

	for (size_t i = 0; (element = xml_at(result, i)) != NULL; i++) {
		const struct host host = host_of(element);
		bool is_ours = false;

		for (size_t j = 0; j < batch->record_count; j++)
			is_ours |= is_host(&host, batch->records[j], batch->zone);
		if (is_removal && is_ours)
			plan->is_change = true;
		else
			add_host(&plan->fields, &host, ++plan->count);
	}
}

static bool has_record(const struct xml *result, const struct dns_record *record,
		       const struct dns_zone *zone)
{
	const struct xml *element;

	for (size_t i = 0; (element = xml_at(result, i)) != NULL; i++) {
		const struct host host = host_of(element);

		if (is_host(&host, record, zone))
			return true;
	}
	return false;
}

static void add_missing(const struct dns_session *session, const struct xml *result,
			const struct dns_batch *batch, struct plan *plan)
{
	AUTO_FREE char *ttl = xasprintf("%d", session->provider->ttl);

	for (size_t i = 0; i < batch->record_count; i++) {
		const struct dns_record *record = batch->records[i];
		AUTO_FREE char *name = dns_relative(record->name, batch->zone, "@");
		const struct host host = {name, "TXT", record->value, "10", ttl};

		if (has_record(result, record, batch->zone))
			continue;
		add_host(&plan->fields, &host, ++plan->count);
		plan->is_change = true;
	}
}

static int write_hosts(struct dns_session *session, const char *what, const char *domain,
		       const struct plan *plan, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct command command = {what, "namecheap.domains.dns.setHosts", domain,
					plan->fields.text};
	const struct xml *result = NULL;
	const char *is_done;

	if (call_command(session, &command, &reply, &result, err) < 0)
		return err->code;
	is_done = xml_attribute(result, "IsSuccess");
	return is_done && strcmp(is_done, "true") == 0
		       ? 0
		       : dns_bad_answer(session, what, "it says no success", err);
}

static int change_hosts(struct dns_session *session, const struct dns_batch *batch, bool is_removal,
			struct error *err)
{
	const char *domain = batch->zone->name, *email;
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	struct plan plan = {.fields = STRBUF_INIT};
	const struct xml *result = NULL;
	int rc = read_hosts(session, "read the hosts", domain, &reply, &result, err);

	if (rc < 0)
		return rc;
	email = xml_attribute(result, "EmailType");
	if (email)
		strbuf_addf(&plan.fields, "&EmailType=%s", email);
	keep_hosts(result, batch, is_removal, &plan);
	if (!is_removal)
		add_missing(session, result, batch, &plan);
	if (plan.is_change)
		rc = write_hosts(session, is_removal ? "remove records" : "add records", domain,
				 &plan, err);
	strbuf_release(&plan.fields);
	return rc;
}

static int present(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return change_hosts(session, batch, false, err);
}

static int cleanup(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return change_hosts(session, batch, true, err);
}

static const struct plugin_manual manual_page = {
	.paragraphs =
		{"The API reads and writes all records of a domain together: what somebody else "
		 "changes at the same moment is lost. This machine's IPv4 address must be on the "
		 "whitelist of the account."},
};

const struct dns_provider dns_namecheap = {
	DNS_SERVICE("namecheap", "Namecheap", "3600"),
	.plugin.manual = &manual_page,
	DNS_CREDENTIALS({"username", "name of the account", false, true},
			{"api_key", "API key, obtained from "
				    "https://ap.www.namecheap.com/settings/tools/apiaccess/"},
			{"client_ip", "this machine's IPv4 address", true, true}),
	.credentials_source =
		"namecheap.com, profile, tools, API access; the address on the whitelist",
	.ttl = 60, /* the least that is allowed */
	.base_url = "https://api.namecheap.com/xml.response",
	.explain_body = explain_body,
	.judge = judge,
	.login_hint =
		"check dns_namecheap_username and dns_namecheap_api_key, that the API is on for "
		"the account, and that this machine's IPv4 address is on its whitelist",
	.find_zone = find_zone,
	.present = present,
	.cleanup = cleanup,
};
