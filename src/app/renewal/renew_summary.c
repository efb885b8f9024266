/*
 * Prints the results of `renew` (see renew_summary.h). As with Certbot, failures go to standard
 * error, so that they are seen even with -q; the order of the lines is the same on a terminal.
 */
#include "app/renewal/renew_summary.h"

#include "app/debts/hooks.h"
#include "app/renewal/report.h"
#include "base/alloc.h"
#include "base/log.h"
#include "codec/datetime.h"

/* Bytes of a list that are printed at a time. Copies of a whole long list would take more memory
 * than the renewals themselves. */
#define PIECE 16384

void renew_lists_release(struct renew_lists *lists)
{
	strpack_release(&lists->skipped);
	strpack_release(&lists->postponed);
	strpack_release(&lists->succeeded);
	strpack_release(&lists->failed);
	strpack_release(&lists->invalid);
	strpack_release(&lists->passed_over);
}

static void say_text(const struct ui *ui, const char *text)
{
	ui_say(ui, "%s", text);
}

static void log_failures(const struct ui *ui, const char *text)
{
	log_error("%s", text);
}

/* Prints the title and "  ITEM (WORD)" for each, one below the other. */
static void print_list(const struct ui *ui, void (*print)(const struct ui *ui, const char *text),
		       const char *title, const struct strpack *items, const char *word)
{
	AUTO(strbuf) struct strbuf piece = STRBUF_INIT;

	strbuf_adds(&piece, title);
	for (const char *item = strpack_next(items, NULL); item; item = strpack_next(items, item)) {
		if (piece.len > PIECE) {
			print(ui, piece.text);
			strbuf_clear(&piece);
		}
		strbuf_addf(&piece, "%s  %s (%s)", piece.len ? "\n" : "", item, word);
	}
	print(ui, piece.text);
}

static void say_list(const struct ui *ui, const char *title, const struct strpack *items,
		     const char *word)
{
	if (items->count)
		print_list(ui, say_text, title, items, word);
}

static void log_failed(const struct ui *ui, const char *title, const struct strpack *failed)
{
	print_list(ui, log_failures, title, failed, "failure");
}

/* The sentences are Certbot's: log watchers look for "Congratulations, all renewals succeeded" and
 * "All renewals failed". Where only a server, an output or the fleet failed, no renewal did, and
 * the certificates themselves are in order. */
static void say_outcome(const struct ui *ui, const struct renew_lists *lists, const char *noun)
{
	AUTO_FREE char *title = NULL;

	if (!lists->failed.count) {
		title = xasprintf("Congratulations, all %ss succeeded: ", noun);
		say_list(ui, title, &lists->succeeded, "success");
	} else if (!lists->succeeded.count && !lists->failed_renewals) {
		title = xasprintf("No %ss were attempted, but what was still to be done for "
				  "certificates obtained earlier failed:",
				  noun);
		log_failed(ui, title, &lists->failed);
	} else if (!lists->succeeded.count) {
		title = xasprintf(
			"All %ss failed. The following certificates could not be renewed:", noun);
		log_failed(ui, title, &lists->failed);
	} else {
		title = xasprintf("The following %ss succeeded:", noun);
		say_list(ui, title, &lists->succeeded, "success");
		ui_say(ui, "%s", "");
		REPLACE(title, xasprintf("The following %ss failed:", noun));
		log_failed(ui, title, &lists->failed);
	}
}

/* Only their number: with a limit there may be thousands, and all are due again in the next run. */
static void say_left_over(const struct ui *ui, const struct renew_lists *lists)
{
	AUTO_FREE char *date = NULL;

	if (!lists->left_over)
		return;
	date = datetime_date(lists->left_until);
	ui_say(ui,
	       "%zu more certificate%s due for renewal %s left to the next run by --limit. The "
	       "first of them expires on %s.",
	       lists->left_over, lists->left_over == 1 ? "" : "s",
	       lists->left_over == 1 ? "was" : "were", date);
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
	say_left_over(ui, lists);
	say_list(ui, "\nAdditionally, the following renewal configurations were invalid: ",
		 &lists->invalid, "parsefail");
	ui_say(ui, "%s", report_frame);
}
