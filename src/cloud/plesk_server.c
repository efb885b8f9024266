/*
 * How to reach a Plesk server: its address, how its certificate is verified, and the secret key.
 *
 * The interface on port 8443 often has a self-signed certificate without a name. On this machine it
 * is not verified unless --plesk-ca-file is given, as in letsencrypt-plesk; such a connection never
 * goes through a proxy. On another machine it is always verified.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "base/span.h"
#include "cloud/plesk_api.h"
#include "cloud/vendor.h"
#include "codec/headers.h"
#include "codec/url.h"
#include "dns/program.h"
#include "dns/providers/plesk/plesk_packet.h"
#include "net/http/http.h"

/* The session's state. */
struct server {
	struct plugin_host host;  /* the run's, with our client if there is one */
	struct http_client *http; /* NULL: the client of all providers is used */
	struct secret key;
	bool is_key_made; /* it is deleted at the end of the run */
	struct plesk_sites sites;
};

static const char *option(const struct settings *settings, const char *dest)
{
	const char *value = settings_string(settings, dest);

	return value && value[0] ? value : NULL;
}

/* The key that was given as an option or variable, or NULL. */
static const char *given_key(const struct settings *settings)
{
	const char *value = option(settings, "plesk_secret_key");

	if (!value)
		value = getenv("LE_PLESK_SECRET_KEY");
	return value && value[0] ? value : NULL;
}

/* Asked before a session is opened: plugins that cannot work are not offered. */
bool plesk_has_key(const struct settings *settings)
{
	return option(settings, "plesk_secret_key_file") || given_key(settings);
}

/* ---- The connection ---- */

/* Its own client, since the certificate of Plesk is verified differently from those of other
 * services. */
static int make_client(struct dns_session *session, const char *ca_file, bool is_local,
		       struct error *err)
{
	struct server *server = session->state;
	AUTO_FREE char *user_agent = xasprintf("certbot/%s", session->host->program_version);
	const struct http_options options = {
		.user_agent = user_agent,
		.verify_tls = ca_file || !is_local,
		.ca_bundle = ca_file,
		.is_direct = is_local,
		.stall_timeout_s = PLESK_TIMEOUT_S,
		.confinement = session->host->confinement,
	};

	if (http_client_new(&options, &server->http, err) < 0)
		return error_hint(err, "check the file given by --plesk-ca-file");
	server->host = *session->host;
	server->host.provider_http = server->http;
	session->host = &server->host;
	return 0;
}

static int open_connection(struct dns_session *session, bool *ret_is_local, struct error *err)
{
	const char *address = option(session->settings, "plesk_url");
	const char *ca_file = option(session->settings, "plesk_ca_file");
	AUTO(url) struct url url = {.port = -1};
	AUTO(error) struct error fault = ERROR_INIT;

	if (!address || url_parse(address, &url, &fault) < 0 || strcmp(url.scheme, "https") != 0) {
		error_set(err, ERR_CONFIG, "--plesk-url must be an https:// address, not '%s'",
			  address ? address : "");
		return error_hint(err, "write it as https://HOST:8443");
	}
	/* With or without a slash at the end, as users copy it from a browser. */
	session->endpoint = xasprintf("%.*s" PLESK_API_PATH,
				      (int)(strlen(address) - (str_ends(address, "/") ? 1 : 0)),
				      address);
	session->base_url = session->endpoint;
	*ret_is_local = url_host_is_loopback(url.host);
	return ca_file || *ret_is_local ? make_client(session, ca_file, *ret_is_local, err) : 0;
}

/* ---- The secret key ---- */

/* Runs `plesk bin secret_key`, whose keys have the rights of the administrator. */
static int make_key(struct dns_session *session, struct error *err)
{
	struct server *server = session->state;
	const char *const argv[] = {settings_string(session->settings, "plesk_program"),
				    "bin",
				    "secret_key",
				    "--create",
				    "-ip-address",
				    "127.0.0.1",
				    "-description",
				    "certbot",
				    NULL};
	const struct dns_program program = {.argv = argv, .name = "plesk bin secret_key --create"};
	AUTO(strbuf) struct strbuf output = STRBUF_INIT;

	if (dns_run_program(session, &program, &output, err) < 0) {
		error_wrap(err, "cannot make a secret key for Plesk");
		return error_hint(err, "run certbot as root where Plesk is, or give it a key with "
				       "--plesk-secret-key-file");
	}
	strbuf_trim(&output);
	if (!output.len)
		return error_set(err, ERR_PLUGIN, "'%s' printed no secret key", program.name);
	secret_set(&server->key, output.text, output.len);
	secret_wipe(output.text, output.len);
	server->is_key_made = true;
	return 0;
}

/* Only a warning: the certificate is installed by then, and the key is good for this machine's
 * address alone. */
static void delete_key(struct dns_session *session)
{
	struct server *server = session->state;
	const char *const argv[] = {settings_string(session->settings, "plesk_program"),
				    "bin",
				    "secret_key",
				    "--delete",
				    "-key",
				    secret_peek(&server->key),
				    NULL};
	const struct dns_program program = {.argv = argv, .name = "plesk bin secret_key --delete"};
	AUTO(error) struct error err = ERROR_INIT;

	if (dns_run_program(session, &program, NULL, &err) < 0)
		log_warning("cannot delete the secret key that was made for this run: %s",
			    err.text);
}

/* A key that was given comes first, also on Plesk's own machine, where certbot may run as a user
 * without the right to make one. */
static int find_key(struct dns_session *session, bool is_local, struct error *err)
{
	struct server *server = session->state;
	const char *path = option(session->settings, "plesk_secret_key_file");
	const char *given = given_key(session->settings);

	if (path)
		return vendor_read_token(path, "Plesk", &server->key, err);
	if (given) {
		secret_set(&server->key, given, strlen(given));
		return 0;
	}
	if (is_local)
		return make_key(session, err);
	error_set(err, ERR_CONFIG, "cannot log in to Plesk: no secret key was given");
	return error_hint(err, "make one there with 'plesk bin secret_key --create -ip-address "
			       "ADDRESS', the address of this machine, and put it into a file "
			       "(--plesk-secret-key-file)");
}

/* ---- The session ---- */

static int open_session(struct dns_session *session, struct error *err)
{
	struct server *server = XNEW(struct server);
	bool is_local = false;

	/* Set first: close_session() releases it even if opening fails. */
	session->state = server;
	if (open_connection(session, &is_local, err) < 0 || find_key(session, is_local, err) < 0)
		return err->code;
	dns_hide(session, secret_peek(&server->key));
	return 0;
}

static void close_session(struct dns_session *session)
{
	struct server *server = session->state;

	if (server->is_key_made)
		delete_key(session);
	http_client_free(server->http);
	secret_release(&server->key);
	plesk_sites_release(&server->sites);
	free(server);
}

struct plesk_sites *plesk_sites_of(struct dns_session *session)
{
	struct server *server = session->state;

	return &server->sites;
}

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	const struct server *server = session->state;

	headers_add(headers, "KEY", secret_peek(&server->key));
	return 0;
}

const struct dns_provider plesk_api = {
	.plugin = {.name = "plesk"},
	.title = "Plesk",
	.flags = DNS_NO_CREDENTIALS_FILE,
	.explain_body = plesk_explain,
	.judge = plesk_judge,
	.login_hint = "check the secret key, which must be one of the administrator or of the "
		      "owner of the sites, and for the address of this machine",
	.authorize = authorize,
	.open = open_session,
	.close = close_session,
};
