/*
 * The Dovecot installer: certificates of Dovecot's mail server. One is the default; those for
 * further names are chosen by the name that the client sends.
 *
 * Dovecot reads the files in live/ itself, as root, so it needs no copies, and a renewal needs no
 * more than a reload.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "os/file/file.h"
#include "plugins/dovecot/dovecot_site.h"
#include "webserver/control.h"
#include "webserver/looks.h"
#include "webserver/webserver.h"

/* Up to 2.3, and since 2.4. */
static const struct dovecot_words old_words = {
	.cert = "ssl_cert",
	.key = "ssl_key",
	.alt_cert = "ssl_alt_cert",
	.alt_key = "ssl_alt_key",
	.read = "<",
	.shown = {"-a"},
};
static const struct dovecot_words new_words = {
	.cert = "ssl_server_cert_file",
	.key = "ssl_server_key_file",
	.alt_cert = "ssl_server_alt_cert_file",
	.alt_key = "ssl_server_alt_key_file",
	.read = "",
	.one_name_only = true,
	/* A full listing leaves out default ports of services, so those are asked for by name. */
	.shown = {"listen", "protocols", "service"},
};

static void open_dovecot(struct webserver *server)
{
	const struct settings *settings = server->host->settings;
	struct dovecot_site *site = XNEW(struct dovecot_site);
	const char *dir = settings_string(settings, "dovecot_config_dir");

	server->root = path_absolute(dir);
	site->ctl = xstrdup(settings_string(settings, "dovecot_ctl"));
	site->utility = xstrdup(settings_string(settings, "dovecot_config_utility"));
	site->main = path_join(server->root, "dovecot.conf");
	site->words = &old_words;
	server->own = site;
}

/* The version is in the first line: "# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf". */
static int ask_version(const struct webserver *server, struct error *err)
{
	struct dovecot_site *site = dovecot_site_of(server);
	const char *const argv[] = {site->utility, "-c", site->main, "-n", NULL};
	AUTO(control_output) struct control_output output;
	int64_t major = 0, minor = 0;
	AUTO_FREE char *version = NULL;
	struct span rest, part;

	control_output_init(&output);
	if (control_run(argv, &output, err) < 0)
		return err->code;
	rest = span_make(output.out.text, output.out.len);
	span_skip_prefix(&rest, "# ");
	for (int64_t *number = &major; number; number = number == &major ? &minor : NULL) {
		AUTO_FREE char *text = span_take_until(&rest, '.', &part) ? span_dup(part) : NULL;

		if (!text || !str_to_int64(text, 0, 1000, number))
			return error_set(err, ERR_PLUGIN, "'%s -n' does not print its version",
					 site->utility);
	}
	if (major > 2 || (major == 2 && minor >= 4))
		site->words = &new_words;
	return 0;
}

static void ask_hostname(const struct webserver *server)
{
	AUTO_FREE char *hostname = dovecot_ask(server, "hostname");

	if (!hostname || !strchr(hostname, '.'))
		return;
	ascii_lower_string(hostname);
	REPLACE(dovecot_site_of(server)->hostname, STEAL(hostname));
}

static int check_main(const struct webserver *server, struct error *err)
{
	const char *path = dovecot_site_of(server)->main;

	if (file_is_regular(path))
		return 0;
	return error_set(
		err, ERR_NOT_FOUND,
		"cannot find '%s': set --dovecot-config-dir to the directory of dovecot.conf",
		path);
}

static int prepare(struct plugin_instance *instance, struct error *err)
{
	struct webserver *server = webserver_of(instance);
	struct dovecot_site *site = dovecot_site_of(server);

	if (control_find(&site->ctl, "--dovecot-ctl", "Dovecot", err) < 0 ||
	    control_find(&site->utility, "--dovecot-config-utility", "Dovecot", err) < 0 ||
	    check_main(server, err) < 0 || webserver_prepare(server, err) < 0 ||
	    ask_version(server, err) < 0)
		return err->code;
	ask_hostname(server);
	webserver_settle(server);
	return 0;
}

static const struct installer dovecot_installer = {
	.all_names = webserver_all_names,
	.check = webserver_check_live,
	.deploy = webserver_deploy,
	.service = "Dovecot",
	.save = webserver_save,
	.config_test = webserver_config_test,
	.reload = webserver_reload,
	.renewed = dovecot_renewed,
	.prove = webserver_prove,
	.processes = "dovecot imap-login pop3-login submission-logi managesieve-log lmtp",
	.rollback = webserver_rollback,
	.recover = webserver_recover,
};

static const struct option dovecot_options[] = {
	{
		.dest = "dovecot_ctl",
		.names = "--dovecot-ctl",
		.type = OPTION_STRING,
		.fallback = "doveadm",
		.metavar = "PROGRAM",
		.topics = "dovecot",
		.flags = OPTION_SAVED | OPTION_OURS,
		.help = "Dovecot's control program; looked for in PATH.",
	},
	{
		.dest = "dovecot_config_dir",
		.names = "--dovecot-config-dir",
		.type = OPTION_PATH,
		.fallback = "/etc/dovecot",
		.metavar = "DIR",
		.topics = "dovecot",
		.flags = OPTION_SAVED | OPTION_OURS | OPTION_PLACE,
		.help = "Directory of dovecot.conf.",
	},
	{
		.dest = "dovecot_config_utility",
		.names = "--dovecot-config-utility",
		.type = OPTION_STRING,
		.fallback = "doveconf",
		.metavar = "PROGRAM",
		.topics = "dovecot",
		.flags = OPTION_SAVED | OPTION_OURS,
		.help = "The program that shows Dovecot's configuration; looked for in PATH.",
	},
};

static const struct plugin_manual manual_page = {
	.purpose = "install certificates in the Dovecot mail server",
	.paragraphs = {"Sets the certificate of Dovecot where its configuration has one: in "
		       "Debian's, in `conf.d/10-ssl.conf`. The certificate for Dovecot's "
		       "`hostname`, or else the first one, is the default; those for further "
		       "names get blocks `local_name`, from which Dovecot chooses by the name that "
		       "a client sends.",
		       "Certificates in `protocol` and `local` blocks and `ssl_alt_cert` are "
		       "refused, because Dovecot would mix them up with those of `local_name` "
		       "blocks. Dovecot reads the files in `live/` as root, so a renewal is one "
		       "reload for all certificates."},
	.example = "certbot run -a standalone -i dovecot -d mail.example.com",
};

const struct webserver_plugin dovecot_plugin = {
	.plugin =
		{
			.name = "dovecot",
			.selector = INSTALLER_SELECTOR("dovecot", "the Dovecot mail server"),
			.manual = &manual_page,
			.description = "Dovecot mail server plugin",
			.title = "Dovecot mail server",
			.flags = PLUGIN_BOUND,
			.options = dovecot_options,
			.option_count = ARRAY_LEN(dovecot_options),
			.prepare = prepare,
			.close = webserver_close,
			.installer = &dovecot_installer,
		},
	.kind = &dovecot_kind,
	.open = open_dovecot,
};
