/*
 * One invocation of the program: what every use case works with, and takes as its first argument.
 * It begins and ends in invocation.h.
 */
#ifndef APP_APP_H
#define APP_APP_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/map.h"
#include "base/ui.h"
#include "config/settings.h"
#include "net/confined_child.h"
#include "os/clock.h"
#include "plugin/plugin.h"
#include "plugin/registry.h"

struct ca;
struct directories;
struct hooks;
struct http_client;

struct app {
	const char *verb;          /* canonical name of the subcommand */
	struct settings *settings; /* of command line and cli.ini; borrowed */
	const struct ui *ui;
	const struct clock *clock;
	const struct plugin_registry *registry;
	struct directories *directories; /* NULL for commands without state */
	struct plugin_host host;
	struct confinement confinement; /* of all children */
	bool was_warned;                /* that one is not confined */
	struct hooks *hooks;
	/* Made at first use. */
	struct http_client *http;          /* talks to CAs and OCSP responders */
	struct http_client *provider_http; /* talks to DNS providers */
	struct map instances;              /* key (instances.h) -> struct plugin_instance */
	struct map hosts;                  /* same key -> the host of a bound one */
	struct map cas;                    /* "server account" -> struct ca */
	struct map externals; /* plugin name -> struct plugin of a program of its own */
	struct map locks;     /* directory -> struct lock, of web servers */
	struct map accounts;  /* server -> id of the account that is used without --account */
};

/* The HTTP client for CAs; made at the first call, along with that for DNS providers. */
int app_http(struct app *app, struct http_client **ret_http, struct error *err) WARN_UNUSED;
/* The row of a plugin, built in or a program of its own. ERR_CONFIG: not installed, or it does not
 * behave. */
int app_find_plugin(struct app *app, const char *name, const struct plugin **ret_plugin,
		    struct error *err) WARN_UNUSED;

/* Short forms used everywhere. */
const char *app_config_dir(const struct app *app);
int64_t app_now(const struct app *app); /* Unix seconds */

/* The plugins built into this program (app/builtins.c). */
extern const struct plugin_registry app_builtins;
/* Adds core rows and the rows of all built-in plugins. */
void app_option_table(struct option_table *ret_table);

#define APP_VERSION CERTBOT_VERSION

#endif
