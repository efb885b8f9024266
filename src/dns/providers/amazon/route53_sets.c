/*
 * Record sets of Route 53: what they hold, and how they change. A set is written as a whole, so
 * what it holds is read first. Certbot never did that, and policies written for it do not allow it:
 * then only what this run wrote is known.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/strvec.h"
#include "codec/url.h"
#include "codec/xml.h"
#include "dns/api/call.h"
#include "dns/provider.h"
#include "dns/providers/amazon/route53.h"

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

static bool is_set_of(const struct xml *set, const char *absolute)
{
	const char *name = xml_find_text(set, "Name"), *type = xml_find_text(set, "Type");

	return name && type && strcmp(name, absolute) == 0 && strcmp(type, "TXT") == 0;
}

/* Finds the set of that name in a list that may have others. */
static void take_values(const struct xml *root, const char *name, struct values *ret_values)
{
	const struct xml *sets = xml_find(root, "ResourceRecordSets"), *set = NULL, *record;
	AUTO_FREE char *absolute = xasprintf("%s.", name);
	const struct xml *records;

	for (size_t i = 0; sets && (set = xml_at(sets, i)) != NULL; i++)
		if (is_set_of(set, absolute))
			break;
	if (xml_find_text(set, "TTL"))
		REPLACE(ret_values->ttl, xstrdup(xml_find_text(set, "TTL")));
	records = xml_find(set, "ResourceRecords");
	for (size_t i = 0; records && (record = xml_at(records, i)) != NULL; i++)
		if (xml_find_text(record, "Value"))
			strvec_push(&ret_values->quoted, xml_find_text(record, "Value"));
}

/* Lists sets of the zone; *ret_root stays NULL when the policy does not allow it. */
static int list_sets(struct dns_session *session, const struct dns_zone *zone, const char *query,
		     struct xml **ret_root, struct error *err)
{
	struct route53 *route53 = session->state;
	AUTO_FREE char *path = xasprintf("%s/rrset?%s", zone->id, query);
	struct dns_call call = {.what = "read record sets", .method = HTTP_GET, .accept = {403}};

	if (route53->cannot_read)
		return 0;
	if (route53_ask(session, &call, path, ret_root, err) < 0)
		return err->code;
	route53->cannot_read = !*ret_root;
	if (!*ret_root)
		log_warning("AWS does not allow route53:ListResourceRecordSets: other TXT values "
			    "under the names of the challenges in zone '%s' are lost",
			    zone->name);
	return 0;
}

/* A request under construction. */
struct plan {
	struct dns_session *session;
	const struct dns_zone *zone;
	bool is_removal;
	struct xml **pages; /* lists of sets of the zone */
	size_t page_count, page_capacity;
	bool has_all; /* in these pages; else each set is read by its name */
	struct strbuf changes;
};

static void plan_release(struct plan *plan)
{
	for (size_t i = 0; i < plan->page_count; i++)
		xml_free(plan->pages[i]);
	free(plan->pages);
	strbuf_release(&plan->changes);
}
DEFINE_AUTO(plan, plan_release);

/* Reads the next page of the zone's sets. Returns 1 when another one follows. */
static int read_page(struct plan *plan, struct error *err)
{
	const struct xml *last = plan->page_count ? plan->pages[plan->page_count - 1] : NULL;
	const char *name = xml_find_text(last, "NextRecordName");
	const char *type = xml_find_text(last, "NextRecordType");
	AUTO(strbuf) struct strbuf query = STRBUF_INIT;
	struct xml *root = NULL;
	const char *more;

	strbuf_adds(&query, "maxitems=300");
	if (name && type) {
		url_add_field(&query, "name", name);
		url_add_field(&query, "type", type);
	}
	if (list_sets(plan->session, plan->zone, query.text, &root, err) < 0)
		return err->code;
	if (!root)
		return 0;
	ARRAY_GROW(plan->pages, plan->page_count, plan->page_capacity);
	plan->pages[plan->page_count++] = root;
	more = xml_find_text(root, "IsTruncated");
	plan->has_all = !more || strcmp(more, "true") != 0;
	return !plan->has_all && xml_find_text(root, "NextRecordName");
}

/* For several names: all of a zone is read, unless that takes more calls than the names do. Route
 * 53 takes five calls a second. */
static int read_zone(struct plan *plan, size_t name_count, struct error *err)
{
	int rc = 1;

	for (size_t pages = 0; rc == 1 && pages < (name_count + 1) / 2; pages++)
		rc = read_page(plan, err);
	return rc < 0 ? rc : 0;
}

static int read_values(const struct plan *plan, const char *name, struct values *ret_values,
		       struct error *err)
{
	struct route53 *route53 = plan->session->state;
	AUTO_FREE char *query = xasprintf("maxitems=1&name=%s&type=TXT", name);
	AUTO(xml) struct xml *root = NULL;
	const struct strvec *written = map_get(&route53->written, name);

	ret_values->ttl = xasprintf("%d", plan->session->provider->ttl);
	for (size_t i = 0; plan->has_all && i < plan->page_count; i++)
		take_values(plan->pages[i], name, ret_values);
	if (plan->has_all)
		return 0;
	if (list_sets(plan->session, plan->zone, query, &root, err) < 0)
		return err->code;
	if (root)
		take_values(root, name, ret_values);
	else if (written)
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

static void remember_values(struct route53 *route53, const char *name, const struct values *values)
{
	struct strvec *copy = XNEW(struct strvec);

	strvec_init(copy);
	strvec_extend(copy, &values->quoted);
	map_set(&route53->written, name, copy);
}

/* Appends what must change about one set. A set to be deleted must be named as it is. */
static int plan_set(struct plan *plan, const struct dns_set *set, struct error *err)
{
	AUTO(values) struct values before = {.quoted = STRVEC_INIT};
	AUTO(values) struct values after = {.quoted = STRVEC_INIT};

	if (read_values(plan, set->name, &before, err) < 0)
		return err->code;
	strvec_extend(&after.quoted, &before.quoted);
	after.ttl = xstrdup(before.ttl);
	if (!dns_change_quoted(set, plan->is_removal, &after.quoted))
		return 0;
	add_change(after.quoted.count ? "UPSERT" : "DELETE", set->name,
		   after.quoted.count ? &after : &before, &plan->changes);
	remember_values(plan->session->state, set->name, &after);
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
	AUTO(plan)
	struct plan plan = {.session = session,
			    .zone = batch->zone,
			    .is_removal = is_removal,
			    .changes = STRBUF_INIT};
	AUTO(strbuf) struct strbuf body = STRBUF_INIT;
	/* Arriving twice does no harm to UPSERT; a second DELETE is refused, and the set is
	 * gone. */
	struct dns_call call = {.what = is_removal ? "remove records" : "add records",
				.method = HTTP_POST,
				.content_type = "application/xml",
				.flags = DNS_CALL_REPEATABLE};

	if (batch->set_count > 1 && read_zone(&plan, batch->set_count, err) < 0)
		return err->code;
	for (size_t i = 0; i < batch->set_count; i++)
		if (plan_set(&plan, &batch->sets[i], err) < 0)
			return err->code;
	if (!plan.changes.len)
		return 0;
	add_body(&plan.changes, &body);
	call.body = body.text;
	return send_changes(session, batch, &call, ret_change, err);
}
