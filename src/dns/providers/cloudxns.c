/*
 * CloudXNS, which was closed (Certbot dropped its plugin in 2.0). Its options are still understood,
 * so that an old renewal configuration gets a clear error.
 */
#include "dns/provider.h"

static const struct option options[] = {
	DNS_OPTIONS("cloudxns", "cloudxns", "CloudXNS", "30"),
};

static int refuse_closed_service(struct dns_session *session, struct error *err)
{
	error_set(err, ERR_CONFIG, "cannot use CloudXNS: the service no longer exists");
	return error_hint(err, "use the plugin of the provider that holds the zone now, for "
			       "example: certbot reconfigure --cert-name NAME --dns-cloudflare");
}

static int cannot_find(struct dns_session *session, const char *name, char **ret_id,
		       struct error *err)
{
	return refuse_closed_service(session, err);
}

static int cannot_change(struct dns_session *session, const struct dns_batch *batch,
			 struct error *err)
{
	return refuse_closed_service(session, err);
}

const struct dns_provider dns_cloudxns = {
	.plugin = {.name = "dns-cloudxns",
		   .selector = DNS_SELECTOR("cloudxns", "CloudXNS"),
		   .description = "CloudXNS no longer exists; this plugin only says so.",
		   .flags = PLUGIN_HIDDEN,
		   .options = options,
		   .option_count = ARRAY_LEN(options),
		   .close = dns_close_instance,
		   .authenticator = &dns_authenticator},
	.title = "CloudXNS",
	.flags = DNS_OPTIONAL_CREDENTIALS | DNS_RAW_CREDENTIALS,
	.open = refuse_closed_service,
	.find_zone = cannot_find,
	.present = cannot_change,
	.cleanup = cannot_change,
};
