/*
 * `fleet status`: what the store has, as text or JSON. A value that cannot be trusted is shown as
 * such, and does not hide the others.
 */
#include "app/fleet/membership.h"

#include "app/fleet/member.h"
#include "base/alloc.h"
#include "codec/datetime.h"
#include "codec/json.h"

/* Version of what --json prints. Adding members does not raise it. */
#define JSON_VERSION 1

struct status {
	const struct ui *ui;
	struct member *member;
	enum fleet_kind kind; /* the item that is being listed */
	struct json *list;    /* with --json; else NULL */
	size_t bad;           /* number of values that cannot be trusted */
};

/* Members of JSON objects are named as in the text. */
static void show_node(const struct status *status, const struct fleet_record *record)
{
	AUTO_FREE char *when = datetime_rfc3339(record->not_before);
	struct json *object;

	if (!status->list) {
		ui_say(status->ui, "  %s: %llu certificates, certbot %s, last here %s",
		       record->node, (unsigned long long)record->generation, record->version, when);
		return;
	}
	object = json_object_new();
	json_set_string(object, "name", record->node);
	json_set_int(object, "certificates", (int64_t)record->generation);
	json_set_string(object, "version", record->version);
	json_set_string(object, "last_seen", when);
	json_push(status->list, object);
}

static void show_head(const struct status *status, const char *name,
		      const struct fleet_record *record)
{
	AUTO_FREE char *when = datetime_rfc3339(record->not_after);
	struct json *object;

	if (!status->list) {
		ui_say(status->ui, "  %s: generation %llu, expires %s, from %s", name,
		       (unsigned long long)record->generation, when, record->node);
		return;
	}
	object = json_object_new();
	json_set_string(object, "name", name);
	json_set_int(object, "generation", (int64_t)record->generation);
	json_set_string(object, "expires", when);
	json_set_string(object, "from", record->node);
	json_push(status->list, object);
}

static void show_work(const struct status *status, const char *name,
		      const struct fleet_record *record)
{
	AUTO_FREE char *when = datetime_rfc3339(record->not_before);
	struct json *object;
	bool failed = record->kind == FLEET_STATE;

	if (!status->list) {
		if (failed)
			ui_say(status->ui,
			       "  %s: %llu failures, the last on %s (%s); next try after %s", name,
			       (unsigned long long)record->failures, record->node, record->problem,
			       when);
		else
			ui_say(status->ui, "  %s: %s %s", name,
			       record->kind == FLEET_OWNER ? "being renewed by"
							   : "an order is open, begun by",
			       record->node);
		return;
	}
	object = json_object_new();
	json_set_string(object, "name", name);
	json_set_string(object, "node", record->node);
	json_set_string(object, "what", fleet_kind_name(record->kind));
	json_set_text(object, "problem", record->problem);
	json_set_text(object, "next_try", failed ? when : NULL);
	json_push(status->list, object);
}

static int visit_value(void *context, const char *name, const struct strbuf *value,
		       struct error *err)
{
	struct status *status = context;
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	AUTO(error) struct error bad = ERROR_INIT;

	if (member_unseal(status->member, status->kind, name, value, &record, &bad) < 0) {
		status->bad++;
		if (!status->list)
			ui_say(status->ui, "  not to be believed: %s", bad.text);
	} else if (status->kind == FLEET_NODE) {
		show_node(status, &record);
	} else if (status->kind == FLEET_HEAD) {
		show_head(status, name, &record);
	} else {
		show_work(status, name, &record);
	}
	return 0;
}

/* Shows what an administrator looks for first, first. */
static const struct part {
	enum fleet_kind kind;
	const char *title, *member;
} parts[] = {
	{FLEET_NODE, "Machines:", "nodes"},     {FLEET_HEAD, "Certificates:", "certificates"},
	{FLEET_OWNER, "Under way:", "owners"},  {FLEET_ORDER, "Orders:", "orders"},
	{FLEET_STATE, "Failures:", "failures"},
};

static int show_parts(struct status *status, struct json *whole, struct error *err)
{
	const struct member_visit visit = {visit_value, status};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		status->kind = parts[i].kind;
		status->list = whole ? json_array_new() : NULL;
		if (!whole)
			ui_say(status->ui, "%s", parts[i].title);
		if (member_list(status->member, parts[i].kind, &visit, err) < 0) {
			json_free(status->list);
			return err->code;
		}
		if (whole)
			json_set(whole, parts[i].member, STEAL(status->list));
	}
	return 0;
}

int membership_status(struct app *app, struct error *err)
{
	AUTO(member) struct member *member = NULL;
	AUTO(json) struct json *whole = NULL;
	AUTO(strvec) struct strvec warnings = STRVEC_INIT;
	struct status status = {.ui = app->ui};

	if (member_open(&app->network, app->settings, &member, err) < 0)
		return err->code;
	status.member = member;
	if (settings_flag(app->settings, "json"))
		whole = json_object_new();
	else
		ui_say(app->ui, "This machine is %s.", member->node);
	if (show_parts(&status, whole, err) < 0)
		return err->code;
	member_inspect(member, &warnings);
	for (size_t i = 0; !whole && i < warnings.count; i++)
		ui_say(app->ui, "Warning: %s", warnings.items[i]);
	if (whole) {
		json_set_int(whole, "version", JSON_VERSION);
		json_set_string(whole, "node", member->node);
		json_set(whole, "warnings", json_strings_new(&warnings));
		json_set_int(whole, "not_believed", (int64_t)status.bad);
		app_say_json(app->ui, whole);
	}
	if (status.bad)
		return error_set(err, ERR_REFUSED, "%zu values in the store are not of this fleet",
				 status.bad);
	return 0;
}
