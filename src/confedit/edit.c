/*
 * Splices over original bytes (see edit.h). This module knows no grammar: the caller decides where
 * to edit, and parses the result again.
 */
#include "confedit/edit.h"

#include <string.h>

#include "base/alloc.h"

void edit_release(struct edit *edit)
{
	for (size_t i = 0; i < edit->count; i++)
		free(edit->splices[i].text);
	free(edit->splices);
	*edit = (struct edit)EDIT_INIT(edit->base);
}

void edit_replace(struct edit *edit, size_t start, size_t end, const char *text)
{
	size_t at = edit->count;

	if (start > end || end > edit->base.len)
		BUG("splice [%zu, %zu) of %zu bytes", start, end, edit->base.len);
	ARRAY_GROW(edit->splices, edit->count, edit->capacity);
	for (; at > 0 && edit->splices[at - 1].start > start; at--)
		edit->splices[at] = edit->splices[at - 1];
	edit->splices[at] = (struct edit_splice){start, end, xstrdup(text)};
	edit->count++;
}

void edit_insert(struct edit *edit, size_t offset, const char *text)
{
	edit_replace(edit, offset, offset, text);
}

void edit_delete(struct edit *edit, size_t start, size_t end)
{
	edit_replace(edit, start, end, "");
}

void edit_apply_range(const struct edit *edit, size_t start, size_t end, struct strbuf *out)
{
	size_t at = start;

	for (size_t i = 0; i < edit->count; i++) {
		const struct edit_splice *splice = &edit->splices[i];

		if (splice->start < start)
			continue;
		if (splice->start > end)
			break;
		if (splice->start > at) {
			strbuf_add(out, edit->base.ptr + at, splice->start - at);
			at = splice->start;
		}
		strbuf_adds(out, splice->text);
		if (splice->end > at)
			at = splice->end;
	}
	if (at < end)
		strbuf_add(out, edit->base.ptr + at, end - at);
}

void edit_apply(const struct edit *edit, struct strbuf *out)
{
	edit_apply_range(edit, 0, edit->base.len, out);
}

size_t edit_map(const struct edit *edit, size_t offset)
{
	size_t at = 0, mapped = 0;

	for (size_t i = 0; i < edit->count; i++) {
		const struct edit_splice *splice = &edit->splices[i];

		if (splice->start > offset)
			break;
		if (splice->start > at) {
			mapped += splice->start - at;
			at = splice->start;
		}
		mapped += strlen(splice->text);
		if (splice->end > at)
			at = splice->end;
	}
	return offset > at ? mapped + offset - at : mapped;
}
