/*
 * The Apache httpd plugin: obtains certificates through the running server and installs them into
 * its configuration (docs/apache.md). Here are its row, and what connects it to the shared code of
 * web server plugins.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "os/file/file.h"
#include "plugins/apache/apache_site.h"
#include "webserver/challenge/challenges.h"
#include "webserver/control.h"
#include "webserver/webserver.h"

/* The option's value, else the distribution's. An empty value is what Certbot's confs have for "not
 * set". */
static char *choose_text(const struct plugin_host *host, const char *dest, const char *fallback)
{
	const char *value = settings_string(host->settings, dest);

	return xstrdup_or_null(value && *value ? value : fallback);
}

static char *choose_path(const struct plugin_host *host, const char *dest, const char *fallback)
{
	AUTO_FREE char *path = choose_text(host, dest, fallback);

	return path_absolute(path);
}

/* Certbot takes any text as yes. "false" is not yes here. */
static bool choose_flag(const struct plugin_host *host, const char *dest, bool fallback)
{
	static const char *const noes[] = {"false", "no", "off", "0"};
	const char *value = settings_string(host->settings, dest);

	if (!value || !*value)
		return fallback;
	for (size_t i = 0; i < ARRAY_LEN(noes); i++)
		if (str_eq_nocase(value, noes[i]))
			return false;
	return true;
}

/* `query` is asked questions, `ctl` controls: on some distributions apachectl passes no arguments
 * on to httpd. */
static void set_programs(struct apache_site *site, const struct plugin_host *host)
{
	const struct apache_os *os = site->os;
	const char *ctl = settings_string(host->settings, "apache_ctl");

	site->program.ctl = xstrdup(ctl && *ctl ? ctl : os->ctl);
	site->program.query = xstrdup(ctl && *ctl ? ctl : os->query ? os->query : os->ctl);
	site->program.restart = os->restart;
	if (!choose_flag(host, "apache_handle_modules", os->flags & APACHE_OS_MODULES))
		return;
	site->enmod = choose_text(host, "apache_enmod", os->enmod);
	site->dismod = choose_text(host, "apache_dismod", os->dismod);
}

static struct apache_site *new_site(const struct plugin_host *host)
{
	const char *vhost_root = settings_string(host->settings, "apache_vhost_root");
	struct apache_site *site = XNEW(struct apache_site);
	const struct apache_os *os = apache_os_here();

	site->os = os;
	site->server_root = choose_path(host, "apache_server_root", os->server_root);
	site->vhost_root = choose_path(host, "apache_vhost_root", os->vhost_root);
	site->logs_root = choose_path(host, "apache_logs_root", os->logs_root);
	site->challenge_location = choose_path(host, "apache_challenge_location",
					       os->challenge_location);
	site->twin_suffix = choose_text(host, "apache_le_vhost_ext", "-le-ssl.conf");
	site->binary = choose_text(host, "apache_bin", os->binary);
	site->is_vhost_root_given = vhost_root && *vhost_root;
	site->links_sites = choose_flag(host, "apache_handle_sites", os->flags & APACHE_OS_SITES);
	set_programs(site, host);
	apache_dump_init(&site->dump);
	site->environment = (struct map)MAP_INIT(free);
	strvec_init(&site->defines);
	strvec_init(&site->more_paths);
	if (site->is_vhost_root_given)
		strvec_pushf(&site->more_paths, "%s/*", site->vhost_root);
	return site;
}

static void open_site(struct webserver *server)
{
	struct apache_site *site = new_site(server->host);

	server->own = site;
	server->root = xstrdup(site->server_root);
}

/* In Certbot's order. A directory can have several of them, left over from an upgrade. */
static int find_main_file(struct apache_site *site, struct error *err)
{
	static const char *const names[] = {"apache2.conf", "httpd.conf", "conf/httpd.conf"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_FREE char *path = path_join(site->server_root, names[i]);

		if (file_exists(path)) {
			REPLACE(site->main_path, STEAL(path));
			return 0;
		}
	}
	return error_set(err, ERR_NOT_FOUND,
			 "cannot find apache2.conf, httpd.conf or conf/httpd.conf in '%s': set "
			 "--apache-server-root",
			 site->server_root);
}

/* Reads what httpd says of itself; that it says anything is a test of its configuration. 2.2 has
 * other access rules (Order, Allow) and has had no support since 2017. */
static int ask_program(struct apache_site *site, struct error *err)
{
	AUTO_FREE char *envvars = path_join(site->server_root, "envvars");
	AUTO(strbuf) struct strbuf dump = STRBUF_INIT;

	REPLACE(site->version, NULL);
	apache_dump_release(&site->dump);
	if (apache_program_dump(&site->program, &dump, err) < 0 ||
	    apache_dump_parse(span_make(dump.text, dump.len), &site->dump, err) < 0 ||
	    apache_program_version(&site->program, &site->version, err) < 0)
		return err->code;
	if (!apache_version_reaches(site->version, 2, 4, 0))
		return error_set(err, ERR_CONFIG, "Apache httpd %s is too old: 2.4 is needed",
				 site->version);
	return apache_program_environment(envvars, site->server_root, &site->environment, err);
}

/* The model is loaded here, since which modules there are decides about the options file. */
static int prepare(struct plugin_instance *instance, struct error *err)
{
	struct webserver *server = webserver_of(instance);
	struct apache_site *site = apache_site_of(server);

	if (control_find(&site->program.ctl, "--apache-ctl", "Apache httpd", err) < 0 ||
	    control_find(&site->program.query, "--apache-ctl", "Apache httpd", err) < 0 ||
	    find_main_file(site, err) < 0 || webserver_prepare(server, err) < 0 ||
	    ask_program(site, err) < 0 || webserver_load(server, err) < 0)
		return err->code;
	webserver_settle(server);
	/* Without mod_ssl the file waits for a certificate. */
	if (server->host->asks_only || !apache_model_has_module(server->model, "ssl_module"))
		return 0;
	return apache_site_install_options(server, err);
}

static const struct authenticator apache_authenticator = {
	.preference = webserver_preference_sni,
	.present = webserver_present,
	.cleanup = webserver_cleanup,
	.failure_hint =
		"The Certificate Authority failed to verify the temporary Apache configuration "
		"changes made by Certbot. Ensure that the listed domains point to this Apache "
		"server and that it is accessible from the internet.",
};

static const struct installer apache_installer = {
	.all_names = webserver_all_names,
	.deploy = webserver_deploy,
	.enhance = webserver_enhance,
	.supported = 1u << ENHANCE_REDIRECT | 1u << ENHANCE_HSTS | 1u << ENHANCE_UIR |
		     1u << ENHANCE_STAPLE | 1u << ENHANCE_AUTO_HSTS,
	.save = webserver_save,
	.config_test = webserver_config_test,
	.reload = webserver_reload,
	.prove = webserver_prove,
	.processes = "apache2 httpd",
	.rollback = webserver_rollback,
	.recover = webserver_recover,
	.update = apache_autohsts_update,
};

#define ROW(name, option, meta, text)                                                              \
	{                                                                                          \
		.dest = "apache_" name, .names = "--apache-" option, .type = OPTION_STRING,        \
		.metavar = meta, .topics = "apache", .flags = OPTION_SAVED, .help = text           \
	}

static const struct option apache_options[] = {
	ROW("enmod", "enmod", "PROGRAM", "Path to the Apache 'a2enmod' binary."),
	ROW("dismod", "dismod", "PROGRAM", "Path to the Apache 'a2dismod' binary."),
	ROW("le_vhost_ext", "le-vhost-ext", "SUFFIX",
	    "SSL vhost configuration extension (-le-ssl.conf unless given)."),
	ROW("server_root", "server-root", "DIR",
	    "Apache server root directory; by default the distribution's."),
	ROW("vhost_root", "vhost-root", "DIR",
	    "Apache server VirtualHost configuration root; new files go there, and files in it are "
	    "read even if they are not enabled. By default the distribution's, and new files "
	    "go next to those they belong to."),
	ROW("logs_root", "logs-root", "DIR",
	    "Apache server logs directory; by default the distribution's."),
	ROW("challenge_location", "challenge-location", "DIR",
	    "Directory path for challenge configuration; by default the distribution's."),
	ROW("handle_modules", "handle-modules", "YES",
	    "Let installer handle enabling required modules for you (by default only on Ubuntu and "
	    "Debian)."),
	ROW("handle_sites", "handle-sites", "YES",
	    "Let installer handle enabling sites for you (by default only on Ubuntu and Debian)."),
	ROW("ctl", "ctl", "PROGRAM",
	    "Full path to Apache control script; by default the distribution's."),
	ROW("bin", "bin", "PROGRAM",
	    "Full path to the apache2/httpd binary, for finding the version of an OpenSSL that is "
	    "built in."),
};

static const struct plugin_manual manual_page = {
	.purpose = "prove control of names and install certificates by Apache httpd",
	.paragraphs =
		{"Proves control of names through the running httpd 2.4, and sets it up to use "
		 "the certificate. For as long as the CA looks, every virtual host that may get "
		 "its request answers `/.well-known/acme-challenge/`; this comes before "
		 "redirects, passwords and proxies, and is removed afterwards.",
		 "Installing gives a host without TLS a copy of itself on port 443, and puts "
		 "certificate, key and safe settings into it. Everything is tested by httpd "
		 "before it is told to reload, and each step can be undone by `certbot "
		 "rollback --apache`. httpd must be running: it is never started."},
	.example = "certbot --apache -d example.com -d www.example.com\n"
		   "certbot install --apache --cert-name example.com\n"
		   "certbot rollback --apache",
};

const struct webserver_plugin apache_plugin = {
	.plugin =
		{
			.name = "apache",
			.manual = &manual_page,
			.description = "Apache Web Server plugin",
			.flags = PLUGIN_BOUND,
			.options = apache_options,
			.option_count = ARRAY_LEN(apache_options),
			.prepare = prepare,
			.close = webserver_close,
			.authenticator = &apache_authenticator,
			.installer = &apache_installer,
		},
	.kind = &apache_kind,
	.open = open_site,
};
