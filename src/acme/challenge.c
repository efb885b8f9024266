/*
 * Challenge types (see challenge.h): http-01 and dns-01 (RFC 8555 section 8), tls-alpn-01 (RFC
 * 8737), tls-sni-01 (draft-ietf-acme-acme-01 section 7.3), dns-account-01
 * (draft-ietf-acme-dns-account-label, the record format is the same in all of its revisions) and
 * dns-persist-01 (draft-ietf-acme-dns-persist).
 *
 * A token becomes a file name and a name becomes part of a DNS record, so both are checked against
 * their alphabet here, before any other code sees them.
 */
#include "acme/challenge.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/strbuf.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/url.h"
#include "crypto/digest.h"

enum {
	MAX_TOKEN_LEN = 200, /* a file name; CAs use 43 */
	MAX_ISSUERS = 10,    /* dns-persist-01: more is malformed */
	MAX_NAME_LEN = 253,
	MAX_LABEL_LEN = 63,
	ACCOUNT_LABEL_BYTES = 10,
};

typedef int build_fn(const struct json *object, const struct acme_challenge_context *context,
		     struct acme_challenge *challenge, struct error *err);

static int build_plain(const struct json *object, const struct acme_challenge_context *context,
		       struct acme_challenge *challenge, struct error *err);
static build_fn build_tls_sni, build_dns, build_dns_account, build_dns_persist;

/* The identifiers that a type can validate besides plain DNS names. */
enum reach {
	REACHES_ADDRESSES = 1 << 0,
	REACHES_WILDCARDS = 1 << 1,
};

static const struct {
	const char *name;
	const char *short_name;
	unsigned reach; /* enum reach */
	build_fn *build;
} types[] = {
	[ACME_HTTP_01] = {"http-01", "http", REACHES_ADDRESSES, build_plain},
	[ACME_DNS_01] = {"dns-01", "dns", REACHES_WILDCARDS, build_dns},
	[ACME_TLS_ALPN_01] = {"tls-alpn-01", "tls-alpn", REACHES_ADDRESSES, build_plain},
	[ACME_TLS_SNI_01] = {"tls-sni-01", "tls-sni", 0, build_tls_sni},
	[ACME_DNS_ACCOUNT_01] = {"dns-account-01", "dns-account", REACHES_WILDCARDS,
				 build_dns_account},
	[ACME_DNS_PERSIST_01] = {"dns-persist-01", "dns-persist", REACHES_WILDCARDS,
				 build_dns_persist},
};
STATIC_ASSERT(ARRAY_LEN(types) == ACME_CHALLENGE_TYPE__COUNT, "every challenge type has a row");

const char *acme_challenge_type_name(enum acme_challenge_type type)
{
	return types[type].name;
}

/* The short names are those of Certbot's --preferred-challenges. */
bool acme_challenge_type_parse(const char *text, enum acme_challenge_type *ret_type)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (strcmp(text, types[i].name) != 0 && strcmp(text, types[i].short_name) != 0)
			continue;
		*ret_type = (enum acme_challenge_type)i;
		return true;
	}
	return false;
}

/* RFC 8738 section 7 forbids DNS for addresses. For wildcards public CAs may accept nothing but DNS
 * (CA/Browser Forum, Baseline Requirements 3.2.2.4). */
bool acme_challenge_fits(enum acme_challenge_type type, const struct acme_identifier *identifier)
{
	if (identifier->kind == ACME_IDENTIFIER_IP)
		return types[type].reach & REACHES_ADDRESSES;
	return types[type].reach & REACHES_WILDCARDS || !str_starts(identifier->value, "*.");
}

void acme_challenge_release(struct acme_challenge *challenge)
{
	free(challenge->identifier.value);
	free(challenge->url);
	free(challenge->token);
	free(challenge->key_authorization);
	free(challenge->dns_name);
	free(challenge->dns_value);
	free(challenge->sni_name);
	error_release(&challenge->present_error);
	*challenge = (struct acme_challenge){.token = NULL};
}

/* RFC 8555 section 8: base64url. The token is joined to a directory path by webroot and the web
 * server plugins, so "../" in it would be a way out of the directory. */
static bool is_token(const char *text)
{
	size_t len = 0;

	for (; text[len]; len++)
		if (!ascii_is_alnum(text[len]) && text[len] != '-' && text[len] != '_')
			return false;
	return len > 0 && len <= MAX_TOKEN_LEN;
}

static int build_plain(const struct json *object, const struct acme_challenge_context *context,
		       struct acme_challenge *challenge, struct error *err)
{
	const char *token;

	if (json_get_string(object, "challenge", "token", &token, err) < 0)
		return err->code;
	if (!is_token(token))
		return error_set(err, ERR_PARSE,
				 "challenge.token: expected 1 to %d characters of base64url",
				 MAX_TOKEN_LEN);
	REPLACE(challenge->token, xstrdup(token));
	REPLACE(challenge->key_authorization, xasprintf("%s.%s", token, context->thumbprint));
	return 0;
}

static int build_tls_sni(const struct json *object, const struct acme_challenge_context *context,
			 struct acme_challenge *challenge, struct error *err)
{
	AUTO(strbuf) struct strbuf hash = STRBUF_INIT;

	if (build_plain(object, context, challenge, err) < 0)
		return err->code;
	digest_hex(DIGEST_SHA256, challenge->key_authorization,
		   strlen(challenge->key_authorization), &hash);
	challenge->sni_name = xasprintf("%.32s.%.32s.acme.invalid", hash.text, hash.text + 32);
	return 0;
}

/* RFC 8555 section 8.4. The hash has a fixed length, so a value always fits into one string of a
 * TXT record. */
static int build_dns(const struct json *object, const struct acme_challenge_context *context,
		     struct acme_challenge *challenge, struct error *err)
{
	AUTO(strbuf) struct strbuf hash = STRBUF_INIT;
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;

	if (build_plain(object, context, challenge, err) < 0)
		return err->code;
	digest(DIGEST_SHA256, challenge->key_authorization, strlen(challenge->key_authorization),
	       &hash);
	base64url_encode(&value, hash.text, hash.len);
	challenge->dns_value = strbuf_detach(&value);
	challenge->dns_name = xasprintf("_acme-challenge.%s", challenge->identifier.value);
	return 0;
}

/* RFC 4648 base32 in lower case; len is a multiple of 5, so there is no padding. */
static void add_base32(struct strbuf *out, const char *bytes, size_t len)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

	for (size_t at = 0; at + 5 <= len; at += 5) {
		uint64_t group = 0;

		for (size_t i = 0; i < 5; i++)
			group = group << 8 | (unsigned char)bytes[at + i];
		for (int shift = 35; shift >= 0; shift -= 5)
			strbuf_addc(out, alphabet[group >> shift & 31]);
	}
}

/* The label is made from the account URL, so two accounts can validate one name at the same time
 * without overwriting each other's record. */
static int build_dns_account(const struct json *object,
			     const struct acme_challenge_context *context,
			     struct acme_challenge *challenge, struct error *err)
{
	AUTO(strbuf) struct strbuf hash = STRBUF_INIT;
	AUTO(strbuf) struct strbuf label = STRBUF_INIT;

	if (build_dns(object, context, challenge, err) < 0)
		return err->code;
	digest(DIGEST_SHA256, context->account_url, strlen(context->account_url), &hash);
	add_base32(&label, hash.text, ACCOUNT_LABEL_BYTES);
	REPLACE(challenge->dns_name,
		xasprintf("_%s._acme-challenge.%s", label.text, challenge->identifier.value));
	return 0;
}

/* Lower-case labels of letters, digits and hyphens, without a final dot. The draft asks clients to
 * reject a list with an issuer that is not normalized: the name goes into the record as it is and
 * is compared byte by byte. */
static bool is_domain_name(const char *text)
{
	size_t len = strlen(text), label_len = 0;

	if (!len || len > MAX_NAME_LEN)
		return false;
	for (size_t i = 0; i <= len; i++) {
		char c = text[i];

		if (c == '.' || c == '\0') {
			if (!label_len || label_len > MAX_LABEL_LEN || text[i - 1] == '-')
				return false;
			label_len = 0;
		} else if (ascii_is_digit(c) || (c >= 'a' && c <= 'z') || (c == '-' && label_len)) {
			label_len++;
		} else {
			return false;
		}
	}
	return true;
}

/* The first issuer of the list, when the list is well formed as a whole. Any of the issuers would
 * do; the first is taken because a record names one, and because renewals must find the same one
 * again. */
static int read_issuer(const struct json *object, const char *member, const char **ret_issuer,
		       struct error *err)
{
	struct json *list;

	if (json_get_array(object, "challenge", member, &list, err) < 0)
		return err->code;
	if (json_count(list) == 0 || json_count(list) > MAX_ISSUERS)
		return error_set(err, ERR_PARSE, "challenge.%s: expected 1 to %d names", member,
				 MAX_ISSUERS);
	for (size_t i = 0; i < json_count(list); i++) {
		const char *name = json_text(json_at(list, i));

		if (!name || !is_domain_name(name))
			return error_set(err, ERR_PARSE,
					 "challenge.%s[%zu]: expected a lower-case domain name",
					 member, i);
	}
	*ret_issuer = json_text(json_at(list, 0));
	return 0;
}

/*
 * The URL that stands for the account in the record. Up to draft -01 it is the account URL itself,
 * which every CA must accept, so the challenge's own "accounturi" is not needed. Since -02 the CA
 * publishes a prefix, and what follows it is a hash over name, thumbprint and account URL.
 */
static char *account_uri(const struct acme_persist_record *record)
{
	AUTO(strbuf) struct strbuf input = STRBUF_INIT;
	AUTO(strbuf) struct strbuf hash = STRBUF_INIT;
	AUTO(strbuf) struct strbuf uri = STRBUF_INIT;

	if (!record->account_hash_prefix)
		return xstrdup(record->account_url);
	strbuf_addc(&input, (char)strlen(record->name));
	strbuf_addf(&input, "%s%s%s", record->name, record->thumbprint, record->account_url);
	digest(DIGEST_SHA256, input.text, input.len, &hash);
	strbuf_addf(&uri, "%ssha-256/", record->account_hash_prefix);
	base64url_encode(&uri, hash.text, hash.len);
	return strbuf_detach(&uri);
}

int acme_persist_value(const struct acme_persist_record *record, char **ret_value,
		       struct error *err)
{
	AUTO_FREE char *uri = account_uri(record);
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;

	/* RFC 8659: a semicolon would end the parameter. No other byte of a URL is in its way. */
	if (strchr(uri, ';'))
		return error_set(err, ERR_PARSE,
				 "account URL '%s' cannot be written in a DNS record", uri);
	strbuf_addf(&value, "%s; accounturi=%s", record->issuer, uri);
	if (record->wildcard)
		strbuf_adds(&value, "; policy=wildcard");
	if (record->persist_until)
		strbuf_addf(&value, "; persistUntil=%lld", (long long)record->persist_until);
	*ret_value = strbuf_detach(&value);
	return 0;
}

/* Both spellings of the member are in use; which one it is tells the revision that the CA
 * implements, and so how the account is written. */
static int build_dns_persist(const struct json *object,
			     const struct acme_challenge_context *context,
			     struct acme_challenge *challenge, struct error *err)
{
	bool hashed = json_member(object, "issuerDomainNames") != NULL;
	struct acme_persist_record record = {
		.account_url = context->account_url,
		.thumbprint = context->thumbprint,
		.account_hash_prefix = hashed ? context->account_hash_prefix : NULL,
		.name = challenge->identifier.value,
		.wildcard = challenge->wildcard,
	};

	if (read_issuer(object, hashed ? "issuerDomainNames" : "issuer-domain-names",
			&record.issuer, err) < 0)
		return err->code;
	if (hashed && !context->account_hash_prefix)
		return error_set(err, ERR_PARSE,
				 "directory.meta.accountHashPrefix: needed for dns-persist-01");
	if (acme_persist_value(&record, &challenge->dns_value, err) < 0)
		return err->code;
	/* There is neither a token nor a key authorization: the record does not change. Empty
	 * strings rather than NULL, because hooks pass both on. */
	challenge->token = xstrdup("");
	challenge->key_authorization = xstrdup("");
	challenge->dns_name = xasprintf("_validation-persist.%s", record.name);
	return 0;
}

const char *acme_challenge_url(const struct json *object)
{
	const struct json *url = json_member(object, "url");

	return json_text(url ? url : json_member(object, "uri"));
}

/* Built aside and handed over at the end: a challenge that is only half read is never seen by a
 * caller. */
int acme_challenge_read(const struct json *object, enum acme_challenge_type type,
			const struct acme_challenge_context *context,
			struct acme_challenge *ret_challenge, struct error *err)
{
	AUTO(acme_challenge) struct acme_challenge challenge = {.type = type};
	const struct acme_identifier *identifier = context->identifier;
	const char *url = acme_challenge_url(object);

	challenge.wildcard = str_starts(identifier->value, "*.");
	challenge.identifier.kind = identifier->kind;
	challenge.identifier.value = xstrdup(identifier->value + (challenge.wildcard ? 2 : 0));
	if (!url && json_get_string(object, "challenge", "url", &url, err) < 0)
		return err->code;
	if (url_check_https(url, "challenge.url", err) < 0)
		return err->code;
	challenge.url = xstrdup(url);
	if (types[type].build(object, context, &challenge, err) < 0)
		return err->code;
	*ret_challenge = challenge;
	challenge = (struct acme_challenge){.token = NULL};
	return 0;
}
