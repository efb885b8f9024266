/*
 * `status` for people: one line for each certificate, and further lines for those with a problem.
 */
#ifndef APP_STATUS_STATUS_TEXT_H
#define APP_STATUS_STATUS_TEXT_H

#include "app/status/status_list.h"
#include "base/ui.h"
#include "os/terminal.h"
#include "store/renewal/notified.h"

/* Prints the list in its order, as wide as the screen. */
void status_text_say(const struct ui *ui, const struct terminal_screen *screen,
		     const struct status_list *list);
/* Prints what --notify has told last, and to whom: a line for each target. */
void status_text_say_notified(const struct ui *ui, const struct terminal_screen *screen,
			      const struct notified *record);
/* Appends how long it is until that time, or since then: "89 days", "5 hours", "3 days ago". */
void status_text_add_distance(struct strbuf *out, int64_t seconds);
/* Appends a time to the minute: "2026-01-02 03:04". */
void status_text_add_time(struct strbuf *out, int64_t seconds);
/* Appends when renewal is tried next: "2026-01-02 03:04 (lifetime)", "at the next run". */
void status_text_add_next(struct strbuf *out, const struct status_entry *entry);
/* Appends how many renewals have failed in a row, since when, and what the last one failed of. */
void status_text_add_failure(struct strbuf *out, const struct status_failure *failure);
/* Appends the problems, one a line; nothing if there are none. */
void status_text_add_troubles(const struct status_entry *entry, struct strvec *ret_lines);

#endif
