/*
 * PEM blocks (see pem.h), RFC 7468. Reading follows the lax grammar (text around blocks, any line
 * length, trailing blanks) and takes what people make by hand (a byte order mark, no line end
 * between two blocks); writing follows the strict one. Blocks with RFC 1421 headers (old-style
 * encrypted keys) are refused. The contents of a block are not interpreted.
 */
#include "codec/pem.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/secret.h"
#include "codec/base64.h"

enum { LINE_COLUMNS = 64 };

/* Some editors write it before UTF-8 text. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* "-----BEGIN label-----" with that word; trailing blanks are ignored. */
static bool is_boundary(struct span line, const char *word, struct span *ret_label)
{
	static const char dashes[] = "-----";
	struct span label = span_trim(line);

	if (!span_skip_prefix(&label, dashes) || !span_skip_prefix(&label, word) ||
	    label.len < strlen(dashes))
		return false;
	label.len -= strlen(dashes);
	if (memcmp(label.ptr + label.len, dashes, strlen(dashes)) != 0)
		return false;
	*ret_label = label;
	return true;
}

/* True for a line that ends this block and begins the next one, as where files without a final
 * newline were put together. The rest goes back to the text. */
static bool splits_boxes(struct span line, struct span label, struct span *rest)
{
	struct span next = span_trim(line), begin;

	if (!span_skip_prefix(&next, "-----END ") || next.len < label.len ||
	    !span_same(span_make(next.ptr, label.len), label))
		return false;
	begin = next = span_drop(next, label.len);
	if (!span_skip_prefix(&begin, "-----"))
		return false;
	next = begin;
	if (!span_skip_prefix(&begin, "-----BEGIN "))
		return false;
	*rest = span_make(next.ptr, (size_t)(rest->ptr + rest->len - next.ptr));
	return true;
}

/* Walks to the END line of the block; what comes before it is the body. Neither alphabet has a
 * hyphen: a line with one is a boundary, and most lines are done with after one look. */
static int take_body(struct span *rest, struct span label, struct span *ret_body, struct error *err)
{
	const char *start = rest->ptr;
	const char *line_start = start;
	struct span line, end_label;

	while (span_take_line(rest, &line)) {
		bool has_hyphen = memchr(line.ptr, '-', line.len) != NULL;

		if (has_hyphen &&
		    ((is_boundary(line, "END ", &end_label) && span_same(label, end_label)) ||
		     splits_boxes(line, label, rest))) {
			*ret_body = span_make(start, (size_t)(line_start - start));
			return 0;
		}
		if (memchr(line.ptr, ':', line.len))
			return error_set(err, ERR_PARSE,
					 "cannot read PEM: block has headers (encrypted key?)");
		if (has_hyphen) /* another block's boundary: ours has no end */
			break;
		line_start = rest->ptr;
	}
	return error_set(err, ERR_PARSE, "cannot read PEM: block has no END line");
}

/* Lines may have any length in practice, although RFC 7468 wants 64 columns. */
static int decode_body(struct span body, struct strbuf *ret_der, struct error *err)
{
	AUTO_FREE char *digits = xmalloc(body.len + 1);
	size_t len = 0;
	int rc;

	/* Without a branch: where lines end is nothing that a processor could foresee. */
	for (size_t i = 0; i < body.len; i++) {
		digits[len] = body.ptr[i];
		len += !ascii_is_space(body.ptr[i]);
	}
	rc = base64_decode(ret_der, span_make(digits, len), err);
	secret_wipe(digits, len);
	return rc < 0 ? error_wrap(err, "cannot read PEM") : 0;
}

int pem_next(struct span *rest, struct span *ret_label, struct strbuf *ret_der, struct error *err)
{
	struct span line, label, body = {NULL, 0};
	int rc;

	span_skip_prefix(rest, BYTE_ORDER_MARK);
	while (span_take_line(rest, &line)) {
		if (!is_boundary(line, "BEGIN ", &label))
			continue;
		rc = take_body(rest, label, &body, err);
		if (rc == 0)
			rc = decode_body(body, ret_der, err);
		if (rc < 0)
			return rc;
		*ret_label = label;
		return 1;
	}
	return 0;
}

void pem_encode(struct strbuf *out, const char *label, const void *der, size_t len)
{
	AUTO(strbuf) struct strbuf digits = STRBUF_INIT;

	base64_encode(&digits, der, len);
	strbuf_addf(out, "-----BEGIN %s-----\n", label);
	for (size_t at = 0; at < digits.len; at += LINE_COLUMNS) {
		size_t left = digits.len - at;

		strbuf_add(out, digits.text + at, left < LINE_COLUMNS ? left : LINE_COLUMNS);
		strbuf_addc(out, '\n');
	}
	strbuf_addf(out, "-----END %s-----\n", label);
	secret_wipe(digits.text, digits.len);
}
