/*
 * Changes of a zone at Google (see google_change.h). A record set is changed by naming all of the
 * old one and all of the new one
 * (https://cloud.google.com/dns/docs/reference/rest/v1/changes/create).
 */
#include "dns/providers/google/google_change.h"

#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/provider.h"

enum {
	POLL_MS = 1000,
	LIMIT_MS = 300 * 1000,
	ATTEMPTS = 3, /* when others change the same record sets */
};

static char *zone_url(const struct dns_session *session, const struct dns_zone *zone,
		      const char *rest)
{
	const struct google *google = session->state;

	return xasprintf("/projects/%s/managedZones/%s/%s", google->project, zone->id, rest);
}

/* The TXT record set of a name, inside the reply, or NULL. Accounts that may only write (403) are
 * treated as if there were none, as Certbot does. */
static int read_set(struct dns_session *session, const struct dns_zone *zone, const char *name,
		    struct dns_reply *ret_reply, struct json **ret_set, struct error *err)
{
	AUTO_FREE char *query = xasprintf("rrsets?name=%s.&type=TXT", name);
	AUTO_FREE char *url = zone_url(session, zone, query);
	const struct dns_call call = {
		.what = "read a record set", .method = HTTP_GET, .url = url, .accept = {403}};
	struct json *sets = NULL;

	*ret_set = NULL;
	if (dns_call(session, &call, ret_reply, err) < 0)
		return err->code;
	if (ret_reply->status == 403)
		return 0;
	if (dns_answer_array(session, call.what, ret_reply, "rrsets", &sets, err) < 0)
		return err->code;
	*ret_set = json_at(sets, 0);
	return 0;
}

static void push_set(struct json *array, const char *name, int64_t ttl, const struct strvec *quoted)
{
	AUTO_FREE char *absolute = xasprintf("%s.", name);
	struct json *set = json_object_new(), *values = json_array_new();

	for (size_t i = 0; i < quoted->count; i++)
		json_push_string(values, quoted->items[i]);
	json_set_string(set, "kind", "dns#resourceRecordSet");
	json_set_string(set, "type", "TXT");
	json_set_string(set, "name", absolute);
	json_set(set, "rrdatas", values);
	json_set_int(set, "ttl", ttl);
	json_push(array, set);
}

/* A request under construction. */
struct job {
	struct dns_session *session;
	const struct dns_batch *batch;
	bool is_removal;
	int attempts_left;
	struct json *change;
};

/* Adds what must change about one set. */
static int plan_change(const struct job *job, const struct dns_set *set, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strvec) struct strvec before = STRVEC_INIT, after = STRVEC_INIT;
	int64_t ttl = job->session->provider->ttl;
	struct json *there = NULL;
	const struct json *values;

	if (read_set(job->session, job->batch->zone, set->name, &reply, &there, err) < 0)
		return err->code;
	values = json_member(there, "rrdatas");
	for (size_t i = 0; values && i < json_count(values); i++)
		strvec_push(&before, json_text(json_at(values, i)) ?: "");
	json_int(json_member(there, "ttl"), &ttl);
	strvec_extend(&after, &before);
	if (!dns_change_quoted(set, job->is_removal, &after))
		return 0;
	if (before.count)
		push_set(json_member(job->change, "deletions"), set->name, ttl, &before);
	if (after.count)
		push_set(json_member(job->change, "additions"), set->name, ttl, &after);
	return 0;
}

/* Returns 1 when the sets have changed since they were read, and attempts are left. */
static int send_change(const struct job *job, struct error *err)
{
	struct google *google = job->session->state;
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *url = zone_url(job->session, job->batch->zone, "changes");
	const struct dns_call call = {.what = job->is_removal ? "remove records" : "add records",
				      .method = HTTP_POST,
				      .url = url,
				      .json = job->change,
				      .accept = {409, 412}};
	AUTO_FREE char *id = NULL, *change_url = NULL;

	if (dns_call(job->session, &call, &reply, err) < 0)
		return err->code;
	if (reply.status >= 300)
		return job->attempts_left ? 1 : dns_refuse(job->session, &call, &reply, err);
	id = dns_answer_id(reply.json, "id");
	if (job->is_removal || !id || strcmp(dns_answer_text(reply.json, "status"), "pending") != 0)
		return 0;
	change_url = xasprintf("%s/%s", url, id);
	dns_pending_add(&google->pending, job->session, change_url);
	return 0;
}

static int attempt(struct job *job, struct error *err)
{
	AUTO(json) struct json *change = json_object_new();

	job->change = change;
	json_set_string(change, "kind", "dns#change");
	json_set(change, "additions", json_array_new());
	json_set(change, "deletions", json_array_new());
	for (size_t i = 0; i < job->batch->set_count; i++)
		if (plan_change(job, &job->batch->sets[i], err) < 0)
			return err->code;
	if (!json_count(json_member(change, "additions")) &&
	    !json_count(json_member(change, "deletions")))
		return 0;
	return send_change(job, err);
}

int google_change(struct dns_session *session, const struct dns_batch *batch, bool is_removal,
		  struct error *err)
{
	struct job job = {session, batch, is_removal, ATTEMPTS, NULL};
	int rc = 1;

	while (rc > 0) {
		job.attempts_left--;
		rc = attempt(&job, err);
	}
	return rc;
}

static int ask_after(struct dns_session *session, const char *url, bool *ret_is_done,
		     struct error *err)
{
	const struct dns_call call = {.what = "look at the change", .method = HTTP_GET, .url = url};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

	if (dns_call(session, &call, &reply, err) < 0)
		return err->code;
	*ret_is_done = strcmp(dns_answer_text(reply.json, "status"), "pending") != 0;
	return 0;
}

int google_await_changes(struct dns_session *session, struct error *err)
{
	static const struct dns_pending_poll poll = {ask_after, POLL_MS, LIMIT_MS};
	struct google *google = session->state;

	return dns_pending_await(&google->pending, session, &poll, err);
}
