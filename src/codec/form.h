/*
 * Forms that come as answers (application/x-www-form-urlencoded).
 */
#ifndef CODEC_FORM_H
#define CODEC_FORM_H

#include "base/span.h"
#include "codec/json.h"

/* Returns the fields as an object of texts, names and values decoded; of several with one name, the
 * first. A name that ends in "[]" is an array, as in PHP. Text without "=" is left out, so that any
 * text is a form. The caller frees it. */
struct json *form_parse(struct span text) WARN_UNUSED;

#endif
