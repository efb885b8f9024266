/*
 * Reading authorization objects (see authz.h).
 */
#include "acme/authz.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/strbuf.h"
#include "codec/json.h"

/* RFC 8555 7.1.6. Of the final states only "valid" helps; all others need a new order. The names
 * "processing" and "unknown" are of ACME v1. */
static const struct {
	const char *name;
	enum acme_authz_status status;
} statuses[] = {
	{"pending", ACME_AUTHZ_PENDING},    {"valid", ACME_AUTHZ_VALID},
	{"invalid", ACME_AUTHZ_BROKEN},     {"expired", ACME_AUTHZ_BROKEN},
	{"deactivated", ACME_AUTHZ_BROKEN}, {"revoked", ACME_AUTHZ_BROKEN},
	{"processing", ACME_AUTHZ_PENDING}, {"unknown", ACME_AUTHZ_PENDING},
};

void acme_authz_object_release(struct acme_authz_object *object)
{
	json_free(object->json);
	object->json = NULL;
}

/* An unknown state is an error and not "pending": guessing would poll for half an hour something
 * that may be final. */
static int read_status(const struct json *json, const char *fallback,
		       enum acme_authz_status *ret_status, struct error *err)
{
	AUTO_FREE char *printable = NULL;
	const char *status = fallback;

	if ((!fallback || json_member(json, "status")) &&
	    json_get_string(json, "authorization", "status", &status, err) < 0)
		return err->code;
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		if (strcmp(status, statuses[i].name) == 0) {
			*ret_status = statuses[i].status;
			return 0;
		}
	}
	printable = acme_printable(status);
	return error_set(err, ERR_PARSE, "authorization.status: unknown status '%s'", printable);
}

/* Addresses have several spellings; names are compared as DNS compares them. CAs print IPv6
 * addresses in other forms than people write them (RFC 5952 asks for one, not all comply). */
static bool is_same_address(const char *a, const char *b)
{
	struct in6_addr a6, b6;
	struct in_addr a4, b4;

	if (inet_pton(AF_INET6, a, &a6) == 1)
		return inet_pton(AF_INET6, b, &b6) == 1 && memcmp(&a6, &b6, sizeof(a6)) == 0;
	return inet_pton(AF_INET, a, &a4) == 1 && inet_pton(AF_INET, b, &b4) == 1 &&
	       a4.s_addr == b4.s_addr;
}

/* The identifier of a wildcard has no "*."; a member says that it is one (RFC 8555 7.1.4). */
static bool is_same(const struct acme_identifier *ordered, const char *type, const char *value,
		    bool wildcard)
{
	const char *name = ordered->value;

	if (ordered->kind == ACME_IDENTIFIER_IP)
		return strcmp(type, "ip") == 0 && !wildcard && is_same_address(name, value);
	if (strcmp(type, "dns") != 0 || str_starts(name, "*.") != wildcard)
		return false;
	return str_eq_nocase(wildcard ? name + 2 : name, value);
}

/* The URLs of the authorizations do not say for which names they are (RFC 8555 7.1.3); only the
 * objects do. A name that was not ordered is an error: its challenge would have us publish a proof
 * for somebody else. */
static int find_identifier(const struct json *json, const struct acme_identifiers *ordered,
			   size_t *ret_index, struct error *err)
{
	bool wildcard = json_opt_bool(json, "wildcard", false);
	AUTO_FREE char *printable = NULL;
	struct json *identifier;
	const char *type, *value;

	if (json_get_object(json, "authorization", "identifier", &identifier, err) < 0 ||
	    json_get_string(identifier, "authorization.identifier", "type", &type, err) < 0 ||
	    json_get_string(identifier, "authorization.identifier", "value", &value, err) < 0)
		return err->code;
	for (size_t i = 0; i < ordered->count; i++) {
		if (is_same(&ordered->items[i], type, value, wildcard)) {
			*ret_index = i;
			return 0;
		}
	}
	printable = acme_printable(value);
	return error_set(err, ERR_PARSE, "authorization.identifier: '%s%s' was not ordered",
			 wildcard ? "*." : "", printable);
}

int acme_authz_object_read(const struct acme_answer *answer, const struct acme_identifiers *ordered,
			   const char *fallback_status, struct acme_authz_object *ret_object,
			   struct error *err)
{
	AUTO(json) struct json *json = NULL;

	if (acme_answer_json(answer, "authorization", &json, err) < 0)
		return err->code;
	if (read_status(json, fallback_status, &ret_object->status, err) < 0 ||
	    find_identifier(json, ordered, &ret_object->identifier, err) < 0)
		return error_recode(err, ERR_PROTOCOL);
	ret_object->json = STEAL(json);
	return 0;
}

/* A challenge object of the list, when it can still be fulfilled; "invalid" is the end of one. An
 * authorization can stay pending with one challenge invalid while others remain (RFC 8555 section
 * 7.1.6). */
static const struct json *usable_challenge(const struct json *list, size_t index)
{
	const struct json *challenge = json_at(list, index);
	const char *status = json_text(json_member(challenge, "status"));

	return status && strcmp(status, "invalid") == 0 ? NULL : challenge;
}

static const struct json *find_challenge(const struct json *list, enum acme_challenge_type type)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *challenge = usable_challenge(list, i);
		const char *name = json_text(json_member(challenge, "type"));

		if (name && strcmp(name, acme_challenge_type_name(type)) == 0)
			return challenge;
	}
	return NULL;
}

/* No type may be used, whatever is offered. */
static int refuse_without_types(struct error *err)
{
	error_set(err, ERR_CONFIG,
		  "None of the preferred challenges are supported by the selected plugin");
	return error_hint(err, "omit --preferred-challenges, or choose another authenticator");
}

/* True when tls-sni-01 was hoped for, and tls-alpn-01 is what to use instead. */
static bool hopes_for_tls_sni(const struct acme_preference *preference, const struct json *list)
{
	if (find_challenge(list, ACME_TLS_SNI_01))
		return false;
	for (size_t i = 0; i < preference->count; i++)
		if (preference->types[i] == ACME_TLS_SNI_01)
			return preference->count == 1 || find_challenge(list, ACME_TLS_ALPN_01);
	return false;
}

/* None of the offered types can be used: list them. */
static int refuse_offer(const struct json *list, const struct acme_preference *preference,
			const struct acme_identifier *identifier, struct error *err)
{
	AUTO(strbuf) struct strbuf offered = STRBUF_INIT;
	AUTO_FREE char *printable = NULL;

	for (size_t i = 0; i < json_count(list); i++) {
		const char *name = json_text(json_member(json_at(list, i), "type"));

		if (name)
			strbuf_addf(&offered, "%s%s", offered.len ? ", " : "", name);
	}
	printable = acme_printable(offered.text);
	error_set(err, ERR_CONFIG, "no usable challenge for '%s': the CA offers %s",
		  identifier->value, printable[0] ? printable : "none");
	if (str_starts(identifier->value, "*."))
		error_hint(err, "wildcards can only be validated with DNS: choose an "
				"authenticator that supports dns-01");
	else if (hopes_for_tls_sni(preference, list))
		error_hint(err, ACME_TLS_SNI_IS_GONE);
	return err->code;
}

int acme_authz_object_refuse(const struct acme_authz_object *object,
			     const struct acme_preference *preference,
			     const struct acme_identifier *identifier, struct error *err)
{
	const struct json *list = json_member(object->json, "challenges");

	return preference->count ? refuse_offer(list, preference, identifier, err)
				 : refuse_without_types(err);
}

/* Our preference decides, not the order of the CA's list, which RFC 8555 leaves without meaning. */
int acme_authz_object_choose(const struct acme_authz_object *object,
			     const struct acme_preference *preference,
			     const struct acme_challenge_context *context,
			     struct acme_challenge *ret_challenge, struct error *err)
{
	struct json *list;

	if (json_get_array(object->json, "authorization", "challenges", &list, err) < 0)
		return error_recode(err, ERR_PROTOCOL);
	for (size_t i = 0; i < preference->count; i++) {
		enum acme_challenge_type type = preference->types[i];
		const struct json *challenge = find_challenge(list, type);

		if (!challenge || !acme_challenge_fits(type, context->identifier))
			continue;
		if (acme_challenge_read(challenge, type, context, ret_challenge, err) < 0)
			return error_recode(err, ERR_PROTOCOL);
		return 0;
	}
	return acme_authz_object_refuse(object, preference, context->identifier, err);
}

/* A challenge that is missing from the list is taken as waiting: better to answer once too often
 * than to wait half an hour for a validation that nobody has asked for. */
bool acme_authz_object_awaits(const struct acme_authz_object *object, const char *challenge_url)
{
	const struct json *list = json_member(object->json, "challenges");

	if (object->status != ACME_AUTHZ_PENDING)
		return false;
	for (size_t i = 0; json_is_array(list) && i < json_count(list); i++) {
		const char *url = acme_challenge_url(json_at(list, i));
		const char *status = json_text(json_member(json_at(list, i), "status"));

		if (url && strcmp(url, challenge_url) == 0)
			return status && strcmp(status, "pending") == 0;
	}
	return true;
}

const struct json *acme_authz_object_problem(const struct acme_authz_object *object)
{
	const struct json *list = json_member(object->json, "challenges");

	for (size_t i = 0; json_is_array(list) && i < json_count(list); i++) {
		const struct json *problem = json_member(json_at(list, i), "error");

		if (json_is_object(problem))
			return problem;
	}
	return NULL;
}

void acme_authz_object_failure(const struct acme_authz_object *object,
			       const struct acme_identifier *identifier,
			       struct acme_failures *failures)
{
	const char *status = json_text(json_member(object->json, "status"));
	const struct json *problem = acme_authz_object_problem(object);
	AUTO_FREE char *detail = NULL;

	if (problem) {
		acme_failures_add_problem(failures, identifier, problem);
		return;
	}
	detail = xasprintf("the authorization is %s and the CA gave no reason", status);
	acme_failures_add(failures, identifier, "unknown", detail);
}
