/*
 * What `why` says about one subject, as text or as JSON (docs/json/why.md).
 */
#ifndef APP_WHY_ANSWER_H
#define APP_WHY_ANSWER_H

#include "app/why/diagnoses.h"
#include "base/ui.h"
#include "codec/json.h"
#include "os/terminal.h"

/* Prints the answer: what failed and since when, the cause, what was observed, and what to do. */
void answer_say(const struct ui *ui, const struct facts *facts, const struct finding *finding);
/* Exported for tests. Appends "  LABEL: TEXT", wrapped for the screen, but for 80 columns at most
 * and 40 at least, with further lines indented. Never breaks a command. */
void answer_fold(const struct terminal_screen *screen, const char *label, const char *text,
		 struct strbuf *out);
/* The same as an object, which the caller frees. */
struct json *answer_json(const struct facts *facts, const struct finding *finding) WARN_UNUSED;

#endif
