/*
 * A message as mail has it (RFC 5322).
 */
#ifndef APP_NOTIFY_MAIL_TEXT_H
#define APP_NOTIFY_MAIL_TEXT_H

#include "app/notify/digest.h"

/* Appends header and body, with the line end `eol`. `from` NULL: the program that gets it knows
 * better. */
void mail_text_add(const struct digest *digest, const char *from, const char *to, const char *eol,
		   struct strbuf *out);

#endif
