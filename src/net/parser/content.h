/*
 * The parsed form of a body received from outside.
 */
#ifndef NET_PARSER_CONTENT_H
#define NET_PARSER_CONTENT_H

#include "base/error.h"
#include "base/macros.h"
#include "codec/json.h"
#include "codec/xml.h"
#include "crypto/cert/cert.h"
#include "crypto/cert/ocsp.h"

enum content_form {
	CONTENT_RAW, /* not parsed */
	CONTENT_JSON,
	CONTENT_XML,
	CONTENT_FIELDS, /* a form: JSON, see codec/form.h */
	CONTENT_ZONE,   /* a zone file: JSON, see net/parser/zone_file.h */
	CONTENT_CHAIN,  /* certificates, each signed by the next: PEM, or one as DER */
	CONTENT_OCSP,   /* the response to an ocsp_question */
	CONTENT_FORM__COUNT,
};

/* Only the members of this form are set. */
struct content {
	enum content_form form;
	struct json *json;
	struct xml *xml;
	struct cert_chain chain;
	enum ocsp_status revocation;
	struct error
		fault; /* set when the body does not have that form; nothing else is set then */
};
#define CONTENT_INIT                                                                               \
	{                                                                                          \
		.chain = CERT_CHAIN_INIT                                                           \
	}

/* Frees the members; the struct itself is the caller's. */
void content_release(struct content *content);
DEFINE_AUTO(content, content_release);

#endif
