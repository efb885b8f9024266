/*
 * First half of `renew`: going through all renewal confs and keeping those that are due.
 */
#ifndef APP_RENEWAL_RENEW_SCAN_H
#define APP_RENEWAL_RENEW_SCAN_H

#include "app/app.h"
#include "app/renewal/renewal.h"
#include "base/strbuf.h"

/* What `renew` found and did, as lines for the summary. */
struct renew_lists {
	struct strvec skipped;                                 /* "PATH expires on DATE" */
	struct strvec postponed;                               /* "PATH next try at TIME" */
	struct strvec succeeded, failed, invalid, passed_over; /* paths */
};

struct renew_scan {
	struct renewal **due;
	size_t due_count, due_capacity;
	struct renewal **others; /* not renewed, but a deploy hook is owed or the installer asks */
	size_t others_count, others_capacity;
	struct renew_lists *lists;
	/* Called when `window` lineages or more are held, to renew and renew_scan_clear() them, so
	 * that memory does not grow with the number of those that are due. 0: all are held. */
	size_t window;
	int (*full)(struct renew_scan *scan, struct error *err);
};
/* Lets go of the lineages that are held; the lists stay. */
void renew_scan_clear(struct renew_scan *scan);
void renew_scan_release(struct renew_scan *scan);
DEFINE_AUTO(renew_scan, renew_scan_release);

/* Reads the lineages of these names in groups; a lineage that is not due is forgotten at once, so
 * memory does not grow with their number. ERR_CANCELLED, or the error of `full`. */
int renew_scan_names(struct app *app, const struct strvec *names, struct renew_scan *scan,
		     struct error *err) WARN_UNUSED;

/* Says "Processing ...", once, directly before what else is said of the lineage. The scan does so
 * for those that are not due; the others are the caller's. */
void renew_scan_announce(struct app *app, struct renewal *renewal);

#endif
