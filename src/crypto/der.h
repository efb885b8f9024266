/*
 * Reads DER (X.690) element by element, without copying, and writes an element. Accepts only what
 * the distinguished encoding allows: one-byte tags, and definite lengths in their shortest form.
 * Never included outside src/crypto.
 */
#ifndef CRYPTO_DER_H
#define CRYPTO_DER_H

#include <stdbool.h>

#include "base/span.h"
#include "base/strbuf.h"

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_PRINTABLE_STRING = 0x13,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	/* Bits of context-specific tags. */
	DER_CONTEXT = 0x80,
	DER_CONSTRUCTED = 0x20,
};

/* Takes the first element from `*rest`; false at the end and when it is not valid DER. */
bool der_take_any(struct span *rest, unsigned *ret_tag, struct span *ret_content);
/* The same for an element that must have this tag; otherwise takes nothing. */
bool der_take(struct span *rest, unsigned tag, struct span *ret_content);
/* The same, but returns the element including its tag and length. */
bool der_take_whole(struct span *rest, unsigned tag, struct span *ret_element);
/* Takes an object identifier; false also when it is malformed. */
bool der_take_oid(struct span *rest, struct span *ret_oid);
/* Takes a number of at least zero; false also when it is not in its shortest form. */
bool der_take_natural(struct span *rest, struct span *ret_octets);
/* Takes the octets of a bit string, which must have no unused bits. */
bool der_take_bits(struct span *rest, struct span *ret_octets);
/* Appends an element with these contents, which are shorter than 64 KiB. */
void der_add(struct strbuf *out, unsigned tag, struct span content);

#endif
