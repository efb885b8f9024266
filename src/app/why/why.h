/*
 * `why`: which certificates have a problem, and what causes it. The answer is the first diagnosis
 * (diagnoses.h) that holds for the facts that were found (facts.h).
 */
#ifndef APP_WHY_WHY_H
#define APP_WHY_WHY_H

#include "app/app.h"
#include "base/error.h"
#include "base/macros.h"

/* Answers for the lineage or name that was given, or else for all lineages with a problem.
 * ERR_NOT_FOUND: the word is neither. */
int why_run(struct app *app, struct error *err) WARN_UNUSED;

/* Called after a command has failed. Returns the cause as one line for the person, which the caller
 * frees; NULL if none was found. Takes at most two seconds, and no time for failures that explain
 * themselves. `started` is when the command began (Unix seconds). */
char *why_explain(struct plugins *plugins, const char *verb, const struct error *failure,
		  int64_t started) WARN_UNUSED;

#endif
