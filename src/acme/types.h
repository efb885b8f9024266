/*
 * The nouns of ACME that plugins and commands share: identifiers and challenges.
 */
#ifndef ACME_TYPES_H
#define ACME_TYPES_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"

enum acme_identifier_kind {
	ACME_IDENTIFIER_DNS,
	ACME_IDENTIFIER_IP, /* RFC 8738 */
};

struct acme_identifier {
	enum acme_identifier_kind kind;
	char *value; /* DNS: lower-case A-labels, may begin with "*."; IP: canonical literal */
};

/* A list of identifiers; values owned. */
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
void acme_identifiers_add(struct acme_identifiers *list, enum acme_identifier_kind kind,
			  const char *value);
void acme_identifiers_copy(struct acme_identifiers *to, const struct acme_identifiers *from);
bool acme_identifiers_contain(const struct acme_identifiers *list, const char *value);

/* Challenge types as a bit set, for what an authenticator can do. Rows in challenge.c. */
enum acme_challenge_type {
	ACME_HTTP_01,
	ACME_DNS_01,
	ACME_TLS_ALPN_01,
	ACME_DNS_ACCOUNT_01,
	ACME_DNS_PERSIST_01,
	ACME_CHALLENGE_TYPE__COUNT,
};

/*
 * One challenge to be fulfilled. Made by the order machine, handed to an authenticator as part of a
 * batch. All texts are owned by the challenge; each was checked against its grammar.
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
	/* Set by the authenticator's present: code 0 when it is in place. */
	struct error present_error;
	bool presented; /* present was attempted: cleanup must be called */
};

/* "http-01" etc.; static. */
const char *acme_challenge_type_name(enum acme_challenge_type type);
/* Accepts "http-01" and the short form "http"; false when unknown. */
bool acme_challenge_type_parse(const char *text, enum acme_challenge_type *ret_type);
/* True when a challenge of that type can validate the identifier: there is no DNS record for an IP
 * address, and wildcards are validated by DNS only. */
bool acme_challenge_fits(enum acme_challenge_type type, const struct acme_identifier *identifier);

#endif
