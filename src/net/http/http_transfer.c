/*
 * Options and callbacks of one transfer (see http_transfer.h). Data from the peer is counted before
 * it is stored. libcurl repeats a request when a persistent connection turns out to be closed
 * before the first byte of the answer (RFC 9110 section 9.2.2), and does not report it: the first
 * one may have taken effect, and the answer belongs to the second.
 */
#include "net/http/http_transfer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/secret.h"
#include "base/span.h"
#include "codec/url.h"
#include "crypto/tls_client.h"
#include "net/http/curl_failure.h"
#include "net/http/http_lookup.h"
#include "net/http/http_transfer_parts.h"
#include "net/http/proxy.h"
#include "os/socket/round_trip.h"

enum {
	BUFFER_LEN = 16 * 1024,
	CURL_PROXY_PORT = 1080, /* of SOCKS; other proxy URLs have a port (proxy.h) */
};

struct http_transfer *http_transfer_new(struct http_job *own_job)
{
	struct http_transfer *transfer = XNEW(struct http_transfer);

	transfer->job = own_job;
	strbuf_init(&transfer->reply.text);
	transfer->body = (struct strbuf)STRBUF_INIT_CAPPED(own_job->request.max_body);
	http_response_init(&transfer->response);
	return transfer;
}

static void drop_handle(struct http_transfer *transfer, const struct curl_library *library)
{
	if (transfer->easy)
		library->easy_cleanup(transfer->easy);
	library->slist_free_all(transfer->fields);
	library->slist_free_all(transfer->connect_to);
	library->slist_free_all(transfer->addresses);
	transfer->easy = NULL;
	transfer->fields = NULL;
	transfer->connect_to = NULL;
	transfer->addresses = NULL;
}

void http_transfer_free(struct http_transfer *transfer, const struct curl_library *library)
{
	if (!transfer)
		return;
	drop_handle(transfer, library);
	http_job_free(transfer->job);
	strbuf_release(&transfer->body);
	strbuf_release(&transfer->reply.text);
	http_response_release(&transfer->response);
	free(transfer);
}

void http_transfer_note(struct http_transfer *transfer, CURLcode result)
{
	if (result != CURLE_OK && transfer->setup_result == CURLE_OK)
		transfer->setup_result = result;
}

/* Counted as it comes: a length that the peer announces may be a lie. */
static int refuse_size(struct http_transfer *transfer, const char *what, size_t limit,
		       const char *unit)
{
	struct error *err = &transfer->response.error;

	if (!error_is_set(err))
		error_set(err, ERR_PROTOCOL, "%s of '%.*s' is larger than %zu %s", what,
			  url_shown_length(transfer->job->url), transfer->job->url, limit, unit);
	return 0; /* a short count makes libcurl give up */
}

/* A stream whose second line has come is left as it is: there is no other way to end it. */
static bool has_enough(struct http_transfer *transfer, struct span bytes)
{
	if (!(transfer->job->request.flags & HTTP_UNTIL_SECOND_LINE))
		return false;
	for (size_t i = 0; i < bytes.len; i++)
		transfer->lines += bytes.ptr[i] == '\n';
	return transfer->lines >= 2;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct http_transfer *transfer = context;

	if (has_enough(transfer, span_make(bytes, size * count)))
		return 0;
	strbuf_add(&transfer->body, bytes, size * count);
	if (strbuf_overflowed(&transfer->body))
		return refuse_size(transfer, "response", transfer->job->request.max_body, "bytes");
	return size * count;
}

/* A field of the header; what is not one (a folded line, bytes that no name may have) is dropped.
 * Values are made printable here, at the border, since many of them end up in messages. */
static void keep_field(struct headers *headers, struct span line)
{
	const char *colon = memchr(line.ptr, ':', line.len);
	size_t name_len = colon ? (size_t)(colon - line.ptr) : 0;
	AUTO_FREE char *name = span_dup(span_make(line.ptr, name_len));
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;
	struct span rest;

	if (!colon || memchr(name, '\0', name_len) || !http_field_name_is_valid(name))
		return;
	rest = span_trim(span_make(colon + 1, line.len - name_len - 1));
	strbuf_add_printable(&value, rest.ptr, rest.len);
	headers_add(headers, name, value.text);
}

/* One line: a status line (again for each answer before the last one: 100 Continue, a redirect), a
 * field, the blank line, or a trailer field, which is dropped. Fields of answers before the last
 * one do not count, but their bytes do, or a peer could send them without end. */
static size_t take_header_line(char *bytes, size_t size, size_t count, void *context)
{
	struct http_transfer *transfer = context;
	struct headers *headers = &transfer->response.headers;
	struct span line = span_make(bytes, size * count);

	transfer->field_bytes += line.len;
	if (transfer->field_bytes > HTTP_MAX_FIELD_BYTES)
		return refuse_size(transfer, "header", HTTP_MAX_FIELD_BYTES, "bytes");
	line = span_trim(line);
	if (line.len > 5 && memcmp(line.ptr, "HTTP/", 5) == 0) {
		headers_release(headers);
		transfer->in_fields = true;
	} else if (!line.len) {
		transfer->in_fields = false;
	} else if (transfer->in_fields) {
		if (headers->names.count == HTTP_MAX_FIELDS)
			return refuse_size(transfer, "header", HTTP_MAX_FIELDS, "fields");
		keep_field(headers, line);
	}
	return size * count;
}

/* NOSIGNAL: without it, libcurl uses SIGALRM for its resolver, and the signals are ours. */
static void set_receiving(struct http_transfer *transfer, const struct curl_library *library)
{
	SET(CURLOPT_ERRORBUFFER, transfer->detail);
	SET(CURLOPT_PRIVATE, (void *)transfer);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, (void *)transfer);
	SET(CURLOPT_HEADERFUNCTION, take_header_line);
	SET(CURLOPT_HEADERDATA, (void *)transfer);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_BUFFERSIZE, (long)BUFFER_LEN);
	SET(CURLOPT_UPLOAD_BUFFERSIZE, (long)BUFFER_LEN);
	SET(CURLOPT_NOSIGNAL, 1L);
}

/* Three limits: for the connection, for silence, and for the whole. */
static void set_limits(struct http_transfer *transfer, const struct curl_library *library,
		       const struct http_setup *setup)
{
	SET(CURLOPT_TIMEOUT_MS, (long)transfer->job->request.timeout_ms);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)setup->connect_timeout_ms);
	SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(CURLOPT_LOW_SPEED_TIME, (long)setup->stall_timeout_s);
}

/* Plain HTTP only where it was asked for; a request that started with TLS stays with it. No proxy
 * by libcurl's own rules: they have been applied already (proxy.c), and the process has no
 * environment. */
static void set_address(struct http_transfer *transfer, const struct curl_library *library)
{
	const struct http_job *job = transfer->job;
	bool plain = job->request.flags & HTTP_ALLOW_PLAIN && str_starts(job->url, "http:");
	const char *protocols = plain ? "http,https" : "https";
	bool reads = job->request.method == HTTP_GET || job->request.method == HTTP_HEAD;

	SET(CURLOPT_URL, job->url);
	SET(CURLOPT_PROTOCOLS_STR, protocols);
	SET(CURLOPT_REDIR_PROTOCOLS_STR, protocols);
	SET(CURLOPT_FOLLOWLOCATION, reads && job->request.flags & HTTP_FOLLOW_REDIRECTS ? 1L : 0L);
	SET(CURLOPT_MAXREDIRS, (long)HTTP_MAX_REDIRECTS);
	SET(CURLOPT_PROXY, job->proxy ? job->proxy : "");
	SET(CURLOPT_NOPROXY, "");
	SET(CURLOPT_HTTP_VERSION, curl_library_http_version(library));
	/* Waits until the first connection says whether it multiplexes, rather than opening
	 * many. */
	SET(CURLOPT_PIPEWAIT, 1L);
}

/* libcurl calls this whenever it is about to send the request. */
static int count_sending(void *context, char *to, char *from, int to_port, int from_port)
{
	struct http_transfer *transfer = context;

	transfer->response.maybe_sent = transfer->sendings++ > 0;
	return CURL_PREREQFUNC_OK;
}

/* Counts how often the request is sent. Redirects are no repetitions, so there is no count where
 * they are followed: that only reads, and is harmless to repeat. */
static void set_counting(struct http_transfer *transfer, const struct curl_library *library)
{
	SET(CURLOPT_PREREQFUNCTION, count_sending);
	SET(CURLOPT_PREREQDATA, (void *)transfer);
}

static void set_method(struct http_transfer *transfer, const struct curl_library *library)
{
	static const char *const names[] = {
		[HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD",   [HTTP_POST] = "POST",
		[HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
	};
	const struct http_job *job = transfer->job;
	enum http_method method = job->request.method;
	bool has_body = job->body || method == HTTP_POST || method == HTTP_PUT ||
			method == HTTP_PATCH;

	if (method == HTTP_HEAD) {
		SET(CURLOPT_NOBODY, 1L);
		return;
	}
	if (has_body) {
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)job->request.body_len);
		SET(CURLOPT_POSTFIELDS, job->body ? job->body : "");
	}
	if (method != HTTP_GET || !(job->request.flags & HTTP_FOLLOW_REDIRECTS))
		set_counting(transfer, library);
	/* By itself libcurl says POST with a body and GET without. */
	if (method != (has_body ? HTTP_POST : HTTP_GET))
		SET(CURLOPT_CUSTOMREQUEST, names[method]);
}

static void add_line(struct http_transfer *transfer, const struct curl_library *library,
		     struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = library->slist_append(*list, line);

	if (longer)
		*list = longer;
	else
		http_transfer_note(transfer, CURLE_OUT_OF_MEMORY);
}

static void add_field(struct http_transfer *transfer, const struct curl_library *library,
		      const char *line)
{
	add_line(transfer, library, &transfer->fields, line);
}

/* The caller's fields. Those that libcurl would add by itself are switched off ("Name:"). A field
 * without value needs its own spelling ("Name;"). "Expect: 100-continue" costs a second with
 * servers that do not know it. */
static void set_fields(struct http_transfer *transfer, const struct curl_library *library,
		       const struct http_setup *setup)
{
	const struct headers *headers = &transfer->job->headers;

	for (size_t i = 0; i < headers->names.count; i++) {
		const char *name = headers->names.items[i], *value = headers->values.items[i];
		AUTO_FREE char *line = value[0] ? xasprintf("%s: %s", name, value)
						: xasprintf("%s;", name);

		add_field(transfer, library, line);
		secret_wipe(line, strlen(line));
	}
	add_field(transfer, library, "Expect:");
	if (!headers_get(headers, "Content-Type"))
		add_field(transfer, library, "Content-Type:");
	SET(CURLOPT_HTTPHEADER, transfer->fields);
	if (setup->user_agent[0])
		SET(CURLOPT_USERAGENT, setup->user_agent);
}

/* For servers that know their clients by a certificate. */
static void set_client_cert(struct http_transfer *transfer, const struct curl_library *library,
			    const struct http_setup *setup)
{
	struct curl_blob cert = {.data = setup->client_cert.bytes,
				 .len = setup->client_cert.len,
				 .flags = CURL_BLOB_NOCOPY};
	struct curl_blob key = {.data = setup->client_key.bytes,
				.len = setup->client_key.len,
				.flags = CURL_BLOB_NOCOPY};

	if (!cert.len)
		return;
	SET(CURLOPT_SSLCERT_BLOB, &cert);
	SET(CURLOPT_SSLKEY_BLOB, &key);
}

/* Reading the file with all CA certificates takes 18 ms (Debian 12), which is most of a first
 * request; in the directory one is looked up. Where the directory fails, the file decides. */
static void set_trust(struct http_transfer *transfer, const struct curl_library *library,
		      const struct http_setup *setup)
{
	struct curl_blob bundle = {
		.data = setup->ca_bundle.text,
		.len = setup->ca_bundle.len,
		.flags = CURL_BLOB_NOCOPY,
	};

	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, setup->verify_tls ? 1L : 0L);
	SET(CURLOPT_SSL_VERIFYHOST, setup->verify_tls ? 2L : 0L);
	if (setup->has_ca_bundle) {
		SET(CURLOPT_CAINFO_BLOB, &bundle);
		SET(CURLOPT_PROXY_CAINFO_BLOB, &bundle);
		SET(CURLOPT_CAPATH, NULL);
		SET(CURLOPT_PROXY_CAPATH, NULL);
	} else if (transfer->trust == TRUST_DIRECTORY) {
		SET(CURLOPT_CAINFO, NULL);
	} else {
		SET(CURLOPT_CAPATH, NULL);
	}
}

/* Notes which sockets there are: of a name with several addresses, one of them gets connected.
 * libcurl tries several addresses at the same time and does not tell which socket is the one, so
 * all are noted. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *peer)
{
	struct http_transfer *transfer = context;
	int fd = socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);

	for (size_t i = 0; fd >= 0 && i < ARRAY_LEN(transfer->sockets); i++) {
		if (!transfer->sockets[i]) {
			transfer->sockets[i] = fd;
			break;
		}
	}
	return fd;
}

/* The number of a closed socket may have been reused for another connection. */
static bool is_connected_to(int fd, int port)
{
	union {
		struct sockaddr any;
		struct sockaddr_in ipv4;
		struct sockaddr_in6 ipv6;
	} peer;
	socklen_t len = sizeof(peer);

	if (getpeername(fd, &peer.any, &len) < 0)
		return false;
	return ntohs(peer.any.sa_family == AF_INET ? peer.ipv4.sin_port : peer.ipv6.sin6_port) ==
	       port;
}

static CURLcode talk_before_tls(struct http_transfer *transfer)
{
	const struct http_request *request = &transfer->job->request;
	struct error *err = &transfer->response.error;
	AUTO(url) struct url url = {.port = -1};

	if (url_parse(request->url, &url, err) < 0)
		return CURLE_ABORTED_BY_CALLBACK;
	for (size_t i = 0; i < ARRAY_LEN(transfer->sockets); i++) {
		int fd = transfer->sockets[i];

		if (fd && is_connected_to(fd, http_job_port(transfer->job)))
			return starttls_talk(request->starttls, fd, url.host, err) < 0
				       ? CURLE_ABORTED_BY_CALLBACK
				       : CURLE_OK;
	}
	error_set(err, ERR_NETWORK, "there is no connection");
	return CURLE_ABORTED_BY_CALLBACK;
}

static enum tls_client_keys known_keys(const struct http_request *request)
{
	if (request->flags & HTTP_RSA_ONLY)
		return TLS_CLIENT_RSA;
	return request->flags & HTTP_ECDSA_ONLY ? TLS_CLIENT_ECDSA : TLS_CLIENT_ANY;
}

/* libcurl calls this between the connection and the handshake, to have the TLS context
 * completed. */
static CURLcode prepare_handshake(CURL *easy, void *ssl_context, void *context)
{
	struct http_transfer *transfer = context;
	const struct http_request *request = &transfer->job->request;
	enum tls_client_keys keys = known_keys(request);

	if (keys != TLS_CLIENT_ANY &&
	    tls_client_offer(ssl_context, keys, &transfer->response.error) < 0)
		return CURLE_ABORTED_BY_CALLBACK;
	return request->starttls == STARTTLS_NONE ? CURLE_OK : talk_before_tls(transfer);
}

/* The context is handed to the libssl that this program is built for. */
static void set_keys(struct http_transfer *transfer, const struct curl_library *library,
		     enum tls_client_keys keys)
{
	if (str_starts(library->version_info(CURLVERSION_NOW)->ssl_version, "OpenSSL/3."))
		SET(CURLOPT_SSL_CIPHER_LIST, tls_client_ciphers(keys));
	else
		http_transfer_note(transfer, CURLE_NOT_BUILT_IN);
}

/* In the moment before the handshake libcurl has connected and not yet read: the only place where a
 * dialogue of ours fits in. */
static void set_handshake(struct http_transfer *transfer, const struct curl_library *library)
{
	enum tls_client_keys keys = known_keys(&transfer->job->request);

	if (transfer->job->request.starttls == STARTTLS_NONE && keys == TLS_CLIENT_ANY)
		return;
	if (keys != TLS_CLIENT_ANY)
		set_keys(transfer, library, keys);
	SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(CURLOPT_OPENSOCKETDATA, (void *)transfer);
	SET(CURLOPT_SSL_CTX_FUNCTION, prepare_handshake);
	SET(CURLOPT_SSL_CTX_DATA, (void *)transfer);
	/* Another look must not find this connection. */
	SET(CURLOPT_FORBID_REUSE, 1L);
	SET(CURLOPT_FRESH_CONNECT, 1L);
}

/* The handshake alone. A resumed session would show no certificate, so none is kept. Nothing is
 * verified here: what the server shows is what we want to know, also if it has expired. */
static void set_look(struct http_transfer *transfer, const struct curl_library *library)
{
	const struct http_request *request = &transfer->job->request;

	if (request->connect_to) {
		AUTO_FREE char *line = xasprintf("::%s", request->connect_to);

		add_line(transfer, library, &transfer->connect_to, line);
		SET(CURLOPT_CONNECT_TO, transfer->connect_to);
	}
	if (request->flags & HTTP_PROXY_PROTOCOL)
		SET(CURLOPT_HAPROXYPROTOCOL, 1L);
	if (!(request->flags & HTTP_SHOW_CERTIFICATE))
		return;
	set_handshake(transfer, library);
	SET(CURLOPT_CONNECT_ONLY, 1L);
	SET(CURLOPT_CERTINFO, 1L);
	/* A mail server may refuse a client that wants to speak HTTP (RFC 7301 section 3.2). */
	SET(CURLOPT_SSL_ENABLE_ALPN, 0L);
	SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
	SET(CURLOPT_SSL_VERIFYPEER, 0L);
	SET(CURLOPT_SSL_VERIFYHOST, 0L);
}

bool http_transfer_prepare(struct http_transfer *transfer, const struct curl_library *library,
			   const struct http_setup *setup, enum http_trust trust)
{
	transfer->easy = library->easy_init();
	transfer->trust = trust;
	if (!transfer->easy)
		BUG("out of memory");
	set_receiving(transfer, library);
	set_limits(transfer, library, setup);
	if (transfer->job->request.method == HTTP_MAIL) {
		http_transfer_set_mail(transfer, library);
	} else {
		set_address(transfer, library);
		set_method(transfer, library);
		set_fields(transfer, library, setup);
	}
	set_trust(transfer, library, setup);
	set_client_cert(transfer, library, setup);
	set_look(transfer, library);
	if (transfer->setup_result == CURLE_OK)
		return true;
	error_set(&transfer->response.error, ERR_INTERNAL, "the HTTP library refuses an option: %s",
		  library->easy_strerror(transfer->setup_result));
	drop_handle(transfer, library);
	return false;
}

/* Host and port that libcurl connects to: the proxy's, where there is one. */
static int find_gate(const struct http_job *job, struct url *ret_gate)
{
	AUTO(error) struct error ignored = ERROR_INIT;
	AUTO_FREE char *authority = job->proxy ? proxy_shown(job->proxy) : NULL;
	AUTO_FREE char *gate = authority ? xasprintf("http://%s", authority) : xstrdup(job->url);

	if (url_parse(gate, ret_gate, &ignored) < 0)
		return -1;
	if (ret_gate->port < 0 && job->proxy)
		ret_gate->port = str_starts(job->proxy, "https:") ? 443 : CURL_PROXY_PORT;
	else if (ret_gate->port < 0)
		ret_gate->port = strcmp(ret_gate->scheme, "https") == 0 ? 443 : 80;
	return 0;
}

/* Literal addresses need no look-up, and names are looked up once. */
void http_transfer_look_up(struct http_transfer *transfer, const struct curl_library *library,
			   struct strvec *known)
{
	AUTO(url) struct url gate = {.port = -1};
	AUTO_FREE char *name = NULL, *line = NULL;

	if (transfer->job->request.connect_to || find_gate(transfer->job, &gate) < 0)
		return;
	name = xasprintf("%s:%d", gate.host, gate.port);
	if (strchr(gate.host, ':') || strvec_contains(known, name))
		return;
	line = http_lookup(gate.host, gate.port);
	if (!line)
		return;
	add_line(transfer, library, &transfer->addresses, line);
	SET(CURLOPT_RESOLVE, transfer->addresses);
	strvec_push(known, name);
}

/* Makes the certificate that the server showed the body of the answer. */
static void keep_certificate(struct http_transfer *transfer, const struct curl_library *library)
{
	static const char label[] = "Cert:";
	const struct curl_certinfo *chain = NULL;
	const struct curl_slist *line;

	library->easy_getinfo(transfer->easy, CURLINFO_CERTINFO, &chain);
	line = chain && chain->num_of_certs > 0 ? chain->certinfo[0] : NULL;
	while (line && !str_starts(line->data, label))
		line = line->next;
	if (line)
		take_body(line->data + strlen(label), 1, strlen(line->data) - strlen(label),
			  transfer);
	else
		error_set(&transfer->response.error, ERR_PROTOCOL, "'%s' presented no certificate",
			  transfer->job->url);
}

/* Through a proxy the kernel only knows the way to the proxy. */
void http_transfer_take_distance(struct http_transfer *transfer, const struct curl_library *library)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (!transfer->job->proxy &&
	    library->easy_getinfo(transfer->easy, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
	    fd != CURL_SOCKET_BAD)
		transfer->response.round_trip_us = socket_round_trip_us(fd);
}

void http_transfer_finish(struct http_transfer *transfer, const struct curl_library *library,
			  const struct http_setup *setup, CURLcode code)
{
	struct http_response *response = &transfer->response;
	const struct curl_failure failure = {
		.library = library,
		.setup = setup,
		.job = transfer->job,
		.easy = transfer->easy,
		.reply = &transfer->reply,
		.has_sent_all = transfer->body_sent == transfer->job->request.body_len,
		.code = code,
		.detail = transfer->detail,
	};
	long status = 0;

	library->easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK && transfer->job->request.flags & HTTP_SHOW_CERTIFICATE) {
		keep_certificate(transfer, library);
		status = 200;
	}
	if (code == CURLE_WRITE_ERROR && transfer->lines >= 2)
		code = CURLE_OK;
	if (error_is_set(&response->error)) {
		response->maybe_sent = true;
	} else if (code != CURLE_OK) {
		curl_failure_describe(&failure, response);
	} else {
		response->status = (int)status;
		response->body_len = transfer->body.len;
		response->body = strbuf_detach(&transfer->body);
	}
	if (error_is_set(&response->error))
		headers_release(&response->headers);
	drop_handle(transfer, library);
}
