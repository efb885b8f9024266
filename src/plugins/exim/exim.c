/*
 * The Exim installer: certificates of Exim's SMTP server, in Debian's configuration, split or not,
 * and in one without Debian's parts. One is the default; those for further names are chosen by the
 * name that the client sends.
 *
 * Exim reads them as its own user, for each connection, so it gets copies that its group may read.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "os/file/file.h"
#include "os/users.h"
#include "plugins/exim/exim_site.h"
#include "webserver/control.h"
#include "webserver/looks.h"
#include "webserver/webserver.h"

static char *config_dir(const struct settings *settings)
{
	const char *dir = settings_string(settings, "exim_config_dir");

	return path_absolute(dir ? dir : "/etc/exim4");
}

static void open_exim(struct webserver *server)
{
	const struct settings *settings = server->host->settings;
	struct exim_site *site = XNEW(struct exim_site);

	site->ctl = xstrdup(settings_string(settings, "exim_ctl"));
	site->update = xstrdup(settings_string(settings, "exim_update"));
	server->root = config_dir(settings);
	server->own = site;
}

/* The group that Exim runs with, by distribution; static. */
static const char *find_group(struct error *err)
{
	static const char *const groups[] = {"Debian-exim", "exim", "mailnull"};

	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		AUTO(error) struct error ignored = ERROR_INIT;
		gid_t group;

		if (users_find_group(groups[i], &group, &ignored) == 0)
			return groups[i];
	}
	error_set(err, ERR_NOT_FOUND, "Exim's group does not exist (Debian-exim, exim, mailnull)");
	return NULL;
}

/* {name} stays in the path: outputs fill it in. */
static int add_outputs(struct plugin_instance *instance, const char *lineage,
		       const struct settings *settings, struct strvec *ret_outputs,
		       struct error *err)
{
	AUTO_FREE char *dir = config_dir(settings);
	AUTO_FREE char *path = exim_output_path(dir, "{name}");
	const char *group = find_group(err);

	if (!group)
		return err->code;
	strvec_pushf(ret_outputs, "pem:%s,mode=0640,group=%s", path, group);
	return 0;
}

/* A name without a dot is not one that clients send. */
static void ask_hostname(const struct webserver *server)
{
	AUTO_FREE char *hostname = exim_ask(server, "primary_hostname");

	if (!hostname || !strchr(hostname, '.'))
		return;
	ascii_lower_string(hostname);
	REPLACE(exim_site_of(server)->hostname, STEAL(hostname));
}

static int prepare(struct plugin_instance *instance, struct error *err)
{
	struct webserver *server = webserver_of(instance);
	struct exim_site *site = exim_site_of(server);

	if (control_find(&site->ctl, "--exim-ctl", "Exim", err) < 0 ||
	    webserver_prepare(server, err) < 0 || exim_find_layout(server, err) < 0)
		return err->code;
	if (site->layout != EXIM_PLAIN &&
	    control_find(&site->update, "--exim-update", "Debian's Exim", err) < 0)
		return err->code;
	ask_hostname(server);
	webserver_settle(server);
	return 0;
}

/* Exim is told of its copies, not of live/. */
static int check_output(struct plugin_instance *instance, const struct settings *settings,
			struct error *err)
{
	const struct webserver *server = webserver_of(instance);
	const char *name = settings_string(settings, "certname");
	AUTO_FREE char *path = exim_output_path(server->root, name ? name : "");

	return webserver_check_path(server, path, err);
}

static const struct installer exim_installer = {
	.all_names = webserver_all_names,
	.outputs = add_outputs,
	.check = check_output,
	.deploy = webserver_deploy,
	.service = "Exim",
	.save = webserver_save,
	.config_test = webserver_config_test,
	.reload = webserver_reload,
	.renewed = exim_renewed,
	.prove = webserver_prove,
	.processes = "exim4 exim",
	.rollback = webserver_rollback,
	.recover = webserver_recover,
};

static const struct option exim_options[] = {
	{
		.dest = "exim_ctl",
		.names = "--exim-ctl",
		.type = OPTION_STRING,
		.fallback = "exim4",
		.metavar = "PROGRAM",
		.topics = "exim",
		.flags = OPTION_SAVED | OPTION_OURS,
		.help = "Exim itself; looked for in PATH.",
	},
	{
		.dest = "exim_config_dir",
		.names = "--exim-config-dir",
		.type = OPTION_PATH,
		.metavar = "DIR",
		.topics = "exim",
		.flags = OPTION_SAVED | OPTION_OURS | OPTION_PLACE,
		.help = "Directory of Exim's configuration, and of the copies of certificates that "
			"it gets. (default: /etc/exim4)",
	},
	{
		.dest = "exim_update",
		.names = "--exim-update",
		.type = OPTION_STRING,
		.fallback = "update-exim4.conf",
		.metavar = "PROGRAM",
		.topics = "exim",
		.flags = OPTION_SAVED | OPTION_OURS,
		.help = "The program that assembles Debian's configuration of Exim; looked for in "
			"PATH.",
	},
};

static const struct plugin_manual manual_page = {
	.purpose = "install certificates in the Exim mail server",
	.paragraphs = {"Sets the certificate of Exim's SMTP server. In Debian's configuration "
		       "it is the macro `MAIN_TLS_CERTKEY`, in `conf.d/main/00_certbot` or in "
		       "`exim4.conf.localmacros`; in one without Debian's parts, `tls_certificate` "
		       "and `tls_privatekey`. TLS is turned on where it was off.",
		       "The certificate for `primary_hostname`, or else the first one, is the "
		       "default; those for further names are found in the map `certbot-sni` by the "
		       "name that a client sends. Exim reads them as its own user, so it gets "
		       "copies `certbot-NAME.pem` next to its configuration, which its group may "
		       "read and which are renewed with the certificate."},
	.example = "certbot run -a standalone -i exim -d mail.example.com",
};

const struct webserver_plugin exim_plugin = {
	.plugin =
		{
			.name = "exim",
			.selector = INSTALLER_SELECTOR("exim", "the Exim mail server"),
			.manual = &manual_page,
			.description = "Exim mail server plugin",
			.title = "Exim mail server",
			.flags = PLUGIN_BOUND,
			.options = exim_options,
			.option_count = ARRAY_LEN(exim_options),
			.prepare = prepare,
			.close = webserver_close,
			.installer = &exim_installer,
		},
	.kind = &exim_kind,
	.open = open_exim,
};
