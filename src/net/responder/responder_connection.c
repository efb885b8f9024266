/*
 * The states of a connection (see responder_connection.h). One request is answered, then the
 * connection is closed: first for sending, then completely when the client has closed it too or the
 * time is up. Closing a socket with unread input would reset the connection before the client has
 * read the answer.
 */
#include "net/responder/responder_connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "crypto/tls_server.h"
#include "os/file/file.h"

enum {
	READ_LEN = 4096,
	/* Read in one step, so that one client cannot hold up the others. */
	MAX_READS = 8,
	MAX_SHOWN = 200, /* bytes of a request line in the log */
};

/* The numeric address of the client; an IPv4 client of an IPv6 socket as IPv4. A client that has
 * gone already has no address. */
static void find_peer(int fd, char ret_peer[INET6_ADDRSTRLEN])
{
	static const char mapped[] = "::ffff:";
	union {
		struct sockaddr any;
		struct sockaddr_in ipv4;
		struct sockaddr_in6 ipv6;
	} peer;
	socklen_t len = sizeof(peer);
	const void *address = &peer.ipv6.sin6_addr;

	if (getpeername(fd, &peer.any, &len) < 0) {
		memcpy(ret_peer, "?", 2);
		return;
	}
	if (peer.any.sa_family == AF_INET)
		address = &peer.ipv4.sin_addr;
	inet_ntop(peer.any.sa_family, address, ret_peer, INET6_ADDRSTRLEN);
	if (strncmp(ret_peer, mapped, strlen(mapped)) == 0 && strchr(ret_peer, '.'))
		memmove(ret_peer, ret_peer + strlen(mapped), strlen(ret_peer + strlen(mapped)) + 1);
}

/* The deadline holds from the start: a client that sends nothing must not keep its place. */
struct responder_connection *responder_connection_new(const struct responder_service *service,
						      int own_fd, int64_t now_ms)
{
	AUTO_CLOSE int fd = own_fd;
	struct responder_connection *connection;
	struct tls_session *tls = NULL;

	if (service->tls) {
		tls = tls_session_new(service->tls, fd);
		if (!tls)
			return NULL;
	}
	connection = XNEW(struct responder_connection);
	connection->service = service;
	find_peer(fd, connection->peer);
	connection->fd = STEAL_FD(fd);
	connection->deadline_ms = now_ms + RESPONDER_READ_TIMEOUT_MS;
	connection->tls = tls;
	strbuf_init(&connection->request);
	strbuf_init(&connection->answer);
	return connection;
}

void responder_connection_free(struct responder_connection *connection)
{
	if (!connection)
		return;
	tls_session_free(connection->tls);
	strbuf_release(&connection->request);
	strbuf_release(&connection->answer);
	close(connection->fd);
	free(connection);
}

/* "<peer>: <what> '<detail>'", the detail made printable. Strangers write the detail. */
static void note_event(const struct responder_connection *connection, const char *what,
		       struct span detail)
{
	const struct responder_service *service = connection->service;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "%s: %s '", connection->peer, what);
	strbuf_add_printable(&text, detail.ptr, detail.len < MAX_SHOWN ? detail.len : MAX_SHOWN);
	strbuf_addc(&text, '\'');
	service->note(service->context, text.text);
}

static void linger(struct responder_connection *connection, int64_t now_ms)
{
	connection->wants_write = false;
	connection->deadline_ms = now_ms + RESPONDER_LINGER_MS;
	connection->state = shutdown(connection->fd, SHUT_WR) == 0 ? CONNECTION_LINGERING
								   : CONNECTION_ENDED;
}

static void write_answer(struct responder_connection *connection, int64_t now_ms)
{
	const struct strbuf *answer = &connection->answer;
	ssize_t count = send(connection->fd, answer->text + connection->sent,
			     answer->len - connection->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (count < 0) {
		if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
			connection->state = CONNECTION_ENDED;
		return;
	}
	connection->sent += (size_t)count;
	if (connection->sent == answer->len)
		linger(connection, now_ms);
}

/* After each piece that arrives; the line is short, so reading it again costs nothing. */
static void answer_request(struct responder_connection *connection, int64_t now_ms)
{
	const struct responder_service *service = connection->service;
	struct span request = span_make(connection->request.text, connection->request.len);
	struct span rest = request, line = span_make("", 0);
	int rc = responder_answer_http(request, service->lookup, service->context,
				       &connection->answer);

	if (rc == 0)
		return;
	span_take_line(&rest, &line);
	if (rc < 0) {
		note_event(connection, "closed without an answer:", line);
		connection->state = CONNECTION_ENDED;
		return;
	}
	note_event(connection, "answered", line);
	connection->state = CONNECTION_WRITING;
	connection->wants_write = true;
	write_answer(connection, now_ms);
}

/* Returns what recv() did; 0 also ends a connection that failed. */
static ssize_t receive_bytes(struct responder_connection *connection, char *bytes, size_t len)
{
	ssize_t count = recv(connection->fd, bytes, len, MSG_DONTWAIT);

	if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return -1;
	if (count <= 0)
		connection->state = CONNECTION_ENDED;
	return count < 0 ? 0 : count;
}

static void read_request(struct responder_connection *connection, int64_t now_ms)
{
	char bytes[READ_LEN];
	ssize_t count = 1;

	for (int i = 0; i < MAX_READS && connection->state == CONNECTION_READING && count > 0;
	     i++) {
		count = receive_bytes(connection, bytes, sizeof(bytes));
		if (count > 0) {
			strbuf_add(&connection->request, bytes, (size_t)count);
			answer_request(connection, now_ms);
		}
	}
}

/* Up to the deadline, which linger() has set. */
static void drop_input(struct responder_connection *connection)
{
	char bytes[READ_LEN];

	for (int i = 0; i < MAX_READS && receive_bytes(connection, bytes, sizeof(bytes)) > 0; i++) {
	}
}

/* The handshake is the whole validation (RFC 8737 section 3): nothing is read or written after
 * it. */
static void shake_hands(struct responder_connection *connection, int64_t now_ms)
{
	enum tls_progress progress = tls_session_step(connection->tls);
	const char *name = tls_session_name(connection->tls);

	connection->wants_write = progress == TLS_WANTS_WRITE;
	if (progress != TLS_FINISHED && progress != TLS_FAILED)
		return;
	note_event(connection,
		   progress == TLS_FINISHED ? "shown the certificate for" : "no handshake for",
		   span_of(name ? name : ""));
	linger(connection, now_ms);
}

void responder_connection_step(struct responder_connection *connection, int64_t now_ms)
{
	switch (connection->state) {
	case CONNECTION_READING:
		if (connection->tls)
			shake_hands(connection, now_ms);
		else
			read_request(connection, now_ms);
		break;
	case CONNECTION_WRITING:
		write_answer(connection, now_ms);
		break;
	case CONNECTION_LINGERING:
		drop_input(connection);
		break;
	case CONNECTION_ENDED:
		break;
	}
}
