/*
 * What services that want each request signed have in common: the parts of a URL in canonical form,
 * times, and signatures by HMAC-SHA256, of which Amazon's Signature Version 4 has most relatives.
 */
#ifndef DNS_PROVIDERS_SIGNING_H
#define DNS_PROVIDERS_SIGNING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "dns/api/token.h"

struct dns_outgoing;
struct dns_session;
struct error;
struct headers;
struct key;

/* How a service writes what is signed. The signature is of a text of lines: the algorithm, the time
 * and the scope where it has them, and the hash of the request in its canonical form. */
struct signing_scheme {
	const char *algorithm;  /* "AWS4-HMAC-SHA256" */
	const char *id_member;  /* what the key's id is called; NULL: "Credential" */
	const char *separator;  /* between the members; NULL: ", " */
	const char *key_prefix; /* in front of the secret; NULL: nothing */
	/* Header fields that are signed besides the host, in lower case: by their beginnings. */
	const char *fields[3];
	bool path_ends_in_slash;
	bool lower_values; /* the values of fields are signed in lower case */
};

/* The key, and the rest that one request is signed with. */
struct signing_key {
	const char *id, *secret;
	const char *time; /* as the scheme writes it; NULL: no line has it */
	const char
		*scope; /* "20150830/us-east-1/iam/aws4_request"; NULL: none. Each part of it makes
			      the key for the next. */
};

/* Adds the Authorization field, which covers the request and those of the scheme's fields that
 * are in the headers. The URL's path and query must be in percent-encoded form. */
void signing_authorize(const struct signing_scheme *scheme, const struct signing_key *key,
		       const struct dns_outgoing *request, struct headers *headers);

/* The parts of "https://host/path?query", borrowed; the path is "/" where there is none. */
struct signing_url {
	struct span host, path, query;
};
struct signing_url signing_split(const char *url);

/* Returns the members of a query in the order of their bytes. Heap. */
char *signing_sorted_query(struct span query);

/* Returns a time as 20150830T123600Z. Heap. */
char *signing_time(int64_t seconds);

/* Appends the HMAC-SHA256 of the last text in hexadecimal digits. The key is derived from the
 * secret, prefixed by `prefix`, and the texts before it: the HMAC of each is the next key. The list
 * ends with NULL. */
void signing_add_mac(const char *prefix, const char *secret, const char *const *texts,
		     struct strbuf *out);
/* Appends the HMAC-SHA256 of the text in base64. */
void signing_add_mac64(const char *secret, const char *text, struct strbuf *out);

/* The `state` of sessions that sign by a private key. */
struct signing_state {
	struct dns_token token; /* first, for dns_authorize_session(); of those that log in so */
	struct key *key;
};
/* An open() that reads the key out of the PEM file that the credential "key_file" has the path of,
 * and a close(). ERR_CONFIG. */
int signing_open(struct dns_session *session, struct error *err);
void signing_close(struct dns_session *session);
/* Appends the signature of the text in base64 by the session's key and that digest ("SHA512"). */
int signing_add_signature64(const struct dns_session *session, const char *digest, struct span text,
			    struct strbuf *out, struct error *err) WARN_UNUSED;
/* Adds what proves a request by the session's RSA key in the form of HTTP signatures
 * (https://datatracker.ietf.org/doc/html/draft-cavage-http-signatures-08): Date and Authorization,
 * and the SHA-256 of a body, which is JSON. */
int signing_authorize_rsa(const struct dns_session *session, const char *key_id,
			  const struct dns_outgoing *request, struct headers *headers,
			  struct error *err) WARN_UNUSED;
/* Appends the SHA-256 of the text in base64. */
void signing_add_hash64(struct span text, struct strbuf *out);

#endif
