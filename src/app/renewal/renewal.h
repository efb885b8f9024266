/*
 * One lineage during `renew`: its restored options, its plugins and account, its request.
 * `reconfigure` uses it too, for its dry run.
 */
#ifndef APP_RENEWAL_RENEWAL_H
#define APP_RENEWAL_RENEWAL_H

#include "app/app.h"
#include "app/issue/issue.h"
#include "instances/select.h"

struct renewal {
	const char *name; /* borrowed: of the lineage, or of the names that were scanned */
	char *conf_path;
	struct lineage *lineage;
	struct settings *settings;
	struct selection selection;
	struct issue_request request;
	struct strvec names; /* of the certificate after the renewal */
	bool tries_wanted;   /* names that failed earlier are tried again */
	bool has_pending;    /* result of lineage_has_pending() when it was opened */
	bool has_questions;  /* result of due_has_questions() then; for renew_scan */
	bool is_announced;   /* "Processing ..." was printed */
	bool is_misasked;    /* it failed because of an option of this command alone */
};

/* Opens the lineage and restores its options over a clone of the run's settings. The caller frees
 * the renewal. ERR_PARSE, ERR_CONFIG: its conf is malformed. */
int renewal_open(const struct settings *run_settings, const char *name,
		 struct renewal **ret_renewal, struct error *err) WARN_UNUSED;
/* Does the same for a lineage that is already open. Takes ownership of it, also on error. */
int renewal_of_lineage(const struct settings *run_settings, struct lineage *own_lineage,
		       struct renewal **ret_renewal, struct error *err) WARN_UNUSED;

/* Frees the renewal with its lineage, settings and request. */
void renewal_free(struct renewal *renewal);
DEFINE_AUTO_PTR(renewal, renewal_free);

/* Finds plugins and account, makes the safety checks, runs the pre-hooks and fills in the request.
 * ERR_REFUSED with --dry-run: the CA has no known test server, so the lineage should be skipped. */
int renewal_prepare(struct app *app, struct renewal *renewal, struct error *err) WARN_UNUSED;
/* Fills in `names` from the present certificate, unless they are known. */
int renewal_load_names(struct renewal *renewal, struct error *err) WARN_UNUSED;
/* Records a renewal that failed at `now` (Unix seconds). If the CA was asked, this postpones the
 * next attempt. An error: it is not on record, because the conf cannot be written. */
int renewal_note_failure(int64_t now, struct renewal *renewal, const struct error *failure,
			 struct error *err) WARN_UNUSED;

/* Returns true when the lineage's installer wants to run at each `renew`. */
bool renewal_wants_updates(const struct plugins *plugins, const struct renewal *renewal);

#endif
