/*
 * APIs that are called by the names of actions (see actions.h).
 */
#include "dns/api/actions.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/json.h"
#include "codec/url.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"
#include "dns/api/refusal.h"
#include "dns/api/token.h"

enum {
	SESSIONS = 5, /* for one action at most: netcup refuses valid ones at random */
};

int dns_post_action(struct dns_session *session, const char *name, struct json *params,
		    struct dns_call call, struct dns_reply *ret_reply, struct error *err)
{
	const struct dns_action_calls *calls = session->provider->action_calls;
	AUTO(json) struct json *body = json_object_new();

	if (calls->fill)
		calls->fill(session, params);
	json_set_string(body, calls->action, name);
	json_set(body, calls->params, json_share(params));
	call.method = HTTP_POST;
	call.url = calls->url;
	call.json = body;
	call.flags |= DNS_CALL_REPEATABLE;
	return dns_call(session, &call, ret_reply, err);
}

int dns_send_form(struct dns_session *session, const struct dns_action *action, struct json *params,
		  struct dns_reply *ret_reply, struct error *err)
{
	const struct dns_action_calls *calls = session->provider->action_calls;
	const struct dns_call call = {.what = action->what,
				      .url = calls->action ? "" : action->name,
				      .flags = calls->flags | DNS_CALL_REPEATABLE};
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;

	for (const struct dns_form_field *field = calls->fields; field->name; field++) {
		const char *value = dns_credential(session, field->key);

		url_add_field(&form, field->name, value ? value : field->otherwise);
	}
	if (calls->action)
		url_add_field(&form, calls->action, action->name);
	dns_add_members(&form, params);
	return dns_post_form(session, call, &form, ret_reply, err);
}

/* Returns true if the refusal is about the session, not about the action. */
static bool is_session_over(const struct dns_session *session, const struct dns_reply *reply)
{
	const struct dns_provider *provider = session->provider;
	AUTO_FREE char *code = dns_error_code(&provider->error_shape, reply);

	return strcmp(code, provider->action_calls->over) == 0;
}

/* Logs in here even if authorize() could do it, so that `number` is that of the session in which
 * the action is sent. */
int dns_send_in_session(struct dns_session *session, const struct dns_action *action,
			struct json *params, struct dns_reply *ret_reply, struct error *err)
{
	const struct dns_action_calls *calls = session->provider->action_calls;
	const struct dns_call call = {.what = action->what};
	struct dns_token *token = session->state;

	for (int left = SESSIONS; left > 0; left--) {
		unsigned number;

		error_release(err);
		if (dns_token_renew(session, token, err) < 0)
			return err->code;
		number = token->number;
		if (calls->token)
			json_set_string(params, calls->token, secret_peek(&token->text));
		if (dns_post_action(session, action->name, params, call, ret_reply, err) == 0)
			return 0;
		if (!is_session_over(session, ret_reply))
			break;
		dns_token_forget(token, number);
	}
	return err->code;
}

/* Sends an action about a zone. */
static int send_about(struct dns_session *session, const struct dns_action *action,
		      const char *zone, struct json *params, struct dns_reply *ret_reply,
		      struct error *err)
{
	const struct dns_action_calls *calls = session->provider->action_calls;

	if (calls->zone)
		json_set_string(params, calls->zone, zone);
	return calls->send(session, action, params, ret_reply, err);
}

int dns_find_zone_by_action(struct dns_session *session, const char *name, char **ret_id,
			    struct error *err)
{
	const struct dns_action_calls *calls = session->provider->action_calls;
	const struct dns_action action = {"look up the zone", calls->find};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *params = json_object_new();

	if (calls->find_with[0])
		json_set_string(params, calls->find_with[0], calls->find_with[1]);
	return send_about(session, &action, name, params, &reply, err);
}

/* Returns the parameters of a list: of the records of `name`, or of the whole zone if that is
 * NULL. */
static struct json *list_params(const struct dns_session *session, const struct dns_zone *zone,
				const char *name)
{
	const struct dns_action_calls *calls = session->provider->action_calls;
	struct json *params = json_object_new();

	if (calls->zone)
		json_set_string(params, calls->zone, zone->name);
	if (calls->list_type)
		json_set_string(params, calls->list_type, "TXT");
	if (calls->limit)
		json_set_int(params, calls->limit, calls->most);
	if (calls->list_name && name) {
		AUTO_FREE char *written = dns_record_name(&session->provider->record_calls->shape,
							  zone, name);

		json_set_string(params, calls->list_name, written);
	}
	return params;
}

static void take_list(const struct dns_session *session, const struct dns_reply *reply,
		      struct dns_found *found)
{
	const struct dns_action_calls *calls = session->provider->action_calls;
	const struct json *at = reply->json;

	if (calls->take) {
		calls->take(found, reply);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(calls->path) && calls->path[i]; i++)
		at = json_member(at, calls->path[i]);
	dns_found_add_all(found, at, &session->provider->record_calls->shape);
}

/* Reads a page. `ret_total` is the number of records on all pages. */
static int list_page(struct dns_session *session, struct json *params, struct dns_found *found,
		     int64_t *ret_total, struct error *err)
{
	const struct dns_action_calls *calls = session->provider->action_calls;
	const struct dns_action action = {"list records", calls->list};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

	if (calls->send(session, &action, params, &reply, err) < 0)
		return err->code;
	if (calls->total && !json_int(json_member(reply.json, calls->total), ret_total))
		return dns_bad_answer(session, action.what, "expected a count", err);
	take_list(session, &reply, found);
	return 0;
}

/* Some APIs answer with an error if there is nothing to list. */
static int list_pages(struct dns_session *session, struct dns_found *found, const char *name,
		      struct error *err)
{
	const struct dns_action_calls *calls = session->provider->action_calls;
	AUTO(json) struct json *params = list_params(session, found->batch->zone, name);
	int64_t total = 0, page = 1;
	int rc;

	do {
		if (calls->page)
			json_set_int(params, calls->page, page);
		rc = page <= DNS_MAX_PAGES ? list_page(session, params, found, &total, err)
					   : dns_bad_answer(session, "list records",
							    "there are too many pages", err);
	} while (rc == 0 && page++ * calls->most < total);
	if (rc != ERR_NOT_FOUND)
		return rc;
	error_release(err);
	return 0;
}

/* For several names, one list of the whole zone is used if the API has it. */
int dns_list_by_action(struct dns_session *session, struct dns_found *found, struct error *err)
{
	const struct dns_batch *batch = found->batch;
	bool each = session->provider->action_calls->lists_each_name;

	if (!each && batch->set_count > 1)
		return list_pages(session, found, NULL, err);
	for (size_t i = 0; i < batch->set_count; i++)
		if (list_pages(session, found, batch->sets[i].name, err) < 0)
			return err->code;
	return 0;
}

int dns_add_by_action(struct dns_session *session, const struct dns_zone *zone, struct json *object,
		      struct error *err)
{
	const struct dns_action action = {"add a record", session->provider->action_calls->add};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

	return send_about(session, &action, zone->name, object, &reply, err);
}

int dns_remove_by_action(struct dns_session *session, const struct dns_zone *zone, const char *id,
			 struct error *err)
{
	const struct dns_action_calls *calls = session->provider->action_calls;
	const struct dns_action action = {"remove a record", calls->remove};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *params = calls->id ? json_object_new() : dns_record_of_id(id);
	int64_t number = 0;

	if (calls->id && !calls->id_is_number)
		json_set_string(params, calls->id, id);
	else if (calls->id && str_to_int64(id, 1, INT64_MAX, &number))
		json_set_int(params, calls->id, number);
	else if (calls->id)
		return dns_bad_answer(session, "list records", "expected numbers as ids", err);
	return calls->id_is_enough ? calls->send(session, &action, params, &reply, err)
				   : send_about(session, &action, zone->name, params, &reply, err);
}
