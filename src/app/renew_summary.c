/*
 * Printing what `renew` did (see renew_summary.h).
 */
#include "app/renew_summary.h"

#include "app/hooks.h"
#include "app/report.h"
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

static void add_list(struct strbuf *out, const struct strvec *items, const char *word)
{
	for (size_t i = 0; i < items->count; i++)
		strbuf_addf(out, "  %s (%s)\n", items->items[i], word);
}

static void add_titled(struct strbuf *out, const char *title, const struct strvec *items,
		       const char *word)
{
	if (!items->count)
		return;
	strbuf_adds(out, title);
	add_list(out, items, word);
}

static void add_outcome(struct strbuf *out, const struct renew_lists *lists, const char *renewal)
{
	if (!lists->failed.count) {
		strbuf_addf(out, "Congratulations, all %ss succeeded: \n", renewal);
		add_list(out, &lists->succeeded, "success");
	} else if (!lists->succeeded.count) {
		strbuf_addf(out,
			    "All %ss failed. The following certificates could not be renewed:\n",
			    renewal);
		add_list(out, &lists->failed, "failure");
	} else {
		strbuf_addf(out, "The following %ss succeeded:\n", renewal);
		add_list(out, &lists->succeeded, "success");
		strbuf_addf(out, "\nThe following %ss failed:\n", renewal);
		add_list(out, &lists->failed, "failure");
	}
}

void renew_summary_print(struct app *app, const struct renew_lists *lists)
{
	bool simulated = settings_flag(app->settings, "dry_run");
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	add_titled(&out, "The following certificates are not due for renewal yet:\n",
		   &lists->skipped, "skipped");
	add_titled(&out, "The following certificates wait after failed renewals:\n",
		   &lists->postponed, "skipped");
	add_titled(&out, "The following certificates cannot be rehearsed:\n", &lists->passed_over,
		   "skipped");
	if (!lists->succeeded.count && !lists->failed.count) {
		strbuf_addf(&out, "No %ss were attempted.\n",
			    simulated ? "simulated renewal" : "renewal");
		if (hooks_are_configured(app->settings))
			strbuf_adds(&out, "No hooks were run.\n");
	} else {
		add_outcome(&out, lists, simulated ? "simulated renewal" : "renewal");
	}
	if (lists->invalid.count) {
		strbuf_adds(&out, "\nAdditionally, the following renewal configurations were "
				  "invalid: \n");
		add_list(&out, &lists->invalid, "parsefail");
	}
	ui_say(app->ui, "\n%s\n%s%s", report_frame, out.text, report_frame);
}
