/*
 * Looks at names before the CA is asked (see names_check.h). Values of records are not known yet:
 * each name has one of its own, a wildcard too.
 */
#include "dns/challenge/names_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "dns/challenge/alias.h"
#include "dns/directory.h"
#include "dns/provider.h"

/* The name of the usual record; heap. */
static char *record_name_of(const struct acme_identifier *identifier)
{
	const char *name = identifier->value;

	return xasprintf("_acme-challenge.%s", str_starts(name, "*.") ? name + 2 : name);
}

/* Has the provider look at the records that the names will need. */
static int check_together(const struct dns_provider *provider,
			  const struct acme_identifiers *identifiers, struct error *err)
{
	size_t count = identifiers->count;
	AUTO_FREE struct dns_record *records = xcalloc(count ? count : 1, sizeof(*records));
	AUTO_FREE struct dns_record **pointers = xcalloc(count ? count : 1, sizeof(*pointers));
	const struct dns_batch batch = {.records = pointers, .record_count = count};
	int rc;

	for (size_t i = 0; i < count; i++) {
		records[i].value = xstrdup(identifiers->items[i].value);
		records[i].name = record_name_of(&identifiers->items[i]);
		pointers[i] = &records[i];
	}
	rc = provider->check(&batch, err);
	for (size_t i = 0; i < count; i++) {
		free(records[i].name);
		free(records[i].value);
	}
	return rc;
}

int dns_check_domain(const struct dns_provider *provider, const char *record_name,
		     struct error *err)
{
	const char *domain = provider->domain;

	/* The domain itself is the provider's own: only names below it are their users'. */
	if (!domain ||
	    (dns_is_in_zone(record_name, domain) && strlen(record_name) > strlen(domain)))
		return 0;
	error_set(err, ERR_CONFIG, "%s cannot have a record at '%s', which is not below %s",
		  provider->title, record_name, provider->domain);
	return error_hint(err,
			  "use the plugin of the provider that serves this name; or make "
			  "'_acme-challenge' of your name an alias (CNAME) of one below %s",
			  provider->domain);
}

/* True where the record may have another name, which the CA's answer decides. */
static bool has_other_names(const struct settings *settings)
{
	return strvec_contains(settings_list(settings, "pref_challs"), "dns-account-01");
}

/* A name of another domain may have an alias in the provider's. Where no name server says,
 * present() does: asking a resolver for a record before it is there would make it remember that
 * there is none. */
static int check_domains(const struct dns_provider *provider, const struct plugin_host *host,
			 const struct settings *settings,
			 const struct acme_identifiers *identifiers, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < identifiers->count; i++) {
		AUTO_FREE char *own = record_name_of(&identifiers->items[i]);
		struct dns_alias alias = {.name = xstrdup(own)};

		alias.is_open = settings_flag(settings, "dns_follow_cname") &&
				!dns_is_in_zone(own, provider->domain);
		if (alias.is_open)
			rc = dns_follow_aliases(host, settings, &alias, 1, err);
		if (rc == 0 && error_is_set(&alias.error))
			rc = error_move(err, &alias.error);
		if (rc == 0 && !alias.is_unsure)
			rc = dns_check_domain(provider, alias.name, err);
		free(alias.name);
		free(alias.zone);
		error_release(&alias.error);
	}
	return rc;
}

int dns_check_names(const struct dns_provider *provider, const struct plugin_host *host,
		    const struct settings *settings, const struct acme_identifiers *identifiers,
		    struct error *err)
{
	if (provider->domain && !has_other_names(settings) &&
	    check_domains(provider, host, settings, identifiers, err) < 0)
		return err->code;
	return provider->check ? check_together(provider, identifiers, err) : 0;
}
