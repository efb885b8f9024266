/*
 * The Icecast installer. Icecast wants certificate and key in one file that its own user can read,
 * and has one certificate for all names. Release 2.4 reads it only when it starts: a renewal is a
 * restart, which ends the listeners' connections.
 */
#include <string.h>

#include "base/alloc.h"
#include "config/settings.h"
#include "os/file/file.h"
#include "plugins/icecast/icecast_site.h"
#include "plugin/service_option.h"
#include "webserver/webserver.h"

/* Debian's, then those of other systems. */
static const char *const usual_paths[] = {
	"/etc/icecast2/icecast.xml",
	"/etc/icecast/icecast.xml",
	"/etc/icecast.xml",
};

static char *conf_path(const struct settings *settings)
{
	const char *given = settings_string(settings, "icecast_configuration_file");

	for (size_t i = 0; !given && i < ARRAY_LEN(usual_paths); i++)
		if (file_exists(usual_paths[i]))
			given = usual_paths[i];
	return path_absolute(given ? given : usual_paths[0]);
}

/* Icecast reads key and certificate from one file, as its own user. */
static char *output_text(const struct settings *settings, const char *dir)
{
	const char *given = settings_string(settings, "icecast_cert_and_key_file");
	AUTO_FREE char *path = given[0] == '/' ? xstrdup(given) : path_join(dir, given);

	return xasprintf("pem:%s,mode=0640,group=%s", path,
			 settings_string(settings, "icecast_group"));
}

static void open_icecast(struct webserver *server)
{
	const struct settings *settings = server->host->settings;
	struct icecast_site *site = XNEW(struct icecast_site);

	site->conf_path = conf_path(settings);
	server->root = path_dirname(site->conf_path);
	site->output = output_text(settings, server->root);
	site->service = xstrdup(settings_string(settings, "icecast_service"));
	server->own = site;
}

static int prepare(struct plugin_instance *instance, struct error *err)
{
	struct webserver *server = webserver_of(instance);
	const char *path = icecast_site_of(server)->conf_path;

	if (!file_exists(path))
		return error_set(err, ERR_NOT_FOUND,
				 "cannot find '%s': set --icecast-configuration-file to Icecast's "
				 "configuration",
				 path);
	if (webserver_prepare(server, err) < 0 || webserver_load(server, err) < 0 ||
	    icecast_check_conf(server, err) < 0)
		return err->code;
	webserver_settle(server);
	return 0;
}

static int outputs(struct plugin_instance *instance, const char *lineage,
		   const struct settings *settings, struct strvec *ret_outputs, struct error *err)
{
	strvec_push(ret_outputs, icecast_site_of(webserver_of(instance))->output);
	return 0;
}

static const struct installer icecast_installer = {
	.all_names = webserver_all_names,
	.outputs = outputs,
	.deploy = webserver_deploy,
	.save = webserver_save,
	.config_test = webserver_config_test,
	.reload = icecast_restart_if_used,
	.renewed = icecast_renewed,
	.prove = webserver_prove,
	.processes = "icecast2 icecast",
	.rollback = webserver_rollback,
	.recover = webserver_recover,
};

#define ROW(dest_, names_, type_, fallback_, metavar_, help_)                                      \
	SERVICE_OPTION("icecast", dest_, names_, type_, 0, fallback_, metavar_, help_)

static const struct option icecast_options[] = {
	SERVICE_OPTION("icecast", "icecast_configuration_file", "--icecast-configuration-file",
		       OPTION_PATH, OPTION_PLACE, NULL, "FILE",
		       "Icecast's configuration. (default: /etc/icecast2/icecast.xml, "
		       "/etc/icecast/icecast.xml or /etc/icecast.xml)"),
	ROW("icecast_cert_and_key_file", "--icecast-cert-and-key-file", OPTION_STRING, "{name}.pem",
	    "FILE",
	    "File with certificate and key that is written for Icecast; relative to the directory "
	    "of its configuration. {name} stands for the certificate's name."),
	{
		.dest = "icecast_create_ssl_socket",
		.names = "--icecast-create-ssl-socket",
		.type = OPTION_STRING,
		.fallback = "true",
		.choices = "true false",
		.metavar = "YES",
		.topics = "icecast",
		.flags = OPTION_SAVED | OPTION_OURS | OPTION_ANY_CASE,
		.help = "Where no socket has TLS, add one; `false` turns TLS on for the first socket "
			"instead.",
	},
	{
		.dest = "icecast_new_ssl_socket_port",
		.names = "--icecast-new-ssl-socket-port",
		.type = OPTION_INT,
		.fallback = "8443",
		.choices = "1..65535",
		.metavar = "PORT",
		.topics = "icecast",
		.flags = OPTION_SAVED | OPTION_OURS,
		.help = "Port of a socket with TLS that is added.",
	},
	ROW("icecast_group", "--icecast-group", OPTION_STRING, "icecast", "GROUP",
	    "Group that may read the file with certificate and key: that of Icecast's user."),
	ROW("icecast_service", "--icecast-service", OPTION_STRING, "icecast2", "NAME",
	    "Name of Icecast's service; `icecast` on some systems."),
};

static const struct plugin_manual manual_page = {
	.purpose = "install certificates in the Icecast streaming server",
	.paragraphs =
		{"Writes certificate and key into one file that Icecast's group can read, names it "
		 "in `icecast.xml`, and adds a socket with TLS if there is none. Nothing else in the "
		 "file changes, and `certbot rollback` gives it back byte for byte.",
		 "Icecast 2.4 reads its certificate only when it starts, so each renewal restarts "
		 "it and ends the connections of listeners and sources. The file is checked before "
		 "the restart, because Icecast speaks plain HTTP on its TLS port when it cannot use "
		 "it."},
	.example = "certbot run -a standalone -i icecast -d radio.example.com",
};

const struct webserver_plugin icecast_plugin = {
	.plugin =
		{
			.name = "icecast",
			.selector = INSTALLER_SELECTOR("icecast", "the Icecast streaming server"),
			.manual = &manual_page,
			.description = "Icecast streaming server plugin",
			.title = "Icecast streaming server",
			.flags = PLUGIN_BOUND,
			.options = icecast_options,
			.option_count = ARRAY_LEN(icecast_options),
			.prepare = prepare,
			.close = webserver_close,
			.installer = &icecast_installer,
		},
	.kind = &icecast_kind,
	.open = open_icecast,
};
