/*
 * One invocation of the program: the context that every use case works with and takes as its first
 * argument. invocation.h begins and ends it.
 */
#ifndef APP_APP_H
#define APP_APP_H

#include "base/macros.h"
#include "base/strbuf.h"
#include "base/ui.h"
#include "children/network.h"
#include "codec/json.h"
#include "config/settings.h"

struct cas;
struct directories;
struct hooks;
struct plugins;

struct app {
	const char *verb;          /* canonical name of the subcommand */
	struct settings *settings; /* from command line and cli.ini; borrowed */
	const struct ui *ui;
	struct network network;
	struct directories *directories; /* NULL for commands without state */
	struct plugins *plugins;
	struct cas *cas;
	struct hooks *hooks;
};

/* ---- What --json prints ---- */

/* Prints a whole document. */
void app_say_json(const struct ui *ui, const struct json *whole);

/* A document with a list that is printed as it grows, so that a hundred thousand elements are never
 * in memory at the same time. */
struct app_json_list {
	const struct ui *ui;
	struct strbuf text; /* what is not printed yet */
	size_t count;
};

#define APP_JSON_LIST_INIT(printed_by)                                                             \
	{                                                                                          \
		.ui = (printed_by), .text = STRBUF_INIT                                            \
	}
void app_json_list_release(struct app_json_list *list);
DEFINE_AUTO(app_json_list, app_json_list_release);

/* Begins the document: the version of its form, and the list under that name. */
void app_json_list_begin(struct app_json_list *list, int version, const char *name);
void app_json_list_add(struct app_json_list *list, const struct json *element);
/* Ends the document after one more member (NULL: none). Prints the rest. */
void app_json_list_end(struct app_json_list *list, const char *name, const struct json *value);

#endif
