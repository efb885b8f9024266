/*
 * The document of --json, and the events (see result.h). Members are kept until a list begins or
 * the document ends; the elements of a list are printed in chunks.
 */
#include "codec/output/result.h"

#include "base/alloc.h"
#include "base/strbuf.h"

/* Text is kept back until there is so much of it (bytes): a write for each element would cost more
 * than making it. */
#define CHUNK 16384
/* Of the forms of all verbs: raised when a member changes its meaning or goes away. Members may be
 * added without that. */
#define FORM_VERSION 1

struct result {
	struct result_options options;
	struct strbuf text;   /* not printed yet */
	struct json *members; /* all: the summary event has them, too */
	size_t told;          /* of these, so many were added to the text */
	bool has_begun;       /* the text has, or had, the first members */
	bool is_list_open;
	size_t elements;      /* of the open list */
	char *name, *problem; /* blamed */
	int64_t event_count;
};

static const char *const event_names[] = {
	[EVENT_STARTED] = "started",     [EVENT_DUE] = "due",
	[EVENT_ORDER] = "order",         [EVENT_PRESENTED] = "presented",
	[EVENT_VALIDATED] = "validated", [EVENT_ISSUED] = "issued",
	[EVENT_DEPLOYED] = "deployed",   [EVENT_HOOK] = "hook",
	[EVENT_SKIPPED] = "skipped",     [EVENT_FAILED] = "failed",
	[EVENT_NOTIFIED] = "notified",   [EVENT_SUMMARY] = "summary",
};
STATIC_ASSERT(ARRAY_LEN(event_names) == RESULT_EVENT__COUNT, "every event has a name");

bool result_is_wanted(const struct ui *ui)
{
	return ui->result && ui->result->options.write;
}

bool result_takes_events(const struct ui *ui)
{
	return ui->result && ui->result->options.write_event;
}

/* ---- Events ---- */

/* The kind and the time come first in the line, where people look. */
static void write_event(struct result *result, enum result_event kind, const struct json *members)
{
	AUTO(json) struct json *event = json_object_new();
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;
	const char *name;

	json_set_int(event, "version", FORM_VERSION);
	json_set_string(event, "event", event_names[kind]);
	json_set_time(event, "time", result->options.now(result->options.context));
	json_set_int(event, "number", ++result->event_count);
	for (size_t i = 0; (name = json_member_name(members, i)); i++)
		json_set(event, name, json_share(json_member(members, name)));
	json_print(event, JSON_COMPACT, &line);
	strbuf_addc(&line, '\n');
	result->options.write_event(result->options.context, line.text);
}

void result_event(const struct ui *ui, enum result_event kind, struct json *own_members)
{
	AUTO(json) struct json *members = own_members;

	if (result_takes_events(ui) && members)
		write_event(ui->result, kind, members);
}

/* ---- Beginning ---- */

struct result *result_new(const struct result_options *options)
{
	struct result *result = xcalloc(1, sizeof(*result));
	AUTO(json) struct json *started = json_object_new();

	result->options = *options;
	strbuf_init(&result->text);
	result->members = json_object_new();
	if (options->write_event) {
		json_set_text(started, "command", options->verb);
		write_event(result, EVENT_STARTED, started);
	}
	return result;
}

void result_free(struct result *result)
{
	if (!result)
		return;
	strbuf_release(&result->text);
	json_free(result->members);
	free(result->name);
	free(result->problem);
	free(result);
}

static void write_text(struct result *result)
{
	result->options.write(result->options.context, result->text.text);
	strbuf_clear(&result->text);
}

/* ---- Members ---- */

static void begin_member(struct result *result, const char *name)
{
	strbuf_addf(&result->text, "%s\n  \"%s\": ", result->has_begun ? "," : "{", name);
	result->has_begun = true;
}

static void add_member(struct result *result, const char *name, const struct json *value)
{
	begin_member(result, name);
	json_print_inside(value, 1, &result->text);
}

/* The version comes first: it says how to read the rest. */
static void add_head(struct result *result)
{
	AUTO(json) struct json *head = json_object_new();

	json_set_int(head, "version", FORM_VERSION);
	json_set_text(head, "command", result->options.verb);
	for (size_t i = 0; i < json_count(head); i++)
		add_member(result, json_member_name(head, i),
			   json_member(head, json_member_name(head, i)));
}

static void add_members(struct result *result)
{
	const char *name;

	if (!result->has_begun)
		add_head(result);
	for (; (name = json_member_name(result->members, result->told)); result->told++)
		add_member(result, name, json_member(result->members, name));
}

void result_set(const struct ui *ui, const char *name, struct json *own_value)
{
	if (ui->result)
		json_set(ui->result->members, name, own_value);
	else
		json_free(own_value);
}

void result_set_text(const struct ui *ui, const char *name, const char *text)
{
	if (ui->result)
		json_set_text(ui->result->members, name, text);
}

void result_set_int(const struct ui *ui, const char *name, int64_t value)
{
	if (ui->result)
		json_set_int(ui->result->members, name, value);
}

void result_set_bool(const struct ui *ui, const char *name, bool value)
{
	if (ui->result)
		json_set_bool(ui->result->members, name, value);
}

void result_set_texts(const struct ui *ui, const char *name, const struct strvec *texts)
{
	if (ui->result)
		json_set(ui->result->members, name, json_strings_new(texts));
}

void result_push(const struct ui *ui, const char *name, struct json *own_value)
{
	AUTO(json) struct json *value = own_value;

	if (!ui->result)
		return;
	if (!json_member(ui->result->members, name))
		json_set(ui->result->members, name, json_array_new());
	json_push(json_member(ui->result->members, name), STEAL(value));
}

/* ---- The list that is printed as it grows ---- */

void result_list_begin(const struct ui *ui, const char *name)
{
	struct result *result = ui->result;

	if (!result_is_wanted(ui))
		return;
	add_members(result);
	begin_member(result, name);
	strbuf_addc(&result->text, '[');
	result->is_list_open = true;
	result->elements = 0;
}

void result_list_add(const struct ui *ui, struct json *own_element)
{
	AUTO(json) struct json *element = own_element;
	struct result *result = ui->result;

	if (!result_is_wanted(ui) || !result->is_list_open || !element)
		return;
	strbuf_adds(&result->text, result->elements++ ? ",\n    " : "\n    ");
	json_print_inside(element, 2, &result->text);
	if (result->text.len >= CHUNK)
		write_text(result);
}

static void end_list(struct result *result)
{
	if (result->is_list_open)
		strbuf_adds(&result->text, result->elements ? "\n  ]" : "]");
	result->is_list_open = false;
}

void result_list_end(const struct ui *ui)
{
	if (ui->result)
		end_list(ui->result);
}

/* ---- The end ---- */

void result_blame(const struct ui *ui, const char *name, const char *problem)
{
	if (!ui->result)
		return;
	REPLACE(ui->result->name, xstrdup_or_null(name));
	REPLACE(ui->result->problem, xstrdup_or_null(problem));
}

/* Texts of errors come from the CA and from servers, too; json_set_text() makes them UTF-8. */
void result_set_fault(struct json *object, const struct result_fault *fault)
{
	const struct error *err = fault->error;
	struct json *told;

	if (!error_is_set(err)) {
		json_set_text(object, "error", NULL);
		return;
	}
	told = json_object_new();
	json_set_string(told, "code", error_code_name(err->code));
	json_set_text(told, "message", err->text);
	json_set_text(told, "hint", err->hint);
	json_set_text(told, "name", fault->name);
	json_set_text(told, "problem", err->problem_type ? err->problem_type : fault->problem);
	json_set_time(told, "retry_after", err->retry_at);
	json_set_text(told, "cause", fault->cause);
	json_set(object, "error", told);
}

/* A list is open after an error in its middle. */
void result_end(struct result *result, int exit_status, const struct result_fault *fault)
{
	struct result_fault whole = *fault;

	if (!result)
		return;
	if (result->name)
		whole.name = result->name;
	if (!whole.problem)
		whole.problem = result->problem;
	end_list(result);
	json_set_int(result->members, "exit_status", exit_status);
	result_set_fault(result->members, &whole);
	if (result->options.write_event)
		write_event(result, EVENT_SUMMARY, result->members);
	if (!result->options.write)
		return;
	add_members(result);
	strbuf_adds(&result->text, "\n}\n");
	write_text(result);
}
