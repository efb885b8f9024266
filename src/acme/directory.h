/*
 * The directory of a CA (RFC 8555 section 7.1.1), parsed and checked. Its contents tell which
 * version of the protocol the CA speaks. Used by acme/ only; other folders see its struct
 * acme_meta.
 */
#ifndef ACME_DIRECTORY_H
#define ACME_DIRECTORY_H

#include "acme/types.h"
#include "base/error.h"
#include "base/span.h"

struct json;

enum acme_resource {
	ACME_NEW_NONCE,
	ACME_NEW_ACCOUNT,
	ACME_NEW_ORDER,
	ACME_NEW_AUTHZ, /* ACME v1, as the next */
	ACME_NEW_CERT,
	ACME_REVOKE_CERT,
	ACME_KEY_CHANGE,
	ACME_RENEWAL_INFO,
	ACME_RESOURCE__COUNT,
};

struct acme_directory {
	bool is_v1;
	char *urls[ACME_RESOURCE__COUNT]; /* NULL: the CA has none */
	struct acme_meta meta;
};

void acme_directory_init(struct acme_directory *directory);
void acme_directory_release(struct acme_directory *directory);
/* Makes `ret_directory`, which is released first, a copy. */
void acme_directory_copy(struct acme_directory *ret_directory,
			 const struct acme_directory *directory);
DEFINE_AUTO(acme_directory, acme_directory_release);

/* Reads the document; the caller releases the result. ERR_PROTOCOL when it is neither an RFC 8555
 * directory nor one of ACME v1, or when a URL in it is not https. */
int acme_directory_read(const struct json *json, struct acme_directory *ret_directory,
			struct error *err) WARN_UNUSED;

#endif
