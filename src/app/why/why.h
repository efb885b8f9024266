/*
 * `why`: what is not well with certificates, and what causes it. The answer is the first of the
 * diagnoses (diagnoses.h) that holds on what was seen (facts.h).
 */
#ifndef APP_WHY_WHY_H
#define APP_WHY_WHY_H

#include "app/app.h"
#include "base/error.h"
#include "base/macros.h"

/* Answers for the lineage or name that is asked about; without one, for all lineages that are not
 * well. ERR_NOT_FOUND: the word is neither. */
int why_run(struct app *app, struct error *err) WARN_UNUSED;

/* After a command has failed: the cause, as one line for the person, which the caller frees; NULL
 * when none was seen. Takes at most two seconds, and no time at all for failures that explain
 * themselves. `started` is when the command began (Unix seconds). */
char *why_explain(struct plugins *plugins, const char *verb, const struct error *failure,
		  int64_t started) WARN_UNUSED;

#endif
