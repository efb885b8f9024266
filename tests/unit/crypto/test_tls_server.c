/*
 * The server that answers challenges by TLS, against OpenSSL's client, over a socket pair.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/secret.h"
#include "crypto/cert/cert.h"
#include "crypto/tls_server.h"

#define ACME                                                                                       \
	"\x0a"                                                                                     \
	"acme-tls/1"
#define HTTP                                                                                       \
	"\x08"                                                                                     \
	"http/1.1"

struct handshake {
	enum tls_progress progress; /* of the server */
	char *shown;                /* name in the server's session, or NULL */
	X509 *cert;                 /* the client's view, or NULL */
	char protocol[20];
};

static void publish(struct tls_server *server, const char *name, const char *identifier, bool is_ip)
{
	const struct cert_alpn_request request = {
		.identifier = identifier,
		.is_ip = is_ip,
		.key_authorization = "token.thumbprint",
	};
	AUTO(strbuf) struct strbuf cert = STRBUF_INIT;
	AUTO(secret) struct secret key = SECRET_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(cert_make_alpn(&request, &cert, &key, &err), 0);
	assert_int_equal(tls_server_put(server, name, cert.text, secret_peek(&key), &err), 0);
}

static struct tls_server *make_server_for(enum tls_server_protocol protocol)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct tls_server *server = NULL;

	if (tls_server_new(protocol, &server, &err) < 0)
		fail_msg("%s", err.text);
	publish(server, "a.example", "a.example", false);
	publish(server, "1.2.0.192.in-addr.arpa", "192.0.2.1", true);
	return server;
}

static struct tls_server *make_server(void)
{
	return make_server_for(TLS_SERVER_ACME);
}

static SSL *make_client(SSL_CTX *context, int fd, const char *name, const char *protocols)
{
	SSL *client = SSL_new(context);

	assert_non_null(client);
	SSL_set_fd(client, fd);
	if (name)
		SSL_set_tlsext_host_name(client, name);
	if (protocols)
		SSL_set_alpn_protos(client, (const unsigned char *)protocols,
				    (unsigned)strlen(protocols));
	return client;
}

/* Lets both sides work in turns until the server is through. */
static enum tls_progress run_both(struct tls_session *session, SSL *client)
{
	enum tls_progress progress = TLS_WANTS_READ;

	for (int i = 0; i < 20 && progress != TLS_FINISHED && progress != TLS_FAILED; i++) {
		SSL_connect(client);
		progress = tls_session_step(session);
	}
	SSL_connect(client);
	return progress;
}

static void shake_hands(struct tls_server *server, const char *name, const char *protocols,
			struct handshake *ret_handshake)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	struct tls_session *session;
	const unsigned char *protocol;
	unsigned len = 0;
	int pair[2];
	SSL *client;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	client = make_client(context, pair[0], name, protocols);
	session = tls_session_new(server, pair[1]);
	assert_non_null(session);
	*ret_handshake = (struct handshake){.progress = run_both(session, client)};
	ret_handshake->cert = SSL_get1_peer_certificate(client);
	ret_handshake->shown = tls_session_name(session) ? strdup(tls_session_name(session)) : NULL;
	SSL_get0_alpn_selected(client, &protocol, &len);
	if (len && len < sizeof(ret_handshake->protocol))
		memcpy(ret_handshake->protocol, protocol, len);
	tls_session_free(session);
	SSL_free(client);
	SSL_CTX_free(context);
	close(pair[0]);
	close(pair[1]);
}

static void release(struct handshake *handshake)
{
	X509_free(handshake->cert);
	free(handshake->shown);
}

static void test_the_published_certificate_is_shown(void **state)
{
	AUTO(tls_server) struct tls_server *server = make_server();
	struct handshake handshake;

	shake_hands(server, "A.Example", ACME, &handshake);
	assert_int_equal(handshake.progress, TLS_FINISHED);
	assert_string_equal(handshake.protocol, "acme-tls/1");
	assert_string_equal(handshake.shown, "a.example");
	assert_non_null(handshake.cert);
	assert_int_equal(X509_check_host(handshake.cert, "a.example", 0, 0, NULL), 1);
	release(&handshake);
	shake_hands(server, "1.2.0.192.in-addr.arpa", ACME, &handshake);
	assert_int_equal(X509_check_ip_asc(handshake.cert, "192.0.2.1", 0), 1);
	release(&handshake);
}

static void assert_refused(struct tls_server *server, const char *name, const char *protocols)
{
	struct handshake handshake;

	shake_hands(server, name, protocols, &handshake);
	assert_int_equal(handshake.progress, TLS_FAILED);
	assert_null(handshake.cert);
	release(&handshake);
}

static void test_other_names_and_protocols_are_refused(void **state)
{
	AUTO(tls_server) struct tls_server *server = make_server();

	assert_refused(server, "b.example", ACME);
	assert_refused(server, NULL, ACME);
	assert_refused(server, "a.example", NULL);
	assert_refused(server, "a.example", HTTP);
	assert_refused(server, "a.example", HTTP ACME);
	assert_refused(server, "a.example", ACME ACME);
}

/* A CA that validates by tls-sni-01 may be an ordinary client. */
static void test_any_protocol_means_none_is_needed(void **state)
{
	AUTO(tls_server) struct tls_server *server = make_server_for(TLS_SERVER_ANY);
	static const char *const protocols[] = {NULL, HTTP, ACME};

	for (size_t i = 0; i < ARRAY_LEN(protocols); i++) {
		struct handshake handshake;

		shake_hands(server, "a.example", protocols[i], &handshake);
		assert_int_equal(handshake.progress, TLS_FINISHED);
		assert_string_equal(handshake.protocol, "");
		assert_string_equal(handshake.shown, "a.example");
		release(&handshake);
	}
	assert_refused(server, "b.example", NULL);
	assert_refused(server, NULL, NULL);
}

static void test_a_withdrawn_name_is_forgotten(void **state)
{
	AUTO(tls_server) struct tls_server *server = make_server();

	tls_server_remove(server, "A.EXAMPLE");
	tls_server_remove(server, "never.example");
	assert_refused(server, "a.example", ACME);
}

static void test_bytes_that_are_no_handshake_fail(void **state)
{
	AUTO(tls_server) struct tls_server *server = make_server();
	struct tls_session *session;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	session = tls_session_new(server, pair[1]);
	assert_int_equal(tls_session_step(session), TLS_WANTS_READ);
	assert_int_equal(send(pair[0], "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
	assert_int_equal(tls_session_step(session), TLS_FAILED);
	tls_session_free(session);
	close(pair[0]);
	close(pair[1]);
}

static void test_a_key_of_another_certificate_is_refused(void **state)
{
	static const struct cert_alpn_request request = {
		.identifier = "a.example",
		.key_authorization = "x",
	};
	AUTO(tls_server) struct tls_server *server = make_server();
	AUTO(strbuf) struct strbuf cert = STRBUF_INIT, other_cert = STRBUF_INIT;
	AUTO(secret) struct secret key = SECRET_INIT, other_key = SECRET_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(cert_make_alpn(&request, &cert, &key, &err), 0);
	assert_int_equal(cert_make_alpn(&request, &other_cert, &other_key, &err), 0);
	assert_int_equal(
		tls_server_put(server, "a.example", cert.text, secret_peek(&other_key), &err),
		ERR_REFUSED);
	error_release(&err);
	assert_int_equal(tls_server_put(server, "a.example", "no PEM", "none", &err), ERR_PARSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_published_certificate_is_shown),
		cmocka_unit_test(test_other_names_and_protocols_are_refused),
		cmocka_unit_test(test_any_protocol_means_none_is_needed),
		cmocka_unit_test(test_a_withdrawn_name_is_forgotten),
		cmocka_unit_test(test_bytes_that_are_no_handshake_fail),
		cmocka_unit_test(test_a_key_of_another_certificate_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
