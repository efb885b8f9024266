/*
 * TSIG (see dns_tsig.h). This code works with the key, so it parses no message from outside: the
 * process that parses messages passes it the parts of the answer's signature.
 */
#include "net/dns/dns_tsig.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/base64.h"

enum {
	RCODE_AT = 3,
	TYPE_TSIG = 250,
	CLASS_ANY = 255,
	/* The value that RFC 8945 recommends. */
	FUDGE_SECONDS = 300,
	MAX_LABEL = 63,
	MAX_NAME = 253,
};

static const struct {
	const char *text; /* in credentials files */
	const char *name; /* on the wire */
} algorithms[] = {
	[DIGEST_MD5] = {"HMAC-MD5", "hmac-md5.sig-alg.reg.int"},
	[DIGEST_SHA1] = {"HMAC-SHA1", "hmac-sha1"},
	[DIGEST_SHA224] = {"HMAC-SHA224", "hmac-sha224"},
	[DIGEST_SHA256] = {"HMAC-SHA256", "hmac-sha256"},
	[DIGEST_SHA384] = {"HMAC-SHA384", "hmac-sha384"},
	[DIGEST_SHA512] = {"HMAC-SHA512", "hmac-sha512"},
};
STATIC_ASSERT(ARRAY_LEN(algorithms) == DIGEST_KIND__COUNT, "every algorithm has its names");

/* The parts of a record that the MAC covers, besides constants. */
struct variables {
	struct span key_name, algorithm; /* in wire form, lower case */
	int64_t time_signed;
	uint16_t fudge, error;
	struct span other;
};

void dns_key_release(struct dns_key *key)
{
	free(key->name);
	secret_release(&key->secret);
	key->name = NULL;
}

int dns_key_algorithm(const char *text, enum digest_kind *ret_kind, struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		if (!str_eq_nocase(text, algorithms[i].text))
			continue;
		*ret_kind = (enum digest_kind)i;
		return 0;
	}
	error_set(err, ERR_CONFIG, "Unknown algorithm: %s.", text);
	return error_hint(err, "known are HMAC-MD5, HMAC-SHA1, HMAC-SHA224, HMAC-SHA256, "
			       "HMAC-SHA384 and HMAC-SHA512");
}

static void add_u16(struct strbuf *out, unsigned value)
{
	strbuf_addc(out, (char)(value >> 8));
	strbuf_addc(out, (char)value);
}

static void add_u48(struct strbuf *out, int64_t value)
{
	for (int shift = 40; shift >= 0; shift -= 8)
		strbuf_addc(out, (char)(value >> shift));
}

/* Appends a name in canonical wire form; false when it is not a valid name. Lower case, as the MAC
 * is computed over canonical names (RFC 8945 section 4.3.3). */
static bool add_wire_name(struct strbuf *out, const char *name)
{
	size_t total = strlen(name);

	if (!total || total > MAX_NAME)
		return false;
	while (*name) {
		size_t len = strcspn(name, ".");

		if (!len || len > MAX_LABEL)
			return false;
		strbuf_addc(out, (char)len);
		for (size_t i = 0; i < len; i++)
			strbuf_addc(out, ascii_lower(name[i]));
		name += len + (name[len] == '.');
	}
	strbuf_addc(out, '\0');
	return true;
}

/* Checked when the credentials are read: a wrong secret would otherwise only show itself as BADSIG,
 * after the order. */
int dns_key_make(const char *name, const char *base64, enum digest_kind algorithm,
		 struct dns_key *ret_key, struct error *err)
{
	AUTO(strbuf) struct strbuf raw = STRBUF_INIT;
	AUTO(strbuf) struct strbuf wire = STRBUF_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;
	AUTO_FREE char *plain = xstrdup(name);
	size_t len = strlen(plain);

	if (len && plain[len - 1] == '.')
		plain[len - 1] = '\0';
	ascii_lower_string(plain);
	if (!add_wire_name(&wire, plain))
		return error_set(err, ERR_CONFIG, "'%s' is not the name of a TSIG key", name);
	if (base64_decode(&raw, span_of(base64), &ignored) < 0 || !raw.len) {
		secret_wipe(raw.text, raw.len);
		return error_set(err, ERR_CONFIG, "the secret of TSIG key '%s' is not base64",
				 name);
	}
	ret_key->name = STEAL(plain);
	ret_key->algorithm = algorithm;
	secret_set(&ret_key->secret, raw.text, raw.len);
	secret_wipe(raw.text, raw.len);
	return 0;
}

static void sign_bytes(const struct dns_key *key, const struct strbuf *input,
		       struct strbuf *ret_mac)
{
	digest_hmac(key->algorithm, span_make(secret_peek(&key->secret), key->secret.len),
		    span_make(input->text, input->len), ret_mac);
}

static void add_span(struct strbuf *out, struct span bytes)
{
	strbuf_add(out, bytes.ptr, bytes.len);
}

static void add_counted(struct strbuf *out, struct span bytes)
{
	add_u16(out, (unsigned)bytes.len);
	add_span(out, bytes);
}

/* RFC 8945 section 4.3.3: what is signed of the record itself. */
static void add_variables(struct strbuf *input, const struct variables *variables)
{
	add_span(input, variables->key_name);
	add_u16(input, CLASS_ANY);
	add_u16(input, 0); /* TTL */
	add_u16(input, 0);
	add_span(input, variables->algorithm);
	add_u48(input, variables->time_signed);
	add_u16(input, variables->fudge);
	add_u16(input, variables->error);
	add_counted(input, variables->other);
}

static void count_additional(struct strbuf *message)
{
	unsigned count = (unsigned)(uint8_t)message->text[10] << 8 | (uint8_t)message->text[11];

	count++;
	message->text[10] = (char)(count >> 8);
	message->text[11] = (char)count;
}

/* Appends the record to the message whose id is the original one. */
static void add_record(struct strbuf *message, const struct variables *variables, struct span mac)
{
	const char id[2] = {message->text[0], message->text[1]};
	size_t fixed = 8 + 2 + 2 + 2 + 2; /* time, fudge, lengths, id, error */

	add_span(message, variables->key_name);
	add_u16(message, TYPE_TSIG);
	add_u16(message, CLASS_ANY);
	add_u16(message, 0); /* TTL */
	add_u16(message, 0);
	add_u16(message, (unsigned)(variables->algorithm.len + fixed + mac.len));
	add_span(message, variables->algorithm);
	add_u48(message, variables->time_signed);
	add_u16(message, variables->fudge);
	add_counted(message, mac);
	strbuf_add(message, id, sizeof(id));
	add_u16(message, variables->error);
	add_counted(message, variables->other);
	count_additional(message);
}

void dns_tsig_sign(const struct dns_key *key, int64_t now_seconds, struct strbuf *message,
		   struct strbuf *ret_mac)
{
	AUTO(strbuf) struct strbuf name = STRBUF_INIT;
	AUTO(strbuf) struct strbuf algorithm = STRBUF_INIT;
	AUTO(strbuf) struct strbuf input = STRBUF_INIT;
	struct variables variables = {
		.time_signed = now_seconds, .fudge = FUDGE_SECONDS, .other = {"", 0}};

	add_wire_name(&name, key->name);
	add_wire_name(&algorithm, algorithms[key->algorithm].name);
	variables.key_name = span_make(name.text, name.len);
	variables.algorithm = span_make(algorithm.text, algorithm.len);
	strbuf_add(&input, message->text, message->len);
	add_variables(&input, &variables);
	sign_bytes(key, &input, ret_mac);
	add_record(message, &variables, span_make(ret_mac->text, ret_mac->len));
}

/* Before the MAC is looked at: BADKEY and BADSIG come without one (RFC 8945 section 5.3.2).
 * Somebody could forge them, but only to keep us from changing anything. */
static int check_error(const struct dns_key *key, unsigned code, struct error *err)
{
	static const struct {
		unsigned code;
		const char *name, *meaning;
	} errors[] = {
		{16, "BADSIG", "its secret for the key differs"},
		{17, "BADKEY", "it does not know a key of this name and algorithm"},
		{18, "BADTIME", "its clock and ours differ too much"},
		{22, "BADTRUNC", "it does not accept a signature this short"},
	};

	if (!code)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		if (errors[i].code == code)
			return error_set(err, ERR_CONFIG,
					 "the server refuses TSIG key '%s' (%s, %s): %s", key->name,
					 algorithms[key->algorithm].text, errors[i].name,
					 errors[i].meaning);
	return error_set(err, ERR_CONFIG, "the server refuses TSIG key '%s' (error %u)", key->name,
			 code);
}

/* Comparison whose time does not depend on the contents. */
static bool same_bytes(struct span a, struct span b)
{
	unsigned char difference = 0;

	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		difference |= (unsigned char)(a.ptr[i] ^ b.ptr[i]);
	return !difference;
}

/* True when the name in wire form is `expected`, which is lower case. */
static bool same_name(const struct strbuf *wire, const struct strbuf *expected)
{
	if (wire->len != expected->len)
		return false;
	for (size_t i = 0; i < wire->len; i++)
		if (ascii_lower(wire->text[i]) != expected->text[i])
			return false;
	return true;
}

/* Computes what the MAC must be (RFC 8945 section 5.3). False: another key is named. */
static bool expect_mac(const struct dns_key *key, struct span request_mac,
		       const struct dns_signature *signature, struct strbuf *ret_mac)
{
	AUTO(strbuf) struct strbuf input = STRBUF_INIT;
	AUTO(strbuf) struct strbuf name = STRBUF_INIT;
	AUTO(strbuf) struct strbuf algorithm = STRBUF_INIT;
	struct variables variables = {
		.time_signed = signature->time_signed,
		.fudge = signature->fudge,
		.error = signature->error,
		.other = {signature->other.text, signature->other.len},
	};

	add_wire_name(&name, key->name);
	add_wire_name(&algorithm, algorithms[key->algorithm].name);
	if (!same_name(&signature->key_name, &name) ||
	    !same_name(&signature->algorithm, &algorithm))
		return false;
	variables.key_name = span_make(name.text, name.len);
	variables.algorithm = span_make(algorithm.text, algorithm.len);
	add_counted(&input, request_mac);
	strbuf_add(&input, signature->signed_bytes.text, signature->signed_bytes.len);
	add_variables(&input, &variables);
	sign_bytes(key, &input, ret_mac);
	return true;
}

/* The result code that the signature covers: the low bits of the header's fourth byte. */
static bool covers_rcode(const struct dns_signature *signature, int rcode)
{
	return signature->signed_bytes.len > RCODE_AT &&
	       (signature->signed_bytes.text[RCODE_AT] & 15) == rcode;
}

/* An answer that is not signed is worth nothing: it could be a forger's "done". */
int dns_tsig_verify(const struct dns_key *key, struct span request_mac,
		    const struct dns_question *question, int64_t now_seconds, struct error *err)
{
	const struct dns_signature *signature = &question->signature;
	AUTO(strbuf) struct strbuf mac = STRBUF_INIT;

	if (!signature->signed_bytes.len)
		return error_set(err, ERR_PROTOCOL, "the answer is not signed");
	if (check_error(key, signature->error, err) < 0)
		return err->code;
	if (!expect_mac(key, request_mac, signature, &mac))
		return error_set(err, ERR_PROTOCOL, "the answer is signed with a different key");
	if (!same_bytes(span_make(mac.text, mac.len),
			span_make(signature->mac.text, signature->mac.len)) ||
	    !covers_rcode(signature, question->answer.rcode))
		return error_set(err, ERR_PROTOCOL, "the signature of the answer is wrong");
	if (signature->time_signed > now_seconds + FUDGE_SECONDS ||
	    signature->time_signed < now_seconds - FUDGE_SECONDS)
		return error_set(err, ERR_PROTOCOL, "the time of the answer's signature is wrong");
	return 0;
}
