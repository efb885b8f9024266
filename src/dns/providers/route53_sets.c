/*
 * Record sets of Route 53: what they hold, and how they change. A set is written as a whole, so what
 * it holds is read first. Certbot never did that, and policies written for it do not allow it: then
 * only what this run wrote is known.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/strvec.h"
#include "codec/xml.h"
#include "dns/api.h"
#include "dns/provider.h"
#include "dns/providers/route53.h"

/* A record set: its values as zone files have them. */
struct values {
	struct strvec quoted;
	char *ttl;
};

static void values_release(struct values *values)
{
	strvec_release(&values->quoted);
	free(values->ttl);
}
DEFINE_AUTO(values, values_release);

/* Takes the set of that name out of a list, which goes on with other names. */
static void take_values(const struct xml *root, const char *name, struct values *ret_values)
{
	const struct xml *set = xml_find(xml_find(root, "ResourceRecordSets"), "ResourceRecordSet");
	const struct xml *records = xml_find(set, "ResourceRecords"), *record;
	const char *there = xml_find_text(set, "Name"), *type = xml_find_text(set, "Type");
	AUTO_FREE char *absolute = xasprintf("%s.", name);

	if (!there || !type || strcmp(there, absolute) != 0 || strcmp(type, "TXT") != 0)
		return;
	if (xml_find_text(set, "TTL"))
		REPLACE(ret_values->ttl, xstrdup(xml_find_text(set, "TTL")));
	for (size_t i = 0; records && (record = xml_at(records, i)) != NULL; i++)
		if (xml_find_text(record, "Value"))
			strvec_push(&ret_values->quoted, xml_find_text(record, "Value"));
}

static int read_values(struct dns_session *session, const struct dns_zone *zone, const char *name,
		       struct values *ret_values, struct error *err)
{
	struct route53 *route53 = session->state;
	AUTO_FREE char *path = xasprintf("%s/rrset?maxitems=1&name=%s&type=TXT", zone->id, name);
	struct dns_call call = {.what = "read a record set", .method = HTTP_GET, .accept = {403}};
	AUTO(xml) struct xml *root = NULL;
	const struct strvec *written;

	ret_values->ttl = xasprintf("%d", session->provider->ttl);
	if (!route53->cannot_read && route53_ask(session, &call, path, &root, err) < 0)
		return err->code;
	if (root) {
		take_values(root, name, ret_values);
		return 0;
	}
	if (!route53->cannot_read)
		log_info("AWS does not allow route53:ListResourceRecordSets: other values of '%s' "
			 "cannot be kept",
			 name);
	route53->cannot_read = true;
	written = map_get(&route53->written, name);
	if (written)
		strvec_extend(&ret_values->quoted, written);
	return 0;
}

static void add_change(const char *action, const char *name, const struct values *values,
		       struct strbuf *out)
{
	AUTO_FREE char *absolute = xasprintf("%s.", name);

	strbuf_adds(out, "<Change>");
	xml_add_element(out, "Action", action);
	strbuf_adds(out, "<ResourceRecordSet>");
	xml_add_element(out, "Name", absolute);
	xml_add_element(out, "Type", "TXT");
	xml_add_element(out, "TTL", values->ttl);
	strbuf_adds(out, "<ResourceRecords>");
	for (size_t i = 0; i < values->quoted.count; i++) {
		strbuf_adds(out, "<ResourceRecord>");
		xml_add_element(out, "Value", values->quoted.items[i]);
		strbuf_adds(out, "</ResourceRecord>");
	}
	strbuf_adds(out, "</ResourceRecords></ResourceRecordSet></Change>");
}

static void remember(struct route53 *route53, const char *name, const struct values *values)
{
	struct strvec *copy = XNEW(struct strvec);

	strvec_init(copy);
	strvec_extend(copy, &values->quoted);
	map_set(&route53->written, name, copy);
}

/* A request in the making. */
struct plan {
	struct dns_session *session;
	const struct dns_zone *zone;
	bool is_removal;
	struct strbuf changes;
};

static void plan_release(struct plan *plan)
{
	strbuf_release(&plan->changes);
}
DEFINE_AUTO(plan, plan_release);

/* Appends what must change about one set. A set to be deleted must be named as it is. */
static int plan_set(struct plan *plan, const struct dns_set *set, struct error *err)
{
	AUTO(values) struct values before = {.quoted = STRVEC_INIT};
	AUTO(values) struct values after = {.quoted = STRVEC_INIT};

	if (read_values(plan->session, plan->zone, set->name, &before, err) < 0)
		return err->code;
	strvec_extend(&after.quoted, &before.quoted);
	after.ttl = xstrdup(before.ttl);
	if (!dns_change_quoted(set, plan->is_removal, &after.quoted))
		return 0;
	add_change(after.quoted.count ? "UPSERT" : "DELETE", set->name,
		   after.quoted.count ? &after : &before, &plan->changes);
	remember(plan->session->state, set->name, &after);
	return 0;
}

static void add_body(const struct strbuf *changes, struct strbuf *out)
{
	strbuf_addf(out,
		    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<ChangeResourceRecordSetsRequest "
		    "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch>"
		    "<Comment>certbot</Comment><Changes>%s</Changes></ChangeBatch>"
		    "</ChangeResourceRecordSetsRequest>",
		    changes->text);
}

static int send_changes(struct dns_session *session, const struct dns_batch *batch,
			struct dns_call *call, char **ret_change, struct error *err)
{
	AUTO_FREE char *path = xasprintf("%s/rrset/", batch->zone->id);
	AUTO(xml) struct xml *root = NULL;
	const char *id;

	if (route53_ask(session, call, path, &root, err) < 0)
		return err->code;
	id = xml_find_text(xml_find(root, "ChangeInfo"), "Id");
	if (!id)
		return dns_bad_answer(session, call->what, "expected ChangeInfo/Id", err);
	*ret_change = xstrdup(id);
	return 0;
}

int route53_change(struct dns_session *session, const struct dns_batch *batch, bool is_removal,
		   char **ret_change, struct error *err)
{
	AUTO(plan) struct plan plan = {session, batch->zone, is_removal, STRBUF_INIT};
	AUTO(strbuf) struct strbuf body = STRBUF_INIT;
	/* Arriving twice does no harm to UPSERT; a second DELETE is refused, and the set is gone. */
	struct dns_call call = {.what = is_removal ? "remove records" : "add records",
				.method = HTTP_POST,
				.content_type = "application/xml",
				.flags = DNS_CALL_REPEATABLE};

	for (size_t i = 0; i < batch->set_count; i++)
		if (plan_set(&plan, &batch->sets[i], err) < 0)
			return err->code;
	if (!plan.changes.len)
		return 0;
	add_body(&plan.changes, &body);
	call.body = body.text;
	return send_changes(session, batch, &call, ret_change, err);
}
