/*
 * The plugin "plesk": gives the sites of a Plesk server their certificates through its XML API.
 *
 * The certificate goes into the repository of each subscription that has a site with one of its
 * names, under a name of our own, so that those of Plesk's extensions are left alone. Then each of
 * these sites is set to use it.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "cloud/plesk_api.h"
#include "cloud/vendor.h"
#include "crypto/cert/cert.h"
#include "os/file/file.h"
#include "plugin/plugin.h"
#include "plugin/service_option.h"
#include "plugin/untracked.h"

#define MAX_PEM (1024 * 1024)
#define VERSION_FILE "/usr/local/psa/version"

/* The plugin is offered only to users of Plesk. */
static int prepare(struct plugin_instance *instance, struct error *err)
{
	const struct settings *settings = instance->host->settings;

	if (plesk_has_key(settings) || settings_origin(settings, "plesk_url") != ORIGIN_DEFAULT ||
	    file_exists(VERSION_FILE))
		return 0;
	return error_set(err, ERR_NOT_FOUND,
			 "Plesk is not on this machine ('" VERSION_FILE
			 "'), and no other is named (--plesk-url)");
}

/* Makes a harmless request, so that a key that Plesk refuses is noticed before the CA is asked. */
static int check_settings(struct plugin_instance *instance, const struct settings *settings,
			  struct error *err)
{
	const struct plesk_sites *sites = NULL;
	struct dns_session *session = NULL;

	if (vendor_session(instance, &plesk_api, &session, err) < 0)
		return err->code;
	return plesk_list_sites(session, &sites, err);
}

/* Plesk also serves "www." of each site, without listing it. */
static bool is_served(const struct plesk_sites *sites, const char *name)
{
	AUTO(strvec) struct strvec domains = STRVEC_INIT;

	for (size_t i = 0; i < sites->count; i++) {
		if (!sites->items[i].has_hosting)
			continue;
		strvec_push(&domains, sites->items[i].ascii_name);
		strvec_pushf(&domains, "www.%s", sites->items[i].ascii_name);
	}
	return vendor_serves(&domains, name);
}

/* Installs the certificate for one site. `done` has the subscriptions that already have it. */
static int secure_site(struct dns_session *session, const struct plesk_site *site,
		       const struct plesk_certificate *certificate, struct strvec *done,
		       struct error *err)
{
	if (!site->webspace)
		return error_set(err, ERR_PLUGIN, "Plesk does not say which subscription it is in");
	if (!strvec_contains(done, site->webspace)) {
		if (plesk_put_certificate(session, site->webspace, certificate, err) < 0)
			return err->code;
		strvec_push(done, site->webspace);
	}
	return plesk_use_certificate(session, site, certificate->name, err);
}

/* A site that cannot be secured does not prevent the others. The first error becomes the task's. */
static int secure_sites(struct dns_session *session, const struct plesk_sites *sites,
			struct deploy_task *task, const struct plesk_certificate *certificate,
			struct error *err)
{
	AUTO(strvec) struct strvec done = STRVEC_INIT;
	size_t count = 0;

	for (size_t i = 0; i < sites->count; i++) {
		const struct plesk_site *site = &sites->items[i];
		AUTO(error) struct error failed = ERROR_INIT;

		if (!site->has_hosting || !vendor_covers(task->names, site->ascii_name))
			continue;
		count++;
		if (secure_site(session, site, certificate, &done, &failed) == 0) {
			strvec_pushf(&task->places, "the Plesk site %s", site->ascii_name);
			continue;
		}
		if (failed.code == ERR_CANCELLED)
			return error_move(err, &failed);
		error_wrap(&failed, "cannot secure the site '%s'", site->ascii_name);
		if (!error_is_set(err))
			error_move(err, &failed);
		else
			log_warning("%s", failed.text);
	}
	if (count)
		return err->code;
	return error_set(err, ERR_CONFIG,
			 "none of the names of the certificate is a site with web hosting in "
			 "Plesk");
}

static int install_certificate(struct plugin_instance *instance, struct deploy_task *task,
			       struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(cert_chain) struct cert_chain chain = CERT_CHAIN_INIT;
	AUTO(secret) struct secret key = SECRET_INIT;
	const struct plesk_sites *sites = NULL;
	AUTO_FREE char *name = xasprintf("certbot %s",
					 task->lineage ? task->lineage : task->names->items[0]);
	struct plesk_certificate certificate = {.name = name, .key = &key};
	struct dns_session *session = NULL;

	if (!task->fullchain_path)
		return error_set(err, ERR_CONFIG, "Plesk needs --fullchain-path");
	if (file_read(task->fullchain_path, MAX_PEM, &text, err) < 0 ||
	    cert_chain_parse(text.text, text.len, &chain, err) < 0 ||
	    vendor_read_key(task->key_path, &key, err) < 0 ||
	    vendor_session(instance, &plesk_api, &session, err) < 0 ||
	    plesk_list_sites(session, &sites, err) < 0)
		return err->code;
	certificate.leaf = chain.leaf_pem.text;
	certificate.chain = chain.rest_pem.text;
	for (size_t i = 0; i < task->names->count; i++)
		if (!is_served(sites, task->names->items[i]))
			/* A warning only: the certificate may also be used elsewhere. */
			log_warning("%s is not a site with web hosting in Plesk",
				    task->names->items[i]);
	return secure_sites(session, sites, task, &certificate, err);
}

static int install_all(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		       struct error *err)
{
	return untracked_install_each(instance, tasks, count, install_certificate, err);
}

/* Only sites with web hosting can have a certificate. */
static int list_site_names(struct plugin_instance *instance, struct strvec *ret_names,
			   struct error *err)
{
	const struct plesk_sites *sites = NULL;
	struct dns_session *session = NULL;

	if (vendor_session(instance, &plesk_api, &session, err) < 0 ||
	    plesk_list_sites(session, &sites, err) < 0)
		return err->code;
	for (size_t i = 0; i < sites->count; i++)
		if (sites->items[i].has_hosting)
			strvec_push_unique(ret_names, sites->items[i].ascii_name);
	return 0;
}

/* Plesk checks what it is given and reloads its web servers by itself. */
static const struct installer plesk_installer = {
	.all_names = list_site_names,
	.check = check_settings,
	.deploy = install_all,
	UNTRACKED_CALLBACKS,
	.reload = untracked_effect,
	.renewed = install_all,
};

#define ROW(name_, dest_, type_, fallback_, metavar_, help_)                                       \
	SERVICE_OPTION("plesk", dest_, "--plesk-" name_, type_, 0, fallback_, metavar_, help_)

static const struct option options[] = {
	ROW("url", "plesk_url", OPTION_STRING, "https://127.0.0.1:8443", "URL",
	    "Address of Plesk."),
	ROW("secret-key-file", "plesk_secret_key_file", OPTION_PATH, NULL, "FILE",
	    "File with a secret key of Plesk's. (default: $LE_PLESK_SECRET_KEY, or one that is "
	    "made for the run, if Plesk is on this machine)"),
	ROW("ca-file", "plesk_ca_file", OPTION_PATH, NULL, "FILE",
	    "CA certificate, or self-signed certificate, that Plesk's own must be verified with. "
	    "(default: not verified on this machine, by the usual CAs on others)"),
	ROW("program", "plesk_program", OPTION_STRING, "plesk", "PROGRAM",
	    "Plesk's program, which makes a secret key; looked for in PATH."),
	/* The name it has in letsencrypt-plesk. */
	{
		.dest = "plesk_secret_key",
		.names = "--plesk-secret-key --letsencrypt-plesk:plesk-secret-key",
		.type = OPTION_STRING,
		.metavar = "KEY",
		.topics = "plesk",
		.flags = OPTION_SAVED | OPTION_OURS | OPTION_HIDDEN | OPTION_SECRET,
		.help = "",
	},
};

static const struct plugin_manual manual_page = {
	.purpose = "install certificates in the sites of a Plesk server",
	.paragraphs =
		{"Puts the certificate into the repository of each subscription that has a "
		 "site it is good for, under the name `certbot NAME`, and turns on TLS with it "
		 "for these sites. Certificates of other names stay. A renewal takes its place "
		 "there.",
		 "Where Plesk is on this machine, `plesk bin secret_key` makes a secret key for "
		 "the run and deletes it afterwards; nothing has to be set up. Another server "
		 "needs `--plesk-url` and `--plesk-secret-key-file`, and is verified. To prove "
		 "control there is `-a webroot` with the document root of the site."},
	.example = "certbot run -a webroot -w /var/www/vhosts/example.com/httpdocs \\\n"
		   "    -i plesk -d example.com -d www.example.com",
};

const struct plugin plesk_plugin = {
	.name = "plesk",
	.selector = INSTALLER_SELECTOR("plesk", "the sites of a Plesk server"),
	.manual = &manual_page,
	.description = "Plesk plugin",
	.title = "Plesk",
	.flags = PLUGIN_BOUND,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.authenticator_hint =
		"a site of Plesk's answers challenges from its document root, which `plesk bin "
		"site --info DOMAIN` shows: -a webroot -w /var/www/vhosts/DOMAIN/httpdocs",
	.prepare = prepare,
	.close = vendor_close,
	.installer = &plesk_installer,
};
