/*
 * Judges CAA records (see caa.h). Only records that forbid matter here; those that cannot be read
 * are left to the CA.
 */
#include "dns/query/caa.h"

#include <string.h>

#include "base/ascii.h"
#include "base/span.h"

enum { FLAG_CRITICAL = 128 };

struct property {
	bool is_critical;
	struct span tag;
	struct span value; /* without the quotes */
};

/* Splits a record into numbers, tag and value, which single blanks separate, as the resolver
 * process prints them. Records of any other form are skipped: the CA reads them itself. */
static bool read_property(const char *record, struct property *ret)
{
	struct span rest = span_of(record), flags;
	int64_t number = 0;
	char digits[4] = "";

	if (!span_take_until(&rest, ' ', &flags) || flags.len >= sizeof(digits) ||
	    !span_take_until(&rest, ' ', &ret->tag))
		return false;
	memcpy(digits, flags.ptr, flags.len);
	if (!str_to_int64(digits, 0, 255, &number))
		return false;
	ret->is_critical = number & FLAG_CRITICAL;
	rest = span_trim(rest);
	if (rest.len >= 2 && rest.ptr[0] == '"' && rest.ptr[rest.len - 1] == '"')
		rest = span_make(rest.ptr + 1, rest.len - 2);
	ret->value = rest;
	return true;
}

/* RFC 8659 section 4.1: every CA knows these. Any other critical property stops it. */
static bool is_known_tag(struct span tag)
{
	static const char *const known[] = {"issue",        "issuewild",    "iodef",
					    "contactemail", "contactphone", "issuemail"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (span_eq_nocase(tag, known[i]))
			return true;
	return false;
}

/* RFC 8659 section 4.2: a CA may have several names, and any of them will do. */
static bool is_identity(struct span name, const struct strvec *identities)
{
	for (size_t i = 0; i < identities->count; i++)
		if (span_eq_nocase(name, identities->items[i]))
			return true;
	return false;
}

/* True if a comma-separated list contains the method. */
static bool lists_method(struct span list, const char *method)
{
	struct span part;

	while (span_take_until(&list, ',', &part))
		if (span_eq(span_trim(part), method))
			return true;
	return false;
}

/* "ca.example; accounturi=https://...; validationmethods=dns-01" */
static enum caa_verdict judge_value(struct span value, const struct caa_question *question)
{
	struct span issuer, parameter, name;

	if (!span_take_until(&value, ';', &issuer) ||
	    !is_identity(span_trim(issuer), question->identities))
		return CAA_OTHER_ISSUER;
	while (span_take_until(&value, ';', &parameter)) {
		struct span rest = parameter;

		if (!span_take_until(&rest, '=', &name))
			continue;
		name = span_trim(name);
		rest = span_trim(rest);
		if (span_eq_nocase(name, "accounturi") && question->account_uri &&
		    !span_eq(rest, question->account_uri))
			return CAA_OTHER_ACCOUNT;
		if (span_eq_nocase(name, "validationmethods") && question->method &&
		    !lists_method(rest, question->method))
			return CAA_OTHER_METHOD;
	}
	return CAA_ALLOWS;
}

/* RFC 8659 section 4.3: for a wildcard, issuewild records replace the others, if there are any. */
static const char *tag_in_force(const struct strvec *records, bool is_wildcard)
{
	for (size_t i = 0; is_wildcard && i < records->count; i++) {
		struct property property;

		if (read_property(records->items[i], &property) &&
		    span_eq_nocase(property.tag, "issuewild"))
			return "issuewild";
	}
	return "issue";
}

/* A record that stops every CA, whatever other records allow; NULL: there is none. */
static const char *find_critical(const struct strvec *records)
{
	for (size_t i = 0; i < records->count; i++) {
		struct property property;

		if (read_property(records->items[i], &property) && property.is_critical &&
		    !is_known_tag(property.tag))
			return records->items[i];
	}
	return NULL;
}

enum caa_verdict caa_judge(const struct strvec *records, const struct caa_question *question,
			   const char **ret_record)
{
	const char *tag = tag_in_force(records, question->is_wildcard);
	enum caa_verdict verdict = CAA_ALLOWS;

	*ret_record = find_critical(records);
	if (*ret_record)
		return CAA_CRITICAL;
	for (size_t i = 0; i < records->count; i++) {
		struct property property;
		enum caa_verdict one;

		if (!read_property(records->items[i], &property))
			continue;
		if (!span_eq_nocase(property.tag, tag) || !question->identities->count)
			continue;
		one = judge_value(property.value, question);
		if (one == CAA_ALLOWS) {
			*ret_record = NULL;
			return CAA_ALLOWS;
		}
		/* Of several records, the one that is closest to allowing says most: it names the
		 * CA. */
		if (one >= verdict) {
			verdict = one;
			*ret_record = records->items[i];
		}
	}
	return verdict;
}
