/*
 * Converts between names as options and confs have them and the identifiers of orders (see
 * identifiers.h). A name is an IP address when it parses as one; everything else is DNS.
 */
#include "app/issue/identifiers.h"

#include "store/renewal/renewal_state.h"
#include "base/alloc.h"
#include "config/names.h"

static void add_all(struct acme_identifiers *list, enum acme_identifier_kind kind,
		    const struct strvec *values)
{
	for (size_t i = 0; i < values->count; i++)
		acme_identifiers_add(list, kind, values->items[i]);
}

void identifiers_from_settings(const struct settings *settings, struct acme_identifiers *ret)
{
	add_all(ret, ACME_IDENTIFIER_DNS, settings_list(settings, "domains"));
	add_all(ret, ACME_IDENTIFIER_IP, settings_list(settings, "ip_addresses"));
}

void identifiers_from_cert(const struct cert *cert, struct acme_identifiers *ret)
{
	add_all(ret, ACME_IDENTIFIER_DNS, cert_dns_names(cert));
	add_all(ret, ACME_IDENTIFIER_IP, cert_ip_addresses(cert));
}

static void remove_all(struct acme_identifiers *list, const struct strvec *values)
{
	AUTO(acme_identifiers) struct acme_identifiers all = *list;

	*list = (struct acme_identifiers)ACME_IDENTIFIERS_INIT;
	for (size_t i = 0; i < all.count; i++)
		if (!strvec_contains(values, all.items[i].value))
			acme_identifiers_add(list, all.items[i].kind, all.items[i].value);
}

int identifiers_from_lineage(struct lineage *lineage, struct acme_identifiers *ret,
			     bool *ret_lacking, struct error *err)
{
	AUTO(strvec) struct strvec wanted = STRVEC_INIT;
	AUTO(strvec) struct strvec unasked = STRVEC_INIT;
	const struct cert *cert = NULL;
	size_t present;

	if (lineage_cert(lineage, &cert, err) < 0)
		return err->code;
	identifiers_from_cert(cert, ret);
	renewal_state_unasked(lineage_conf(lineage), &unasked);
	if (unasked.count)
		remove_all(ret, &unasked);
	present = ret->count;
	renewal_state_wanted(lineage_conf(lineage), &wanted);
	for (size_t i = 0; i < wanted.count; i++)
		if (!acme_identifiers_contain(ret, wanted.items[i]))
			acme_identifiers_add(ret, identifiers_kind(wanted.items[i]),
					     wanted.items[i]);
	if (ret_lacking)
		*ret_lacking = ret->count > present;
	return 0;
}

void identifiers_to_names(const struct acme_identifiers *identifiers, struct strvec *ret_names)
{
	for (size_t i = 0; i < identifiers->count; i++)
		strvec_push(ret_names, identifiers->items[i].value);
}

char *identifiers_summary(const struct acme_identifiers *identifiers)
{
	const struct acme_identifier *items = identifiers->items;

	if (identifiers->count == 1)
		return xstrdup(items[0].value);
	if (identifiers->count == 2)
		return xasprintf("%s and %s", items[0].value, items[1].value);
	return xasprintf("%s and %zu more", items[0].value, identifiers->count - 1);
}

enum acme_identifier_kind identifiers_kind(const char *name)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *ip = NULL;

	return names_check_ip(name, &ip, &err) == 0 ? ACME_IDENTIFIER_IP : ACME_IDENTIFIER_DNS;
}

bool identifiers_have_ip(const struct acme_identifiers *identifiers)
{
	for (size_t i = 0; i < identifiers->count; i++)
		if (identifiers->items[i].kind == ACME_IDENTIFIER_IP)
			return true;
	return false;
}

bool identifiers_same(const struct acme_identifiers *a, const struct acme_identifiers *b)
{
	AUTO(strvec) struct strvec names_a = STRVEC_INIT;
	AUTO(strvec) struct strvec names_b = STRVEC_INIT;

	identifiers_to_names(a, &names_a);
	identifiers_to_names(b, &names_b);
	return strvec_same_set(&names_a, &names_b);
}
