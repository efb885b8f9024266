/*
 * The nginx plugin: obtains certificates through the running server and installs them into its
 * configuration (docs/nginx.md). Here are its row, and what connects it to the shared code of web
 * server plugins.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "confedit/nginx/nginx_dump.h"
#include "os/file/file.h"
#include "os/host.h"
#include "plugins/nginx/nginx_site.h"
#include "plugins/nginx/nginx_tls.h"
#include "webserver/challenge/challenges.h"
#include "webserver/control.h"
#include "webserver/webserver.h"

/* Of nginx's configure script. */
#define DEFAULT_PID_PATH "logs/nginx.pid"

/* nginx replaces an empty server_name "$hostname" by this, in lower case. */
static char *machine_name(void)
{
	char *name = host_name();

	ascii_lower_string(name);
	return name;
}

/* --nginx-sleep-seconds can only lengthen the wait. Certbot sleeps so long in any case; here nginx
 * is asked. */
static void open_site(struct webserver *server)
{
	const struct settings *settings = server->host->settings;
	struct nginx_site *site = XNEW(struct nginx_site);
	int64_t limit_ms = settings_int(settings, "nginx_sleep_seconds") * 1000;

	if (limit_ms > server->proof_limit_ms)
		server->proof_limit_ms = limit_ms;
	site->program.path = xstrdup(settings_string(settings, "nginx_ctl"));
	server->root = path_absolute(settings_string(settings, "nginx_server_root"));
	site->program.conf = path_join(server->root, "nginx.conf");
	site->hostname = machine_name();
	strbuf_init(&site->dump);
	server->own = site;
}

static int find_nginx(struct nginx_site *site, struct error *err)
{
	if (control_find(&site->program.path, "--nginx-ctl", "nginx", err) < 0)
		return err->code;
	if (!file_exists(site->program.conf))
		return error_set(err, ERR_NOT_FOUND,
				 "cannot find '%s': set --nginx-server-root to the directory of "
				 "nginx.conf",
				 site->program.conf);
	return 0;
}

/* 0.8.48 is Certbot's limit: before it, an empty server_name meant the host's name. */
static int check_build(const struct nginx_build *build, struct error *err)
{
	if (!build->has_ssl)
		return error_set(err, ERR_CONFIG,
				 "nginx was built without TLS (--with-http_ssl_module)");
	if (!build->has_sni)
		return error_set(err, ERR_CONFIG, "nginx was built without support for TLS SNI");
	if (!nginx_version_reaches(&build->version, 0, 8, 48))
		return error_set(err, ERR_CONFIG, "nginx 0.8.48 or later is needed");
	if (strcmp(build->product, "nginx") != 0)
		log_warning("NGINX derivative %s is not officially supported by Certbot",
			    build->product);
	return 0;
}

/* The "pid" of the configuration, or the path that was compiled in. Taken from what nginx itself
 * has read: a "pid" may be in an included file, and a relative path belongs to the prefix that
 * nginx was built with. */
static void find_pid_path(struct nginx_site *site)
{
	AUTO(nginx_dump) struct nginx_dump *dump = NULL;
	AUTO(nginx_model) struct nginx_model *model = NULL;
	AUTO(error) struct error err = ERROR_INIT;
	const char *path = NULL;

	if (nginx_dump_parse(span_make(site->dump.text, site->dump.len), &dump, &err) < 0 ||
	    nginx_model_from_dump(dump, &model, &err) < 0)
		log_debug("%s", err.text);
	else
		path = nginx_model_main_value(model, "pid");
	if (!path)
		path = site->build.pid_path ? site->build.pid_path : DEFAULT_PID_PATH;
	site->pid_path_is_guessed = path[0] != '/';
	REPLACE(site->pid_path,
		site->pid_path_is_guessed ? path_join(site->build.prefix, path) : xstrdup(path));
}

static int install_tls_files(struct webserver *server, struct error *err)
{
	struct nginx_site *site = nginx_site_of(server);
	const char *config_dir = webserver_config_dir(server);
	bool is_current;
	const struct tls_file *options = nginx_tls_options(&site->build, &is_current);

	if (!is_current)
		log_warning("Your nginx or its OpenSSL is old: its TLS options file '%s' will not "
			    "receive updates",
			    options->name);
	REPLACE(site->options_path, tls_file_path(options, config_dir));
	REPLACE(site->dhparam_path, tls_file_path(&tls_dhparams, config_dir));
	if (tls_file_install(options, config_dir, err) < 0)
		return err->code;
	return tls_file_install(&tls_dhparams, config_dir, err);
}

/* The dump is taken once, before any edit; load_site() compares it with our own reading. */
static int prepare(struct plugin_instance *instance, struct error *err)
{
	struct webserver *server = webserver_of(instance);
	struct nginx_site *site = nginx_site_of(server);

	if (find_nginx(site, err) < 0 || webserver_prepare(server, err) < 0 ||
	    nginx_program_build(&site->program, &site->build, err) < 0 ||
	    check_build(&site->build, err) < 0)
		return err->code;
	if (nginx_program_dump(&site->program, &site->dump, err) < 0)
		return err->code;
	find_pid_path(site);
	webserver_settle(server);
	return server->host->asks_only ? 0 : install_tls_files(server, err);
}

static const struct authenticator nginx_authenticator = {
	.preference = webserver_preference_sni,
	.present = webserver_present,
	.cleanup = webserver_cleanup,
	.failure_hint =
		"The Certificate Authority failed to verify the temporary nginx configuration "
		"changes made by Certbot. Ensure the listed domains point to this nginx server and "
		"that it is accessible from the internet.",
};

static const struct installer nginx_installer = {
	.all_names = webserver_all_names,
	.deploy = webserver_deploy,
	.enhance = webserver_enhance,
	.supported = 1u << ENHANCE_REDIRECT | 1u << ENHANCE_HSTS | 1u << ENHANCE_UIR |
		     1u << ENHANCE_STAPLE | 1u << ENHANCE_AUTO_HSTS,
	.save = webserver_save,
	.config_test = webserver_config_test,
	.reload = webserver_reload,
	.prove = webserver_prove,
	.processes = "nginx",
	.rollback = webserver_rollback,
	.recover = webserver_recover,
	.update = nginx_autohsts_update,
};

static const struct option nginx_options[] = {
	{
		.dest = "nginx_server_root",
		.names = "--nginx-server-root",
		.type = OPTION_STRING,
		.fallback = "/etc/nginx",
		.metavar = "DIR",
		.topics = "nginx",
		.flags = OPTION_SAVED | OPTION_PLACE,
		.help = "Directory of nginx.conf.",
	},
	{
		.dest = "nginx_ctl",
		.names = "--nginx-ctl",
		.type = OPTION_STRING,
		.fallback = "nginx",
		.metavar = "PROGRAM",
		.topics = "nginx",
		.flags = OPTION_SAVED,
		.help = "The nginx program, used for `configtest` and finding the version number; "
			"looked for in PATH.",
	},
	{
		.dest = "nginx_sleep_seconds",
		.names = "--nginx-sleep-seconds",
		.type = OPTION_INT,
		.fallback = "1",
		.choices = "0..3600",
		.metavar = "SECONDS",
		.topics = "nginx",
		.flags = OPTION_SAVED,
		.help = "How long nginx may take to use a new configuration. Certbot asks nginx "
			"itself and goes on as soon as it answers, so this is only ever an upper "
			"bound; ten seconds are always granted.",
	},
};

static const struct plugin_manual manual_page = {
	.purpose = "prove control of names and install certificates by nginx",
	.paragraphs =
		{"Proves control of names through the running nginx, and sets it up to use the "
		 "certificate. For as long as the CA looks, every server block that may get its "
		 "request answers by a location of its own, before redirects, passwords and "
		 "proxies; afterwards every file is what it was.",
		 "Installing adds the sockets for TLS, certificate, key and safe settings to "
		 "the server block that nginx itself would choose for the name. Everything is "
		 "tested by nginx before it is told to reload, nginx is asked for the new "
		 "certificate afterwards, and each step can be undone by `certbot rollback "
		 "--nginx`. nginx must be running: it is never started."},
	.example = "certbot --nginx -d example.com -d www.example.com\n"
		   "certbot install --nginx --cert-name example.com\n"
		   "certbot rollback --nginx",
};

const struct webserver_plugin nginx_plugin = {
	.plugin =
		{
			.name = "nginx",
			.manual = &manual_page,
			.description = "Nginx Web Server plugin",
			.flags = PLUGIN_BOUND,
			.options = nginx_options,
			.option_count = ARRAY_LEN(nginx_options),
			.prepare = prepare,
			.close = webserver_close,
			.authenticator = &nginx_authenticator,
			.installer = &nginx_installer,
		},
	.kind = &nginx_kind,
	.open = open_site,
};
