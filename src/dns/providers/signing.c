/*
 * Parts of signatures (see signing.h).
 */
#include "dns/providers/signing.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/secret.h"
#include "base/strvec.h"
#include "codec/base64.h"
#include "codec/datetime.h"
#include "codec/headers.h"
#include "crypto/digest.h"
#include "crypto/key/key.h"
#include "dns/api/call.h"
#include "dns/provider.h"

struct signing_url signing_split(const char *url)
{
	const char *host = strstr(url, "://");
	struct signing_url parts;
	const char *end;

	host = host ? host + 3 : url;
	end = host + strcspn(host, "/?");
	parts.host = span_make(host, (size_t)(end - host));
	parts.path = span_make(end, strcspn(end, "?"));
	end += parts.path.len;
	parts.query = span_of(*end ? end + 1 : end);
	if (!parts.path.len)
		parts.path = span_of("/");
	return parts;
}

char *signing_sorted_query(struct span query)
{
	AUTO_FREE char *text = span_dup(query);
	AUTO(strvec) struct strvec members = STRVEC_INIT;

	strvec_split(&members, text, "&");
	strvec_sort(&members);
	return strvec_join(&members, "&");
}

char *signing_time(int64_t seconds)
{
	AUTO_FREE char *text = datetime_rfc3339(seconds);
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	for (const char *c = text; *c; c++)
		if (*c != '-' && *c != ':')
			strbuf_addc(&out, *c);
	return strbuf_detach(&out);
}

/* Replaces the key by the HMAC-SHA256 of the text under it. */
static void derive_key(struct secret *key, const char *text)
{
	AUTO(strbuf) struct strbuf mac = STRBUF_INIT;

	digest_hmac(DIGEST_SHA256, span_make(secret_peek(key), key->len), span_of(text), &mac);
	secret_set(key, mac.text, mac.len);
	secret_wipe(mac.text, mac.len);
}

/* The length is known before anything is copied, so that no piece of the secret is left behind. */
void signing_add_mac(const char *prefix, const char *secret, const char *const *texts,
		     struct strbuf *out)
{
	char *first = xasprintf("%s%s", prefix, secret);
	AUTO(secret) struct secret key = SECRET_INIT;

	secret_give(&key, first, strlen(first));
	for (; *texts; texts++)
		derive_key(&key, *texts);
	strbuf_add_hex(out, secret_peek(&key), key.len);
}

void signing_add_mac64(const char *secret, const char *text, struct strbuf *out)
{
	AUTO(strbuf) struct strbuf mac = STRBUF_INIT;

	digest_hmac(DIGEST_SHA256, span_of(secret), span_of(text), &mac);
	base64_encode(out, mac.text, mac.len);
}

void signing_add_hash64(struct span text, struct strbuf *out)
{
	AUTO(strbuf) struct strbuf hash = STRBUF_INIT;

	digest(DIGEST_SHA256, text.ptr, text.len, &hash);
	base64_encode(out, hash.text, hash.len);
}

static bool is_signed(const struct signing_scheme *scheme, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(scheme->fields) && scheme->fields[i]; i++)
		if (str_starts(name, scheme->fields[i]))
			return true;
	return false;
}

/* The fields that are signed, "name:value" in the order of their names. */
static void gather_fields(const struct signing_scheme *scheme, struct span host,
			  const struct headers *headers, struct strvec *ret_fields)
{
	strvec_pushf(ret_fields, "host:%.*s", (int)host.len, host.ptr);
	for (size_t i = 0; i < headers->names.count; i++) {
		AUTO_FREE char *name = xstrdup(headers->names.items[i]);
		AUTO_FREE char *value = xstrdup(headers->values.items[i]);

		ascii_lower_string(name);
		if (scheme->lower_values)
			ascii_lower_string(value);
		if (is_signed(scheme, name))
			strvec_pushf(ret_fields, "%s:%s", name, value);
		secret_wipe(value, strlen(value));
	}
	strvec_sort(ret_fields);
}

/* "host;x-amz-date" */
static char *names_of(const struct strvec *fields)
{
	AUTO(strbuf) struct strbuf names = STRBUF_INIT;

	for (size_t i = 0; i < fields->count; i++)
		strbuf_addf(&names, "%s%.*s", i ? ";" : "", (int)strcspn(fields->items[i], ":"),
			    fields->items[i]);
	return strbuf_detach(&names);
}

/* Appends the hash of the request in its canonical form. Among the fields may be a session's token,
 * so nothing is left of them. */
static void add_request_hash(const struct signing_scheme *scheme,
			     const struct dns_outgoing *request, struct strvec *fields,
			     const char *names, struct strbuf *out)
{
	struct signing_url parts = signing_split(request->url);
	AUTO_FREE char *query = signing_sorted_query(parts.query);
	AUTO(strbuf) struct strbuf canonical = STRBUF_INIT;

	strbuf_addf(&canonical, "%s\n%.*s%s\n%s\n", request->method, (int)parts.path.len,
		    parts.path.ptr, scheme->path_ends_in_slash ? "/" : "", query);
	for (size_t i = 0; i < fields->count; i++) {
		strbuf_addf(&canonical, "%s\n", fields->items[i]);
		secret_wipe(fields->items[i], strlen(fields->items[i]));
	}
	strbuf_addf(&canonical, "\n%s\n", names);
	digest_hex(DIGEST_SHA256, request->body, strlen(request->body), &canonical);
	digest_hex(DIGEST_SHA256, canonical.text, canonical.len, out);
	secret_wipe(canonical.text, canonical.len);
}

/* Appends the signature of the text. */
static void add_signature(const struct signing_scheme *scheme, const struct signing_key *key,
			  const char *text, struct strbuf *out)
{
	const char *prefix = scheme->key_prefix ? scheme->key_prefix : "";
	AUTO(strvec) struct strvec chain = STRVEC_INIT;

	if (key->scope)
		strvec_split(&chain, key->scope, "/");
	strvec_push(&chain, text);
	signing_add_mac(prefix, key->secret, (const char *const *)chain.items, out);
}

void signing_authorize(const struct signing_scheme *scheme, const struct signing_key *key,
		       const struct dns_outgoing *request, struct headers *headers)
{
	const char *separator = scheme->separator ? scheme->separator : ", ";
	AUTO(strbuf) struct strbuf text = STRBUF_INIT, field = STRBUF_INIT;
	AUTO(strvec) struct strvec fields = STRVEC_INIT;
	AUTO_FREE char *names = NULL;

	gather_fields(scheme, signing_split(request->url).host, headers, &fields);
	names = names_of(&fields);
	strbuf_addf(&text, "%s\n", scheme->algorithm);
	if (key->time)
		strbuf_addf(&text, "%s\n", key->time);
	if (key->scope)
		strbuf_addf(&text, "%s\n", key->scope);
	add_request_hash(scheme, request, &fields, names, &text);
	strbuf_addf(&field, "%s %s=%s%s%s%sSignedHeaders=%s%sSignature=", scheme->algorithm,
		    scheme->id_member ? scheme->id_member : "Credential", key->id,
		    key->scope ? "/" : "", key->scope ? key->scope : "", separator, names,
		    separator);
	add_signature(scheme, key, text.text, &field);
	headers_add(headers, "Authorization", field.text);
}

/* Made before anything can fail, so that there is always something to close. */
int signing_open(struct dns_session *session, struct error *err)
{
	struct signing_state *state = XNEW(struct signing_state);
	const char *path = dns_credential(session, "key_file");
	AUTO(secret) struct secret pem = SECRET_INIT;

	session->state = state;
	if (dns_read_secret_file(path, &pem, err) == 0 &&
	    key_from_pem(secret_peek(&pem), pem.len, &state->key, err) == 0)
		return 0;
	error_recode(err, ERR_CONFIG);
	return error_wrap(err, "cannot read the key in '%s'", path);
}

void signing_close(struct dns_session *session)
{
	struct signing_state *state = session->state;

	if (state)
		key_free(state->key);
	dns_close_token(session);
}

int signing_add_signature64(const struct dns_session *session, const char *digest, struct span text,
			    struct strbuf *out, struct error *err)
{
	const struct signing_state *state = session->state;
	AUTO(strbuf) struct strbuf signature = STRBUF_INIT;

	if (key_sign(state->key, digest, text, &signature, err) < 0)
		return err->code;
	base64_encode(out, signature.text, signature.len);
	return 0;
}

/* Adds the fields that belong to a body, and the part of the signed text that is about them. */
static void add_body_fields(const struct dns_outgoing *request, struct headers *headers,
			    struct strbuf *text)
{
	AUTO(strbuf) struct strbuf digits = STRBUF_INIT;
	size_t len = strlen(request->body);

	signing_add_hash64(span_make(request->body, len), &digits);
	headers_add(headers, "x-content-sha256", digits.text);
	strbuf_addf(text,
		    "\nx-content-sha256: %s\ncontent-type: application/json\ncontent-length: %zu",
		    digits.text, len);
}

int signing_authorize_rsa(const struct dns_session *session, const char *key_id,
			  const struct dns_outgoing *request, struct headers *headers,
			  struct error *err)
{
	struct signing_url parts = signing_split(request->url);
	AUTO_FREE char *date = datetime_http(dns_now(session)), *host = span_dup(parts.host);
	AUTO_FREE char *method = xstrdup(request->method);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT, field = STRBUF_INIT;
	bool has_body = request->body[0];

	ascii_lower_string(method);
	strbuf_addf(&text, "date: %s\n(request-target): %s %s\nhost: %s", date, method,
		    parts.path.ptr, host);
	if (has_body)
		add_body_fields(request, headers, &text);
	strbuf_addf(&field,
		    "Signature version=\"1\",keyId=\"%s\",algorithm=\"rsa-sha256\",headers=\"date "
		    "(request-target) host%s\",signature=\"",
		    key_id, has_body ? " x-content-sha256 content-type content-length" : "");
	if (signing_add_signature64(session, "SHA256", span_make(text.text, text.len), &field,
				    err) < 0)
		return err->code;
	strbuf_adds(&field, "\"");
	headers_add(headers, "Date", date);
	headers_add(headers, "Authorization", field.text);
	return 0;
}
