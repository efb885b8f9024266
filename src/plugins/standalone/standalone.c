/*
 * The standalone authenticator: runs one responder child per port and protocol, shared by all
 * challenges of the run. It starts with the first challenge that needs it and stops when the last
 * one is cleaned up.
 */
#include "plugins/standalone/standalone.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "crypto/cert/cert.h"
#include "net/responder/responder.h"
#include "os/clock.h"

/* Makes the answer to a challenge and hands it to the child. */
typedef int publish_fn(struct plugin_instance *instance, struct responder *responder,
		       const struct acme_challenge *challenge, struct error *err);
/* Returns the name under which the answer is published; the caller frees it. */
typedef char *name_fn(const struct acme_challenge *challenge);

static publish_fn publish_http, publish_tls_alpn, publish_tls_sni;
static name_fn token_of, server_name_of, sni_name_of;

/* Where the protocols differ. */
static const struct protocol {
	enum acme_challenge_type type;
	const char *address_dest, *port_dest, *port_option;
	publish_fn *publish;
	name_fn *name;
} protocols[] = {
	[RESPONDER_HTTP] = {ACME_HTTP_01, "http01_address", "http01_port", "--http-01-port",
			    publish_http, token_of},
	[RESPONDER_TLS_ALPN] = {ACME_TLS_ALPN_01, "tls_alpn_01_address", "tls_alpn_01_port",
				"--tls-alpn-01-port", publish_tls_alpn, server_name_of},
	[RESPONDER_TLS_SNI] = {ACME_TLS_SNI_01, "tls_sni_01_address", "tls_sni_01_port",
			       "--tls-sni-01-port", publish_tls_sni, sni_name_of},
};
STATIC_ASSERT(ARRAY_LEN(protocols) == RESPONDER_PROTOCOL__COUNT, "every protocol has a row");

/* The best first. Certbot began with tls-sni-01, too, while there was one; only a CA that offers it
 * gets that far. */
static const enum acme_challenge_type preferred[] = {ACME_TLS_SNI_01, ACME_HTTP_01,
						     ACME_TLS_ALPN_01};

/* A responder and how many challenges it answers. */
struct endpoint {
	struct responder *responder;
	size_t published;
};

struct standalone {
	struct map endpoints; /* "protocol address port" -> struct endpoint */
	struct key *sni_key;  /* of the certificates for tls-sni-01; NULL: none was made yet */
};

static void endpoint_free(void *value)
{
	struct endpoint *endpoint = value;

	responder_free(endpoint->responder);
	free(endpoint);
}

static struct standalone *standalone_of(struct plugin_instance *instance)
{
	if (!instance->state) {
		struct standalone *standalone = XNEW(struct standalone);

		standalone->endpoints = (struct map)MAP_INIT(endpoint_free);
		instance->state = standalone;
	}
	return instance->state;
}

static void close_standalone(struct plugin_instance *instance)
{
	struct standalone *standalone = instance->state;

	if (!standalone)
		return;
	map_release(&standalone->endpoints);
	key_free(standalone->sni_key);
	free(standalone);
}

struct choice {
	enum acme_challenge_type *types;
	size_t count;
};

static bool choice_has(const struct choice *choice, enum acme_challenge_type type)
{
	for (size_t i = 0; i < choice->count; i++)
		if (choice->types[i] == type)
			return true;
	return false;
}

static void choose_type(struct choice *choice, const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(preferred); i++)
		if (strcmp(acme_challenge_type_name(preferred[i]), word) == 0 &&
		    !choice_has(choice, preferred[i]))
			choice->types[choice->count++] = preferred[i];
}

/* The types of --standalone-supported-challenges, in its order. Early versions wrote the two that
 * they had into each conf: a conf with both does not mean to exclude the third. */
static void choose_listed(struct choice *choice, const char *list)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;

	strvec_split(&words, list, ",");
	for (size_t i = 0; i < words.count; i++)
		choose_type(choice, words.items[i]);
	if (choice_has(choice, ACME_HTTP_01) && choice_has(choice, ACME_TLS_SNI_01))
		choose_type(choice, acme_challenge_type_name(ACME_TLS_ALPN_01));
}

static size_t preference(struct plugin_instance *instance, const struct settings *settings,
			 const struct acme_identifier *identifier,
			 enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	const char *list = settings_string(settings, "standalone_supported_challenges");
	struct choice choice = {.types = ret_types};

	if (list) {
		choose_listed(&choice, list);
		return choice.count;
	}
	memcpy(ret_types, preferred, sizeof(preferred));
	return ARRAY_LEN(preferred);
}

static enum responder_protocol protocol_of(const struct acme_challenge *challenge)
{
	int protocol = 0;

	while (protocols[protocol].type != challenge->type)
		protocol++;
	return (enum responder_protocol)protocol;
}

static char *endpoint_key(const struct plugin_task *task)
{
	enum responder_protocol protocol = protocol_of(task->challenge);
	const char *address = settings_string(task->settings, protocols[protocol].address_dest);

	return xasprintf("%d %s %lld", protocol, address ? address : "",
			 (long long)settings_int(task->settings, protocols[protocol].port_dest));
}

/* Asks whether to try a taken port again. Without a person the answer is "no", or a timer would try
 * forever. */
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

/* Only a port that is taken is worth another try; other errors stay what they are. */
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
	struct map *endpoints = &standalone_of(instance)->endpoints;
	struct endpoint *endpoint = map_get(endpoints, key);

	if (!endpoint) {
		struct responder *responder = NULL;

		if (start_responder(instance, task, &responder, err) < 0)
			return err->code;
		endpoint = XNEW(struct endpoint);
		endpoint->responder = responder;
		map_set(endpoints, key, endpoint);
	}
	*ret_endpoint = endpoint;
	return 0;
}

static char *token_of(const struct acme_challenge *challenge)
{
	return xstrdup(challenge->token);
}

static char *sni_name_of(const struct acme_challenge *challenge)
{
	return xstrdup(challenge->sni_name);
}

/* Server name of the CA's handshake for tls-alpn-01: the DNS name, or the reverse name of an
 * address (RFC 8738 section 6). */
static char *server_name_of(const struct acme_challenge *challenge)
{
	const struct acme_identifier *identifier = &challenge->identifier;
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

static int publish_http(struct plugin_instance *instance, struct responder *responder,
			const struct acme_challenge *challenge, struct error *err)
{
	return responder_publish_http(responder, challenge->token, challenge->key_authorization,
				      err);
}

static int publish_tls_sni(struct plugin_instance *instance, struct responder *responder,
			   const struct acme_challenge *challenge, struct error *err)
{
	const struct cert_sni_request request = {
		.sni_name = challenge->sni_name,
		.now = clock_now_seconds(instance->host->clock),
	};
	AUTO(strbuf) struct strbuf cert_pem = STRBUF_INIT;
	AUTO(secret) struct secret key_pem = SECRET_INIT;

	if (cert_make_sni(&request, &standalone_of(instance)->sni_key, &cert_pem, &key_pem, err) <
	    0)
		return err->code;
	return responder_publish_tls(responder, challenge->sni_name, cert_pem.text,
				     secret_peek(&key_pem), err);
}

/* Certificate and key that prove one tls-alpn-01 challenge. The key serves this challenge alone and
 * is never written to disk. */
static int publish_tls_alpn(struct plugin_instance *instance, struct responder *responder,
			    const struct acme_challenge *challenge, struct error *err)
{
	const struct cert_alpn_request request = {
		.identifier = challenge->identifier.value,
		.is_ip = challenge->identifier.kind == ACME_IDENTIFIER_IP,
		.key_authorization = challenge->key_authorization,
	};
	AUTO(strbuf) struct strbuf cert_pem = STRBUF_INIT;
	AUTO(secret) struct secret key_pem = SECRET_INIT;
	AUTO_FREE char *name = server_name_of(challenge);

	if (cert_make_alpn(&request, &cert_pem, &key_pem, err) < 0)
		return err->code;
	return responder_publish_tls(responder, name, cert_pem.text, secret_peek(&key_pem), err);
}

static int present_one(struct plugin_instance *instance, const struct plugin_task *task,
		       struct error *err)
{
	const struct protocol *protocol = &protocols[protocol_of(task->challenge)];
	struct endpoint *endpoint = NULL;
	int rc;

	if (find_endpoint(instance, task, &endpoint, err) < 0)
		return err->code;
	rc = protocol->publish(instance, endpoint->responder, task->challenge, err);
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

/* The port is free again as soon as the last challenge goes: a web server may be waiting for it in
 * a post hook. */
static int withdraw_challenge(struct plugin_instance *instance, const struct plugin_task *task,
			      struct error *err)
{
	const struct protocol *protocol = &protocols[protocol_of(task->challenge)];
	struct map *endpoints = &standalone_of(instance)->endpoints;
	AUTO_FREE char *key = endpoint_key(task);
	struct endpoint *endpoint = map_get(endpoints, key);
	AUTO_FREE char *name = protocol->name(task->challenge);
	int rc;

	if (!endpoint)
		return 0;
	rc = responder_withdraw(endpoint->responder, name, err);
	if (endpoint->published && --endpoint->published == 0)
		map_remove(endpoints, key);
	return rc;
}

/* A challenge that was not presented is not counted either. */
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

static int tend(struct plugin_instance *instance, struct error *err)
{
	const struct map *endpoints = &standalone_of(instance)->endpoints;

	for (size_t i = 0; i < endpoints->count; i++) {
		struct endpoint *endpoint = endpoints->entries[i].value;

		if (responder_tend(endpoint->responder, err) < 0)
			return err->code;
	}
	return 0;
}

static const struct authenticator standalone_authenticator = {
	.preference = preference,
	.present = present,
	.cleanup = cleanup,
	.tend = tend,
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
		.flags = OPTION_HIDDEN,
		.help = "",
	},
};

static const struct plugin_manual manual_page = {
	.purpose = "prove control of names with a temporary web server",
	.paragraphs =
		{"Answers the CA itself while the challenge lasts. Port 80 must be free and "
		 "reachable from the internet under these names; if something holds it, the "
		 "message says which process. Where only port 443 is free, "
		 "`--preferred-challenges tls-alpn` answers there. DNS names and IP addresses; "
		 "no wildcards."},
	.example = "certbot certonly --standalone -d www.example.com\n"
		   "certbot certonly --standalone --preferred-challenges tls-alpn -d "
		   "www.example.com",
};

const struct plugin standalone_plugin = {
	.name = "standalone",
	.manual = &manual_page,
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
