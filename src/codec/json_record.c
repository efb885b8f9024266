/*
 * Records of JSON documents (see json_record.h). A node is one byte for its type, followed by:
 *
 *	object   number of members, and for each its name and its node
 *	array    number of elements, and their nodes
 *	string   length and bytes, UTF-8 without NUL
 *	integer  eight bytes, two's complement
 *	real     eight bytes, IEEE 754
 */
#include <jansson.h>

/* jansson's macros of these names would hide what json.h declares. */
#undef JSON_COMPACT
#undef json_is_object
#undef json_is_array
#undef json_is_string
#undef json_is_null

#include "codec/json_record.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/json_parts.h"

enum node_type {
	NODE_NULL,
	NODE_FALSE,
	NODE_TRUE,
	NODE_INTEGER,
	NODE_REAL,
	NODE_STRING,
	NODE_ARRAY,
	NODE_OBJECT,
};

/* The bits rather than digits, so that nothing is rounded on the way. */
static void put_real(struct strbuf *out, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	frame_put_u64(out, bits);
}

static void put_node(struct strbuf *out, json_t *node);

static void put_object(struct strbuf *out, json_t *object)
{
	const char *name;
	json_t *member;

	frame_put_u32(out, (uint32_t)json_object_size(object));
	json_object_foreach(object, name, member)
	{
		frame_put_text(out, name);
		put_node(out, member);
	}
}

static void put_array(struct strbuf *out, json_t *array)
{
	size_t i;
	json_t *element;

	frame_put_u32(out, (uint32_t)json_array_size(array));
	json_array_foreach(array, i, element) put_node(out, element);
}

static void put_node(struct strbuf *out, json_t *node)
{
	static const enum node_type types[] = {
		[JSON_OBJECT] = NODE_OBJECT, [JSON_ARRAY] = NODE_ARRAY,
		[JSON_STRING] = NODE_STRING, [JSON_INTEGER] = NODE_INTEGER,
		[JSON_REAL] = NODE_REAL,     [JSON_TRUE] = NODE_TRUE,
		[JSON_FALSE] = NODE_FALSE,   [JSON_NULL] = NODE_NULL,
	};
	enum node_type type = types[json_typeof(node)];

	frame_put_u8(out, (uint8_t)type);
	if (type == NODE_OBJECT)
		put_object(out, node);
	else if (type == NODE_ARRAY)
		put_array(out, node);
	else if (type == NODE_STRING)
		frame_put_bytes(out, json_string_value(node), json_string_length(node));
	else if (type == NODE_INTEGER)
		frame_put_u64(out, (uint64_t)json_integer_value(node));
	else if (type == NODE_REAL)
		put_real(out, json_real_value(node));
}

void json_record_put(struct strbuf *out, const struct json *json)
{
	put_node(out, (json_t *)json);
}

static json_t *get_node(struct frame_reader *reader, int depth);

/* Gives up the node unless everything in it was read. */
static json_t *whole(struct frame_reader *reader, json_t *own_node)
{
	if (!own_node)
		reader->broken = true;
	if (!reader->broken)
		return own_node;
	json_decref(own_node);
	return NULL;
}

static json_t *get_object(struct frame_reader *reader, int depth)
{
	json_t *object = json_object();

	for (uint32_t left = frame_get_u32(reader); left && !reader->broken; left--) {
		AUTO_FREE char *name = frame_get_text(reader, SIZE_MAX);
		bool again = json_object_get(object, name) != NULL;

		/* It is refused as well if it is not UTF-8. */
		if (json_object_set_new(object, name, get_node(reader, depth)) < 0 || again)
			reader->broken = true;
	}
	return whole(reader, object);
}

static json_t *get_array(struct frame_reader *reader, int depth)
{
	json_t *array = json_array();

	for (uint32_t left = frame_get_u32(reader); left && !reader->broken; left--)
		if (json_array_append_new(array, get_node(reader, depth)) < 0)
			reader->broken = true;
	return whole(reader, array);
}

/* Callers get C strings, which would end at a NUL. */
static json_t *get_string(struct frame_reader *reader)
{
	struct span text = frame_get_bytes(reader, SIZE_MAX);

	if (span_has_nul(text))
		reader->broken = true;
	return whole(reader, json_stringn(text.ptr, text.len));
}

static json_t *get_real(struct frame_reader *reader)
{
	uint64_t bits = frame_get_u64(reader);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return whole(reader, json_real(value));
}

static json_t *get_node(struct frame_reader *reader, int depth)
{
	uint8_t type = frame_get_u8(reader);

	if (reader->broken || (type >= NODE_ARRAY && depth == JSON_MAX_DEPTH))
		return whole(reader, NULL);
	switch ((enum node_type)type) {
	case NODE_OBJECT:
		return get_object(reader, depth + 1);
	case NODE_ARRAY:
		return get_array(reader, depth + 1);
	case NODE_STRING:
		return get_string(reader);
	case NODE_INTEGER:
		return whole(reader, json_integer((json_int_t)frame_get_u64(reader)));
	case NODE_REAL:
		return get_real(reader);
	case NODE_TRUE:
	case NODE_FALSE:
		return json_boolean(type == NODE_TRUE);
	case NODE_NULL:
		return json_null();
	}
	return whole(reader, NULL);
}

struct json *json_record_get(struct frame_reader *reader)
{
	json_t *root = get_node(reader, 0);

	/* As in a text, the root must be an object or an array. */
	if (root && !json_is_object((struct json *)root) && !json_is_array((struct json *)root))
		reader->broken = true;
	return (struct json *)whole(reader, root);
}
