/*
 * Lists of names: summaries in words, and conversions between their representations.
 */
#ifndef APP_ISSUE_IDENTIFIERS_H
#define APP_ISSUE_IDENTIFIERS_H

#include "acme/types.h"
#include "base/strvec.h"
#include "config/settings.h"
#include "crypto/cert/cert.h"
#include "store/lineage/lineage.h"

/* Appends --domains, then --ip-address. */
void identifiers_from_settings(const struct settings *settings, struct acme_identifiers *ret);
/* Appends the names of the certificate: DNS names, then addresses. */
void identifiers_from_cert(const struct cert *cert, struct acme_identifiers *ret);
/* Appends the names the lineage should have: those of its certificate, and those that were
 * requested but failed. `ret_lacking` (may be NULL) is set when there are such. */
int identifiers_from_lineage(struct lineage *lineage, struct acme_identifiers *ret,
			     bool *ret_lacking, struct error *err) WARN_UNUSED;

/* Appends the identifiers as plain names. */
void identifiers_to_names(const struct acme_identifiers *identifiers, struct strvec *ret_names);
/* Returns "a", "a and b", "a and 2 more". Heap. */
char *identifiers_summary(const struct acme_identifiers *identifiers);
/* Returns the kind of identifier that a name is. */
enum acme_identifier_kind identifiers_kind(const char *name);
/* Returns true when any of them is an IP address. */
bool identifiers_have_ip(const struct acme_identifiers *identifiers);
/* Returns true when both lists contain the same names. */
bool identifiers_same(const struct acme_identifiers *a, const struct acme_identifiers *b);

#endif
