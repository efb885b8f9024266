/*
 * The list as a page for browsers: a single file without scripts, which fetches nothing.
 */
#ifndef APP_STATUS_STATUS_HTML_H
#define APP_STATUS_STATUS_HTML_H

#include "app/status/status_list.h"
#include "base/strbuf.h"

/* Appends the page. The list must be sorted (status_list_sort()). */
void status_html_add(const struct status_list *list, struct strbuf *out);

#endif
