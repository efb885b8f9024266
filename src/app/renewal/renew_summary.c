/*
 * Printing what `renew` did (see renew_summary.h). As with Certbot, what failed goes to standard
 * error, so that it is read even with -q; the order of the lines is the same on a terminal.
 */
#include "app/renewal/renew_summary.h"

#include "app/debts/hooks.h"
#include "app/renewal/report.h"
#include "base/alloc.h"
#include "base/log.h"

void renew_lists_release(struct renew_lists *lists)
{
	strvec_release(&lists->skipped);
	strvec_release(&lists->postponed);
	strvec_release(&lists->succeeded);
	strvec_release(&lists->failed);
	strvec_release(&lists->invalid);
	strvec_release(&lists->passed_over);
}

/* "  ITEM (WORD)" for each, one below the other. */
static void add_list(struct strbuf *out, const struct strvec *items, const char *word)
{
	for (size_t i = 0; i < items->count; i++)
		strbuf_addf(out, "\n  %s (%s)", items->items[i], word);
}

static void say_list(const struct ui *ui, const char *title, const struct strvec *items,
		     const char *word)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	if (!items->count)
		return;
	add_list(&out, items, word);
	ui_say(ui, "%s%s", title, out.text);
}

static void add_failed(const char *title, const struct strvec *failed)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	add_list(&out, failed, "failure");
	log_error("%s%s", title, out.text);
}

/* The sentences are Certbot's: log watchers look for "Congratulations, all renewals succeeded" and
 * "All renewals failed". */
static void say_outcome(const struct ui *ui, const struct renew_lists *lists, const char *noun)
{
	AUTO_FREE char *title = NULL;

	if (!lists->failed.count) {
		title = xasprintf("Congratulations, all %ss succeeded: ", noun);
		say_list(ui, title, &lists->succeeded, "success");
	} else if (!lists->succeeded.count) {
		title = xasprintf(
			"All %ss failed. The following certificates could not be renewed:", noun);
		add_failed(title, &lists->failed);
	} else {
		title = xasprintf("The following %ss succeeded:", noun);
		say_list(ui, title, &lists->succeeded, "success");
		ui_say(ui, "%s", "");
		REPLACE(title, xasprintf("The following %ss failed:", noun));
		add_failed(title, &lists->failed);
	}
}

void renew_summary_print(const struct ui *ui, const struct settings *settings,
			 const struct renew_lists *lists)
{
	const char *noun = settings_flag(settings, "dry_run") ? "simulated renewal" : "renewal";

	ui_say(ui, "\n%s", report_frame);
	say_list(ui, "The following certificates are not due for renewal yet:", &lists->skipped,
		 "skipped");
	say_list(ui,
		 "The following certificates are not retried yet after failed "
		 "renewals:",
		 &lists->postponed, "skipped");
	say_list(ui, "The renewal of the following certificates cannot be simulated:",
		 &lists->passed_over, "skipped");
	if (lists->succeeded.count || lists->failed.count) {
		say_outcome(ui, lists, noun);
	} else {
		ui_say(ui, "No %ss were attempted.", noun);
		if (hooks_are_configured(settings))
			ui_say(ui, "No hooks were run.");
	}
	say_list(ui, "\nAdditionally, the following renewal configurations were invalid: ",
		 &lists->invalid, "parsefail");
	ui_say(ui, "%s", report_frame);
}
