/*
 * Joker.com, by its service for Let's Encrypt
 * (https://joker.com/faq/content/6/496/en/let_s-encrypt-support.html): all TXT values of a name are
 * replaced by those of a request; nothing can be read. A log-in is for one domain.
 *
 * What others had put under a name of ours is lost, therefore, as with all clients of this service.
 * A name is emptied only when this run has filled it.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/url.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/provider.h"

/* "OK: ...", or why not. */
static enum dns_verdict judge(const struct dns_reply *reply)
{
	return reply->status == 200 && strncmp(reply->body, "OK", 2) != 0 ? DNS_REFUSED
									  : DNS_AS_STATUS;
}

static int find_zone(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	const char *domain = dns_credential(session, "domain");

	if (str_eq_nocase(name, domain))
		return 0;
	error_set(err, ERR_NOT_FOUND, "no zone '%s'", name);
	return error_hint(err, "dns_joker_domain is '%s'", domain);
}

/* Replaces the values of a name by those of the set, or by none. */
static int replace_values(struct dns_session *session, const struct dns_zone *zone,
			  const struct dns_set *set, bool is_removal, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *label = dns_relative(set->name, zone, "@");
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;
	const struct dns_call call = {.what = is_removal ? "remove values" : "set values",
				      .url = "/nic/replace",
				      .flags = DNS_CALL_NOT_JSON | DNS_CALL_REPEATABLE};

	url_add_field(&form, "username", dns_credential(session, "username"));
	url_add_field(&form, "password", dns_credential(session, "password"));
	url_add_field(&form, "zone", zone->name);
	url_add_field(&form, "label", label);
	url_add_field(&form, "type", "TXT");
	if (is_removal)
		url_add_field(&form, "value", "");
	for (size_t i = 0; !is_removal && i < set->count; i++)
		url_add_field(&form, "value", set->records[i]->value);
	return dns_post_form(session, call, &form, &reply, err);
}

/* Notes, or forgets, that the name has been filled. */
static void mark_set(const struct dns_set *set, const char *mark)
{
	for (size_t i = 0; i < set->count; i++)
		REPLACE(set->records[i]->id, xstrdup_or_null(mark));
}

static int present(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	for (size_t i = 0; i < batch->set_count; i++) {
		if (replace_values(session, batch->zone, &batch->sets[i], false, err) < 0)
			return err->code;
		mark_set(&batch->sets[i], "set");
	}
	return 0;
}

static int cleanup(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	for (size_t i = 0; i < batch->set_count; i++) {
		if (!batch->sets[i].records[0]->id)
			continue;
		if (replace_values(session, batch->zone, &batch->sets[i], true, err) < 0)
			return err->code;
		mark_set(&batch->sets[i], NULL);
	}
	return 0;
}

static const struct plugin_manual manual_page = {
	.paragraphs =
		{"The service replaces all TXT values of a name, and nothing can be read: what others "
		 "keep under the same name is lost."},
};

const struct dns_provider dns_joker = {
	DNS_SERVICE("joker", "Joker.com", "120"),
	.plugin.manual = &manual_page,
	DNS_CREDENTIALS(
		{"username", "name of the domain's Dynamic DNS authentication", false, true},
		{"password", "its password"}, {"domain", "the domain that it is for", false, true}),
	.credentials_source = "joker.com, the domain's DNS, Dynamic DNS authentication",
	.base_url = "https://svc.joker.com",
	.judge = judge,
	.login_hint =
		"check dns_joker_username and dns_joker_password: those of the domain's Dynamic "
		"DNS authentication, not those of the account",
	.find_zone = find_zone,
	.present = present,
	.cleanup = cleanup,
};
