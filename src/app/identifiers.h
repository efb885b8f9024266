/*
 * Names in words, and between their representations.
 */
#ifndef APP_IDENTIFIERS_H
#define APP_IDENTIFIERS_H

#include "acme/types.h"
#include "base/strvec.h"
#include "config/settings.h"
#include "crypto/cert.h"
#include "store/lineage.h"

/* Appends --domains, then --ip-address. */
void identifiers_from_settings(const struct settings *settings, struct acme_identifiers *ret);
/* Appends what the certificate is for: DNS names, then addresses. */
void identifiers_from_cert(const struct cert *cert, struct acme_identifiers *ret);
/* Appends what the lineage is meant to be for: the names of its certificate, and those that were
 * asked for with it and failed. `ret_lacking` (may be NULL): there are such. */
int identifiers_from_lineage(struct lineage *lineage, struct acme_identifiers *ret,
			     bool *ret_lacking, struct error *err) WARN_UNUSED;
void identifiers_to_names(const struct acme_identifiers *identifiers, struct strvec *ret_names);
/* "a", "a and b", "a and 2 more". Heap. */
char *identifiers_summary(const struct acme_identifiers *identifiers);
/* What kind of identifier a name is. */
enum acme_identifier_kind identifiers_kind(const char *name);
/* True when any of them is an IP address. */
bool identifiers_have_ip(const struct acme_identifiers *identifiers);
/* True when both hold the same names. */
bool identifiers_same(const struct acme_identifiers *a, const struct acme_identifiers *b);

#endif
