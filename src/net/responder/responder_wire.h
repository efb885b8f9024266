/*
 * The messages between the responder and its child. The parent sends names with their answers; the
 * child reports that it is ready, that an answer is published, and lines for the log.
 */
#ifndef NET_RESPONDER_RESPONDER_WIRE_H
#define NET_RESPONDER_RESPONDER_WIRE_H

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"

enum {
	RESPONDER_MAX_TEXT = 64 * 1024,
	RESPONDER_MAX_TEXTS = 3,
	RESPONDER_MAX_MESSAGE = RESPONDER_MAX_TEXTS * (RESPONDER_MAX_TEXT + 8),
};

enum responder_message_kind {
	RESPONDER_PUBLISH = 1, /* to the child: name, key authorization or certificate, key */
	RESPONDER_WITHDRAW,    /* to the child: name */
	RESPONDER_READY,       /* to the parent, once, first: the reason it cannot work, or "" */
	RESPONDER_DONE,   /* to the parent, once per publication: the reason it failed, or "" */
	RESPONDER_NOTICE, /* to the parent: a line for the log */
};

struct responder_message {
	enum responder_message_kind kind;
	char *texts[RESPONDER_MAX_TEXTS]; /* never NULL after reading */
};
void responder_message_release(struct responder_message *message);
DEFINE_AUTO(responder_message, responder_message_release);

/* Appends a message with up to three texts; NULL counts as "". */
void responder_wire_put(struct strbuf *out, enum responder_message_kind kind,
			const char *const texts[RESPONDER_MAX_TEXTS]);
/* Decodes a message, which the caller releases. ERR_PROTOCOL: malformed. */
int responder_wire_get(struct span bytes, struct responder_message *ret_message,
		       struct error *err) WARN_UNUSED;

#endif
