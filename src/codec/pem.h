/*
 * PEM blocks (RFC 7468) as text: labels and base64 bodies. The contents of a block are not
 * interpreted.
 */
#ifndef CODEC_PEM_H
#define CODEC_PEM_H

#include "base/error.h"
#include "base/span.h"
#include "base/strbuf.h"

/* Takes the next block from `*rest`: sets its label ("CERTIFICATE", borrowed) and appends the
 * decoded bytes to `ret_der`. Text between blocks is skipped. Returns 1 for a block, 0 at the end,
 * or ERR_PARSE. */
int pem_next(struct span *rest, struct span *ret_label, struct strbuf *ret_der,
	     struct error *err) WARN_UNUSED;
/* Appends a block with 64-column lines. */
void pem_encode(struct strbuf *out, const char *label, const void *der, size_t len);

#endif
