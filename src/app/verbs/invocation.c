/*
 * The life of a run's struct app (see invocation.h). This file knows how every member is freed, so
 * that the members need not know each other.
 */
#include "app/verbs/invocation.h"

#include "app/issue/ca.h"
#include "app/confinement.h"
#include "app/debts/hooks.h"
#include "app/plugins/instances.h"
#include "net/dns/dns_client.h"
#include "net/http/http.h"
#include "os/file/lock.h"

static void close_plugin(void *instance)
{
	plugin_close(instance);
}

static void free_ca(void *ca)
{
	ca_free(ca);
}

static void free_lock(void *lock)
{
	lock_free(lock);
}

void invocation_begin(struct app *app, const struct invocation_options *options)
{
	*app = (struct app){
		.verb = options->verb,
		.settings = options->settings,
		.ui = options->ui,
		.clock = options->clock,
		.directories = options->directories,
		.registry = &app_builtins,
		.instances = MAP_INIT(close_plugin),
		.hosts = MAP_INIT(instances_free_host),
		.cas = MAP_INIT(free_ca),
		.programs = options->programs,
		.locks = MAP_INIT(free_lock),
		.accounts = MAP_INIT(free),
	};
	confinement_begin(app);
	app->hooks = hooks_new(app);
	app->host = (struct plugin_host){
		.settings = options->settings,
		.ui = options->ui,
		.clock = options->clock,
		.dns = dns_client_new(&(const struct dns_client_options){
			.confinement = &app->confinement,
		}),
		.confinement = &app->confinement,
		.program_version = APP_VERSION,
		.locks = &app->locks,
		.context = app->hooks,
		.run_hook = hooks_run_for_plugin,
	};
}

void invocation_end(struct app *app)
{
	map_release(&app->instances);
	map_release(&app->hosts);
	map_release(&app->locks);
	map_release(&app->cas);
	map_release(&app->accounts);
	http_client_free(app->http);
	http_client_free(app->provider_http);
	dns_client_free(STEAL(app->host.dns));
	hooks_free(app->hooks);
	app->http = app->provider_http = NULL;
	app->hooks = NULL;
}
