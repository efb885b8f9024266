/*
 * The plugin "heroku": proves control of the names of apps on Heroku by an address of the app, and
 * gives the apps their certificates.
 *
 * Authenticator: the app itself answers the challenges. It has an address at which it takes an
 * answer (POST, {"domain", "secret"}) and forgets it (DELETE, {"domain"}), with a token of its
 * own.
 *
 * Installer: a certificate of an app is an SNI endpoint, and each name of the app says which
 * endpoint it uses. A renewal replaces the certificate of the endpoint.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "cloud/heroku_api.h"
#include "cloud/vendor.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/api/call.h"
#include "dns/session.h"
#include "os/file/file.h"
#include "plugin/plugin.h"
#include "plugin/service_option.h"
#include "plugin/untracked.h"

#define MAX_PEM (1024 * 1024)

static const char *text_option(const struct settings *settings, const char *dest)
{
	const char *value = settings_string(settings, dest);

	return value && value[0] ? value : NULL;
}

static const struct strvec *apps_of(const struct settings *settings)
{
	return settings_list(settings, "heroku_app");
}

/* The plugin is offered only to users of Heroku. */
static int prepare(struct plugin_instance *instance, struct error *err)
{
	const struct settings *settings = instance->host->settings;

	if (apps_of(settings)->count || text_option(settings, "heroku_endpoint"))
		return 0;
	return error_set(err, ERR_NOT_FOUND,
			 "neither an app (--heroku-app) nor the address of one "
			 "(--heroku-endpoint) is given");
}

/* ---- The authenticator ---- */

/* The app's own address needs no token of Heroku's. */
static const struct dns_provider app_api = {
	.plugin = {.name = "heroku"},
	.title = "the app",
	.flags = DNS_NO_CREDENTIALS_FILE,
	.login_hint = "check --heroku-http-token",
};

/* The app answers over HTTP only, which rules out wildcards. */
static size_t preference(struct plugin_instance *instance, const struct settings *settings,
			 const struct acme_identifier *identifier,
			 enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	ret_types[0] = ACME_HTTP_01;
	return 1;
}

/* The token goes to this address, hence https. */
static int configure(struct plugin_instance *instance, struct settings *settings,
		     const struct acme_identifiers *identifiers, struct error *err)
{
	const char *endpoint = text_option(settings, "heroku_endpoint");

	if (!endpoint || !text_option(settings, "heroku_http_token")) {
		error_set(err, ERR_CONFIG, "the app on Heroku has to answer the challenges itself");
		return error_hint(err, "give the address at which it takes the answers "
				       "(--heroku-endpoint) and the token that it wants "
				       "(--heroku-http-token)");
	}
	if (!str_starts_nocase(endpoint, "https://"))
		return error_set(err, ERR_CONFIG,
				 "--heroku-endpoint must be an https:// address, not '%s'",
				 endpoint);
	return 0;
}

/* Marked as repeatable: giving the same answer twice does no harm. */
static int tell_app(struct dns_session *session, const struct plugin_task *task, bool is_new,
		    struct error *err)
{
	const char *token = settings_string(task->settings, "heroku_http_token");
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO(json) struct json *request = json_object_new();
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *value = xasprintf("Token %s", token);
	const struct dns_call call = {
		.what = is_new ? "give the answer" : "take the answer back",
		.method = is_new ? HTTP_POST : HTTP_DELETE,
		.url = settings_string(task->settings, "heroku_endpoint"),
		.headers = &headers,
		.json = request,
		.flags = DNS_CALL_REPEATABLE | DNS_CALL_NO_ANSWER,
	};

	dns_hide(session, token);
	headers_add(&headers, "Authorization", value);
	json_set_string(request, "domain", task->challenge->identifier.value);
	if (is_new)
		json_set_string(request, "secret", task->challenge->key_authorization);
	return dns_call(session, &call, &reply, err);
}

/* A failure belongs to its own name, so that the other names are still validated; when answers are
 * taken back, the first failure is reported after all were tried. */
static int tell_all(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		    bool is_new, struct error *err)
{
	AUTO(dns_session) struct dns_session *session = NULL;

	if (dns_session_open(&app_api, instance->host, instance->host->settings, &session, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		AUTO(error) struct error failed = ERROR_INIT;
		int rc = tell_app(session, &tasks[i], is_new, &failed);

		if (rc < 0 && is_new && rc != ERR_CANCELLED)
			error_move(&tasks[i].challenge->present_error, &failed);
		else if (rc < 0 && !error_is_set(err))
			error_move(err, &failed);
	}
	return err->code;
}

static int present(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	return tell_all(instance, tasks, count, true, err);
}

static int cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	return tell_all(instance, tasks, count, false, err);
}

static const struct authenticator heroku_authenticator = {
	.preference = preference,
	.configure = configure,
	.present = present,
	.cleanup = cleanup,
	.failure_hint =
		"The Certificate Authority could not get the answers from the app. Ensure that the "
		"names lead to it (their DNS target is shown by `heroku domains`), and that it "
		"answers /.well-known/acme-challenge/ with what it was given at --heroku-endpoint, "
		"in all of its dynos.",
};

/* ---- The installer ---- */

/* While Heroku manages the certificates itself, it refuses or replaces others. */
static int find_app(struct dns_session *session, const char *app, struct heroku_app **ret_app,
		    struct error *err)
{
	if (heroku_find_app(session, app, ret_app, err) < 0)
		return err->code;
	if (!(*ret_app)->has_acm)
		return 0;
	error_set(err, ERR_CONFIG,
		  "Heroku gets the certificates of the app '%s' itself (automated certificate "
		  "management)",
		  app);
	return error_hint(err,
			  "to use other certificates turn that off: heroku certs:auto:disable "
			  "-a %s",
			  app);
}

/* Asked of each app before the CA is: whether Heroku accepts our certificates is known
 * beforehand. */
static int check_settings(struct plugin_instance *instance, const struct settings *settings,
			  struct error *err)
{
	const struct strvec *apps = apps_of(settings);
	struct dns_session *session = NULL;
	struct heroku_app *app = NULL;

	if (!apps->count)
		return error_set(err, ERR_CONFIG, "heroku needs to know the app (--heroku-app)");
	if (vendor_session(instance, &heroku_api, &session, err) < 0)
		return err->code;
	for (size_t i = 0; i < apps->count; i++)
		if (find_app(session, apps->items[i], &app, err) < 0)
			return err->code;
	return 0;
}

/* True when all names that use the endpoint are among these: its certificate may be replaced. */
static bool serves_only(const struct heroku_domains *domains, const char *endpoint,
			const struct strvec *names)
{
	for (size_t i = 0; i < domains->count; i++)
		if (domains->items[i].endpoint &&
		    strcmp(domains->items[i].endpoint, endpoint) == 0 &&
		    !vendor_covers(names, domains->items[i].name))
			return false;
	return true;
}

/* The endpoint whose certificate has to be replaced (heap); NULL: a new one is needed. */
static int choose_endpoint(struct dns_session *session, const char *app,
			   const struct deploy_task *task, const struct heroku_domains *domains,
			   char **ret_endpoint, struct error *err)
{
	const char *given = text_option(task->settings, "heroku_cert_name");

	if (given) {
		if (heroku_find_endpoint(session, app, given, ret_endpoint, err) < 0 ||
		    *ret_endpoint)
			return err->code;
		return error_set(err, ERR_CONFIG,
				 "the app '%s' has no certificate of the name '%s' "
				 "(--heroku-cert-name)",
				 app, given);
	}
	for (size_t i = 0; i < domains->count && !*ret_endpoint; i++) {
		const char *endpoint = domains->items[i].endpoint;

		if (endpoint && vendor_covers(task->names, domains->items[i].name) &&
		    serves_only(domains, endpoint, task->names))
			*ret_endpoint = xstrdup(endpoint);
	}
	return 0;
}

/* Puts the certificate into the app and ties its names to it. */
static int install_in_app(struct dns_session *session, const char *name,
			  const struct deploy_task *task,
			  const struct heroku_certificate *certificate, struct strvec *ret_served,
			  struct error *err)
{
	struct heroku_app *app = NULL;
	AUTO_FREE char *endpoint = NULL;
	int rc;

	if (find_app(session, name, &app, err) < 0 ||
	    choose_endpoint(session, name, task, &app->domains, &endpoint, err) < 0)
		return err->code;
	/* An interrupted run may have added the certificate without tying a name to it. */
	if (!endpoint &&
	    heroku_find_certificate(session, name, certificate->chain, &endpoint, err) < 0)
		return err->code;
	rc = endpoint ? heroku_update_endpoint(session, name, endpoint, certificate, err)
		      : heroku_add_endpoint(session, name, certificate, &endpoint, err);
	for (size_t i = 0; rc == 0 && i < app->domains.count; i++) {
		struct heroku_domain *domain = &app->domains.items[i];

		if (!vendor_covers(task->names, domain->name))
			continue;
		strvec_push_unique(ret_served, domain->name);
		if (!domain->endpoint || strcmp(domain->endpoint, endpoint) != 0)
			rc = heroku_tie_domain(session, name, domain, endpoint, err);
	}
	return rc;
}

static int install_certificate(struct plugin_instance *instance, struct deploy_task *task,
			       struct error *err)
{
	const struct strvec *apps = apps_of(task->settings);
	AUTO(strbuf) struct strbuf chain = STRBUF_INIT;
	AUTO(secret) struct secret key = SECRET_INIT;
	AUTO(strvec) struct strvec served = STRVEC_INIT;
	struct heroku_certificate certificate = {.key = &key};
	struct dns_session *session = NULL;

	if (!task->fullchain_path)
		return error_set(err, ERR_CONFIG, "Heroku needs --fullchain-path");
	if (file_read(task->fullchain_path, MAX_PEM, &chain, err) < 0 ||
	    vendor_read_key(task->key_path, &key, err) < 0 ||
	    vendor_session(instance, &heroku_api, &session, err) < 0)
		return err->code;
	certificate.chain = chain.text;
	for (size_t i = 0; i < apps->count; i++) {
		if (install_in_app(session, apps->items[i], task, &certificate, &served, err) < 0)
			return err->code;
		strvec_pushf(&task->places, "the Heroku app %s", apps->items[i]);
	}
	/* A warning only: the certificate may also be used elsewhere. */
	for (size_t i = 0; i < task->names->count; i++)
		if (!vendor_serves(&served, task->names->items[i]))
			log_warning("%s is not a domain of the app: heroku domains:add '%s'",
				    task->names->items[i], task->names->items[i]);
	return 0;
}

static int install_all(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		       struct error *err)
{
	return untracked_install_each(instance, tasks, count, install_certificate, err);
}

/* The domains of the apps, except those that Heroku gave them. */
static int list_names(struct plugin_instance *instance, struct strvec *ret_names, struct error *err)
{
	const struct strvec *apps = apps_of(instance->host->settings);
	struct dns_session *session = NULL;

	if (vendor_session(instance, &heroku_api, &session, err) < 0)
		return err->code;
	for (size_t i = 0; i < apps->count; i++) {
		struct heroku_app *app = NULL;

		if (heroku_find_app(session, apps->items[i], &app, err) < 0)
			return err->code;
		for (size_t j = 0; j < app->domains.count; j++)
			if (!str_ends(app->domains.items[j].name, ".herokuapp.com"))
				strvec_push_unique(ret_names, app->domains.items[j].name);
	}
	return 0;
}

/* Heroku checks what it is given and starts to use it by itself. */
static const struct installer heroku_installer = {
	.all_names = list_names,
	.check = check_settings,
	.deploy = install_all,
	UNTRACKED_CALLBACKS,
	.reload = untracked_effect,
	.renewed = install_all,
};

/* ---- The row ---- */

#define ROW(name_, dest_, type_, metavar_, flags_, help_)                                          \
	SERVICE_OPTION("heroku", dest_, "--heroku-" name_, type_, flags_, NULL, metavar_, help_)

/* All but the last have the same names as in certbot-heroku. */
static const struct option options[] = {
	ROW("app", "heroku_app", OPTION_COMMA_LIST, "APP", 0,
	    "App that gets the certificate. May be given several times."),
	ROW("endpoint", "heroku_endpoint", OPTION_STRING, "URL", 0,
	    "Address of the app at which it takes answers to challenges."),
	ROW("http-token", "heroku_http_token", OPTION_STRING, "TOKEN", OPTION_SECRET,
	    "Token that the app wants at that address."),
	ROW("cert-name", "heroku_cert_name", OPTION_STRING, "NAME", 0,
	    "Certificate of the app that is to be replaced (`heroku certs`). (default: the one "
	    "that its domains use, or a new one)"),
	ROW("token-file", "heroku_token_file", OPTION_PATH, "FILE", 0,
	    "File with a token for Heroku's API. (default: $HEROKU_API_KEY, or what `heroku "
	    "login` has left in ~/.netrc)"),
};

static const struct option selector = {
	.dest = "heroku",
	.names = "--heroku",
	.type = OPTION_FLAG,
	.topics = "plugins certonly run install",
	.flags = OPTION_SELECTS_AUTHENTICATOR | OPTION_SELECTS_INSTALLER | OPTION_OURS,
	.help = "Use an app on Heroku to prove control, and give it the certificate."};

static const struct plugin_manual manual_page = {
	.purpose = "prove control of names and install certificates by apps on Heroku",
	.paragraphs =
		{"The app answers the challenges itself: at `--heroku-endpoint` it takes an "
		 "answer (POST of `domain` and `secret` as JSON, with `Authorization: Token "
		 "...`) and forgets it (DELETE).",
		 "The certificate becomes an SNI endpoint of each app, and the domains of the "
		 "app use it; a renewal takes its place there. Apps for which Heroku gets "
		 "certificates itself are refused before the CA is asked."},
	.example = "certbot run -a dns-cloudflare -i heroku --heroku-app my-app \\\n"
		   "    -d '*.example.com'",
};

const struct plugin heroku_plugin = {
	.name = "heroku",
	.selector = &selector,
	.manual = &manual_page,
	.description = "Heroku plugin",
	.title = "Heroku",
	.flags = PLUGIN_BOUND,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.prepare = prepare,
	.close = vendor_close,
	.authenticator = &heroku_authenticator,
	.installer = &heroku_installer,
};
