/*
 * Challenge types before the order (see challenge_choice.h). Certbot learns from the CA's
 * authorizations, after it has made the order, that it cannot fulfil any of the challenges.
 */
#include "app/issue/challenge_choice.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "config/servers.h"

struct choice {
	enum acme_challenge_type *types; /* ACME_CHALLENGE_TYPE__COUNT of them */
	size_t count;
};

static bool choice_has(const struct choice *choice, enum acme_challenge_type type)
{
	for (size_t i = 0; i < choice->count; i++)
		if (choice->types[i] == type)
			return true;
	return false;
}

static void choice_add(struct choice *choice, enum acme_challenge_type type)
{
	if (!choice_has(choice, type))
		choice->types[choice->count++] = type;
}

/* Collects the types that the authenticator can do for any of the names, in its own order of
 * preference. Names can be of several kinds: standalone can do http-01 for addresses as well, and a
 * DNS plugin cannot. */
static void collect_offered(const struct issue_request *request, struct choice *offered)
{
	const struct authenticator *authenticator = request->authenticator->plugin->authenticator;

	for (size_t i = 0; i < request->identifiers.count; i++) {
		enum acme_challenge_type types[ACME_CHALLENGE_TYPE__COUNT];
		size_t count = authenticator->preference(request->authenticator, request->settings,
							 &request->identifiers.items[i], types);

		for (size_t at = 0; at < count; at++)
			choice_add(offered, types[at]);
	}
}

/* --preferred-challenges is an order and a limit at once, as in Certbot: types that it does not
 * name are not used. */
static void narrow(const struct strvec *preferred, const struct choice *offered,
		   struct choice *choice)
{
	for (size_t i = 0; i < preferred->count; i++) {
		enum acme_challenge_type type;

		if (acme_challenge_type_parse(preferred->items[i], &type) &&
		    choice_has(offered, type))
			choice_add(choice, type);
	}
}

static bool can_validate(const struct issue_request *request,
			 const struct acme_identifier *identifier)
{
	for (size_t i = 0; i < request->type_count; i++)
		if (acme_challenge_fits(request->types[i], identifier))
			return true;
	return false;
}

static char *list_types(const struct issue_request *request)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	for (size_t i = 0; i < request->type_count; i++)
		strvec_push(&names, acme_challenge_type_name(request->types[i]));
	return strvec_join(&names, ", ");
}

static int refuse_name(const struct issue_request *request,
		       const struct acme_identifier *identifier, struct error *err)
{
	AUTO_FREE char *types = list_types(request);
	bool is_wildcard = str_starts(identifier->value, "*.");

	if (!request->type_count) {
		error_set(err, ERR_CONFIG,
			  "None of the preferred challenges are supported by the selected plugin");
		return error_hint(
			err,
			"leave out --preferred-challenges, or choose another authenticator than "
			"%s",
			request->authenticator->plugin->name);
	}
	error_set(err, ERR_CONFIG, "cannot validate '%s' by %s: %s", identifier->value, types,
		  is_wildcard ? "a wildcard name needs a DNS record"
			      : "an IP address needs http-01 or tls-alpn-01");
	if (is_wildcard)
		return error_hint(err, "choose an authenticator that can do dns-01: one of the "
				       "DNS plugins, or --manual");
	return error_hint(err, "choose an authenticator that can do http-01 or tls-alpn-01: "
			       "--standalone or --webroot");
}

/* Leaves out the names that cannot be validated; false when none remains. --allow-subset-of-names
 * covers this case as well: the name cannot succeed, whatever the CA says. */
static bool drop_unfit(struct issue_request *request)
{
	struct acme_identifiers rest = ACME_IDENTIFIERS_INIT;
	AUTO_FREE char *types = list_types(request);

	for (size_t i = 0; i < request->identifiers.count; i++) {
		const struct acme_identifier *name = &request->identifiers.items[i];

		if (can_validate(request, name))
			acme_identifiers_add(&rest, name->kind, name->value);
	}
	if (!rest.count)
		return false;
	for (size_t i = 0; i < request->identifiers.count; i++) {
		const struct acme_identifier *name = &request->identifiers.items[i];

		if (can_validate(request, name))
			continue;
		strvec_push_unique(&request->dropped, name->value);
		log_warning("%s is left out: it cannot be validated by %s.", name->value, types);
	}
	acme_identifiers_release(&request->identifiers);
	request->identifiers = rest;
	return true;
}

/* Names of a CSR cannot be left out: they are part of what is signed. */
/* It is known of this CA before an order; others say in their authorizations what they offer. */
static int check_tls_sni(const struct issue_request *request, struct error *err)
{
	if (request->type_count != 1 || request->types[0] != ACME_TLS_SNI_01 ||
	    !servers_is_letsencrypt(settings_string(request->settings, "server")))
		return 0;
	error_set(err, ERR_CONFIG, "Let's Encrypt does not offer tls-sni-01");
	return error_hint(err, ACME_TLS_SNI_IS_GONE);
}

int challenge_choice_make(struct issue_request *request, struct error *err)
{
	const struct strvec *preferred = settings_list(request->settings, "pref_challs");
	enum acme_challenge_type types[ACME_CHALLENGE_TYPE__COUNT];
	struct choice offered = {.types = types};
	struct choice choice = {.types = request->types};

	collect_offered(request, &offered);
	if (preferred->count)
		narrow(preferred, &offered, &choice);
	else
		for (size_t i = 0; i < offered.count; i++)
			choice_add(&choice, offered.types[i]);
	request->type_count = choice.count;
	if (check_tls_sni(request, err) < 0)
		return err->code;
	for (size_t i = 0; i < request->identifiers.count; i++) {
		const struct acme_identifier *name = &request->identifiers.items[i];

		if (can_validate(request, name))
			continue;
		if (!request->csr && settings_flag(request->settings, "allow_subset_of_names") &&
		    drop_unfit(request))
			return 0;
		return refuse_name(request, name, err);
	}
	return 0;
}
