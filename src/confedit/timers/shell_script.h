/*
 * Scripts of a POSIX shell, as far as it takes to put one of their lines out of action. Everything
 * else stays byte for byte.
 */
#ifndef CONFEDIT_TIMERS_SHELL_SCRIPT_H
#define CONFEDIT_TIMERS_SHELL_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "base/strbuf.h"

struct shell_line {
	size_t number; /* from 1 */
	struct span text;
	/* It is a command of its own: without it, the lines around it still are a script. */
	bool is_separate;
};

struct shell_script {
	struct span rest;
	size_t line;
	char quote;   /* that is open at the end of the line, or 0 */
	bool goes_on; /* the command does, on the next line */
	/* A here-document was begun: which lines after it are commands is not known. */
	bool has_document;
	bool is_foreign; /* its "#!" names something else than a shell: no line is separate */
};

/* Starts reading; the text is borrowed. */
struct shell_script shell_script_begin(struct span text);
/* Finds the next line that is neither blank nor a comment; false at the end. */
bool shell_script_next(struct shell_script *script, struct shell_line *ret_line);

/* Appends the text with that line (from 1) made a command that does nothing, and a comment that
 * says who did it: a comment alone would leave an empty body behind, which no shell takes. */
void shell_script_silence(struct span text, size_t line, struct strbuf *out);

#endif
