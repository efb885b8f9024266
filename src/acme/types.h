/*
 * The ACME types that plugins and commands share: identifiers, challenges, and a CA's own words.
 */
#ifndef ACME_TYPES_H
#define ACME_TYPES_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"

enum acme_identifier_kind {
	ACME_IDENTIFIER_DNS,
	ACME_IDENTIFIER_IP, /* RFC 8738 */
};

struct acme_identifier {
	enum acme_identifier_kind kind;
	char *value; /* DNS: lower-case A-labels, may begin with "*."; IP: canonical literal */
};

/* A list of identifiers, which owns the values. */
struct acme_identifiers {
	struct acme_identifier *items;
	size_t count, capacity;
};
#define ACME_IDENTIFIERS_INIT                                                                      \
	{                                                                                          \
		.items = NULL                                                                      \
	}
void acme_identifiers_release(struct acme_identifiers *list);
DEFINE_AUTO(acme_identifiers, acme_identifiers_release);
/* Appends an identifier; `value` is copied. */
void acme_identifiers_add(struct acme_identifiers *list, enum acme_identifier_kind kind,
			  const char *value);
/* Appends copies of the identifiers in `from` to `to`. */
void acme_identifiers_copy(struct acme_identifiers *to, const struct acme_identifiers *from);
/* True when the list has an identifier with exactly that value. */
bool acme_identifiers_contain(const struct acme_identifiers *list, const char *value);

/* Challenge types. Rows in challenge.c. */
enum acme_challenge_type {
	ACME_HTTP_01,
	ACME_DNS_01,
	ACME_TLS_ALPN_01,
	ACME_TLS_SNI_01,
	ACME_DNS_ACCOUNT_01,
	ACME_DNS_PERSIST_01,
	ACME_CHALLENGE_TYPE__COUNT,
};

/* A hint for those who ask for it. */
#define ACME_TLS_SNI_IS_GONE                                                                       \
	"tls-sni-01 is no longer in use; tls-alpn-01 has replaced it: --standalone "               \
	"--preferred-challenges tls-alpn"

/*
 * One challenge to be fulfilled. The order machine makes it and an authenticator gets it as part of
 * a batch. The challenge owns all its texts; each was checked against its grammar.
 */
struct acme_challenge {
	enum acme_challenge_type type;
	struct acme_identifier identifier; /* without "*."; see wildcard */
	bool wildcard;
	char *url;
	char *token;             /* base64url alphabet only; file name of http-01; "" for
				  * dns-persist-01, which has none */
	char *key_authorization; /* token "." thumbprint, or "" */
	char *dns_name;          /* record name for the DNS types, without final dot; else NULL */
	char *dns_value;         /* TXT value for the DNS types; else NULL */
	char *sni_name;          /* tls-sni-01: the name that the CA asks for; else NULL */
	/* Set by the authenticator's `present`; code 0 when the challenge is in place. */
	struct error present_error;
	bool presented; /* present was attempted: cleanup must be called */
};

/* "http-01" and so on; static. */
const char *acme_challenge_type_name(enum acme_challenge_type type);
/* Accepts "http-01" and the short form "http"; false when the type is unknown. */
bool acme_challenge_type_parse(const char *text, enum acme_challenge_type *ret_type);
/* True when a challenge of that type can validate the identifier: IP addresses have no DNS record,
 * and wildcards can only be validated by DNS. */
bool acme_challenge_fits(enum acme_challenge_type type, const struct acme_identifier *identifier);

/* The information that a CA gives about itself in its directory. */
struct acme_meta {
	char *terms_of_service; /* URL or NULL */
	char *website;          /* URL or NULL */
	struct strvec caa_identities;
	struct strvec profiles;      /* names */
	struct strvec profile_texts; /* their descriptions, same order */
	char *account_hash_prefix;   /* dns-persist-01 since draft -02: URL prefix or NULL */
	bool external_account_required;
	bool has_renewal_info;
};

/* How an order is handled; see struct acme_order_request. */
enum acme_order_flags {
	ACME_ORDER_REQUIRE_PROFILE = 1 << 0,  /* fail when the CA does not list `profile` */
	ACME_ORDER_FRESH_AUTHZ = 1 << 1,      /* dry run: deactivate valid authorizations first */
	ACME_ORDER_DEACTIVATE_AFTER = 1 << 2, /* dry run: leave no valid authorization behind */
	/* Stops twice for its owner to agree (ACME_ACTION_CONFIRM): when the CA has given the order
	 * a URL, and each time before the CSR is sent. Whoever has noted the URL can go on with the
	 * order elsewhere. A CA that says that the certificate was replaced already is believed. */
	ACME_ORDER_CONFIRMED = 1 << 3,
};

#endif
