/*
 * The Postfix installer: certificates of Postfix's SMTP server. The first one is the default; those
 * for further names are chosen by the name that the client sends (SNI, Postfix 3.4).
 *
 * Postfix reads the files in live/ itself, as root, so it needs no copies, and a renewal needs no
 * more than a reload.
 */
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "os/file/file.h"
#include "plugins/postfix/postfix_site.h"
#include "webserver/control.h"
#include "webserver/looks.h"
#include "webserver/webserver.h"

static void open_site(struct webserver *server)
{
	const struct settings *settings = server->host->settings;
	struct postfix_site *site = XNEW(struct postfix_site);
	const char *dir = settings_string(settings, "postfix_config_dir");

	site->ctl = xstrdup(settings_string(settings, "postfix_ctl"));
	site->utility = xstrdup(settings_string(settings, "postfix_config_utility"));
	strvec_init(&site->names);
	site->address = looks_address("*", AF_UNSPEC);
	server->root = path_absolute(dir);
	server->own = site;
}

/* postconf knows about multiple instances, `$name` and compiled-in defaults; reading main.cf would
 * not. */
int postfix_ask_instance(const struct webserver *server, const char *root, const char *flags,
			 const char *const *names, struct strvec *ret_values, struct error *err)
{
	AUTO(control_output) struct control_output output;
	AUTO(strvec) struct strvec argv = STRVEC_INIT;
	struct span rest, line;

	strvec_push(&argv, postfix_site_of(server)->utility);
	strvec_push(&argv, "-c");
	strvec_push(&argv, root);
	strvec_push(&argv, flags);
	for (; *names; names++)
		strvec_push(&argv, *names);
	control_output_init(&output);
	if (control_run((const char *const *)argv.items, &output, err) < 0)
		return err->code;
	rest = span_make(output.out.text, output.out.len);
	while (span_take_line(&rest, &line))
		strvec_give(ret_values, span_dup(span_trim(line)));
	return 0;
}

int postfix_ask(const struct webserver *server, const char *flags, const char *const *names,
		struct strvec *ret_values, struct error *err)
{
	return postfix_ask_instance(server, server->root, flags, names, ret_values, err);
}

/* A parameter that postconf does not know is missing from its answer. */
static int ask_abilities(const struct webserver *server, struct error *err)
{
	static const char *const parameter[] = {"smtpd_tls_chain_files", NULL};
	AUTO(strvec) struct strvec values = STRVEC_INIT;

	if (postfix_ask(server, "-d", parameter, &values, err) < 0)
		return err->code;
	postfix_site_of(server)->has_chains = values.count > 0;
	return 0;
}

/* The certificate for one of them is the default one. */
static int ask_names(const struct webserver *server, struct error *err)
{
	static const char *const parameters[] = {"myhostname", "mydomain", NULL};
	AUTO(strvec) struct strvec values = STRVEC_INIT;

	if (postfix_ask(server, "-xh", parameters, &values, err) < 0)
		return err->code;
	for (size_t i = 0; i < values.count; i++) {
		ascii_lower_string(values.items[i]);
		if (values.items[i][0])
			strvec_push_unique(&postfix_site_of(server)->names, values.items[i]);
	}
	return 0;
}

/* The address of the first entry of inet_interfaces, in a family that inet_protocols allows. The
 * proof of a reload connects there. */
static char *first_address(const char *interfaces, const char *protocols)
{
	bool is_all = strstr(protocols, "all") != NULL;
	bool has_ipv4 = is_all || strstr(protocols, "ipv4");
	bool has_ipv6 = is_all || strstr(protocols, "ipv6");
	AUTO(strvec) struct strvec listed = STRVEC_INIT;
	const char *first;

	strvec_split(&listed, interfaces, ", \t");
	first = listed.count ? listed.items[0] : "all";
	if (strcmp(first, "all") == 0 || strcmp(first, "loopback-only") == 0)
		first = "*";
	return looks_address(first, !has_ipv6 ? AF_INET : has_ipv4 ? AF_UNSPEC : AF_INET6);
}

static int ask_address(const struct webserver *server, struct error *err)
{
	static const char *const parameters[] = {"inet_interfaces", "inet_protocols", NULL};
	AUTO(strvec) struct strvec values = STRVEC_INIT;

	if (postfix_ask(server, "-xh", parameters, &values, err) < 0)
		return err->code;
	if (values.count == 2)
		REPLACE(postfix_site_of(server)->address,
			first_address(values.items[0], values.items[1]));
	return 0;
}

/* Before postconf(1) says so in words that do not name the option. */
static int check_main_cf(const struct webserver *server, struct error *err)
{
	AUTO_FREE char *path = path_join(server->root, "main.cf");

	if (file_is_regular(path))
		return 0;
	return error_set(err, ERR_NOT_FOUND,
			 "cannot find '%s': set --postfix-config-dir to the directory of main.cf",
			 path);
}

static int prepare(struct plugin_instance *instance, struct error *err)
{
	struct webserver *server = webserver_of(instance);
	struct postfix_site *site = postfix_site_of(server);

	if (control_find(&site->ctl, "--postfix-ctl", "Postfix", err) < 0 ||
	    control_find(&site->utility, "--postfix-config-utility", "Postfix", err) < 0 ||
	    check_main_cf(server, err) < 0 || webserver_prepare(server, err) < 0 ||
	    ask_abilities(server, err) < 0 || ask_names(server, err) < 0 ||
	    ask_address(server, err) < 0)
		return err->code;
	webserver_settle(server);
	return 0;
}

static const struct installer postfix_installer = {
	.all_names = webserver_all_names,
	.check = webserver_check_live,
	.deploy = webserver_deploy,
	.service = "Postfix",
	.save = webserver_save,
	.config_test = webserver_config_test,
	.reload = webserver_reload,
	.renewed = postfix_renewed,
	.prove = webserver_prove,
	.processes = "master smtpd postscreen",
	.rollback = webserver_rollback,
	.recover = webserver_recover,
};

static const struct option postfix_options[] = {
	{
		.dest = "postfix_ctl",
		.names = "--postfix-ctl",
		.type = OPTION_STRING,
		.fallback = "postfix",
		.metavar = "PROGRAM",
		.topics = "postfix",
		.flags = OPTION_SAVED | OPTION_OURS,
		.help = "Postfix's control program; looked for in PATH.",
	},
	{
		.dest = "postfix_config_dir",
		.names = "--postfix-config-dir",
		.type = OPTION_PATH,
		.fallback = "/etc/postfix",
		.metavar = "DIR",
		.topics = "postfix",
		.flags = OPTION_SAVED | OPTION_OURS | OPTION_PLACE,
		.help = "Directory of main.cf.",
	},
	{
		.dest = "postfix_config_utility",
		.names = "--postfix-config-utility",
		.type = OPTION_STRING,
		.fallback = "postconf",
		.metavar = "PROGRAM",
		.topics = "postfix",
		.flags = OPTION_SAVED | OPTION_OURS,
		.help = "The program that shows Postfix's configuration; looked for in PATH.",
	},
};

static const struct plugin_manual manual_page = {
	.purpose = "install certificates in the Postfix mail server",
	.paragraphs = {"Sets the certificate of Postfix's SMTP server in `main.cf`: in "
		       "`smtpd_tls_chain_files` if that is set already, else in "
		       "`smtpd_tls_cert_file` and `smtpd_tls_key_file`. The certificate for "
		       "`myhostname` is the default one; those for further names go into the map "
		       "`certbot_sni`, from which Postfix chooses by the name that a client sends.",
		       "Postfix reads the files in `live/` as root, so a renewal is one reload for "
		       "all certificates. Indexed maps that mention a renewed certificate are "
		       "rebuilt first, and other instances in `multi_instance_directories` that "
		       "use it are reloaded, too."},
	.example = "certbot run -a standalone -i postfix -d mail.example.com",
};

const struct webserver_plugin postfix_plugin = {
	.plugin =
		{
			.name = "postfix",
			.selector = INSTALLER_SELECTOR("postfix", "the Postfix mail server"),
			.manual = &manual_page,
			.description = "Postfix mail server plugin",
			.title = "Postfix mail server",
			.flags = PLUGIN_BOUND,
			.options = postfix_options,
			.option_count = ARRAY_LEN(postfix_options),
			.prepare = prepare,
			.close = webserver_close,
			.installer = &postfix_installer,
		},
	.kind = &postfix_kind,
	.open = open_site,
};
