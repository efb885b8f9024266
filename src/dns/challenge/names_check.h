/*
 * What can be said of the names of a certificate before the CA is asked: whether the provider can
 * have their records, and at the same time. Used by the authenticator.
 */
#ifndef DNS_CHALLENGE_NAMES_CHECK_H
#define DNS_CHALLENGE_NAMES_CHECK_H

#include "base/error.h"
#include "base/macros.h"

struct acme_identifiers;
struct dns_provider;
struct plugin_host;
struct settings;

/* Refuses names whose records the provider could not have, as far as that shows. ERR_CONFIG;
 * ERR_CANCELLED, and what the provider's check() says. */
int dns_check_names(const struct dns_provider *provider, const struct plugin_host *host,
		    const struct settings *settings, const struct acme_identifiers *identifiers,
		    struct error *err) WARN_UNUSED;

/* Refuses a record that is not below the one domain that the provider serves. ERR_CONFIG. */
int dns_check_domain(const struct dns_provider *provider, const char *record_name,
		     struct error *err) WARN_UNUSED;

#endif
