/*
 * Exchanges with name servers (see dns_exchange.h): one poll loop over non-blocking sockets. An
 * exchange is a list of attempts; when one fails or takes too long, the next one begins.
 */
#include "net/dns/dns_exchange.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "net/dns/dns_message.h"
#include "os/clock.h"

enum {
	MAX_ATTEMPTS = 4,
	/* Longer than any round trip, shorter than the patience of a person. */
	UDP_WAIT_MS = 1500,
	/* Larger replies come truncated, and then over TCP. */
	MAX_UDP_REPLY = 4096,
};

enum transport {
	UDP,
	TCP,
	NO_MORE,
};

/* The order of attempts. A truncated UDP answer jumps to TCP. Once more by UDP, because packets get
 * lost; then TCP, for firewalls that only let that through. */
static const enum transport udp_first[] = {UDP, UDP, TCP, NO_MORE};
static const enum transport tcp_first[] = {TCP, UDP, UDP, NO_MORE};
static const enum transport tcp_only[] = {TCP, NO_MORE};
static const enum transport none[] = {NO_MORE};

/* One exchange under way. */
struct talk {
	struct dns_exchange *exchange;
	const enum transport *plan; /* the attempt that is made now */
	int fd;
	int64_t deadline_ms; /* of this attempt */
	size_t sent;
	struct strbuf out, in; /* TCP: with length prefix */
	bool truncated;        /* TCP is the one attempt left */
};

void dns_exchange_release(struct dns_exchange *exchange)
{
	strbuf_release(&exchange->query);
	strbuf_release(&exchange->reply);
	error_release(&exchange->error);
}

static bool is_done(const struct talk *talk)
{
	return *talk->plan == NO_MORE;
}

static void close_socket(struct talk *talk)
{
	if (talk->fd >= 0)
		close(talk->fd);
	talk->fd = -1;
}

/* The exchange has its answer; errors of earlier attempts no longer matter. */
static void finish_talk(struct talk *talk, const char *bytes, size_t len)
{
	error_release(&talk->exchange->error);
	strbuf_clear(&talk->exchange->reply);
	strbuf_add(&talk->exchange->reply, bytes, len);
	close_socket(talk);
	talk->plan = none;
}

/* Notes why an attempt failed; the first reason is kept. */
static void note_errno(struct talk *talk, int errno_value)
{
	AUTO(strbuf) struct strbuf server = STRBUF_INIT;

	if (error_is_set(&talk->exchange->error))
		return;
	name_server_print(&talk->exchange->server, &server);
	error_set(&talk->exchange->error, ERR_NETWORK, "no answer from name server %s: %s",
		  server.text, errno_value ? strerror(errno_value) : "it does not answer in time");
	talk->exchange->error.sys_errno = errno_value;
}

static void start_attempt(struct talk *talk, int64_t end_ms);

static void next_attempt(struct talk *talk, int errno_value, int64_t end_ms)
{
	note_errno(talk, errno_value);
	close_socket(talk);
	talk->plan++;
	while (talk->truncated && *talk->plan == UDP)
		talk->plan++;
	start_attempt(talk, end_ms);
}

/* Two bytes of length come first (RFC 1035 section 4.2.2). */
static void prepare_tcp(struct talk *talk)
{
	const struct strbuf *query = &talk->exchange->query;

	strbuf_clear(&talk->out);
	strbuf_addc(&talk->out, (char)(query->len >> 8));
	strbuf_addc(&talk->out, (char)query->len);
	strbuf_add(&talk->out, query->text, query->len);
	strbuf_clear(&talk->in);
	talk->sent = 0;
}

/* How long the attempt may take: UDP is repeated soon; TCP leaves half of what is left to others.
 * The first attempts are short, so that a lost packet does not use up the time for all. */
static int64_t attempt_deadline(const struct talk *talk, int64_t end_ms)
{
	int64_t now = clock_mono_ms(clock_system()), left = end_ms - now;
	bool last = talk->plan[1] == NO_MORE;

	if (*talk->plan == UDP && !last && left > 3 * UDP_WAIT_MS)
		return now + UDP_WAIT_MS;
	return now + (last ? left : left / 2);
}

/* Opens the socket of the present attempt; moves on while that fails at once. */
static void start_attempt(struct talk *talk, int64_t end_ms)
{
	const struct dns_exchange *exchange = talk->exchange;
	bool tcp = *talk->plan == TCP;

	if (is_done(talk))
		return;
	talk->fd = socket(exchange->server.address.ss_family,
			  (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (talk->fd < 0 || (connect(talk->fd, (const struct sockaddr *)&exchange->server.address,
				     exchange->server.len) < 0 &&
			     errno != EINPROGRESS)) {
		next_attempt(talk, errno, end_ms);
		return;
	}
	talk->deadline_ms = attempt_deadline(talk, end_ms);
	if (tcp)
		prepare_tcp(talk);
	else if (send(talk->fd, exchange->query.text, exchange->query.len, MSG_NOSIGNAL) < 0)
		next_attempt(talk, errno, end_ms);
}

/* Id and question must be those that were sent. The socket is connected, so the kernel has checked
 * the address. */
static bool accepts(const struct talk *talk, const char *bytes, size_t len)
{
	return dns_message_answers(span_make(talk->exchange->query.text, talk->exchange->query.len),
				   span_make(bytes, len));
}

/* Goes from UDP straight to TCP. RFC 2181 section 9: a truncated answer must not be used. */
static void switch_to_tcp(struct talk *talk, int64_t end_ms)
{
	close_socket(talk);
	talk->truncated = true;
	talk->plan = tcp_only;
	start_attempt(talk, end_ms);
}

static void read_udp(struct talk *talk, int64_t end_ms)
{
	char bytes[MAX_UDP_REPLY];
	ssize_t len = recv(talk->fd, bytes, sizeof(bytes), 0);

	if (len < 0) {
		if (errno != EAGAIN && errno != EINTR)
			next_attempt(talk, errno, end_ms);
		return;
	}
	if (!accepts(talk, bytes, (size_t)len))
		return; /* from another query, or forged: go on listening */
	if (dns_message_is_truncated(span_make(bytes, (size_t)len)))
		switch_to_tcp(talk, end_ms);
	else
		finish_talk(talk, bytes, (size_t)len);
}

static void write_tcp(struct talk *talk, int64_t end_ms)
{
	ssize_t len = send(talk->fd, talk->out.text + talk->sent, talk->out.len - talk->sent,
			   MSG_NOSIGNAL);

	if (len >= 0)
		talk->sent += (size_t)len;
	else if (errno != EAGAIN && errno != EINTR && errno != ENOTCONN)
		next_attempt(talk, errno, end_ms);
}

static void read_tcp(struct talk *talk, int64_t end_ms)
{
	char bytes[MAX_UDP_REPLY];
	ssize_t len = recv(talk->fd, bytes, sizeof(bytes), 0);
	size_t wanted;

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len <= 0) {
		next_attempt(talk, len < 0 ? errno : ECONNRESET, end_ms);
		return;
	}
	strbuf_add(&talk->in, bytes, (size_t)len);
	if (talk->in.len < 2)
		return;
	wanted = (size_t)(uint8_t)talk->in.text[0] << 8 | (uint8_t)talk->in.text[1];
	if (talk->in.len < wanted + 2)
		return;
	if (accepts(talk, talk->in.text + 2, wanted))
		finish_talk(talk, talk->in.text + 2, wanted);
	else
		next_attempt(talk, EPROTO, end_ms);
}

static short events_of(const struct talk *talk)
{
	return *talk->plan == TCP && talk->sent < talk->out.len ? POLLOUT : POLLIN;
}

/* Does what the socket is ready for. */
static void advance_talk(struct talk *talk, short ready, int64_t end_ms)
{
	if (clock_mono_ms(clock_system()) >= talk->deadline_ms && !ready)
		next_attempt(talk, 0, end_ms);
	else if (ready && *talk->plan == UDP)
		read_udp(talk, end_ms);
	else if (ready && talk->sent < talk->out.len)
		write_tcp(talk, end_ms);
	else if (ready)
		read_tcp(talk, end_ms);
}

/* Polls all open exchanges and the stop descriptor once, for as long as nobody expects a sign of
 * life. Returns how many are not done. One loop serves all, so a hundred names take no longer than
 * the slowest of them. */
static size_t poll_once(struct talk *talks, size_t count, struct pollfd *fds, int64_t end_ms)
{
	int64_t now = clock_mono_ms(clock_system());
	int64_t sign_ms = now + CHANNEL_SIGN_MS, wake_ms = end_ms < sign_ms ? end_ms : sign_ms;
	size_t open = 0;

	for (size_t i = 0; i < count; i++) {
		fds[i] = (struct pollfd){.fd = talks[i].fd, .events = events_of(&talks[i])};
		if (is_done(&talks[i])) {
			fds[i].fd = -1;
			continue;
		}
		open++;
		if (talks[i].deadline_ms < wake_ms)
			wake_ms = talks[i].deadline_ms;
	}
	if (!open || poll(fds, count + 1, wake_ms > now ? (int)(wake_ms - now) : 0) < 0)
		return open;
	for (size_t i = 0; i < count; i++)
		if (!is_done(&talks[i]))
			advance_talk(&talks[i], fds[i].revents, end_ms);
	return open;
}

static void end_talk(struct talk *talk)
{
	if (!is_done(talk))
		note_errno(talk, 0);
	close_socket(talk);
	strbuf_release(&talk->out);
	strbuf_release(&talk->in);
}

static void begin_talk(struct talk *talk, struct dns_exchange *exchange, int64_t end_ms)
{
	talk->exchange = exchange;
	talk->plan = exchange->tcp_first ? tcp_first : udp_first;
	if (!exchange->query.len)
		talk->plan = none;
	talk->fd = -1;
	strbuf_init(&talk->out);
	strbuf_init(&talk->in);
	start_attempt(talk, end_ms);
}

static int give_sign(const struct dns_watch *watch, struct error *err)
{
	if (!watch->channel)
		return 0;
	channel_sign(watch->channel);
	return channel_flush(watch->channel, err);
}

static int run_group(struct dns_exchange *exchanges, size_t count, int64_t end_ms,
		     const struct dns_watch *watch, struct error *err)
{
	AUTO_FREE struct talk *talks = xcalloc(count, sizeof(struct talk));
	AUTO_FREE struct pollfd *fds = xcalloc(count + 1, sizeof(struct pollfd));
	bool is_stopped = false;
	int rc = 0;

	for (size_t i = 0; i < count; i++)
		begin_talk(&talks[i], &exchanges[i], end_ms);
	fds[count] = (struct pollfd){.fd = watch->stop_fd, .events = POLLIN};
	while (rc == 0 && !is_stopped && poll_once(talks, count, fds, end_ms) &&
	       clock_mono_ms(clock_system()) < end_ms) {
		is_stopped = fds[count].revents != 0;
		rc = is_stopped ? 0 : give_sign(watch, err);
	}
	for (size_t i = 0; i < count; i++)
		end_talk(&talks[i]);
	return is_stopped ? error_set(err, ERR_CANCELLED, "stopped") : rc;
}

/* In groups, as each exchange has a socket open. */
int dns_exchange_all(struct dns_exchange *exchanges, size_t count, int64_t timeout_ms,
		     const struct dns_watch *watch, struct error *err)
{
	for (size_t at = 0; at < count; at += DNS_EXCHANGE_MAX) {
		size_t size = count - at < DNS_EXCHANGE_MAX ? count - at : DNS_EXCHANGE_MAX;

		if (run_group(&exchanges[at], size, clock_mono_ms(clock_system()) + timeout_ms,
			      watch, err) < 0)
			return err->code;
	}
	return 0;
}
