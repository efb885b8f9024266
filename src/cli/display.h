/*
 * The terminal behind struct ui: messages on standard output, questions in Certbot's layout, and
 * the effects of -n and -q on both.
 */
#ifndef CLI_DISPLAY_H
#define CLI_DISPLAY_H

#include <stdbool.h>

#include "base/ui.h"

enum display_flags {
	DISPLAY_QUIET = 1 << 0,             /* messages are dropped */
	DISPLAY_NON_INTERACTIVE = 1 << 1,   /* never ask */
	DISPLAY_FORCE_INTERACTIVE = 1 << 2, /* ask even without a terminal */
	DISPLAY_FOR_PROGRAMS = 1 << 3, /* standard output has only what display_write() writes */
};

/* Fills in `ret_ui`. There is one terminal, so there is one display. */
void display_init(unsigned flags, struct ui *ret_ui);
/* Changes the flags: the rules between options have their say after display_init(). */
void display_set_flags(unsigned flags);
/* Writes a part of what programs read on standard output, also with DISPLAY_QUIET. */
void display_write(void *context, const char *text);

#endif
