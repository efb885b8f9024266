/*
 * The plugin that only says what took its place (see gandi.h).
 */
#include "plugins/gandi/gandi.h"

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

/* The callbacks of the roles are never called: an instance is not there without prepare(), but for
 * those of rollback. */
static const struct authenticator gandi_authenticator = {.failure_hint = ""};

static const struct installer gandi_installer = {
	.reload = untracked_effect,
	.rollback = untracked_rollback,
	.recover = untracked_effect,
};

const struct plugin gandi_plugin = {
	.name = "gandi",
	.description = "Gandi Simple Hosting (no longer possible)",
	.title = "Gandi Simple Hosting",
	.flags = PLUGIN_HIDDEN,
	.prepare = prepare,
	.authenticator = &gandi_authenticator,
	.installer = &gandi_installer,
};
