/*
 * What `why` says of one subject, as text or as JSON (docs/why-json.md).
 */
#ifndef APP_WHY_ANSWER_H
#define APP_WHY_ANSWER_H

#include "app/why/diagnoses.h"
#include "base/ui.h"
#include "codec/json.h"

/* Prints the answer: what failed and since when, the cause, what was seen, what to do. */
void answer_say(const struct ui *ui, const struct facts *facts, const struct finding *finding);
/* The same as an object, which the caller frees. */
struct json *answer_json(const struct facts *facts, const struct finding *finding) WARN_UNUSED;

#endif
