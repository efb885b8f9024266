/*
 * DuckDNS (https://www.duckdns.org/spec.jsp): one value for a domain and all names below it. Nothing
 * can be read, and a new value takes the place of the old one.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/url.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/provider.h"

#define DOMAIN "duckdns.org"

static enum dns_verdict judge(const struct dns_reply *reply)
{
	if (reply->status != 200 || strncmp(reply->body, "OK", 2) == 0)
		return DNS_AS_STATUS;
	return strncmp(reply->body, "KO", 2) == 0 ? DNS_DENIED : DNS_REFUSED;
}

/* The label before "duckdns.org"; NULL: the name does not belong to DuckDNS. Heap. */
static char *label_of(const struct dns_record *record)
{
	for (const char *label = record->name, *rest; (rest = strchr(label, '.')); label = rest + 1)
		if (strcmp(rest + 1, DOMAIN) == 0)
			return xstrndup(label, (size_t)(rest - label));
	return NULL;
}

/* Refuses what would overwrite a value that is needed at the same time. */
static int check_batch(const struct dns_batch *batch, struct error *err)
{
	for (size_t i = 1; i < batch->record_count; i++) {
		AUTO_FREE char *label = label_of(batch->records[i]);

		for (size_t j = 0; label && j < i; j++) {
			AUTO_FREE char *other = label_of(batch->records[j]);

			if (!other || strcmp(label, other) != 0 ||
			    strcmp(batch->records[i]->value, batch->records[j]->value) == 0)
				continue;
			error_set(err, ERR_CONFIG,
				  "'%s' and '%s' need a value each at the same time, and DuckDNS "
				  "keeps one for '%s." DOMAIN "' with all names below it",
				  batch->records[j]->name, batch->records[i]->name, label);
			return error_hint(err,
					  "make a certificate for each name, and none for both a "
					  "name and its wildcard: '*.%s." DOMAIN "' has all others",
					  label);
		}
	}
	return 0;
}

static int set_values(struct dns_session *session, const struct dns_batch *batch, bool is_removal,
		      struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < batch->record_count; i++) {
		const struct dns_record *record = batch->records[i];
		AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
		AUTO_FREE char *label = label_of(record);
		AUTO(strbuf) struct strbuf url = STRBUF_INIT;
		struct dns_call call = {.what = is_removal ? "remove the value" : "set the value",
					.method = HTTP_GET,
					.flags = DNS_CALL_NOT_JSON};

		if (!label)
			return error_set(err, ERR_CONFIG, "'%s' is not below " DOMAIN,
					 record->name);
		url_add_field(&url, "/update?domains", label);
		url_add_field(&url, "token", dns_credential(session, "token"));
		url_add_field(&url, "txt", record->value);
		url_add_field(&url, "clear", is_removal ? "true" : "false");
		call.url = url.text;
		rc = dns_call(session, &call, &reply, err);
	}
	return rc;
}

static int present(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return set_values(session, batch, false, err);
}

/* Removes whatever value is there, and restores none: it cannot be read. */
static int cleanup(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return set_values(session, batch, true, err);
}

static const struct plugin_manual manual_page = {
	.paragraphs =
		{"DuckDNS keeps one value for a domain and all names below it. A certificate that "
		 "needs two at once, as for a name and its wildcard, is refused before anything is "
		 "changed. Several certificates of one domain are obtained one after the other."},
	.example = "certbot certonly --dns-duckdns --dns-duckdns-credentials /root/duckdns.ini \\\n"
		   "    -d '*.example.duckdns.org'",
};

const struct dns_provider dns_duckdns = {
	DNS_SERVICE_WITH("duckdns", "DuckDNS", "60", DNS_THEIR_CREDENTIAL("duckdns", "token"),
			 DNS_THEIR_FLAG("duckdns", "no-txt-restore", "no_txt_restore")),
	.plugin.flags = PLUGIN_CONFLICTS,
	.plugin.manual = &manual_page,
	DNS_CREDENTIALS({"token", "the token at the top of https://www.duckdns.org"}),
	.credentials_source = "duckdns.org",
	.flags = DNS_NO_ZONES,
	.domain = DOMAIN,
	.base_url = "https://www.duckdns.org",
	.judge = judge,
	.login_hint = "check dns_duckdns_token, and that the domain belongs to its account",
	.check = check_batch,
	.present = present,
	.cleanup = cleanup,
};
