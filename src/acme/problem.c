/*
 * Problem documents (see problem.h): RFC 8555 section 6.7 and the types that IANA registered later
 * (RFC 8739, 9115, 9773, 9799; invalidProfile of draft-ietf-acme-profiles).
 *
 * All of it is written by the peer. Malformed parts are ignored, so that a broken problem document
 * still yields an error with the HTTP status.
 */
#include "acme/problem.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/strbuf.h"
#include "codec/json.h"

/* The party that made the mistake behind a problem. The hints follow from it: whether to change
 * something, to report a bug, or to wait. */
enum fault {
	FAULT_USER,   /* names, DNS, servers, options: something the person can change */
	FAULT_CLIENT, /* this program */
	FAULT_CA,     /* nothing to be done here but to try again */
};

struct problem_row {
	const char *type;
	enum err_code code;
	enum fault fault;
	const char *meaning;
	const char *hint; /* NULL: follows from the fault */
};

static const char validation_hint[] =
	"check that the name points to this machine and that the CA can reach it";

/* serverInternal and badNonce are ERR_NETWORK, because they pass by themselves like a lost
 * connection, and `renew` treats them so. */
static const struct problem_row rows[] = {
	{"accountDoesNotExist", ERR_ACME, FAULT_USER, "The CA does not know the account",
	 "the account may belong to another server or may have been deleted there: register again"},
	{"agreementRequired", ERR_ACME, FAULT_USER,
	 "The CA requires you to agree to its terms of service first", NULL},
	{"alreadyReplaced", ERR_ACME, FAULT_CLIENT,
	 "The order replaces a certificate that was already replaced", NULL},
	{"alreadyRevoked", ERR_EXISTS, FAULT_USER, "The certificate is already revoked", NULL},
	{"autoRenewalCanceled", ERR_ACME, FAULT_USER, "The automatic renewal was cancelled", NULL},
	{"autoRenewalCancellationInvalid", ERR_ACME, FAULT_CLIENT,
	 "The automatic renewal cannot be cancelled in this state", NULL},
	{"autoRenewalExpired", ERR_ACME, FAULT_USER, "The automatic renewal has ended", NULL},
	{"autoRenewalRevocationNotSupported", ERR_ACME, FAULT_USER,
	 "Certificates of an automatic renewal cannot be revoked", NULL},
	{"badCSR", ERR_ACME, FAULT_USER, "The CA does not accept the certificate signing request",
	 "the key may be of a type or size that the CA does not allow"},
	{"badNonce", ERR_NETWORK, FAULT_CA, "The CA rejected the anti-replay nonce", NULL},
	{"badPublicKey", ERR_ACME, FAULT_USER, "The CA does not accept the account key",
	 "the key may be of a type or size that the CA does not allow"},
	{"badRevocationReason", ERR_ACME, FAULT_USER,
	 "The CA does not accept this reason for a revocation", "choose a different --reason"},
	{"badSignatureAlgorithm", ERR_ACME, FAULT_USER,
	 "The CA does not accept the signature algorithm of the account key", NULL},
	{"caa", ERR_ACME, FAULT_USER, "CAA records forbid the CA to issue for a name",
	 "add the CA to the CAA records of the domain, or remove them"},
	{"compound", ERR_ACME, FAULT_USER, "There are several problems", NULL},
	{"connection", ERR_ACME, FAULT_USER, "The CA could not connect to the validated server",
	 validation_hint},
	{"dns", ERR_ACME, FAULT_USER, "The CA had a problem with a DNS query", NULL},
	{"externalAccountRequired", ERR_ACME, FAULT_USER,
	 "The CA requires an external account binding", "give --eab-kid and --eab-hmac-key"},
	{"incorrectResponse", ERR_ACME, FAULT_USER,
	 "The response to a challenge was not what the CA expected", validation_hint},
	{"invalidContact", ERR_ACME, FAULT_USER, "The CA does not accept the contact address",
	 "use a different --email"},
	{"invalidProfile", ERR_ACME, FAULT_USER, "The CA does not offer the profile",
	 "choose a different --preferred-profile or --required-profile"},
	{"malformed", ERR_ACME, FAULT_CLIENT, "The CA could not understand the request", ""},
	{"onionCAARequired", ERR_ACME, FAULT_USER, "The CA needs the CAA records of an onion name",
	 NULL},
	{"orderNotReady", ERR_ACME, FAULT_CLIENT, "The order is not ready to be finalized", NULL},
	{"rateLimited", ERR_RATE_LIMITED, FAULT_USER, "The account or a name is over a rate limit",
	 NULL},
	{"rejectedIdentifier", ERR_ACME, FAULT_USER, "The CA does not issue for a name", NULL},
	{"serverInternal", ERR_NETWORK, FAULT_CA, "The CA had an internal error", NULL},
	{"tls", ERR_ACME, FAULT_USER, "The CA had a TLS error during validation", validation_hint},
	{"unauthorized", ERR_ACME, FAULT_USER, "The account is not allowed to do this", NULL},
	{"unknownDelegation", ERR_ACME, FAULT_USER, "The CA does not know the delegation", NULL},
	{"unsupportedContact", ERR_ACME, FAULT_USER,
	 "The CA does not support this kind of contact address", "give an e-mail address"},
	{"unsupportedIdentifier", ERR_ACME, FAULT_USER,
	 "The CA does not issue for this kind of identifier", NULL},
	{"userActionRequired", ERR_ACME, FAULT_USER, "The CA requires you to act first", NULL},
};

/* The hints for rows that have none of their own; "" is none. */
static const char *const fault_hints[] = {
	[FAULT_USER] = "",
	[FAULT_CLIENT] = "this is probably a bug in certbot: please report it",
	[FAULT_CA] = "try again later",
};

/* An unknown type is not an error: RFC 8555 section 6.7 lets CAs define further ones, and their
 * detail is shown in any case. */
static const struct problem_row *find_row(const char *type)
{
	for (size_t i = 0; type && i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].type, type) == 0)
			return &rows[i];
	return NULL;
}

const char *acme_problem_meaning(const char *type)
{
	const struct problem_row *row = find_row(type);

	return row ? row->meaning : NULL;
}

/* Cut by length and without control characters: the text ends up on terminals, in logs and in mails
 * from cron. Whole UTF-8 sequences stay, since CAs write in their users' languages. */
char *acme_printable(const char *text)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;
	size_t len = strlen(text);

	for (size_t at = 0; at < len;) {
		size_t width = ascii_printable_width(text + at, len - at);

		if (out.len + 4 > ACME_MAX_TEXT) {
			strbuf_adds(&out, "...");
			break;
		}
		strbuf_add_printable(&out, text + at, width ? width : 1);
		at += width ? width : 1;
	}
	return strbuf_detach(&out);
}

int64_t acme_reply_retry_at(const struct acme_reply *reply, int64_t now_ms)
{
	int64_t seconds = headers_retry_after(&reply->headers, now_ms / 1000);

	/* The header has whole seconds; adding our fraction of a second makes the wait no shorter
	 * than asked. */
	return seconds ? seconds * 1000 + now_ms % 1000 : 0;
}

void acme_failures_release(struct acme_failures *failures)
{
	for (size_t i = 0; i < failures->count; i++) {
		free(failures->items[i].identifier.value);
		free(failures->items[i].type);
		free(failures->items[i].detail);
	}
	free(failures->items);
	*failures = (struct acme_failures){.items = NULL};
}

void acme_failures_add(struct acme_failures *failures, const struct acme_identifier *identifier,
		       const char *type, const char *detail)
{
	ARRAY_GROW(failures->items, failures->count, failures->capacity);
	failures->items[failures->count++] = (struct acme_failure){
		.identifier = {.kind = identifier->kind, .value = xstrdup(identifier->value)},
		.type = acme_printable(type),
		.detail = acme_printable(detail),
	};
}

/* The type without its URN prefix, which was another one in ACME v1. NULL when it has none. */
static const char *short_type(const struct json *problem)
{
	static const char *const prefixes[] = {"urn:ietf:params:acme:error:", "urn:acme:error:"};
	const char *type = json_text(json_member(problem, "type"));

	if (!type || strcmp(type, "about:blank") == 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (str_starts(type, prefixes[i]))
			return type + strlen(prefixes[i]);
	return type;
}

/* The problem in words: the CA's detail or title, else the meaning of the type. NULL: unknown. */
static const char *detail_of(const struct json *problem)
{
	const char *detail = json_text(json_member(problem, "detail"));
	const char *title = json_text(json_member(problem, "title"));

	if (detail && detail[0])
		return detail;
	return title && title[0] ? title : acme_problem_meaning(short_type(problem));
}

/* "unknown" stands where Certbot prints the type, so that reports keep their form. */
void acme_failures_add_problem(struct acme_failures *failures,
			       const struct acme_identifier *identifier, const struct json *problem)
{
	const char *type = problem ? short_type(problem) : NULL;
	const char *detail = problem ? detail_of(problem) : NULL;

	acme_failures_add(failures, identifier, type ? type : "unknown",
			  detail ? detail : "the CA gave no reason");
}

/* RFC 8555 section 6.7.1. They are how CAs tell which of a hundred names was refused. */
static void add_subproblem(const struct json *sub, struct acme_failures *failures)
{
	const struct json *object = json_member(sub, "identifier");
	const char *type = json_text(json_member(object, "type"));
	const char *value = json_text(json_member(object, "value"));
	AUTO_FREE char *printable = acme_printable(value ? value : "");
	const struct acme_identifier identifier = {
		.kind = type && strcmp(type, "ip") == 0 ? ACME_IDENTIFIER_IP : ACME_IDENTIFIER_DNS,
		.value = printable,
	};

	acme_failures_add_problem(failures, &identifier, sub);
}

static void add_subproblems(const struct json *problem, struct acme_failures *failures)
{
	const struct json *list = json_member(problem, "subproblems");

	if (!failures || !json_is_array(list))
		return;
	for (size_t i = 0; i < json_count(list); i++)
		if (json_is_object(json_at(list, i)))
			add_subproblem(json_at(list, i), failures);
}

/* "; name: detail" for each subproblem, so that the text alone tells what is wrong. */
static void describe_subproblems(const struct json *problem, struct strbuf *out)
{
	const struct json *list = json_member(problem, "subproblems");

	for (size_t i = 0; json_is_array(list) && i < json_count(list); i++) {
		const struct json *sub = json_at(list, i);
		const char *detail = json_is_object(sub) ? detail_of(sub) : NULL;
		const char *name = json_text(json_member(json_member(sub, "identifier"), "value"));

		if (detail)
			strbuf_addf(out, "; %s%s%s", name ? name : "", name ? ": " : "", detail);
	}
}

static void set_hint(const struct problem_row *row, const struct json *problem, struct error *err)
{
	const char *instance = json_text(json_member(problem, "instance"));
	const char *hint = "";

	if (row)
		hint = row->hint ? row->hint : fault_hints[row->fault];
	if (row && instance && strcmp(row->type, "userActionRequired") == 0) {
		AUTO_FREE char *printable = acme_printable(instance);

		error_hint(err, "follow the instructions at %s", printable);
	} else if (hint[0]) {
		error_hint(err, "%s", hint);
	}
}

/* The type stays in brackets after the words of the CA: it is what people search for. */
int acme_problem_object_to_error(const struct json *problem, struct acme_failures *failures,
				 struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	const char *type = short_type(problem);
	const char *detail = detail_of(problem);
	const struct problem_row *row = find_row(type);
	AUTO_FREE char *printable = NULL;
	AUTO_FREE char *printable_type = acme_printable(type ? type : "");

	strbuf_adds(&text, detail ? detail : "the CA gave no reason");
	describe_subproblems(problem, &text);
	printable = acme_printable(text.text);
	error_set(err, row ? row->code : ERR_ACME, "%s%s%s%s", printable, type ? " (" : "",
		  printable_type, type ? ")" : "");
	if (type)
		err->problem_type = STEAL(printable_type);
	set_hint(row, problem, err);
	add_subproblems(problem, failures);
	return err->code;
}

/* The problem document of a reply, borrowed, or NULL. The content type is not asked for: some
 * servers name the wrong one, and an object with a type or a detail is a problem by any name. */
static struct json *find_problem(const struct acme_reply *reply)
{
	struct json *document = reply->json;

	if (!json_is_object(document) || (!json_text(json_member(document, "type")) &&
					  !json_text(json_member(document, "detail"))))
		return NULL;
	return document;
}

/* For a reply without a problem document, from a proxy for example. */
static enum err_code code_of_status(int status)
{
	if (status == 429)
		return ERR_RATE_LIMITED;
	if (status == 404)
		return ERR_NOT_FOUND;
	return status >= 500 ? ERR_NETWORK : ERR_PROTOCOL;
}

/* The CA's own gateway may have a page for "bad gateway", too; 511 is a portal's (RFC 6585). */
void acme_reply_hint(const struct acme_reply *reply, struct error *err)
{
	const char *type = headers_get(&reply->headers, "Content-Type");
	AUTO_FREE char *start = xstrndup(type ? type : "", strlen("text/html"));

	if (str_eq_nocase(start, "text/html") && (reply->status < 500 || reply->status == 511))
		error_hint(err, WEB_PAGE_HINT);
}

/* The status outranks the type here: 429 means a rate limit whether the document says rateLimited,
 * something of the CA's own, or nothing, and 5xx with a type of its own is its fault. */
int acme_problem_to_error(const struct acme_reply *reply, int64_t now_ms,
			  struct acme_failures *failures, struct error *err)
{
	const struct json *problem;
	int64_t retry_at;

	if (error_is_set(&reply->transport))
		return error_copy(err, &reply->transport);
	problem = find_problem(reply);
	if (problem) {
		acme_problem_object_to_error(problem, failures, err);
	} else {
		error_set(err, code_of_status(reply->status),
			  "the server answered with HTTP status %d", reply->status);
		acme_reply_hint(reply, err);
	}
	retry_at = acme_reply_retry_at(reply, now_ms);
	if (reply->status == 429 || (reply->status == 503 && retry_at))
		error_recode(err, ERR_RATE_LIMITED);
	else if (reply->status >= 500 && !find_row(err->problem_type))
		error_recode(err, ERR_NETWORK);
	if (err->code == ERR_RATE_LIMITED)
		err->retry_at = retry_at / 1000;
	return err->code;
}

char *acme_problem_type(const struct acme_reply *reply)
{
	const struct json *problem = find_problem(reply);
	const char *type = problem ? short_type(problem) : NULL;

	return type ? acme_printable(type) : NULL;
}
