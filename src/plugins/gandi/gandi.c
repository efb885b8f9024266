/*
 * The plugin "gandi": what is left of letsencrypt-gandi. It proved control by SFTP on a Simple
 * Hosting instance and uploaded the certificate by Gandi's XML-RPC interface. Its successor, the
 * Web Hosting API (https://api.gandi.net/docs/simplehosting/,
 * https://api.gandi.net/docs/certificate/), takes no certificates of others, and Gandi gets them
 * for its hosting itself. So the plugin refuses before a CA is asked, and says what to use instead.
 */
#include "plugin/plugin.h"
#include "plugin/untracked.h"

static int prepare(struct plugin_instance *instance, struct error *err)
{
	error_set(err, ERR_CONFIG,
		  "Gandi's Web Hosting (formerly Simple Hosting) no longer takes certificates: it "
		  "gets its own for each vhost");
	return error_hint(err, "for a certificate that is used elsewhere, prove control by "
			       "--dns-gandi; to stop renewing one that Gandi's has replaced: "
			       "certbot delete --cert-name NAME");
}

/* Apart from those of a rollback, the callbacks are never called, because prepare() fails. */
static const struct authenticator gandi_authenticator = {.failure_hint = ""};

static const struct installer gandi_installer = {
	.reload = untracked_effect,
	.rollback = untracked_rollback,
	.recover = untracked_effect,
};

static const struct plugin_manual manual_page = {
	.purpose = "say what took the place of the plugin for Gandi Simple Hosting",
	.paragraphs =
		{"Gandi's Web Hosting, formerly Simple Hosting, no longer takes certificates of "
		 "others: it gets its own for each vhost. Renewal configurations of "
		 "letsencrypt-gandi are refused with that message before a CA is asked. For names "
		 "whose zones are at Gandi there is `--dns-gandi`."},
	.example = "certbot reconfigure --cert-name example.com --dns-gandi \\\n"
		   "    --dns-gandi-credentials /root/gandi.ini",
};

const struct plugin gandi_plugin = {
	.name = "gandi",
	.manual = &manual_page,
	.description = "Gandi Simple Hosting (no longer possible)",
	.title = "Gandi Simple Hosting",
	.flags = PLUGIN_HIDDEN,
	.prepare = prepare,
	.authenticator = &gandi_authenticator,
	.installer = &gandi_installer,
};
