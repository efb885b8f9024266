/*
 * The server side of handshakes that answer a challenge (see tls_server.h). A client that asks for
 * an unknown name, or with tls-alpn-01 offers anything other than the protocol "acme-tls/1" alone,
 * gets an alert and no certificate. There are no tickets and no resumed sessions, so each handshake
 * presents what is published at that time.
 */
#include "crypto/tls_server.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/map.h"
#include "crypto/evp.h"
#include "crypto/ssl_library.h"

/* The one protocol as clients list it: its length, then its name. */
#define PROTOCOL_LIST                                                                              \
	"\x0a"                                                                                     \
	"acme-tls/1"

enum { PROTOCOL_LIST_LEN = 11 };

/* OpenSSL's own types rather than struct cert: they are handed to the library as they are. */
struct credentials {
	X509 *cert;
	EVP_PKEY *key;
};

struct tls_server {
	struct ssl_library library;
	SSL_CTX *context;
	struct map names; /* lower-case server name -> struct credentials */
};

struct tls_session {
	struct tls_server *server;
	SSL *ssl;
	char *name;
};

static void credentials_free(void *value)
{
	struct credentials *credentials = value;

	if (!credentials)
		return;
	X509_free(credentials->cert);
	EVP_PKEY_free(credentials->key);
	free(credentials);
}

/* DNS names are compared without case (RFC 4343); a CA may vary the case of what it asks for. */
static char *lower_name(const char *name)
{
	char *copy = xstrdup(name);

	ascii_lower_string(copy);
	return copy;
}

/* Without the ALPN extension OpenSSL would not ask choose_protocol(), and go on. */
static int check_hello(SSL *ssl, int *alert, void *context)
{
	struct tls_server *server = context;
	const unsigned char *bytes;
	size_t len;

	if (server->library.client_hello_get0_ext(
		    ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &bytes, &len))
		return SSL_CLIENT_HELLO_SUCCESS;
	*alert = SSL_AD_NO_APPLICATION_PROTOCOL;
	return SSL_CLIENT_HELLO_ERROR;
}

/* RFC 8737 section 3: the list has this protocol and no other. */
static int choose_protocol(SSL *ssl, const unsigned char **ret_name, unsigned char *ret_len,
			   const unsigned char *list, unsigned len, void *context)
{
	if (len != PROTOCOL_LIST_LEN || memcmp(list, PROTOCOL_LIST, PROTOCOL_LIST_LEN) != 0)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*ret_name = list + 1;
	*ret_len = PROTOCOL_LIST_LEN - 1;
	return SSL_TLSEXT_ERR_OK;
}

/* The session of a handle, which has room for one pointer of ours: this one. */
static struct tls_session *session_of(struct tls_server *server, SSL *ssl)
{
	return server->library.get_ex_data(ssl, 0);
}

/* Chosen in the callback and not beforehand: the name arrives with the client's first message, and
 * publications change while connections are open. */
static int choose_certificate(SSL *ssl, int *alert, void *context)
{
	struct tls_server *server = context;
	const struct ssl_library *library = &server->library;
	const char *asked = library->get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	AUTO_FREE char *name = lower_name(asked ? asked : "");
	const struct credentials *credentials = map_get(&server->names, name);

	*alert = SSL_AD_UNRECOGNIZED_NAME;
	if (!credentials || library->use_certificate(ssl, credentials->cert) != 1 ||
	    library->use_PrivateKey(ssl, credentials->key) != 1)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	REPLACE(session_of(server, ssl)->name, STEAL(name));
	return SSL_TLSEXT_ERR_OK;
}

/* The setters that OpenSSL has as macros over these two calls. */
static void configure_context(struct tls_server *server)
{
	const struct ssl_library *library = &server->library;
	SSL_CTX *context = server->context;

	library->CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL);
	library->CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF, NULL);
	/* A resumed session would present no certificate, and the certificate is the whole
	 * answer. */
	library->CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
	library->CTX_set_num_tickets(context, 0);
	library->CTX_callback_ctrl(context, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
				   (void (*)(void))choose_certificate);
	library->CTX_ctrl(context, SSL_CTRL_SET_TLSEXT_SERVERNAME_ARG, 0, server);
}

/* For tls-alpn-01 only: the CAs of tls-sni-01 offer no protocol, or that of HTTP. */
static void insist_on_protocol(struct tls_server *server)
{
	server->library.CTX_set_client_hello_cb(server->context, check_hello, server);
	server->library.CTX_set_alpn_select_cb(server->context, choose_protocol, NULL);
}

int tls_server_new(enum tls_server_protocol protocol, struct tls_server **ret_server,
		   struct error *err)
{
	AUTO(tls_server) struct tls_server *server = XNEW(struct tls_server);

	server->names = (struct map)MAP_INIT(credentials_free);
	if (ssl_library_load(&server->library, err) < 0)
		return err->code;
	server->context = server->library.CTX_new(server->library.server_method());
	if (!server->context)
		return evp_error(err, "cannot start a TLS server");
	configure_context(server);
	if (protocol == TLS_SERVER_ACME)
		insist_on_protocol(server);
	*ret_server = STEAL(server);
	return 0;
}

void tls_server_free(struct tls_server *server)
{
	if (!server)
		return;
	if (server->context)
		server->library.CTX_free(server->context);
	map_release(&server->names);
	free(server);
}

static BIO *open_text(const char *text)
{
	return EVP_MADE(BIO_new_mem_buf(text, (int)strlen(text)));
}

/* Never asks for a pass phrase at the terminal. */
static int no_pass_phrase(char *buffer, int size, int for_writing, void *context)
{
	return -1;
}

int tls_server_put(struct tls_server *server, const char *server_name, const char *cert_pem,
		   const char *key_pem, struct error *err)
{
	AUTO(BIO) BIO *cert_text = open_text(cert_pem);
	AUTO(BIO) BIO *key_text = open_text(key_pem);
	AUTO_FREE char *name = lower_name(server_name);
	struct credentials *credentials = XNEW(struct credentials);
	int fits;

	credentials->cert = PEM_read_bio_X509(cert_text, NULL, no_pass_phrase, NULL);
	credentials->key = PEM_read_bio_PrivateKey(key_text, NULL, no_pass_phrase, NULL);
	if (!credentials->cert || !credentials->key) {
		credentials_free(credentials);
		return evp_reject(err, ERR_PARSE, "cannot read certificate and key for '%s'",
				  server_name);
	}
	/* Checked now: OpenSSL would only notice at the first handshake, which is the CA's. */
	fits = X509_check_private_key(credentials->cert, credentials->key);
	if (!fits) {
		credentials_free(credentials);
		return evp_reject(err, ERR_REFUSED,
				  "the key for '%s' does not match the "
				  "certificate",
				  server_name);
	}
	map_set(&server->names, name, credentials);
	return 0;
}

void tls_server_remove(struct tls_server *server, const char *server_name)
{
	AUTO_FREE char *name = lower_name(server_name);

	map_remove(&server->names, name);
}

struct tls_session *tls_session_new(struct tls_server *server, int fd)
{
	struct tls_session *session = XNEW(struct tls_session);

	session->server = server;
	session->ssl = server->library.new(server->context);
	if (!session->ssl || server->library.set_fd(session->ssl, fd) != 1 ||
	    server->library.set_ex_data(session->ssl, 0, session) != 1) {
		tls_session_free(session);
		ERR_clear_error();
		return NULL;
	}
	return session;
}

void tls_session_free(struct tls_session *session)
{
	if (!session)
		return;
	if (session->ssl)
		session->server->library.free(session->ssl);
	free(session->name);
	free(session);
}

enum tls_progress tls_session_step(struct tls_session *session)
{
	const struct ssl_library *library = &session->server->library;
	int rc, reason;

	ERR_clear_error();
	rc = library->accept(session->ssl);
	/* The answer is complete: shutdown() sends the close notification once and does not wait
	 * for the client's. */
	if (rc == 1) {
		library->shutdown(session->ssl);
		ERR_clear_error();
		return TLS_FINISHED;
	}
	reason = library->get_error(session->ssl, rc);
	ERR_clear_error();
	return reason == SSL_ERROR_WANT_READ    ? TLS_WANTS_READ
	       : reason == SSL_ERROR_WANT_WRITE ? TLS_WANTS_WRITE
						: TLS_FAILED;
}

const char *tls_session_name(const struct tls_session *session)
{
	return session->name;
}
