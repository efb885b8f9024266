/*
 * Listing changes (see changes_list.h): one line for each, on a terminal with a mark and as wide as
 * that, and with --json everything that is on record.
 */
#include "history/changes_list.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/span.h"
#include "codec/datetime.h"
#include "codec/json.h"
#include "os/screen.h"
#include "store/journal/journal.h"

/* Output is collected up to this many bytes before it is printed. */
#define CHUNK 16384
/* Of the number and the blanks behind it. */
#define NUMBER_COLUMNS 7

/* A void record announces a change that was then not made. */
static bool is_listed(const struct settings *settings, const struct change *change)
{
	const char *lineage = settings_string(settings, "certname");

	return !change->is_void && (!lineage || change_is_about(change, lineage));
}

static struct json *json_of_state(const struct file_state *state)
{
	AUTO_FREE char *mode = xasprintf("%04o", state->mode & 07777);
	struct json *object;

	if (!state->mode)
		return NULL;
	object = json_object_new();
	json_set_string(object, "type", file_state_is_link(state) ? "link" : "file");
	json_set_string(object, "mode", mode);
	json_set_string(object, "sha256", state->digest);
	return object;
}

/* null, not a missing member, so that programs see that the file did not exist. */
static void set_state(struct json *object, const char *name, const struct file_state *state)
{
	struct json *value = json_of_state(state);

	if (value)
		json_set(object, name, value);
	else
		json_set_text(object, name, NULL);
}

static struct json *json_of_files(const struct change *change)
{
	struct json *files = json_array_new();

	for (size_t i = 0; i < change->file_count; i++) {
		struct json *file = json_object_new();

		json_set_string(file, "path", change->files[i].path);
		set_state(file, "before", &change->files[i].before);
		set_state(file, "after", &change->files[i].after);
		json_push(files, file);
	}
	return files;
}

static struct json *json_of_outputs(const struct change *change)
{
	struct json *outputs = json_array_new();

	for (size_t i = 0; i < change->outputs.count; i++) {
		struct span rest = span_of(change->outputs.items[i]), before, after;
		struct json *output = json_object_new();
		AUTO_FREE char *old = NULL, *present = NULL, *path = NULL;

		if (span_take_until(&rest, ' ', &before) && span_take_until(&rest, ' ', &after)) {
			old = span_dup(before);
			present = span_dup(after);
			path = span_dup(rest);
			json_set_string(output, "path", path);
			json_set_text(output, "sha256_before", strcmp(old, "-") != 0 ? old : NULL);
			json_set_string(output, "sha256_after", present);
		}
		json_push(outputs, output);
	}
	return outputs;
}

/* 0 means none. */
static void set_number(struct json *object, const char *name, int64_t number)
{
	if (number)
		json_set_int(object, name, number);
	else
		json_set_text(object, name, NULL);
}

static struct json *json_of_change(const struct change *change)
{
	struct json *object = json_object_new();
	AUTO_FREE char *when = datetime_rfc3339(change->time);

	json_set_int(object, "number", change->number);
	json_set_string(object, "time", when);
	json_set_text(object, "user", change->user);
	json_set_int(object, "uid", change->uid);
	json_set_text(object, "verb", change->verb);
	json_set_text(object, "command", change->command);
	json_set_text(object, "what", change->title);
	json_set_text(object, "reason", change->reason);
	json_set(object, "certificates", json_strings_new(&change->lineages));
	json_set_text(object, "plugin", change->plugin);
	set_number(object, "generation_before", change->from);
	set_number(object, "generation_after", change->to);
	json_set(object, "files", json_of_files(change));
	json_set(object, "outputs", json_of_outputs(change));
	set_number(object, "undoes", change->undoes);
	set_number(object, "undone_by", change->undone_by);
	json_set_text(object, "not_undoable", change->obstacle);
	return object;
}

/* It is one document, so it is printed as a whole; like the text, it has the newest change
 * first. */
static void print_json(const struct ui *ui, const struct settings *settings,
		       const struct change_list *list)
{
	result_list_begin(ui, "changes");
	for (size_t i = list->count; i-- > 0;)
		if (is_listed(settings, list->items[i]))
			result_list_add(ui, json_of_change(list->items[i]));
	result_list_end(ui);
}

/* In local time, as in the machine's logs. localtime_r() reads no file after its first call. */
static void add_time(struct strbuf *out, int64_t seconds)
{
	time_t when = (time_t)seconds;
	struct tm parts;
	char text[32];

	localtime_r(&when, &parts);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts);
	strbuf_adds(out, text);
}

/* "2026-01-02 03:04:05  root  renew: renewed a.test (two thirds of its lifetime have passed)" */
static void add_change(struct strbuf *out, const struct change *change)
{
	add_time(out, change->time);
	strbuf_addf(out, "  %s  %s: %s", change->user ? change->user : "",
		    change->verb ? change->verb : "", change->title ? change->title : "");
	if (change->from && change->to)
		strbuf_addf(out, ", generation %lld instead of %lld", (long long)change->to,
			    (long long)change->from);
	if (change->reason)
		strbuf_addf(out, " (%s)", change->reason);
	if (change->undone_by)
		strbuf_addf(out, " [undone by %lld]", (long long)change->undone_by);
}

static const struct screen_mark *mark_of(const struct change *change)
{
	static const struct screen_mark stands = {"\u2713", " ", "32"};
	static const struct screen_mark undone = {"\u2717", "-", "2"};
	static const struct screen_mark undoes = {"\u21bb", "<", "36"};

	return change->undone_by ? &undone : change->undoes ? &undoes : &stands;
}

/* Titles and reasons may contain text of a CA, which the function for wrapping makes printable. */
static void add_change_line(const struct terminal_screen *screen, struct strbuf *out,
			    const struct change *change)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	screen_add_mark(screen, mark_of(change), out);
	strbuf_addf(out, "%5lld  ", (long long)change->number);
	add_change(&text, change);
	screen_add_wrapped(screen, NUMBER_COLUMNS + (screen->columns ? 2 : 0), text.text, out);
}

static void say_lines(const struct ui *ui, struct strbuf *text)
{
	if (!text->len)
		return;
	strbuf_truncate(text, text->len - 1); /* ui_say() ends the line */
	ui_say(ui, "%s", text->text);
	strbuf_clear(text);
}

static void print_text(const struct ui *ui, const struct settings *settings,
		       const struct change_list *list)
{
	const struct terminal_screen screen = terminal_screen_of(STDOUT_FILENO);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	size_t shown = 0;

	for (size_t i = list->count; i-- > 0;) {
		if (!is_listed(settings, list->items[i]))
			continue;
		add_change_line(&screen, &text, list->items[i]);
		shown++;
		if (text.len >= CHUNK)
			say_lines(ui, &text);
	}
	say_lines(ui, &text);
	if (!shown)
		ui_say(ui, "No changes are on record.");
}

int changes_list(struct app *app, struct error *err)
{
	AUTO(journal) struct journal *journal =
		journal_new(settings_string(app->settings, "work_dir"));
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;
	bool is_json = result_is_wanted(app->ui);

	list.is_brief = !is_json;
	if (journal_read(journal, &list, err) < 0)
		return err->code;
	if (is_json)
		print_json(app->ui, app->settings, &list);
	else
		print_text(app->ui, app->settings, &list);
	return 0;
}
