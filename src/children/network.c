/*
 * The clients of a run's children (see network.h), and the messages about their sandboxes. A child
 * that lacks one of the barriers between it and the keys is a line in the log; a child without any
 * is a warning, printed once per run.
 */
#include "children/network.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/log.h"
#include "net/dns/dns_client.h"
#include "net/http/http.h"

static void tell_person(void *context, const char *process, bool is_confined, const char *missing)
{
	struct network *network = context;

	if (is_confined || network->was_warned) {
		log_info("The %s process runs without %s", process, missing);
		return;
	}
	network->was_warned = true;
	log_warning("The %s process is not confined: if a server took it over, it could read "
		    "private keys. This system lacks: %s. With --require-sandbox this is an error.",
		    process, missing);
}

/* A slow CA or name server has no part in this: what hangs is on this machine. */
static void tell_silence(void *context, const char *process, int seconds)
{
	log_warning("Waiting for the %s process, %d s: it is stopped, or this machine is short of "
		    "memory. If it stays silent, another will take its place.",
		    process, seconds);
}

void network_init(struct network *network, const struct settings *settings, const struct ui *ui,
		  const struct clock *clock)
{
	*network = (struct network){
		.settings = settings,
		.ui = ui,
		.clock = clock,
		.confinement =
			{
				.is_required = settings_flag(settings, "require_sandbox"),
				.tell = tell_person,
				.tell_silence = tell_silence,
				.context = network,
			},
	};
	network->dns = dns_client_new(&(const struct dns_client_options){
		.confinement = &network->confinement,
	});
}

void network_release(struct network *network)
{
	http_client_free(STEAL(network->http));
	http_client_free(STEAL(network->provider_http));
	dns_client_free(STEAL(network->dns));
}

/* Product, version and the administrator's comment: no telemetry. */
static char *make_user_agent(const struct settings *settings)
{
	const char *whole = settings_string(settings, "user_agent");
	const char *comment = settings_string(settings, "user_agent_comment");

	if (whole)
		return xstrdup(whole);
	if (comment)
		return xasprintf("certbot/%s (%s)", CERTBOT_VERSION, comment);
	return xasprintf("certbot/%s", CERTBOT_VERSION);
}

/* First CA bundle named in the environment, in the order Certbot's HTTP library looks. */
static const char *ca_bundle_from_environment(void)
{
	static const char *const names[] = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
					    "SSL_CERT_FILE"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *value = getenv(names[i]);

		if (value && value[0])
			return value;
	}
	return NULL;
}

static int make_client(struct network *network, bool verify_tls, struct http_client **ret_http,
		       struct error *err)
{
	AUTO_FREE char *user_agent = make_user_agent(network->settings);
	const struct http_options options = {
		.user_agent = user_agent,
		.verify_tls = verify_tls,
		.ca_bundle = ca_bundle_from_environment(),
		.confinement = &network->confinement,
	};

	return http_client_new(&options, ret_http, err);
}

int network_http(struct network *network, struct http_client **ret_http, struct error *err)
{
	bool verify_tls = !settings_flag(network->settings, "no_verify_ssl");

	if (!network->http && (make_client(network, true, &network->provider_http, err) < 0 ||
			       make_client(network, verify_tls, &network->http, err) < 0))
		return err->code;
	*ret_http = network->http;
	return 0;
}

int network_new_http(struct network *network, struct http_client **ret_http, struct error *err)
{
	return make_client(network, true, ret_http, err);
}

int64_t network_now(const struct network *network)
{
	return clock_now_seconds(network->clock);
}
