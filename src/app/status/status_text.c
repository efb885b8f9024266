/*
 * Prints the list (see status_text.h). On a terminal of 40 columns or more, no line is wider than
 * the terminal; in a pipe nothing is cut, so that grep and cut work.
 */
#include "app/status/status_text.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/utf8.h"
#include "codec/datetime.h"
#include "os/screen.h"

enum {
	/* Width of the symbol and a blank, and of the longest state and two blanks. */
	STATE_COLUMNS = 2 + 9,
	EXPIRY_COLUMNS = 12,
	NEXT_COLUMNS = 24,
	/* A terminal of this width has room for the next try, too. */
	WIDE_SCREEN = 80,
	LEAST_NAME = 12,
	MOST_NAME = 60,
	INDENT = 4,
};

struct layout {
	struct terminal_screen screen;
	int name_columns;
	bool has_next;
};

void status_text_add_distance(struct strbuf *out, int64_t seconds)
{
	int64_t away = seconds < 0 ? -seconds : seconds;
	int64_t number = away >= 2 * 86400 ? away / 86400 : away >= 7200 ? away / 3600 : away / 60;
	const char *unit = away >= 2 * 86400 ? "day" : away >= 7200 ? "hour" : "minute";

	strbuf_addf(out, "%lld %s%s%s", (long long)number, unit, number == 1 ? "" : "s",
		    seconds < 0 ? " ago" : "");
}

void status_text_add_time(struct strbuf *out, int64_t seconds)
{
	AUTO_FREE char *text = datetime_python(seconds);

	strbuf_addf(out, "%.16s", text);
}

void status_text_add_next(struct strbuf *out, const struct status_entry *entry)
{
	if (!entry->next_why)
		strbuf_adds(out, entry->has_cert ? "not by itself" : "unknown");
	else if (!entry->next_try)
		strbuf_adds(out, "at the next run");
	else
		status_text_add_time(out, entry->next_try);
}

void status_text_add_failure(struct strbuf *out, const struct status_failure *failure)
{
	strbuf_addf(out, "%d renewal%s failed in a row", failure->count,
		    failure->count == 1 ? "" : "s");
	if (failure->since) {
		strbuf_adds(out, " since ");
		status_text_add_time(out, failure->since);
	}
	if (failure->class)
		strbuf_addf(out, "; the last: %s", failure->class);
	if (failure->text)
		strbuf_addf(out, ": %s", failure->text);
}

static void add_failure(const struct status_failure *failure, struct strvec *ret_lines)
{
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;

	status_text_add_failure(&line, failure);
	strvec_push(ret_lines, line.text);
}

static void add_debts(unsigned debts, struct strvec *ret_lines)
{
	for (int debt = 0; debt < STATUS_DEBT__COUNT; debt++)
		if (debts & 1U << debt)
			strvec_push(ret_lines, status_debt_texts[debt]);
}

void status_text_add_troubles(const struct status_entry *entry, struct strvec *ret_lines)
{
	if (entry->fault)
		strvec_push(ret_lines, entry->fault);
	if (entry->failure.count)
		add_failure(&entry->failure, ret_lines);
	add_debts(entry->debts, ret_lines);
	if (ret_lines->count && entry->next_why && entry->failure.count) {
		AUTO(strbuf) struct strbuf line = STRBUF_INIT;

		strbuf_adds(&line, "next try: ");
		status_text_add_next(&line, entry);
		strvec_push(ret_lines, line.text);
	}
}

/* ---- Lines ---- */

/* Appends the text, cut or padded to that width; a tilde marks a cut. */
static void add_cell(struct strbuf *out, const char *text, int columns, bool is_cut)
{
	AUTO(strbuf) struct strbuf safe = STRBUF_INIT;
	int width;

	strbuf_add_printable(&safe, text, strlen(text));
	width = screen_text_columns(safe.text);
	if (is_cut && width > columns) {
		strbuf_truncate(&safe, screen_fitting_bytes(safe.text, columns - 1));
		strbuf_addc(&safe, '~');
		width = screen_text_columns(safe.text);
	}
	strbuf_addf(out, "%s%*s", safe.text, width < columns ? columns - width : 0, "");
}

static void add_state(const struct layout *layout, const struct status_entry *entry,
		      struct strbuf *out)
{
	const struct status_state_row *row = &status_states[entry->state];

	if (layout->screen.has_colours)
		strbuf_addf(out, "\033[%sm", row->colour);
	if (layout->screen.columns)
		strbuf_addf(out, "%s ",
			    layout->screen.has_symbols ? row->symbol
			    : row->is_bad              ? "!"
						       : " ");
	strbuf_addf(out, "%-7s", row->id);
	if (layout->screen.has_colours)
		strbuf_adds(out, "\033[0m");
	strbuf_adds(out, "  ");
}

static void add_entry_line(const struct layout *layout, const struct status_list *list,
			   const struct status_entry *entry, struct strbuf *out)
{
	AUTO(strbuf) struct strbuf expiry = STRBUF_INIT;
	AUTO(strbuf) struct strbuf next = STRBUF_INIT;

	if (entry->has_cert)
		status_text_add_distance(&expiry, status_entry_end(entry) - list->now);
	else
		strbuf_adds(&expiry, "unknown");
	status_text_add_next(&next, entry);
	add_state(layout, entry, out);
	add_cell(out, entry->name, layout->name_columns, layout->screen.columns != 0);
	strbuf_adds(out, "  ");
	add_cell(out, expiry.text, layout->has_next ? EXPIRY_COLUMNS : 0, false);
	if (layout->has_next)
		strbuf_addf(out, "  %s", next.text);
	strbuf_addc(out, '\n');
}

/* The name gets the width that the other columns leave, but no more than the longest name needs. */
static struct layout plan_layout(const struct terminal_screen *screen,
				 const struct status_list *list)
{
	struct layout layout = {.screen = *screen};
	int longest = LEAST_NAME, room;

	for (size_t i = 0; i < list->count; i++) {
		int columns = screen_text_columns(list->entries[i]->name);

		longest = columns > longest ? columns : longest;
	}
	/* In a pipe nothing is cut, and one long name must not make all lines long. */
	if (!screen->columns && longest > MOST_NAME)
		longest = MOST_NAME;
	layout.has_next = !screen->columns || screen->columns >= WIDE_SCREEN;
	room = screen->columns - STATE_COLUMNS - 2 - EXPIRY_COLUMNS -
	       (layout.has_next ? 2 + NEXT_COLUMNS : 0);
	layout.name_columns = !screen->columns || longest < room ? longest : room;
	if (layout.name_columns < LEAST_NAME)
		layout.name_columns = LEAST_NAME;
	return layout;
}

/* Each certificate is printed as a message of its own, so that a long list is not in memory
 * twice. */
void status_text_say(const struct ui *ui, const struct terminal_screen *screen,
		     const struct status_list *list)
{
	struct layout layout = plan_layout(screen, list);
	AUTO_FREE char *headline = status_list_headline(list);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	screen_add_wrapped(screen, 0, headline, &text);
	strbuf_truncate(&text, text.len - 1); /* ui_say() ends the line */
	ui_say(ui, "%s", text.text);
	for (size_t i = 0; i < list->count; i++) {
		const struct status_entry *entry = list->entries[i];
		AUTO(strvec) struct strvec troubles = STRVEC_INIT;

		strbuf_clear(&text);
		add_entry_line(&layout, list, entry, &text);
		status_text_add_troubles(entry, &troubles);
		for (size_t k = 0; k < troubles.count; k++) {
			strbuf_addf(&text, "%*s", INDENT, "");
			screen_add_wrapped(screen, INDENT, troubles.items[k], &text);
		}
		strbuf_truncate(&text, text.len - 1);
		ui_say(ui, "%s", text.text);
	}
}

/* A failure is told too if it was later: somebody counts on messages that do not come. */
void status_text_say_notified(const struct ui *ui, const struct terminal_screen *screen,
			      const struct notified *record)
{
	for (size_t i = 0; i < notified_target_count(record); i++) {
		struct notified_last last = notified_last_of(record, i);
		AUTO(strbuf) struct strbuf line = STRBUF_INIT, text = STRBUF_INIT;

		if (last.failure)
			strbuf_addf(&line, "Not told: ");
		else if (last.subject)
			strbuf_addf(&line, "Told last: ");
		else
			continue;
		strbuf_addf(&line, "%s, ", last.target);
		status_text_add_time(&line, last.failure ? last.failed_at : last.sent_at);
		strbuf_addf(&line, ", %s", last.failure ? last.failure : last.subject);
		screen_add_wrapped(screen, 0, line.text, &text);
		strbuf_truncate(&text, text.len - 1);
		ui_say(ui, "%s", text.text);
	}
}
