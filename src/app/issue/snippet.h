/*
 * What a web server's configuration needs to answer challenges by itself.
 */
#ifndef APP_ISSUE_SNIPPET_H
#define APP_ISSUE_SNIPPET_H

#include "base/error.h"
#include "base/strbuf.h"

/* Appends the lines for a server ("nginx"), with the thumbprint of an account's key. ERR_USAGE:
 * none is named (NULL), or one that is not known. */
int snippet_fill(const char *server, const char *thumbprint, struct strbuf *out,
		 struct error *err) WARN_UNUSED;

#endif
