/*
 * What is said at the end of a use case. Lines that scripts parse are literal: see flows.md 10.2.
 */
#ifndef APP_RENEWAL_REPORT_H
#define APP_RENEWAL_REPORT_H

#include "acme/types.h"
#include "app/app.h"
#include "app/renewal/decide.h"
#include "base/strbuf.h"
#include "store/lineage.h"

/* 79 characters "- - ... -". */
extern const char report_frame[];

/* The text between two frames. */
void report_framed(const struct app *app, const char *text);
/* "Requesting a certificate for a.example", or "Simulating ..." in a rehearsal: before the work. */
void report_request(const struct app *app, const struct acme_identifiers *names,
		    enum decision_kind kind);
/* The success block of certonly and run; "The dry run was successful." in a rehearsal, where
 * `lineage` may be NULL. */
void report_obtained(const struct app *app, struct lineage *lineage);
/* What is left to do, as the last words of certonly and run; nothing in a rehearsal. */
void report_next_steps(const struct app *app, const struct plugin *authenticator);
/* Congratulation that HTTPS works now. */
void report_https_enabled(const struct app *app, const struct acme_identifiers *names,
			  enum decision_kind kind);

#endif
