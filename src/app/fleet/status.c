/*
 * `fleet status`: what the store has, as text or JSON. A value that cannot be trusted is shown as
 * such, and does not hide the others.
 */
#include "app/fleet/membership.h"

#include <unistd.h>

#include "app/fleet/member/member.h"
#include "app/fleet/rekey.h"
#include "base/alloc.h"
#include "codec/datetime.h"
#include "codec/json.h"
#include "fleet/budget.h"
#include "os/screen.h"

struct status {
	const struct ui *ui;
	struct member *member;
	enum fleet_kind kind;      /* the item that is being listed */
	const char *list;          /* the member of the JSON document that has the list */
	struct fleet_record limit; /* of orders; its kind is 0 if there is none */
	size_t bad;                /* number of values that cannot be trusted */
	struct terminal_screen screen;
	int64_t now;
};

/* A machine that has not been here for so long may be off: agents and timers come by each day. */
#define AWAY_S (2 * 86400)

static const struct screen_mark well = {"\u2713", " ", "32"};
static const struct screen_mark busy = {"\u21bb", " ", "36"};
static const struct screen_mark doubtful = {"!", "!", "33"};
static const struct screen_mark bad_mark = {"\u2717", "!", "31;1"};

/* Says a line of a list. Without a terminal it begins with two blanks, with one it has a mark
 * there. */
static void say_item(const struct status *status, const struct screen_mark *mark,
		     const char *format, ...) PRINTF_LIKE(3, 4);
static void say_item(const struct status *status, const struct screen_mark *mark,
		     const char *format, ...)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT, line = STRBUF_INIT;
	va_list args;

	va_start(args, format);
	strbuf_addv(&text, format, args);
	va_end(args);
	screen_add_mark(&status->screen, mark, &line);
	if (!line.len)
		strbuf_adds(&line, "  ");
	screen_add_wrapped(&status->screen, 2, text.text, &line);
	strbuf_truncate(&line, line.len - 1); /* ui_say() ends the line */
	ui_say(status->ui, "%s", line.text);
}

/* Says a line of its own, which is as it is where there is no terminal. */
static void say_warning(const struct status *status, const char *text)
{
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;

	screen_add_mark(&status->screen, &doubtful, &line);
	screen_add_wrapped(&status->screen, status->screen.columns ? 2 : 0, text, &line);
	strbuf_truncate(&line, line.len - 1);
	ui_say(status->ui, "%s", line.text);
}

/* Members of JSON objects are named as in the text. */
static void show_node(const struct status *status, const struct fleet_record *record)
{
	AUTO_FREE char *when = datetime_rfc3339(record->not_before);
	struct json *object = json_object_new();

	say_item(status, status->now - record->not_before > AWAY_S ? &doubtful : &well,
		 "%s: %llu certificates, certbot %s, last here %s", record->node,
		 (unsigned long long)record->generation, record->version, when);
	json_set_string(object, "name", record->node);
	json_set_int(object, "certificates", (int64_t)record->generation);
	json_set_string(object, "version", record->version);
	json_set_string(object, "last_seen", when);
	result_push(status->ui, status->list, object);
}

static void show_head(const struct status *status, const char *name,
		      const struct fleet_record *record)
{
	AUTO_FREE char *when = datetime_rfc3339(record->not_after);
	struct json *object = json_object_new();

	say_item(status, record->not_after <= status->now ? &bad_mark : &well,
		 "%s: generation %llu, expires %s, from %s", name,
		 (unsigned long long)record->generation, when, record->node);
	json_set_string(object, "name", name);
	json_set_int(object, "generation", (int64_t)record->generation);
	json_set_string(object, "expires", when);
	json_set_string(object, "from", record->node);
	result_push(status->ui, status->list, object);
}

static void show_work(const struct status *status, const char *name,
		      const struct fleet_record *record)
{
	AUTO_FREE char *when = datetime_rfc3339(record->not_before);
	struct json *object = json_object_new();
	bool failed = record->kind == FLEET_STATE;

	if (failed)
		say_item(status, &bad_mark,
			 "%s: %llu failures, the last on %s (%s); next try after %s", name,
			 (unsigned long long)record->failures, record->node, record->problem, when);
	else
		say_item(status, &busy, "%s: %s %s", name,
			 record->kind == FLEET_OWNER ? "being renewed by"
						     : "an order is open, begun by",
			 record->node);
	json_set_string(object, "name", name);
	json_set_string(object, "node", record->node);
	json_set_string(object, "what", fleet_kind_name(record->kind));
	json_set_text(object, "problem", record->problem);
	json_set_text(object, "next_try", failed ? when : NULL);
	result_push(status->ui, status->list, object);
}

/* A window that is over has nothing used up: the next order begins another one. */
static void show_budget(const struct status *status, const struct fleet_record *record)
{
	const struct fleet_record *limit = &status->limit;
	uint64_t used = fleet_budget_used(record, limit, status->now);
	AUTO_FREE char *window = fleet_budget_window_text(limit);
	AUTO_FREE char *until = datetime_rfc3339((used ? record->not_before : status->now) +
						 (int64_t)limit->window_s);
	struct json *object = json_object_new();

	say_item(status, used >= limit->orders ? &doubtful : &well,
		 "%s: %llu of %llu orders in %s, until %s", record->server,
		 (unsigned long long)used, (unsigned long long)limit->orders, window, until);
	json_set_string(object, "server", record->server);
	json_set_int(object, "used", (int64_t)used);
	json_set_int(object, "allowed", (int64_t)limit->orders);
	json_set_int(object, "window_seconds", (int64_t)limit->window_s);
	json_set_string(object, "until", until);
	result_push(status->ui, status->list, object);
}

static int visit_value(void *context, const char *name, const struct strbuf *value,
		       struct error *err)
{
	struct status *status = context;
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	AUTO(error) struct error bad = ERROR_INIT;

	if (member_unseal(status->member, status->kind, name, value, &record, &bad) < 0) {
		status->bad++;
		say_item(status, &bad_mark, "not to be believed: %s", bad.text);
	} else if (status->kind == FLEET_NODE) {
		show_node(status, &record);
	} else if (status->kind == FLEET_BUDGET) {
		show_budget(status, &record);
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
	{FLEET_STATE, "Failures:", "failures"}, {FLEET_BUDGET, "Placed:", "budgets"},
};

/* Without a limit no orders are counted. */
static void read_limit(struct status *status)
{
	struct fleet_place place = member_place(status->member, FLEET_LIMIT, FLEET_BUDGET_LIMIT);
	AUTO(error) struct error bad = ERROR_INIT;

	if (member_read(status->member, &place, &status->limit, NULL, &bad) == 0)
		return;
	status->bad++;
	say_item(status, &bad_mark, "not to be believed: %s", bad.text);
}

static int show_parts(struct status *status, struct error *err)
{
	const struct member_visit visit = {visit_value, status};

	read_limit(status);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		status->kind = parts[i].kind;
		status->list = parts[i].member;
		result_set(status->ui, parts[i].member, json_array_new());
		if (status->kind == FLEET_BUDGET && !status->limit.orders)
			continue;
		ui_say(status->ui, "%s", parts[i].title);
		if (member_list(status->member, parts[i].kind, &visit, err) < 0)
			return err->code;
	}
	return 0;
}

/* Only a machine that has the new key itself knows of the change. */
static int show_change_of_key(const struct status *status, struct error *err)
{
	AUTO(strvec) struct strvec missing = STRVEC_INIT;
	AUTO_FREE char *names = NULL, *text = NULL;

	if (rekey_list_missing(status->member, &missing, err) < 0)
		return err->code;
	result_set_texts(status->ui, "missing", &missing);
	if (!missing.count)
		return 0;
	names = strvec_join(&missing, ", ");
	text = xasprintf("New key: waits for %s", names);
	say_warning(status, text);
	return 0;
}

int membership_status(struct app *app, struct error *err)
{
	AUTO(member) struct member *member = NULL;
	AUTO(strvec) struct strvec warnings = STRVEC_INIT;
	struct status status = {.ui = app->ui,
				.screen = terminal_screen_of(STDOUT_FILENO),
				.now = network_now(&app->network)};

	if (member_open(&app->network, app->settings, &member, err) < 0)
		return err->code;
	status.member = member;
	ui_say(app->ui, "This machine is %s.", member->node);
	result_set_text(app->ui, "node", member->node);
	if (show_change_of_key(&status, err) < 0 || show_parts(&status, err) < 0)
		return err->code;
	member_inspect(member, &warnings);
	for (size_t i = 0; i < warnings.count; i++) {
		AUTO_FREE char *text = xasprintf("Warning: %s", warnings.items[i]);

		say_warning(&status, text);
	}
	result_set_texts(app->ui, "warnings", &warnings);
	result_set_int(app->ui, "not_believed", (int64_t)status.bad);
	if (status.bad)
		return error_set(err, ERR_REFUSED, "%zu values in the store are not of this fleet",
				 status.bad);
	return 0;
}
