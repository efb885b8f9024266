/*
 * The responder's main loop (see responder_server.h). Strangers control its load, so the number of
 * connections is limited. When the limit is reached the oldest one is closed, so that clients which
 * keep connections open cannot lock out the CA.
 */
#include "net/responder/responder_server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/map.h"
#include "crypto/tls_server.h"
#include "net/confined_child.h"
#include "net/responder/responder_connection.h"
#include "net/responder/responder_wire.h"
#include "os/clock.h"

enum {
	MAX_CONNECTIONS = 256,
	MAX_ACCEPTS = 64, /* before the connections get their turn */
	MAX_UNREAD_NOTES = 64 *
			   1024, /* bytes that the parent has not taken; more notes are dropped */
	ACCEPT_PAUSE_MS = 200,   /* when the system has no descriptors left */
	MAX_TOKEN = 128,         /* those of CAs have 43 characters */
	FIXED_POLLS = 1 + RESPONDER_MAX_LISTENERS,
};

struct server {
	const struct responder_server_setup *setup;
	struct channel channel;
	struct responder_service service;
	struct map answers; /* http-01: token -> key authorization; "" -> the thumbprint for all */
	struct strbuf made; /* the last answer that was made with that */
	struct responder_connection *connections[MAX_CONNECTIONS]; /* oldest first */
	size_t connection_count;
	size_t taken; /* answers that were published, each time */
	int64_t accept_after_ms;
};

/* Only queues the line: the loop sends it when the parent reads. */
static void tell_parent(struct server *server, enum responder_message_kind kind, const char *text)
{
	const char *const texts[RESPONDER_MAX_TEXTS] = {text};
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;

	responder_wire_put(&message, kind, texts);
	channel_put(&server->channel, span_make(message.text, message.len));
}

/* A flood of requests must not fill the memory. */
static void forward_note(void *context, const char *text)
{
	struct server *server = context;

	if (server->channel.outgoing.len < MAX_UNREAD_NOTES)
		tell_parent(server, RESPONDER_NOTICE, text);
}

/* Whoever asks decides what stands before the dot, so it must be a token (base64url). */
static bool is_token(struct span token)
{
	for (size_t i = 0; i < token.len; i++)
		if (!ascii_is_alnum(token.ptr[i]) && token.ptr[i] != '-' && token.ptr[i] != '_')
			return false;
	return token.len > 0 && token.len <= MAX_TOKEN;
}

static const char *look_up(void *context, struct span token)
{
	struct server *server = context;
	const char *thumbprint = map_get(&server->answers, ""), *answer;
	AUTO_FREE char *key = span_dup(token);

	if (!is_token(token))
		return NULL;
	answer = map_get(&server->answers, key);
	if (answer || !thumbprint)
		return answer;
	strbuf_clear(&server->made);
	strbuf_addf(&server->made, "%s.%s", key, thumbprint);
	return server->made.text;
}

/* The parent waits for the answer before it tells the CA to look. */
static void publish_answer(struct server *server, const struct responder_message *message)
{
	AUTO(error) struct error failure = ERROR_INIT;

	bool published = true;

	server->taken++;
	if (server->service.tls)
		published = tls_server_put(server->service.tls, message->texts[0],
					   message->texts[1], message->texts[2], &failure) == 0;
	else
		map_set(&server->answers, message->texts[0], xstrdup(message->texts[1]));
	tell_parent(server, RESPONDER_DONE, published ? NULL : failure.text);
}

static void withdraw_answer(struct server *server, const char *name)
{
	if (server->service.tls)
		tls_server_remove(server->service.tls, name);
	else
		map_remove(&server->answers, name);
}

static int obey(struct server *server, struct span bytes, struct error *err)
{
	AUTO(responder_message) struct responder_message message = {.kind = 0};

	if (responder_wire_get(bytes, &message, err) < 0)
		return err->code;
	if (message.kind == RESPONDER_PUBLISH)
		publish_answer(server, &message);
	else if (message.kind == RESPONDER_WITHDRAW)
		withdraw_answer(server, message.texts[0]);
	else
		return error_set(err, ERR_PROTOCOL, "unknown message");
	return 0;
}

/* All that has arrived, before clients: an answer may be among it that they ask for. */
static int read_channel(struct server *server, struct error *err)
{
	struct span message;
	int rc;

	do {
		while ((rc = channel_next(&server->channel, &message, err)) == 1)
			if (obey(server, message, err) < 0)
				return err->code;
		if (rc == 0)
			rc = channel_fill(&server->channel, err);
	} while (rc == 1);
	return rc;
}

static void drop_connection(struct server *server, size_t index)
{
	struct responder_connection **gone = &server->connections[index];

	responder_connection_free(*gone);
	server->connection_count--;
	memmove(gone, gone + 1, (server->connection_count - index) * sizeof(*gone));
}

/* Returns false when there is nobody to accept now. Without descriptors a pending connection would
 * wake poll() at once, over and over: hence the pause. */
static bool accept_one(struct server *server, int listener, int64_t now_ms)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct responder_connection *connection;

	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
		if (server->connection_count)
			drop_connection(server, 0);
		else
			server->accept_after_ms = now_ms + ACCEPT_PAUSE_MS;
		return server->connection_count > 0;
	}
	if (fd < 0)
		return errno != EAGAIN && errno != EWOULDBLOCK; /* one that has gone already */
	connection = responder_connection_new(&server->service, fd, now_ms);
	if (connection && server->connection_count == MAX_CONNECTIONS)
		drop_connection(server, 0);
	if (connection)
		server->connections[server->connection_count++] = connection;
	return true;
}

static int64_t next_deadline(const struct server *server)
{
	int64_t next = server->accept_after_ms ? server->accept_after_ms : INT64_MAX;

	for (size_t i = 0; i < server->connection_count; i++)
		if (server->connections[i]->deadline_ms < next)
			next = server->connections[i]->deadline_ms;
	return next;
}

/* The channel, the listeners, then the connections in their order. */
static nfds_t list_polls(const struct server *server, struct pollfd *ret_polls)
{
	bool accepts = server->taken >= server->setup->awaited && !server->accept_after_ms;
	nfds_t count = FIXED_POLLS;

	ret_polls[0] = (struct pollfd){
		.fd = server->channel.fd,
		.events = (short)(POLLIN | (channel_has_unsent(&server->channel) ? POLLOUT : 0)),
	};
	for (size_t i = 0; i < RESPONDER_MAX_LISTENERS; i++)
		ret_polls[1 + i] = (struct pollfd){
			.fd = i < server->setup->listener_count && accepts
				      ? server->setup->listeners[i]
				      : -1,
			.events = POLLIN,
		};
	for (size_t i = 0; i < server->connection_count; i++)
		ret_polls[count++] = (struct pollfd){
			.fd = server->connections[i]->fd,
			.events = server->connections[i]->wants_write ? POLLOUT : POLLIN,
		};
	return count;
}

/* From the newest to the oldest, so that removing one moves only those that had their turn. */
static void serve_connections(struct server *server, const struct pollfd *polls, int64_t now_ms)
{
	for (size_t i = server->connection_count; i-- > 0;) {
		struct responder_connection *connection = server->connections[i];

		if (polls[i].revents)
			responder_connection_step(connection, now_ms);
		if (connection->state == CONNECTION_ENDED || connection->deadline_ms <= now_ms)
			drop_connection(server, i);
	}
}

static void accept_clients(struct server *server, const struct pollfd *polls, int64_t now_ms)
{
	for (size_t i = 0; i < server->setup->listener_count; i++)
		for (int taken = 0; polls[i].revents && taken < MAX_ACCEPTS; taken++)
			if (!accept_one(server, server->setup->listeners[i], now_ms))
				break;
}

/* One turn of the loop. Waited for without limit if there is no deadline: the parent ends the loop
 * by closing the channel. */
static int turn(struct server *server, struct error *err)
{
	struct pollfd polls[FIXED_POLLS + MAX_CONNECTIONS];
	nfds_t count = list_polls(server, polls);
	int64_t next = next_deadline(server), now_ms = clock_mono_ms(clock_system());
	int64_t left = next <= now_ms ? 0 : next - now_ms;

	if (poll(polls, count, next == INT64_MAX ? -1 : (int)left) < 0 && errno != EINTR)
		return error_set_errno(err, errno, "cannot wait for clients");
	now_ms = clock_mono_ms(clock_system());
	if (server->accept_after_ms <= now_ms)
		server->accept_after_ms = 0;
	if (read_channel(server, err) < 0)
		return err->code;
	serve_connections(server, polls + FIXED_POLLS, now_ms);
	accept_clients(server, polls + 1, now_ms);
	return channel_flush(&server->channel, err);
}

/* The parent has no more orders. What a client sent last may still lie here, and the parent waits
 * to hear of it: the CA is content as soon as it has sent the end of a handshake, which is before a
 * busy machine has us read it. */
static void tell_the_rest(struct server *server)
{
	AUTO(error) struct error gone = ERROR_INIT;
	int64_t now_ms = clock_mono_ms(clock_system());

	for (size_t i = 0; i < server->connection_count; i++)
		responder_connection_step(server->connections[i], now_ms);
	(void)!channel_flush(&server->channel, &gone);
}

static int set_up_tls(struct server *server, struct error *err)
{
	switch (server->setup->protocol) {
	case RESPONDER_TLS_ALPN:
		return tls_server_new(TLS_SERVER_ACME, &server->service.tls, err);
	case RESPONDER_TLS_SNI:
		return tls_server_new(TLS_SERVER_ANY, &server->service.tls, err);
	case RESPONDER_HTTP:
	case RESPONDER_PROTOCOL__COUNT:
		break;
	}
	return 0;
}

static int set_up_server(struct server *server, struct error *err)
{
	for (size_t i = 0; i < server->setup->listener_count; i++)
		if (fcntl(server->setup->listeners[i], F_SETFL, O_NONBLOCK) < 0)
			return error_set_errno(err, errno, "cannot use the listening socket");
	return set_up_tls(server, err);
}

/* After OpenSSL is set up, which reads files, and before the first stranger is served. */
static int give_up_rights(struct server *server, struct error *err)
{
	struct sandbox_request rights = {.kind = SANDBOX_RESPONDER};

	if (!server->setup->argv ||
	    confined_self_enter(server->setup->argv, &rights, &server->channel))
		return 0;
	return error_set(err, ERR_REFUSED, "the sandbox is not what it has to be");
}

/* A failure is told to the parent, who shows it: a child has no log. */
static int serve_parent(struct server *server, struct error *err)
{
	AUTO(error) struct error failure = ERROR_INIT;
	bool is_ready = set_up_server(server, &failure) == 0;

	if (give_up_rights(server, err) < 0)
		return err->code;
	tell_parent(server, RESPONDER_READY, failure.text);
	if (channel_flush(&server->channel, err) < 0)
		return err->code;
	if (!is_ready)
		return error_move(err, &failure);
	while (turn(server, err) == 0) {
	}
	tell_the_rest(server);
	return err->code;
}

int responder_serve(const struct responder_server_setup *setup)
{
	struct server server = {.setup = setup, .answers = MAP_INIT(free), .made = STRBUF_INIT};
	AUTO(error) struct error err = ERROR_INIT;

	channel_init(&server.channel, setup->channel_fd, RESPONDER_MAX_MESSAGE);
	server.service.lookup = look_up;
	server.service.note = forward_note;
	server.service.context = &server;
	serve_parent(&server, &err);
	while (server.connection_count)
		drop_connection(&server, 0);
	tls_server_free(server.service.tls);
	map_release(&server.answers);
	strbuf_release(&server.made);
	channel_release(&server.channel);
	/* That the parent has closed the channel is how it should end. */
	return err.code == ERR_IO ? 0 : 1;
}
