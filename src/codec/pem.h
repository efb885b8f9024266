/*
 * PEM text boxes (RFC 7468), as pieces of text: labels and base64 bodies, nothing about what is
 * inside.
 */
#ifndef CODEC_PEM_H
#define CODEC_PEM_H

#include "base/error.h"
#include "base/span.h"
#include "base/strbuf.h"

/* Takes the next box out of `*rest`: its label ("CERTIFICATE"), and the decoded bytes appended to
 * `ret_der`. Text between boxes is passed over. Returns 1 for a box, 0 at the end, ERR_PARSE. */
int pem_next(struct span *rest, struct span *ret_label, struct strbuf *ret_der,
	     struct error *err) WARN_UNUSED;
/* Appends a box with 64-column lines. */
void pem_encode(struct strbuf *out, const char *label, const void *der, size_t len);

#endif
