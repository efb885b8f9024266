/*
 * The first half of `renew`: reads all renewal confs and keeps the lineages that are due.
 */
#ifndef APP_RENEWAL_RENEW_SCAN_H
#define APP_RENEWAL_RENEW_SCAN_H

#include "app/app.h"
#include "app/renewal/renewal.h"
#include "base/strpack.h"

/* The results of `renew`, as lines for the summary. */
struct renew_lists {
	struct strpack skipped;                                 /* "PATH expires on DATE" */
	struct strpack postponed;                               /* "PATH next try at TIME" */
	struct strpack succeeded, failed, invalid, passed_over; /* paths */
	size_t failed_renewals;                                 /* of `failed`; the rest was owed */
	size_t left_over;                                       /* due, but --limit was reached */
	int64_t left_until; /* when the first of these expires (Unix seconds) */
};

struct renew_scan {
	struct renewal **due; /* their names are those of the scan, and outlive them */
	size_t due_count, due_capacity;
	struct renewal *
		*others; /* not due, but a deploy hook is pending or the installer wants to run */
	size_t others_count, others_capacity;
	struct renew_lists *lists;
	/* Called when at least `window` lineages are held, to renew and renew_scan_clear() them, so
	 * that memory does not grow with the number of due lineages. 0: all are held. */
	size_t window;
	int (*full)(struct renew_scan *scan, struct error *err);
};
/* Frees the lineages that are held; the lists stay. */
void renew_scan_clear(struct renew_scan *scan);

/* Frees the lineages; the lists are the caller's. */
void renew_scan_release(struct renew_scan *scan);
DEFINE_AUTO(renew_scan, renew_scan_release);

/* Reads the lineages of these names in groups; the names must outlive the renewals that are kept. A
 * lineage that is not due is freed at once, so memory does not grow with their number.
 * ERR_CANCELLED, or the error of `full`. */
int renew_scan_names(const struct app *app, const struct strvec *names, struct renew_scan *scan,
		     struct error *err) WARN_UNUSED;

/* Prints "Processing ..." once, directly before other messages about the lineage. The scan calls it
 * for lineages that are not due, the caller for the others. */
void renew_scan_announce(const struct ui *ui, struct renewal *renewal);

#endif
