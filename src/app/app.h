/*
 * One invocation of the program: the context that every use case works with and takes as its first
 * argument. invocation.h begins and ends it.
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
struct programs;

struct app {
	const char *verb;          /* canonical name of the subcommand */
	struct settings *settings; /* from command line and cli.ini; borrowed */
	const struct ui *ui;
	const struct clock *clock;
	const struct plugin_registry *registry;
	struct programs *programs;       /* plugins that are not built in; borrowed */
	struct directories *directories; /* NULL for commands without state */
	struct plugin_host host;
	struct confinement confinement; /* for all children */
	bool was_warned;                /* the warning about an unconfined child was printed */
	struct hooks *hooks;
	/* Made at first use. */
	struct http_client *http;          /* talks to CAs and OCSP responders */
	struct http_client *provider_http; /* talks to DNS providers */
	struct map instances;              /* key (instances.h) -> struct plugin_instance */
	struct map hosts;                  /* same key -> the host of a bound plugin */
	struct map cas;                    /* "server account" -> struct ca */
	struct map locks;                  /* directory of a web server -> struct lock */
	struct map accounts;               /* server -> id of the account used without --account */
};

/* Returns the HTTP client for CAs, borrowed. The first call makes it, together with the one for DNS
 * providers. */
int app_http(struct app *app, struct http_client **ret_http, struct error *err) WARN_UNUSED;
/* Finds the row of a plugin, built in or an external program. ERR_CONFIG: it is not installed, or
 * the program violates the protocol. */
int app_find_plugin(struct app *app, const char *name, const struct plugin **ret_plugin,
		    struct error *err) WARN_UNUSED;

/* Returns the configuration directory; borrowed from the settings. */
const char *app_config_dir(const struct app *app);

/* Returns the current time in Unix seconds. */
int64_t app_now(const struct app *app);

/* The plugins built into this program (app/builtins.c). */
extern const struct plugin_registry app_builtins;
/* A key of a credentials file, as pages for people show it; static. */
struct app_credential {
	const char *key;     /* without the plugin's name in front */
	const char *meaning; /* completes "should be ..." */
	bool is_optional;
};
/* Gives the key of that number in a built-in plugin's credentials file. Returns false after the
 * last one, and for a plugin without such a file. */
bool app_credential(const struct plugin *plugin, size_t number,
		    struct app_credential *ret_credential);
/* Returns where a user gets the credentials that a built-in plugin needs ("desec.io/tokens"), or
 * NULL: there are none, or nothing to say about it. Static. */
const char *app_credentials_source(const struct plugin *plugin);
/* Adds the core option rows and those of all built-in plugins. */
void app_option_table(struct option_table *ret_table);

#define APP_VERSION CERTBOT_VERSION

#endif
