/*
 * Values of the ConfigObj dialect on one line (see ini_parts.h): a string, or a list when there is
 * a comma outside quotes.
 *
 * An unquoted value is parsed in one pass. For quoted ones ConfigObj's expression backtracks: a
 * quote may turn out to be text, and a quoted item may extend past the next quote. We search from
 * the end of the value to its start, so that each position is visited once; then we take the items
 * from the start, in the expression's order of preference.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/ini_parts.h"

static struct span part(struct span text, size_t start, size_t end)
{
	return span_make(text.ptr + start, end - start);
}

static bool contains_quote(struct span text)
{
	return memchr(text.ptr, '"', text.len) || memchr(text.ptr, '\'', text.len);
}

/* The text up to its comment, without the blanks before that. */
static struct span drop_comment(struct span text)
{
	const char *comment = text.len ? memchr(text.ptr, '#', text.len) : NULL;

	if (comment)
		text.len = (size_t)(comment - text.ptr);
	return ini_drop_trailing_space(text);
}

/* A list without quotes. Items are checked when they are taken. */
static bool read_plain_list(struct span body, struct ini_value *ret_value)
{
	const char *comma = memrchr(body.ptr, ',', body.len);
	size_t head_len = (size_t)(comma - body.ptr) + 1;

	ret_value->kind = INI_LIST;
	ret_value->spelling = body;
	if (body.len == 1) /* a lone comma is the empty list */
		return true;
	ret_value->head = part(body, 0, head_len);
	ret_value->last = ini_skip_space(part(body, head_len, body.len));
	ret_value->has_last = ret_value->last.len > 0;
	return true;
}

static bool read_plain(struct span text, struct ini_value *ret_value)
{
	struct span body = drop_comment(text);

	if (body.len && memchr(body.ptr, ',', body.len))
		return read_plain_list(body, ret_value);
	ret_value->kind = INI_STRING;
	ret_value->text = body;
	ret_value->spelling = body;
	return true;
}

/* Properties of a position in the text. */
enum {
	TAIL = 1 << 0, /* only blanks and a comment from here */
	REST = 1 << 1, /* more items may start here, and the value can end */
};

struct search {
	struct span text;
	unsigned char *known; /* one per position, and one for the end */
	size_t stop;          /* first comma or # from the position on */
};

static char at(const struct search *search, size_t pos)
{
	return pos < search->text.len ? search->text.ptr[pos] : '\0';
}

static bool is_stop(const struct search *search, size_t pos)
{
	return at(search, pos) == ',' || at(search, pos) == '#';
}

/* If there is a comma at `pos`, the position after it from which the value can end. Blanks after
 * the comma belong to it as far as that works. */
static bool follow_comma(const struct search *search, size_t pos, size_t *ret_next)
{
	struct span rest = ini_skip_space(part(search->text, pos, search->text.len));
	size_t comma = (size_t)(rest.ptr - search->text.ptr);
	size_t next;

	if (at(search, comma) != ',')
		return false;
	rest = ini_skip_space(part(search->text, comma + 1, search->text.len));
	next = (size_t)(rest.ptr - search->text.ptr);
	while (!(search->known[next] & REST)) {
		size_t width = ini_space_width_before(part(search->text, comma + 1, next));

		if (!width)
			return false;
		next -= width;
	}
	*ret_next = next;
	return true;
}

/* An item at `pos` with its comma. A quoted one ends at the first quote that works. */
static bool match_item(const struct search *search, size_t pos, size_t *ret_next)
{
	char first = at(search, pos);

	if (ini_is_quote(first)) {
		for (size_t end = pos + 1; end < search->text.len; end++)
			if (at(search, end) == first && follow_comma(search, end + 1, ret_next))
				return true;
		return false;
	}
	/* follow_comma() skips blanks before the comma, so it starts after one byte. */
	return search->stop > pos && at(search, search->stop) == ',' &&
	       follow_comma(search, search->stop, ret_next);
}

/* The last item at `pos`, or none. False when the value cannot end after it. */
static bool match_last(const struct search *search, size_t pos, struct span *ret_last,
		       bool *ret_has_last)
{
	char first = at(search, pos);
	size_t end = pos;

	*ret_has_last = true;
	if (ini_is_quote(first)) {
		for (end = pos + 1; end < search->text.len; end++)
			if (at(search, end) == first && search->known[end + 1] & TAIL) {
				*ret_last = part(search->text, pos, end + 1);
				return true;
			}
	} else if (pos < search->text.len && !(search->known[pos] & TAIL) && first != ',' &&
		   !ini_space_width(part(search->text, pos, search->text.len)) &&
		   (search->stop == search->text.len || at(search, search->stop) == '#')) {
		*ret_last = ini_drop_trailing_space(part(search->text, pos, search->stop));
		return true;
	}
	*ret_last = part(search->text, pos, pos);
	*ret_has_last = pos == 0 || at(search, pos - 1) != ',';
	return search->known[pos] & TAIL;
}

static bool is_tail_at(const struct search *search, size_t pos)
{
	size_t width = ini_space_width(part(search->text, pos, search->text.len));

	if (pos == search->text.len || at(search, pos) == '#')
		return true;
	return width && search->known[pos + width] & TAIL;
}

/* Fills `known` from the end. */
static void explore(struct search *search)
{
	struct span last;
	bool has_last;
	size_t next;

	search->stop = search->text.len;
	for (size_t pos = search->text.len + 1; pos-- > 0;) {
		if (is_stop(search, pos))
			search->stop = pos;
		if (is_tail_at(search, pos))
			search->known[pos] |= TAIL;
		if (match_item(search, pos, &next) || match_last(search, pos, &last, &has_last))
			search->known[pos] |= REST;
	}
}

/* Walks over the items from the start; the end of the last comma with its blanks. */
static size_t walk_items(struct search *search)
{
	size_t pos = 0;

	do {
		search->stop = pos;
		while (search->stop < search->text.len && !is_stop(search, search->stop))
			search->stop++;
	} while (match_item(search, pos, &pos));
	return pos;
}

static bool read_quoted(struct span text, struct ini_value *ret_value)
{
	AUTO_FREE unsigned char *known = xcalloc(text.len + 1, 1);
	struct search search = {.text = text, .known = known};
	size_t head_len, end;

	explore(&search);
	if (text.ptr[0] == ',' && known[1] & TAIL)
		return read_plain_list(part(text, 0, 1), ret_value);
	if (!(known[0] & REST))
		return false;
	head_len = walk_items(&search);
	if (!match_last(&search, head_len, &ret_value->last, &ret_value->has_last))
		BUG("a value ended where its search had not");
	end = (size_t)(ret_value->last.ptr - text.ptr) + ret_value->last.len;
	ret_value->spelling = ini_drop_trailing_space(part(text, 0, end));
	if (head_len) {
		ret_value->kind = INI_LIST;
		ret_value->head = part(text, 0, head_len);
		ret_value->has_last = ret_value->last.len > 0;
		return true;
	}
	ret_value->text = ini_unquote(ret_value->last);
	return ret_value->has_last;
}

bool ini_read_value(struct span text, struct ini_value *ret_value)
{
	struct span head, item;

	*ret_value = (struct ini_value){.kind = INI_STRING};
	if (!(contains_quote(text) ? read_quoted : read_plain)(text, ret_value))
		return false;
	head = ret_value->head;
	while (ini_take_item(&head, &item))
		if (!item.len)
			return false;
	return true;
}

/* The shortest item in quotes at the start of the head that a comma follows. */
static bool match_quoted_item(struct span head, size_t *ret_len, size_t *ret_comma)
{
	for (size_t len = 2; len < head.len; len++) {
		struct span rest = ini_skip_space(part(head, len, head.len));

		if (head.ptr[len - 1] == head.ptr[0] && rest.len && rest.ptr[0] == ',') {
			*ret_len = len;
			*ret_comma = (size_t)(rest.ptr - head.ptr);
			return true;
		}
	}
	return false;
}

bool ini_take_item(struct span *head, struct span *ret_item)
{
	const char *first_comma;
	size_t len, comma;

	if (!head->len)
		return false;
	if (!ini_is_quote(head->ptr[0]) || !match_quoted_item(*head, &len, &comma)) {
		first_comma = memchr(head->ptr, ',', head->len);
		if (!first_comma)
			BUG("the head of a list ends without a comma");
		comma = (size_t)(first_comma - head->ptr);
		len = ini_drop_trailing_space(part(*head, 0, comma)).len;
	}
	*ret_item = part(*head, 0, len);
	*head = ini_skip_space(part(*head, comma + 1, head->len));
	return true;
}
