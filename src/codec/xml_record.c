/*
 * Records of XML documents (see xml_record.h): an element's name, text, attributes and number of
 * children, followed by the children.
 */
#include "codec/xml_record.h"

#include <stdint.h>

#include "base/utf8.h"
#include "codec/xml_parts.h"

void xml_record_put(struct strbuf *out, const struct xml *root)
{
	frame_put_text(out, root->name);
	frame_put_bytes(out, root->text.text, root->text.len);
	frame_put_u32(out, (uint32_t)root->attributes.count);
	for (size_t i = 0; i < root->attributes.count; i++)
		frame_put_text(out, root->attributes.items[i]);
	frame_put_u32(out, (uint32_t)root->count);
	for (size_t i = 0; i < root->count; i++)
		xml_record_put(out, root->children[i]);
}

/* The other side may have been taken over: it is checked as if it were XML. */
static bool is_text(struct span bytes)
{
	return !span_has_nul(bytes) && utf8_is_valid(bytes.ptr, bytes.len);
}

static void get_attributes(struct frame_reader *reader, struct xml *element)
{
	for (uint32_t left = frame_get_u32(reader); left && !reader->broken; left--) {
		char *text = frame_get_text(reader, SIZE_MAX);

		strvec_give(&element->attributes, text);
		if (!is_text(span_of(text)))
			reader->broken = true;
	}
}

static struct xml *get_element(struct frame_reader *reader, struct xml *parent, int depth)
{
	struct xml *element = xml_new(frame_get_text(reader, SIZE_MAX), parent);
	struct span text = frame_get_bytes(reader, SIZE_MAX);
	uint32_t left;

	strbuf_add(&element->text, text.ptr, text.len);
	get_attributes(reader, element);
	left = frame_get_u32(reader);
	if (depth == XML_MAX_DEPTH || !element->name[0] || !is_text(span_of(element->name)) ||
	    !is_text(text))
		reader->broken = true;
	for (; left && !reader->broken; left--)
		get_element(reader, element, depth + 1);
	return element;
}

struct xml *xml_record_get(struct frame_reader *reader)
{
	struct xml *root = get_element(reader, NULL, 0);

	if (!reader->broken)
		return root;
	xml_free(root);
	return NULL;
}
