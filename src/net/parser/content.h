/*
 * What a body from outside says, as the parser read it.
 */
#ifndef NET_PARSER_CONTENT_H
#define NET_PARSER_CONTENT_H

#include "base/error.h"
#include "base/macros.h"
#include "codec/json.h"
#include "codec/xml.h"
#include "crypto/cert.h"
#include "crypto/ocsp.h"

enum content_form {
	CONTENT_RAW, /* it is not parsed */
	CONTENT_JSON,
	CONTENT_XML,
	CONTENT_CHAIN, /* PEM certificates, each signed by the next */
	CONTENT_OCSP,  /* an answer to an ocsp_question */
	CONTENT_FORM__COUNT,
};

/* All members but those of the form are empty. */
struct content {
	enum content_form form;
	struct json *json;
	struct xml *xml;
	struct cert_chain chain;
	enum ocsp_status revocation;
	struct error fault; /* the body is not of that form; nothing else is set */
};
#define CONTENT_INIT                                                                               \
	{                                                                                          \
		.chain = CERT_CHAIN_INIT                                                           \
	}
void content_release(struct content *content);
DEFINE_AUTO(content, content_release);

#endif
