/*
 * The part of the shell's language that configuration files of other programs use: reads
 * assignments without a shell, and writes words for one (POSIX XCU 2.2, Quoting).
 */
#ifndef CODEC_SHELL_H
#define CODEC_SHELL_H

#include "base/map.h"
#include "base/secret.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"

/* A map of names to heap texts, wiped when freed: values may be tokens. */
#define SHELL_VALUES_INIT MAP_INIT(secret_free_text)

/* Adds the values of NAME=value lines to `values` (SHELL_VALUES_INIT). a line may begin with
 * `export`; $NAME and ${NAME} are replaced by what was assigned before. Appends what only a shell
 * could read to `ret_unread`: the name of an assignment whose value runs a command or expands
 * otherwise, or "line N" for anything else. */
void shell_read_assignments(struct span text, struct map *values, struct strvec *ret_unread);

/* Appends the text so that a shell reads it as one word, whatever it contains. */
void shell_add_word(struct strbuf *out, const char *text);

#endif
