/*
 * The standalone authenticator: runs one responder child per port and protocol, shared by all
 * challenges of the run. It starts with the first challenge that needs it and stops when the last
 * one is cleaned up.
 */
#include "plugins/standalone/standalone.h"

#include <arpa/inet.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "crypto/cert/cert.h"
#include "net/responder/responder.h"

/* What tells apart the two protocols: which options hold address and port. */
static const struct {
	const char *address_dest, *port_dest, *port_option;
} protocols[] = {
	[RESPONDER_HTTP] = {"http01_address", "http01_port", "--http-01-port"},
	[RESPONDER_TLS_ALPN] = {"tls_alpn_01_address", "tls_alpn_01_port", "--tls-alpn-01-port"},
};

/* A responder and how many challenges it answers. */
struct endpoint {
	struct responder *responder;
	size_t published;
};

static void endpoint_free(void *value)
{
	struct endpoint *endpoint = value;

	responder_free(endpoint->responder);
	free(endpoint);
}

/* "protocol address port" -> struct endpoint */
static struct map *endpoints_of(struct plugin_instance *instance)
{
	if (!instance->state) {
		struct map *endpoints = XNEW(struct map);

		*endpoints = (struct map)MAP_INIT(endpoint_free);
		instance->state = endpoints;
	}
	return instance->state;
}

static void close_standalone(struct plugin_instance *instance)
{
	if (instance->state)
		map_release(instance->state);
	free(instance->state);
}

static size_t preference(struct plugin_instance *instance, const struct settings *settings,
			 const struct acme_identifier *identifier,
			 enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	ret_types[0] = ACME_HTTP_01;
	ret_types[1] = ACME_TLS_ALPN_01;
	return 2;
}

static enum responder_protocol protocol_of(const struct acme_challenge *challenge)
{
	return challenge->type == ACME_TLS_ALPN_01 ? RESPONDER_TLS_ALPN : RESPONDER_HTTP;
}

static char *endpoint_key(const struct plugin_task *task)
{
	enum responder_protocol protocol = protocol_of(task->challenge);
	const char *address = settings_string(task->settings, protocols[protocol].address_dest);

	return xasprintf("%d %s %lld", protocol, address ? address : "",
			 (long long)settings_int(task->settings, protocols[protocol].port_dest));
}

/* Asks whether to try a taken port again; without anybody to ask: no. */
static bool wants_retry(struct plugin_instance *instance, const struct error *taken)
{
	static const char *const labels[] = {"Retry", "Cancel"};
	const struct ui_question question = {
		.text = taken->text,
		.choices = labels,
		.choice_count = ARRAY_LEN(labels),
		.fallback = 0,
	};
	AUTO(error) struct error err = ERROR_INIT;
	bool retry = false;

	return ui_yes_no(instance->host->ui, &question, &retry, &err) == 0 && retry;
}

static int start_responder(struct plugin_instance *instance, const struct plugin_task *task,
			   struct responder **ret_responder, struct error *err)
{
	enum responder_protocol protocol = protocol_of(task->challenge);
	const char *address = settings_string(task->settings, protocols[protocol].address_dest);
	const struct responder_options options = {
		.protocol = protocol,
		.address = address ? address : "",
		.port = (int)settings_int(task->settings, protocols[protocol].port_dest),
		.confinement = instance->host->confinement,
	};

	while (responder_start(&options, ret_responder, err) < 0) {
		if (err->code != ERR_BUSY)
			return err->code;
		if (!wants_retry(instance, err))
			return error_hint(
				err,
				"stop that program first, or obtain the certificate through "
				"it: --webroot -w DIR; another port can be set with %s if "
				"connections to the public port are forwarded to it",
				protocols[protocol].port_option);
		error_release(err);
	}
	return 0;
}

static int find_endpoint(struct plugin_instance *instance, const struct plugin_task *task,
			 struct endpoint **ret_endpoint, struct error *err)
{
	AUTO_FREE char *key = endpoint_key(task);
	struct endpoint *endpoint = map_get(endpoints_of(instance), key);

	if (!endpoint) {
		struct responder *responder = NULL;

		if (start_responder(instance, task, &responder, err) < 0)
			return err->code;
		endpoint = XNEW(struct endpoint);
		endpoint->responder = responder;
		map_set(endpoints_of(instance), key, endpoint);
	}
	*ret_endpoint = endpoint;
	return 0;
}

/* Server name of the CA's handshake: the DNS name, or the reverse name of an address (RFC 8738
 * section 6). */
static char *server_name_of(const struct acme_identifier *identifier)
{
	AUTO(strbuf) struct strbuf name = STRBUF_INIT;
	unsigned char bytes[16];

	if (identifier->kind == ACME_IDENTIFIER_DNS)
		return xstrdup(identifier->value);
	if (inet_pton(AF_INET, identifier->value, bytes) == 1) {
		for (int i = 3; i >= 0; i--)
			strbuf_addf(&name, "%u.", bytes[i]);
		strbuf_adds(&name, "in-addr.arpa");
	} else if (inet_pton(AF_INET6, identifier->value, bytes) == 1) {
		for (int i = 15; i >= 0; i--)
			strbuf_addf(&name, "%x.%x.", bytes[i] & 15u, bytes[i] >> 4);
		strbuf_adds(&name, "ip6.arpa");
	}
	return strbuf_detach(&name);
}

/* Certificate and key that prove one tls-alpn-01 challenge. */
static int publish_tls(struct responder *responder, const struct acme_challenge *challenge,
		       struct error *err)
{
	const struct cert_alpn_request request = {
		.identifier = challenge->identifier.value,
		.is_ip = challenge->identifier.kind == ACME_IDENTIFIER_IP,
		.key_authorization = challenge->key_authorization,
	};
	AUTO(strbuf) struct strbuf cert_pem = STRBUF_INIT;
	AUTO(secret) struct secret key_pem = SECRET_INIT;
	AUTO_FREE char *name = server_name_of(&challenge->identifier);

	if (cert_make_alpn(&request, &cert_pem, &key_pem, err) < 0)
		return err->code;
	return responder_publish_tls(responder, name, cert_pem.text, secret_peek(&key_pem), err);
}

static int present_one(struct plugin_instance *instance, const struct plugin_task *task,
		       struct error *err)
{
	const struct acme_challenge *challenge = task->challenge;
	struct endpoint *endpoint = NULL;
	int rc;

	if (find_endpoint(instance, task, &endpoint, err) < 0)
		return err->code;
	rc = challenge->type == ACME_TLS_ALPN_01
		     ? publish_tls(endpoint->responder, challenge, err)
		     : responder_publish_http(endpoint->responder, challenge->token,
					      challenge->key_authorization, err);
	if (rc == 0)
		endpoint->published++;
	return rc;
}

static int present(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		AUTO(error) struct error failed = ERROR_INIT;

		if (present_one(instance, &tasks[i], &failed) < 0)
			error_move(&tasks[i].challenge->present_error, &failed);
	}
	return 0;
}

static int withdraw_challenge(struct plugin_instance *instance, const struct plugin_task *task,
			      struct error *err)
{
	const struct acme_challenge *challenge = task->challenge;
	AUTO_FREE char *key = endpoint_key(task);
	struct endpoint *endpoint = map_get(endpoints_of(instance), key);
	AUTO_FREE char *name = challenge->type == ACME_TLS_ALPN_01
				       ? server_name_of(&challenge->identifier)
				       : xstrdup(challenge->token);
	int rc;

	if (!endpoint)
		return 0;
	rc = responder_withdraw(endpoint->responder, name, err);
	if (endpoint->published && --endpoint->published == 0)
		map_remove(endpoints_of(instance), key);
	return rc;
}

static int cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		AUTO(error) struct error failed = ERROR_INIT;

		if (!error_is_set(&tasks[i].challenge->present_error) &&
		    withdraw_challenge(instance, &tasks[i], &failed) < 0 && !error_is_set(err))
			error_move(err, &failed);
	}
	return err->code;
}

static const struct authenticator standalone_authenticator = {
	.preference = preference,
	.present = present,
	.cleanup = cleanup,
	.failure_hint =
		"The Certificate Authority failed to reach the temporary server that Certbot started. "
		"Ensure that the listed domains point to this machine and that it accepts inbound "
		"connections on the port from the internet.",
};

static const struct option standalone_options[] = {
	{
		.dest = "standalone_supported_challenges",
		.names = "--standalone-supported-challenges",
		.type = OPTION_STRING,
		.metavar = "TYPES",
		.topics = "standalone",
		.flags = OPTION_HIDDEN | OPTION_DEPRECATED,
		.help = "",
	},
};

const struct plugin standalone_plugin = {
	.name = "standalone",
	.title = "Spin up a temporary web server",
	.description =
		"Runs an HTTP server locally which serves the necessary validation files under "
		"the /.well-known/acme-challenge/ request path. Suitable if there is no HTTP "
		"server already running. HTTP challenge only (wildcards not supported).",
	.flags = PLUGIN_TAKES_IP | PLUGIN_PRESENTS_SINGLY,
	.options = standalone_options,
	.option_count = ARRAY_LEN(standalone_options),
	.close = close_standalone,
	.authenticator = &standalone_authenticator,
};
