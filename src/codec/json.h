/*
 * JSON behind our own types; the only home of the JSON library. Reading is strict (duplicate
 * members, trailing bytes, depth over 32 and NUL in strings are refused) and every typed getter
 * names the path of what is wrong: "order.authorizations[2]: expected a string".
 *
 * `struct json` is one node. json_parse() and json_object()/json_array() return nodes that the
 * caller frees with json_free(); nodes got from another node are borrowed from it.
 */
#ifndef CODEC_JSON_H
#define CODEC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"

struct json;

/* Parses a whole document; `what` names it in errors ("order"). ERR_PARSE with line and column. */
int json_parse(const char *text, size_t len, const char *what, struct json **ret_json,
	       struct error *err) WARN_UNUSED;
void json_free(struct json *json);
/* The same document for one more owner, who frees it as well. */
struct json *json_share(struct json *json) WARN_UNUSED;
DEFINE_AUTO_PTR(json, json_free);

bool json_is_object(const struct json *json);
bool json_is_array(const struct json *json);
bool json_is_string(const struct json *json);
bool json_is_null(const struct json *json);

/* Member of an object, or NULL. Borrowed. */
struct json *json_member(const struct json *object, const char *name);
/* Number of elements (array) or members (object); 0 for anything else. */
size_t json_count(const struct json *json);
/* Element of an array, borrowed; NULL beyond the end. */
struct json *json_at(const struct json *array, size_t index);
/* Name of the index-th member in document order, borrowed. */
const char *json_member_name(const struct json *object, size_t index);
/* Text of a string node; NULL for any other kind. Borrowed. */
const char *json_text(const struct json *string);
/* Value of an integer node; false for any other kind. */
bool json_int(const struct json *number, int64_t *ret_value);
bool json_bool(const struct json *boolean, bool *ret_value);
/* Value of any number; false for any other kind. */
bool json_number(const struct json *number, double *ret_value);

/* Typed members: absence or a wrong type is ERR_PARSE with the path. `what` names the object. */
int json_get_string(const struct json *object, const char *what, const char *name,
		    const char **ret_text, struct error *err) WARN_UNUSED;
int json_get_array(const struct json *object, const char *what, const char *name,
		   struct json **ret_array, struct error *err) WARN_UNUSED;
int json_get_object(const struct json *object, const char *what, const char *name,
		    struct json **ret_object, struct error *err) WARN_UNUSED;
/* Optional string member: absent or null gives NULL; a wrong type is ERR_PARSE. */
int json_opt_string(const struct json *object, const char *what, const char *name,
		    const char **ret_text, struct error *err) WARN_UNUSED;
/* Optional boolean: absent gives `fallback`. */
bool json_opt_bool(const struct json *object, const char *name, bool fallback);

/* Building. json_object_new()/json_array_new() are freed by the caller; setters that take a node
 * (own_value) own it from then on. */
struct json *json_object_new(void) WARN_UNUSED;
struct json *json_array_new(void) WARN_UNUSED;
struct json *json_string_new(const char *text) WARN_UNUSED;
void json_set(struct json *object, const char *name, struct json *own_value);
void json_set_string(struct json *object, const char *name, const char *text);
void json_set_int(struct json *object, const char *name, int64_t value);
void json_set_bool(struct json *object, const char *name, bool value);
void json_set_null(struct json *object, const char *name);
void json_set_real(struct json *object, const char *name, double value);
void json_remove(struct json *object, const char *name);
void json_push(struct json *array, struct json *own_value);
void json_push_string(struct json *array, const char *text);
/* Removes an element, which must be there. */
void json_remove_at(struct json *array, size_t index);

enum json_style {
	JSON_COMPACT, /* {"a":1} : the form that is signed; members in order of insertion */
	JSON_PYTHON,  /* {"a": 1} with non-ASCII escaped: what Certbot's files look like */
	JSON_PRETTY,  /* two-space indent: for people */
};
void json_print(const struct json *json, enum json_style style, struct strbuf *out);

#endif
