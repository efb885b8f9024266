/*
 * The DER reader and writer (see der.h).
 */
#include "crypto/der.h"

#include "base/alloc.h"

static bool take_octet(struct span *rest, unsigned *ret_octet)
{
	if (!rest->len)
		return false;
	*ret_octet = (unsigned char)rest->ptr[0];
	*rest = span_drop(*rest, 1);
	return true;
}

/* A length, which must be in its shortest form (X.690 10.1). */
static bool take_length(struct span *rest, size_t *ret_len)
{
	unsigned first, octet, count;
	size_t len = 0;

	if (!take_octet(rest, &first))
		return false;
	if (first < 0x80) {
		*ret_len = first;
		return true;
	}
	count = first & 0x7f;
	if (count < 1 || count > 3)
		return false;
	for (unsigned i = 0; i < count; i++) {
		if (!take_octet(rest, &octet) || (i == 0 && octet == 0))
			return false;
		len = len << 8 | octet;
	}
	*ret_len = len;
	return len >= 0x80;
}

bool der_take_any(struct span *rest, unsigned *ret_tag, struct span *ret_content)
{
	struct span ahead = *rest;
	unsigned tag;
	size_t len;

	if (!take_octet(&ahead, &tag) || (tag & 0x1f) == 0x1f || !take_length(&ahead, &len) ||
	    len > ahead.len)
		return false;
	*ret_tag = tag;
	*ret_content = span_make(ahead.ptr, len);
	*rest = span_drop(ahead, len);
	return true;
}

bool der_take(struct span *rest, unsigned tag, struct span *ret_content)
{
	struct span ahead = *rest;
	unsigned found;

	if (!der_take_any(&ahead, &found, ret_content) || found != tag)
		return false;
	*rest = ahead;
	return true;
}

bool der_take_whole(struct span *rest, unsigned tag, struct span *ret_element)
{
	const char *start = rest->ptr;
	struct span content;

	if (!der_take(rest, tag, &content))
		return false;
	*ret_element = span_make(start, (size_t)(rest->ptr - start));
	return true;
}

/* Each number of an identifier is in its shortest form, and the last one ends (X.690 8.19.2). */
static bool is_oid(struct span oid)
{
	bool is_first = true;

	for (size_t i = 0; i < oid.len; i++) {
		unsigned char octet = (unsigned char)oid.ptr[i];

		if (is_first && octet == 0x80)
			return false;
		is_first = octet < 0x80;
	}
	return oid.len > 0 && is_first;
}

bool der_take_oid(struct span *rest, struct span *ret_oid)
{
	return der_take(rest, DER_OID, ret_oid) && is_oid(*ret_oid);
}

/* A leading zero is there only before a high bit, and stays out of the octets. */
bool der_take_natural(struct span *rest, struct span *ret_octets)
{
	const unsigned char *octets;

	if (!der_take(rest, DER_INTEGER, ret_octets) || !ret_octets->len)
		return false;
	octets = (const unsigned char *)ret_octets->ptr;
	if (octets[0] >= 0x80)
		return false;
	if (ret_octets->len == 1 || octets[0])
		return true;
	*ret_octets = span_drop(*ret_octets, 1);
	return octets[1] >= 0x80;
}

bool der_take_bits(struct span *rest, struct span *ret_octets)
{
	if (!der_take(rest, DER_BIT_STRING, ret_octets) || !ret_octets->len || ret_octets->ptr[0])
		return false;
	*ret_octets = span_drop(*ret_octets, 1);
	return true;
}

void der_add(struct strbuf *out, unsigned tag, struct span content)
{
	strbuf_addc(out, (char)tag);
	if (content.len > 0xffff)
		BUG("an element of %zu bytes", content.len);
	if (content.len > 0xff)
		strbuf_add(out, "\x82", 1);
	else if (content.len >= 0x80)
		strbuf_add(out, "\x81", 1);
	if (content.len > 0xff)
		strbuf_addc(out, (char)(content.len >> 8));
	strbuf_addc(out, (char)content.len);
	strbuf_add(out, content.ptr, content.len);
}
