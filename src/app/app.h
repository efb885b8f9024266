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
#include "codec/output/result.h"
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

#endif
