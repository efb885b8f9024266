/*
 * The messages at the end of a use case. Lines that scripts parse have Certbot's exact wording.
 */
#ifndef APP_RENEWAL_REPORT_H
#define APP_RENEWAL_REPORT_H

#include "acme/types.h"
#include "app/renewal/decide.h"
#include "base/strbuf.h"
#include "instances/plugins.h"
#include "store/lineage/lineage.h"

/* 79 characters "- - ... -". */
extern const char report_frame[];

/* Prints the text between two frames. */
void report_framed(const struct ui *ui, const char *text);
/* Prints "Requesting a certificate for a.example", or "Simulating ..." in a dry run, before the
 * work begins. */
void report_request(const struct ui *ui, const struct settings *settings,
		    const struct acme_identifiers *names, enum decision_kind kind);
/* Prints the success message of certonly and run; in a dry run, where `lineage` may be NULL, "The
 * dry run was successful." */
void report_obtained(const struct ui *ui, const struct settings *settings, struct lineage *lineage);
/* Prints what is left for the user to do after certonly and run; nothing in a dry run. */
void report_next_steps(const struct ui *ui, const struct settings *settings,
		       const struct plugin *authenticator);
/* Congratulates the user on having enabled HTTPS, or says which other services use the
 * certificate. */
void report_installed(const struct ui *ui, const struct acme_identifiers *names,
		      enum decision_kind kind, const struct installers *installers);

#endif
