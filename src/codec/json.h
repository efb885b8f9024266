/*
 * JSON behind our own types; only codec/json*.c use the JSON library. Reading is strict (duplicate
 * members, trailing bytes, depth over 32 and NUL in strings are refused), and every typed getter
 * names the path of a wrong value: "order.authorizations[2]: expected a string".
 *
 * `struct json` is one node. json_parse() and the ..._new() functions return nodes that the caller
 * frees with json_free(); nodes read from another node are borrowed from it. Text is stored as
 * UTF-8: other bytes become U+FFFD.
 */
#ifndef CODEC_JSON_H
#define CODEC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/strvec.h"

struct json;

/* Parses a whole document; `what` names it in errors ("order"). ERR_PARSE with line and column. */
int json_parse(const char *text, size_t len, const char *what, struct json **ret_json,
	       struct error *err) WARN_UNUSED;
/* Drops one reference to the document; accepts NULL. */
void json_free(struct json *json);
/* Returns another reference to the same document, which must also be freed. */
struct json *json_share(struct json *json) WARN_UNUSED;
DEFINE_AUTO_PTR(json, json_free);

/* True when the node is an object. These four return false for NULL. */
bool json_is_object(const struct json *json);
/* True when the node is an array. */
bool json_is_array(const struct json *json);
/* True when the node is a string. */
bool json_is_string(const struct json *json);
/* True when the node is the JSON value null. */
bool json_is_null(const struct json *json);

/* Returns a member of an object, borrowed, or NULL. */
struct json *json_member(const struct json *object, const char *name);
/* Returns the number of elements (array) or members (object); 0 for anything else. */
size_t json_count(const struct json *json);
/* Returns an element of an array, borrowed; NULL beyond the end. */
struct json *json_at(const struct json *array, size_t index);
/* Returns the name of the index-th member in document order, borrowed; NULL beyond the end. */
const char *json_member_name(const struct json *object, size_t index);
/* Returns the text of a string node, borrowed; NULL for any other kind. */
const char *json_text(const struct json *string);
/* Returns a text, or a whole number in digits (heap); NULL for any other kind, and for NULL. */
char *json_plain(const struct json *value) WARN_UNUSED;
/* Reads an integer node; false for any other kind. */
bool json_int(const struct json *number, int64_t *ret_value);
/* Reads a boolean node; false for any other kind. */
bool json_bool(const struct json *boolean, bool *ret_value);
/* Reads an integer or real node; false for any other kind. */
bool json_number(const struct json *number, double *ret_value);

/* Reads a required string member, borrowed. ERR_PARSE with the path when it is absent or has
 * another type; `what` names the object. */
int json_get_string(const struct json *object, const char *what, const char *name,
		    const char **ret_text, struct error *err) WARN_UNUSED;
/* The same for an array. */
int json_get_array(const struct json *object, const char *what, const char *name,
		   struct json **ret_array, struct error *err) WARN_UNUSED;
/* The same for an object. */
int json_get_object(const struct json *object, const char *what, const char *name,
		    struct json **ret_object, struct error *err) WARN_UNUSED;
/* Reads an optional string member: NULL when it is absent or null, ERR_PARSE for another type. */
int json_opt_string(const struct json *object, const char *what, const char *name,
		    const char **ret_text, struct error *err) WARN_UNUSED;
/* Reads an optional boolean member: `fallback` when it is absent or has another type. */
bool json_opt_bool(const struct json *object, const char *name, bool fallback);

/* Returns an empty object, which the caller frees. */
struct json *json_object_new(void) WARN_UNUSED;
/* Returns an empty array, which the caller frees. */
struct json *json_array_new(void) WARN_UNUSED;
/* Returns an array of strings, which the caller frees. */
struct json *json_strings_new(const struct strvec *texts) WARN_UNUSED;
/* Returns a string node, which the caller frees. */
struct json *json_string_new(const char *text) WARN_UNUSED;
/* Sets a member, replacing an earlier one. The object takes over own_value. */
void json_set(struct json *object, const char *name, struct json *own_value);
/* Sets a string member. */
void json_set_string(struct json *object, const char *name, const char *text);
/* Sets an integer member. */
void json_set_int(struct json *object, const char *name, int64_t value);
/* Sets a boolean member. */
void json_set_bool(struct json *object, const char *name, bool value);
/* Sets a member to the text, or to null when there is none (NULL). */
void json_set_text(struct json *object, const char *name, const char *text);
/* Sets a member to a time (Unix seconds, in the form of RFC 3339), or to null when it is 0. */
void json_set_time(struct json *object, const char *name, int64_t seconds);
/* Sets a floating-point member. */
void json_set_real(struct json *object, const char *name, double value);
/* Removes a member; does nothing when it is missing. */
void json_remove(struct json *object, const char *name);
/* Appends an element. The array takes over own_value. */
void json_push(struct json *array, struct json *own_value);
/* Appends a string element. */
void json_push_string(struct json *array, const char *text);
/* Appends an integer element. */
void json_push_int(struct json *array, int64_t value);
/* Removes an element, which must exist. */
void json_remove_at(struct json *array, size_t index);

enum json_style {
	JSON_COMPACT, /* {"a":1} : the form that is signed; members in order of insertion */
	JSON_PYTHON,  /* {"a": 1} with non-ASCII escaped: what Certbot's files look like */
	JSON_PRETTY,  /* two-space indent: for people */
};
/* Appends the text of the node in the given style, without a final newline. */
void json_print(const struct json *json, enum json_style style, struct strbuf *out);
/* The same for a value so many levels deep in a document in JSON_PRETTY: all lines but the first
 * are indented. */
void json_print_inside(const struct json *json, int depth, struct strbuf *out);

#endif
