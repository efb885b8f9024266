/*
 * Shared by all use cases (see app.h): the HTTP client, made on first use, and the rows of plugins.
 */
#include "app/app.h"

#include <string.h>

#include "app/programs.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "net/http/http.h"

/* Product, version and the administrator's comment: no telemetry. */
static char *make_user_agent(const struct settings *settings)
{
	const char *whole = settings_string(settings, "user_agent");
	const char *comment = settings_string(settings, "user_agent_comment");

	if (whole)
		return xstrdup(whole);
	if (comment)
		return xasprintf("certbot/%s (%s)", APP_VERSION, comment);
	return xasprintf("certbot/%s", APP_VERSION);
}

/* First CA bundle named in the environment, in the order Certbot's HTTP library looks. */
static const char *ca_bundle_from_environment(void)
{
	static const char *const names[] = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
					    "SSL_CERT_FILE"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *value = getenv(names[i]);

		if (value && value[0])
			return value;
	}
	return NULL;
}

int app_http(struct app *app, struct http_client **ret_http, struct error *err)
{
	if (!app->http) {
		AUTO_FREE char *user_agent = make_user_agent(app->settings);
		struct http_options options = {
			.user_agent = user_agent,
			.verify_tls = true,
			.ca_bundle = ca_bundle_from_environment(),
			.confinement = &app->confinement,
		};

		if (http_client_new(&options, &app->provider_http, err) < 0)
			return err->code;
		options.verify_tls = !settings_flag(app->settings, "no_verify_ssl");
		if (http_client_new(&options, &app->http, err) < 0)
			return err->code;
		app->host.http = app->http;
		app->host.provider_http = app->provider_http;
	}
	*ret_http = app->http;
	return 0;
}

/* True when one of the parts between dashes and the like is `word`. */
static bool has_word(const char *name, const char *word)
{
	for (const char *at = name; (at = strstr(at, word)); at++) {
		const char *end = at + strlen(word);

		if ((at == name || !ascii_is_alnum(at[-1])) && !ascii_is_alnum(*end))
			return true;
	}
	return false;
}

/* The built-in plugin that a foreign name seems to mean, such as dns-gandi for
 * dns-gandi-livedns; NULL when there is none. */
static const struct plugin *find_counterpart(const struct plugin_registry *registry,
					     const char *name)
{
	for (size_t i = 0; i < registry->count; i++) {
		const char *own = registry->plugins[i]->name;
		const char *word = str_starts(own, "dns-") ? own + strlen("dns-") : own;

		if (strlen(word) > 2 && has_word(name, word))
			return registry->plugins[i];
	}
	return NULL;
}

/* `searched`: what the search for a program said; of a bridge that is there, it says that it lacks
 * this one. */
static int not_installed(const struct app *app, const char *name, const char *searched,
			 struct error *err)
{
	const struct plugin *counterpart = find_counterpart(app->registry, name);

	error_set(err, ERR_CONFIG, "The requested %s plugin does not appear to be installed", name);
	if (counterpart)
		return error_hint(err, "the built-in plugin %s may take its place (-a, -i)",
				  counterpart->name);
	return error_hint(err,
			  "certbot-plugin-python runs it if it is a Certbot plugin that Python has "
			  "installed (%s); %s'certbot plugins' lists the plugins of this build",
			  searched ? searched : "it was not asked",
			  str_starts(name, "dns-")
				  ? "--dns-acmesh runs a script that acme.sh has for "
				    "the same provider; "
				  : "");
}

int app_find_plugin(struct app *app, const char *name, const struct plugin **ret_plugin,
		    struct error *err)
{
	AUTO(error) struct error failed = ERROR_INIT;

	*ret_plugin = plugin_find(app->registry, name);
	if (*ret_plugin)
		return 0;
	if (!app->programs)
		return not_installed(app, name, NULL, err);
	if (programs_find(app->programs, name, app->settings, ret_plugin, &failed) == 0)
		return 0;
	if (failed.code == ERR_NOT_FOUND)
		return not_installed(app, name, failed.text, err);
	error_wrap(&failed, "the %s plugin cannot be used", name);
	return error_move(err, &failed);
}

const char *app_config_dir(const struct app *app)
{
	return settings_string(app->settings, "config_dir");
}

int64_t app_now(const struct app *app)
{
	return clock_now_seconds(app->clock);
}
