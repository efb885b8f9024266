/*
 * The HAProxy plugin: certificates of its TLS frontends, and answers to http-01 challenges.
 *
 * HAProxy wants key and certificate in one file, which is an output of the lineage. A renewal gives
 * the new pair to the running process by its runtime interface, if it has one for us; otherwise one
 * reload is enough for all.
 */
#include <string.h>

#include "base/alloc.h"
#include "os/file/file.h"
#include "plugin/registry.h"
#include "plugins/haproxy/haproxy_site.h"
#include "webserver/challenge/challenges.h"
#include "webserver/control.h"
#include "webserver/webserver.h"

#define USUAL_CONFIG "/etc/haproxy/haproxy.cfg"
#define USUAL_MASTER_SOCKET "/run/haproxy-master.sock"

/* The default socket belongs to the default instance, which must not be reloaded in place of a
 * second one. */
static void make_site(struct webserver *server)
{
	const struct settings *settings = server->host->settings;
	const struct strvec *config = settings_list(settings, "haproxy_config");
	struct haproxy_site *site = XNEW(struct haproxy_site);
	const char *socket = settings_string(settings, "haproxy_master_socket");

	site->ctl = xstrdup(settings_string(settings, "haproxy_ctl"));
	site->crt_dir = xstrdup_or_null(settings_string(settings, "haproxy_crt_dir"));
	site->pid_file = xstrdup_or_null(settings_string(settings, "haproxy_pid_file"));
	site->answers_port = (int)settings_int(settings, "haproxy_http_01_port");
	strvec_init(&site->config);
	strvec_init(&site->deployed);
	strvec_extend(&site->config, config);
	if (!site->config.count)
		strvec_push(&site->config, USUAL_CONFIG);
	site->is_usual = strcmp(site->config.items[0], USUAL_CONFIG) == 0;
	if (!socket && site->is_usual)
		socket = USUAL_MASTER_SOCKET;
	site->master_socket = xstrdup_or_null(socket);
	server->root = file_is_dir(site->config.items[0]) ? xstrdup(site->config.items[0])
							  : path_dirname(site->config.items[0]);
	server->own = site;
}

/* Absolute, because renewals run in another directory. */
static int check_config(const struct webserver *server, struct error *err)
{
	AUTO(strvec) struct strvec paths = STRVEC_INIT;

	if (haproxy_site_files(server, &paths, err) < 0)
		return err->code;
	for (size_t i = 0; i < paths.count; i++) {
		if (paths.items[i][0] != '/')
			return error_set(err, ERR_CONFIG,
					 "--haproxy-config %s: the path must begin "
					 "with '/'",
					 paths.items[i]);
		if (!file_is_regular(paths.items[i]))
			return error_set(err, ERR_NOT_FOUND,
					 "cannot find '%s': set --haproxy-config to HAProxy's "
					 "configuration",
					 paths.items[i]);
	}
	return 0;
}

static int prepare(struct plugin_instance *instance, struct error *err)
{
	struct webserver *server = webserver_of(instance);

	if (control_find(&haproxy_site_of(server)->ctl, "--haproxy-ctl", "HAProxy", err) < 0 ||
	    check_config(server, err) < 0 || webserver_prepare(server, err) < 0)
		return err->code;
	webserver_settle(server);
	return 0;
}

/* Outputs make no directory, but nobody has chosen this one, or an option has. It is made when the
 * outputs are asked for, before the order: not when the plugin is prepared, because --haproxy leads
 * to the plugin before it is known to be the installer. 0750, as it will hold keys. */
static int make_crt_dir(const struct webserver *server, const struct haproxy_confs *confs,
			struct error *err)
{
	AUTO_FREE char *dir = haproxy_crt_dir(server, confs);

	if (server->host->asks_only || dir[0] != '/' || dir_make(dir, 0750, err) == 0)
		return 0;
	error_wrap(err, "HAProxy has no directory for certificates");
	return error_hint(err, "make it, or name another one with --haproxy-crt-dir");
}

static int add_outputs(struct plugin_instance *instance, const char *lineage,
		       const struct settings *settings, struct strvec *ret_outputs,
		       struct error *err)
{
	struct webserver *server = webserver_of(instance);
	AUTO(haproxy_confs) struct haproxy_confs confs = HAPROXY_CONFS_INIT;
	AUTO(strvec) struct strvec paths = STRVEC_INIT;

	if (webserver_load(server, err) < 0)
		return err->code;
	haproxy_site_read(server, &confs);
	if (make_crt_dir(server, &confs, err) < 0)
		return err->code;
	haproxy_pem_paths(server, &confs, lineage, &paths);
	for (size_t i = 0; i < paths.count; i++)
		strvec_pushf(ret_outputs, "pem:%s", paths.items[i]);
	return 0;
}

static const struct installer haproxy_installer = {
	.all_names = webserver_all_names,
	.outputs = add_outputs,
	.deploy = webserver_deploy,
	.save = webserver_save,
	.config_test = webserver_config_test,
	.reload = haproxy_reload_or_prove,
	.may_spare_reload = true,
	.renewed = haproxy_renewed,
	.prove = webserver_prove,
	.processes = "haproxy",
	.rollback = webserver_rollback,
	.recover = webserver_recover,
};

static const struct authenticator haproxy_authenticator = {
	.preference = webserver_preference,
	.present = webserver_present,
	.cleanup = haproxy_cleanup,
	.tend = haproxy_tend,
	.failure_hint =
		"The Certificate Authority could not get the answers from HAProxy. Ensure that the "
		"listed names lead to this HAProxy, and that its frontend on port 80 can be reached "
		"from the internet.",
};

#define ROW(dest_, names_, type_, fallback_, choices_, metavar_, help_)                            \
	{                                                                                          \
		.dest = dest_, .names = names_, .type = type_, .fallback = fallback_,              \
		.choices = choices_, .metavar = metavar_, .topics = "haproxy",                     \
		.flags = OPTION_SAVED | OPTION_OURS, .help = help_                                 \
	}

/* The aliases are the names that these options had in the certbot-haproxy plugin. */
static const struct option haproxy_options[] = {
	{
		.dest = "haproxy_config",
		.names = "--haproxy-config --haproxy-installer-haproxy-config",
		.type = OPTION_LIST,
		.metavar = "FILE",
		.topics = "haproxy",
		.flags = OPTION_SAVED | OPTION_OURS | OPTION_PLACE,
		.help = "HAProxy's configuration: a file, or a directory with *.cfg files. Given "
			"several times, for each -f of HAProxy's, in their order. (default: "
			"/etc/haproxy/haproxy.cfg)",
	},
	ROW("haproxy_ctl", "--haproxy-ctl", OPTION_STRING, "haproxy", NULL, "PROGRAM",
	    "The haproxy program, which tests the configuration; looked for in PATH."),
	ROW("haproxy_crt_dir", "--haproxy-crt-dir --haproxy-installer-haproxy-crt-dir", OPTION_PATH,
	    NULL, NULL, "DIR",
	    "Directory for the files with key and certificate. (default: the first directory that a "
	    "'bind' line names, else /etc/haproxy/certs)"),
	ROW("haproxy_http_01_port",
	    "--haproxy-http-01-port --haproxy-authenticator-haproxy-http-01-port", OPTION_INT,
	    "8000", "1..65535", "PORT",
	    "Port of this machine to which the configuration sends requests for "
	    "/.well-known/acme-challenge/, if it does."),
	ROW("haproxy_master_socket", "--haproxy-master-socket", OPTION_PATH, NULL, NULL, "SOCKET",
	    "Socket of HAProxy's master process (haproxy -S), for reloads. (default: "
	    "/run/haproxy-master.sock for the usual configuration)"),
	ROW("haproxy_pid_file", "--haproxy-pid-file", OPTION_PATH, NULL, NULL, "FILE",
	    "File with the number of HAProxy's master process (haproxy -p), for reloads without that "
	    "socket. (default: the 'pidfile' of the configuration, else /run/haproxy.pid for the "
	    "usual configuration)"),
};

static const struct option selector = {
	.dest = "haproxy",
	.names = "--haproxy",
	.type = OPTION_FLAG,
	.topics = "plugins certonly run install",
	.flags = OPTION_SELECTS_AUTHENTICATOR | OPTION_SELECTS_INSTALLER | OPTION_OURS,
	.help = "Use the HAProxy plugin as authenticator and installer."};

static const struct plugin_manual manual_page = {
	.purpose = "obtain certificates with HAProxy and install them there",
	.paragraphs = {"Writes key and certificate into one file, in the directory that a `bind` "
		       "line names or that of `--haproxy-crt-dir`, and has the frontends that "
		       "mention the names load it. A frontend for plain HTTP only gets a `bind` "
		       "line with TLS.",
		       "The running HAProxy gets the new pair by its stats socket, if that has "
		       "`level admin`, without a reload: in a renewal, and for new names if a "
		       "directory or a `crt-list` loads the file. Otherwise there is one "
		       "reload for all certificates, by the socket of the master process, by "
		       "systemd, or by a signal to the master. "
		       "Challenges are answered by temporary `http-request return` rules (HAProxy "
		       "2.2) in each frontend on the HTTP port, or on `--haproxy-http-01-port` "
		       "where the configuration sends them there."},
	.example = "certbot --haproxy -d example.com -d www.example.com",
};

const struct webserver_plugin haproxy_plugin = {
	.plugin =
		{
			.name = "haproxy",
			.selector = &selector,
			.manual = &manual_page,
			.description = "HAProxy load balancer plugin",
			.title = "HAProxy load balancer",
			.flags = PLUGIN_TAKES_IP | PLUGIN_BOUND,
			.options = haproxy_options,
			.option_count = ARRAY_LEN(haproxy_options),
			.prepare = prepare,
			.close = webserver_close,
			.authenticator = &haproxy_authenticator,
			.installer = &haproxy_installer,
		},
	.kind = &haproxy_kind,
	.open = make_site,
};
