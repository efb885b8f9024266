/*
 * Proves that a new configuration is in use (see probe.h). While a server reloads, old and new
 * processes both accept connections. So requests continue for a moment after the first correct
 * answers, and a single wrong answer restarts that moment.
 */
#include "webserver/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/strvec.h"
#include "codec/datetime.h"
#include "net/http/http.h"
#include "os/file/file.h"
#include "os/socket/sockets.h"

/* For connections to this machine; a server that takes longer serves nobody. */
#define REQUEST_LIMIT_S 2
#define MAX_ANSWER 16384
/* Between attempts while the old configuration answers: short at first, then longer, for servers
 * count connections and shut out who makes too many. */
#define RETRY_MS 20
#define MAX_RETRY_MS 250
/* A server that lets an attempt wait as long as this says nothing to any name. */
#define SILENCE_MS 1500
/* nginx tells its old processes to leave 100 ms after the new ones have started. */
#define SETTLE_MS 300

static void release_probe(struct probe *probe)
{
	free(probe->address);
	free(probe->host);
	free(probe->path);
	free(probe->body);
	free(probe->leaf);
	free(probe->other_leaf);
}

void probes_release(struct probes *probes)
{
	for (size_t i = 0; i < probes->count; i++)
		release_probe(&probes->items[i]);
	free(probes->items);
	*probes = (struct probes)PROBES_INIT;
}

void probes_add(struct probes *probes, const struct probe *probe)
{
	ARRAY_GROW(probes->items, probes->count, probes->capacity);
	probes->items[probes->count++] = (struct probe){
		.address = xstrdup(probe->address),
		.port = probe->port,
		.proxy_protocol = probe->proxy_protocol,
		.host = xstrdup_or_null(probe->host),
		.path = xstrdup_or_null(probe->path),
		.body = xstrdup_or_null(probe->body),
		.leaf = xstrdup_or_null(probe->leaf),
		.other_leaf = xstrdup_or_null(probe->other_leaf),
		.key = probe->key,
		.is_gone = probe->is_gone,
		.starttls = probe->starttls,
		.is_named = probe->is_named,
	};
}

/* HTTP/1.0, so that the server closes the connection and sends no chunks. The PROXY line (version 1
 * of HAProxy's protocol) is what a load balancer in front would send; without it such a listener
 * refuses everything. */
void probe_print_request(const struct probe *probe, struct strbuf *out)
{
	bool ipv6 = strchr(probe->address, ':') != NULL;

	if (probe->proxy_protocol)
		strbuf_addf(out, "PROXY %s %s %s 65535 %u\r\n", ipv6 ? "TCP6" : "TCP4",
			    probe->address, probe->address, probe->port);
	strbuf_addf(out, "GET %s HTTP/1.0\r\nHost: %s\r\nUser-Agent: certbot\r\n\r\n", probe->path,
		    probe->host);
}

bool probe_answer_fits(struct span answer, const char *body)
{
	const char *end = memmem(answer.ptr, answer.len, "\r\n\r\n", 4);

	if (answer.len < 13 || memcmp(answer.ptr, "HTTP/1.", 7) != 0 ||
	    memcmp(answer.ptr + 8, " 200", 4) != 0 || !end)
		return false;
	return span_eq(span_drop(answer, (size_t)(end - answer.ptr) + 4), body);
}

union address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

static socklen_t parse_address(const struct probe *probe, union address *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, probe->address, &ret->ipv4.sin_addr) == 1) {
		ret->ipv4.sin_family = AF_INET;
		ret->ipv4.sin_port = htons((uint16_t)probe->port);
		return sizeof(ret->ipv4);
	}
	if (inet_pton(AF_INET6, probe->address, &ret->ipv6.sin6_addr) == 1) {
		ret->ipv6.sin6_family = AF_INET6;
		ret->ipv6.sin6_port = htons((uint16_t)probe->port);
		return sizeof(ret->ipv6);
	}
	return 0;
}

/* Returns a connected descriptor, or a negative errno. Blocking, with limits in the kernel:
 * requests go out one after the other. */
static int connect_fd(const union address *address, socklen_t len)
{
	const struct timeval limit = {.tv_sec = REQUEST_LIMIT_S};
	AUTO_CLOSE int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
	    connect(fd, &address->any, len) < 0)
		return -errno;
	return STEAL_FD(fd);
}

static int connect_to(const struct probe *probe, int *ret_fd, struct error *err)
{
	union address address;
	socklen_t len = parse_address(probe, &address);
	int fd = connect_fd(&address, len);

	if (fd < 0) {
		error_set_errno(err, -fd, "cannot connect to %s port %u", probe->address,
				probe->port);
		return error_recode(err, ERR_NETWORK);
	}
	*ret_fd = fd;
	return 0;
}

/* False where an answer, or its absence, would tell nothing about the server: at an address that
 * this machine does not have (it may be another node's, or a router's) or cannot reach (IPv6 is
 * switched off, a firewall drops packets). A refused connection at an address of our own does tell
 * something: nothing listens there yet. */
static bool can_tell(const struct probe *probe)
{
	union address address;
	socklen_t len = parse_address(probe, &address);
	AUTO_CLOSE int fd = -1;

	if (probe->is_named)
		return true;
	if (len && sockets_is_local(&address.any))
		fd = connect_fd(&address, len);
	if (fd >= 0 || fd == -ECONNREFUSED)
		return true;
	log_debug("%s port %u cannot be asked from this machine", probe->address, probe->port);
	return false;
}

/* A short count of send() does not happen for a request of a few hundred bytes on a fresh
 * connection; if it does, it is not a server to trust. */
static int exchange_bytes(int fd, const struct strbuf *request, struct strbuf *answer,
			  struct error *err)
{
	char chunk[4096];
	ssize_t count;

	if (send(fd, request->text, request->len, MSG_NOSIGNAL) != (ssize_t)request->len)
		return error_set(err, ERR_NETWORK, "the request could not be sent");
	while (answer->len < MAX_ANSWER && (count = recv(fd, chunk, sizeof(chunk), 0)) != 0) {
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return error_set(err, ERR_NETWORK, "no answer within %d seconds",
					 REQUEST_LIMIT_S);
		strbuf_add(answer, chunk, (size_t)count);
	}
	return 0;
}

bool probe_is_same_pem(const char *a, const char *b)
{
	static const char space[] = " \t\r\n";

	for (;; a++, b++) {
		a += strspn(a, space);
		b += strspn(b, space);
		if (*a != *b || !*a)
			return *a == *b;
	}
}

/* Which of the two a server shows is for client and server to choose. */
bool probe_is_leaf(const struct probe *probe, const char *pem)
{
	return probe_is_same_pem(pem, probe->leaf) ||
	       (probe->other_leaf && probe_is_same_pem(pem, probe->other_leaf));
}

const char *probe_clients(const struct probe *probe)
{
	if (probe->key & HTTP_RSA_ONLY)
		return " to RSA clients";
	return probe->key & HTTP_ECDSA_ONLY ? " to ECDSA clients" : "";
}

/* Says which certificate was shown instead. The peer's bytes are parsed in the parser process. */
static char *describe_shown(struct http_client *http, const struct http_response *response)
{
	AUTO(content) struct content content = CONTENT_INIT;
	AUTO(strbuf) struct strbuf issuer = STRBUF_INIT;
	AUTO_FREE char *names = NULL, *end = NULL;

	http_parse(http, CONTENT_CHAIN, span_make(response->body, response->body_len), &content);
	if (error_is_set(&content.fault) || !content.chain.leaf_pem.len)
		return xstrdup("another certificate");
	names = strvec_join(&content.chain.leaf_names, ", ");
	end = datetime_date(content.chain.leaf_not_after);
	strbuf_add_printable(&issuer, content.chain.top_issuer_cn.text,
			     content.chain.top_issuer_cn.len);
	return xasprintf("another certificate (for %s; issued by '%s'; until %s)",
			 names[0] ? names : "no name", issuer.text, end);
}

char *probe_socket(const char *address, unsigned port)
{
	return xasprintf(strchr(address, ':') ? "[%s]:%u" : "%s:%u", address, port);
}

static char *socket_text(const struct probe *probe)
{
	return probe_socket(probe->address, probe->port);
}

void probe_request_texts_release(struct probe_request_texts *texts)
{
	free(texts->url);
	free(texts->socket);
}

struct http_request probe_request(const struct probe *probe, struct probe_request_texts *ret_texts)
{
	ret_texts->url = xasprintf("https://%s/", probe->host);
	ret_texts->socket = probe_socket(probe->address, probe->port);
	return (struct http_request){
		.method = HTTP_GET,
		.url = ret_texts->url,
		.connect_to = ret_texts->socket,
		.max_body = MAX_ANSWER,
		.timeout_ms = REQUEST_LIMIT_S * 1000,
		.starttls = probe->starttls,
		.flags = HTTP_SHOW_CERTIFICATE | probe->key |
			 (probe->proxy_protocol ? HTTP_PROXY_PROTOCOL : 0),
	};
}

static int ask_once(const struct probe *probe, struct http_client *http,
		    struct http_response *ret_response, struct error *err)
{
	AUTO(probe_request_texts) struct probe_request_texts texts = {.url = NULL};
	const struct http_request request = probe_request(probe, &texts);

	if (http_perform(http, &request, ret_response, err) < 0)
		return error_wrap(err, "%s at %s", probe->host, texts.socket);
	return 0;
}

/* The caller initialises the response, whose body becomes the certificate. A server without that
 * kind of key refuses the client; what it shows to others says more than that it did. One that kept
 * the client waiting is not asked again. */
static int ask_certificate(const struct probe *probe, const struct probe_means *means,
			   struct http_response *ret_response, struct error *err)
{
	int64_t begin = clock_mono_ms(means->clock);
	struct probe any = *probe;

	if (ask_once(probe, means->http, ret_response, err) == 0)
		return 0;
	if (!probe->key || err->code == ERR_CANCELLED ||
	    clock_mono_ms(means->clock) - begin >= SILENCE_MS)
		return err->code;
	any.key = 0;
	error_release(err);
	http_response_release(ret_response);
	http_response_init(ret_response);
	return ask_once(&any, means->http, ret_response, err);
}

static int look_at_certificate(const struct probe *probe, const struct probe_means *means,
			       struct error *err)
{
	AUTO_FREE char *socket = socket_text(probe);
	AUTO(http_response) struct http_response response;
	AUTO_FREE char *shown = NULL;

	http_response_init(&response);
	if (ask_certificate(probe, means, &response, err) < 0) {
		/* A certificate that should be gone is gone also if nothing answers any more. */
		if (!probe->is_gone || err->code == ERR_CANCELLED)
			return err->code;
		error_release(err);
		return 0;
	}
	if (probe_is_leaf(probe, response.body) != probe->is_gone)
		return 0;
	shown = probe->is_gone ? xstrdup("its former certificate")
			       : describe_shown(means->http, &response);
	return error_set(err, ERR_NETWORK, "%s at %s shows %s%s", probe->host, socket, shown,
			 probe_clients(probe));
}

static int ask_site(const struct probe *probe, const struct probe_means *means, struct error *err)
{
	AUTO(strbuf) struct strbuf request = STRBUF_INIT;
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;
	AUTO(strbuf) struct strbuf shown = STRBUF_INIT;
	AUTO_CLOSE int fd = -1;
	struct span rest, line;

	if (probe->leaf)
		return look_at_certificate(probe, means, err);
	if (connect_to(probe, &fd, err) < 0 || !probe->body)
		return err->code;
	probe_print_request(probe, &request);
	if (exchange_bytes(fd, &request, &answer, err) < 0)
		return error_wrap(err, "http://%s%s at %s port %u", probe->host, probe->path,
				  probe->address, probe->port);
	if (probe_answer_fits(span_make(answer.text, answer.len), probe->body))
		return 0;
	rest = span_make(answer.text, answer.len);
	if (span_take_line(&rest, &line))
		strbuf_add_printable(&shown, line.ptr, line.len < 100 ? line.len : 100);
	return error_set(err, ERR_NETWORK, "http://%s%s at %s port %u: the answer was '%s'",
			 probe->host, probe->path, probe->address, probe->port, shown.text);
}

int probe_look(const struct probe *probe, const struct probe_means *means, struct error *err)
{
	return ask_site(probe, means, err);
}

int probe_shown(const struct probe *probe, const struct probe_means *means, char **ret_pem,
		struct error *err)
{
	AUTO(http_response) struct http_response response;

	http_response_init(&response);
	if (ask_certificate(probe, means, &response, err) < 0)
		return err->code;
	*ret_pem = xstrndup(response.body, response.body_len);
	return 0;
}

/* The result of several probes. */
struct outcome {
	size_t open;     /* the first without its answer */
	bool was_silent; /* its server kept the last attempt waiting */
};

/* Asks until the answer is right. */
static int insist(const struct probe *probe, const struct probe_means *means, int64_t deadline,
		  struct outcome *ret, struct error *err)
{
	const struct clock *clock = means->clock;
	int64_t pause_ms = RETRY_MS, begin = clock_mono_ms(clock);

	while (ask_site(probe, means, err) < 0) {
		ret->was_silent = clock_mono_ms(clock) - begin >= SILENCE_MS;
		if (clock_mono_ms(clock) >= deadline || err->code == ERR_CANCELLED)
			return err->code;
		log_debug("not yet: %s", err->text);
		error_release(err);
		if (clock->sleep_until(clock->context, clock_mono_ms(clock) + pause_ms) < 0)
			return error_set(err, ERR_CANCELLED, "stopped by a signal");
		pause_ms += pause_ms / 4;
		if (pause_ms > MAX_RETRY_MS)
			pause_ms = MAX_RETRY_MS;
		begin = clock_mono_ms(clock);
	}
	return 0;
}

/* Asks one after the other for a while. False: one answer was wrong. Old and new workers accept
 * from the same socket. One good answer may be luck. */
static bool stays_so(const struct probes *asked, const struct probe_means *means)
{
	const struct clock *clock = means->clock;
	int64_t end = clock_mono_ms(clock) + SETTLE_MS;

	for (size_t i = 0; clock_mono_ms(clock) < end; i = (i + 1) % asked->count) {
		AUTO(error) struct error err = ERROR_INIT;

		if (ask_site(&asked->items[i], means, &err) < 0 ||
		    clock->sleep_until(clock->context, clock_mono_ms(clock) + RETRY_MS / 2) < 0)
			return false;
	}
	return true;
}

/* `indexes` are those that the probes asked have among all. */
static int wait_for_all(const struct probes *asked, const size_t *indexes,
			const struct probe_means *means, int64_t deadline, struct outcome *ret,
			struct error *err)
{
	if (!asked->count)
		return 0;
	do {
		for (size_t i = 0; i < asked->count; i++) {
			ret->open = indexes[i];
			if (insist(&asked->items[i], means, deadline, ret, err) < 0)
				return err->code;
		}
	} while (!stays_so(asked, means) && clock_mono_ms(means->clock) < deadline);
	return 0;
}

/* `silent`: sockets that are not asked any more. */
static int wait_for_some(const struct probes *probes, const struct probe_means *means,
			 const struct strvec *silent, int64_t limit_ms, struct outcome *ret,
			 struct error *err)
{
	int64_t deadline = clock_mono_ms(means->clock) + limit_ms;
	AUTO_FREE struct probe *items = xcalloc(probes->count + 1, sizeof(*items));
	AUTO_FREE size_t *indexes = xcalloc(probes->count + 1, sizeof(*indexes));
	struct probes asked = {.items = items}; /* borrows the texts */

	for (size_t i = 0; i < probes->count; i++) {
		AUTO_FREE char *socket = socket_text(&probes->items[i]);

		if (strvec_contains(silent, socket) || !can_tell(&probes->items[i]))
			continue;
		items[asked.count] = probes->items[i];
		indexes[asked.count++] = i;
	}
	return wait_for_all(&asked, indexes, means, deadline, ret, err);
}

int probes_wait(const struct probes *probes, const struct probe_means *means, int64_t limit_ms,
		size_t *ret_open, struct error *err)
{
	AUTO(strvec) struct strvec silent = STRVEC_INIT;
	struct outcome outcome = {.open = 0};
	int rc = wait_for_some(probes, means, &silent, limit_ms, &outcome, err);

	*ret_open = outcome.open;
	return rc;
}

bool probes_can_tell(const struct probes *probes)
{
	for (size_t i = 0; i < probes->count; i++)
		if (can_tell(&probes->items[i]))
			return true;
	return false;
}

/* After a probe that got no answer, the remaining ones at its socket fail unasked. */
static void fail_unasked(const struct probes *probes, size_t first, probes_failed_fn *failed,
			 void *context)
{
	AUTO_FREE char *silent = socket_text(&probes->items[first]);

	for (size_t i = first + 1; i < probes->count; i++) {
		AUTO_FREE char *socket = socket_text(&probes->items[i]);
		AUTO(error) struct error err = ERROR_INIT;

		if (strcmp(socket, silent) != 0)
			continue;
		error_set(&err, ERR_NETWORK, "%s at %s: not asked, as it did not answer for %s",
			  probes->items[i].host, socket, probes->items[first].host);
		failed(context, i, &err);
	}
}

/* The time limit is for all together: after the first that failed, the others are asked once, and
 * not at all where a server is silent: a stuck one must not cost its delay for each of 100
 * names. */
int probes_wait_each(const struct probes *probes, const struct probe_means *means, int64_t limit_ms,
		     probes_failed_fn *failed, void *context, struct error *err)
{
	AUTO(strvec) struct strvec silent = STRVEC_INIT;

	for (size_t begin = 0; begin < probes->count;) {
		const struct probes rest = {.items = probes->items + begin,
					    .count = probes->count - begin};
		AUTO(error) struct error failure = ERROR_INIT;
		struct outcome outcome = {.open = 0};

		if (wait_for_some(&rest, means, &silent, limit_ms, &outcome, &failure) == 0)
			return 0;
		if (failure.code == ERR_CANCELLED)
			return error_move(err, &failure);
		begin += outcome.open;
		failed(context, begin, &failure);
		if (outcome.was_silent && probes->items[begin].leaf) {
			strvec_give(&silent, socket_text(&probes->items[begin]));
			fail_unasked(probes, begin, failed, context);
		}
		limit_ms = 0;
		begin++;
	}
	return 0;
}
