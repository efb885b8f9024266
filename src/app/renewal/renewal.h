/*
 * One lineage on its way through `renew`: its saved options restored, its plugins and account
 * found, its request made. Also used by `reconfigure` for its rehearsal.
 */
#ifndef APP_RENEWAL_RENEWAL_H
#define APP_RENEWAL_RENEWAL_H

#include "app/issue/issue.h"
#include "app/select.h"

struct renewal {
	char *name;
	char *conf_path;
	struct lineage *lineage;
	struct settings *settings;
	struct selection selection;
	struct issue_request request;
	struct strvec names; /* of the certificate after the renewal */
	bool tries_wanted;   /* names that failed earlier are tried again */
	bool has_pending;    /* lineage_has_pending() when it was opened */
	bool has_questions;  /* due_has_questions() then; of renew_scan */
	bool is_announced;   /* "Processing ..." was said */
};

/* Opens the lineage and restores its options over a clone of the run's. ERR_PARSE, ERR_CONFIG: its
 * conf is broken. */
int renewal_open(struct app *app, const char *name, struct renewal **ret_renewal,
		 struct error *err) WARN_UNUSED;
/* The same for a lineage that is open; takes it over, also on error. */
int renewal_of_lineage(struct app *app, struct lineage *own_lineage, struct renewal **ret_renewal,
		       struct error *err) WARN_UNUSED;
void renewal_free(struct renewal *renewal);
DEFINE_AUTO_PTR(renewal, renewal_free);

/* Finds plugins and account, checks the guards, runs the pre-hooks, fills the request. ERR_REFUSED
 * with --dry-run when the CA has no known test server: the lineage is to be passed over. */
int renewal_prepare(struct app *app, struct renewal *renewal, struct error *err) WARN_UNUSED;
/* Fills `names` from the certificate as it is now, unless they are known. */
int renewal_load_names(struct renewal *renewal, struct error *err) WARN_UNUSED;
/* After it failed: the next automatic try is put off. */
void renewal_note_failure(struct app *app, struct renewal *renewal, const struct error *failure);

/* True when the lineage's installer wants to see it at each run. */
bool renewal_wants_updates(const struct app *app, const struct renewal *renewal);

#endif
