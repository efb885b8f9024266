/*
 * The parent's side of the responder (see responder.h): binds the sockets, starts the child with
 * them, and sends it the answers, all of them again to the next child when one has died. The
 * sockets stay open meanwhile: who connects then is answered a little later, not refused.
 *
 * If this program cannot be started again, a thread serves instead and the log says so: a challenge
 * that fails because there is no sandbox helps nobody.
 */
#include "net/responder/responder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/secret.h"
#include "net/confined_child.h"
#include "net/responder/responder_server.h"
#include "net/responder/responder_wire.h"
#include "os/clock.h"
#include "os/file/file.h"
#include "os/signals.h"
#include "os/socket/sockets.h"
#include "os/thread.h"

enum {
	/* A child does nothing but answer, so one that takes this long is lost. */
	ANSWER_TIMEOUT_MS = 10000, /* for the child to start, or to take an answer */
	TELL_AFTER_MS = 3000,      /* of these; then a person is told what is waited for */
	SLICE_MS = 1000,           /* between looks at signals */
	LAST_WORDS_MS = 500,       /* for lines of the log, which are not worth more */
	/* Taken at once, or logged while something is awaited: a child that was taken over could
	 * send them without end, and a busy one need not wait longer than until the next time. */
	MAX_NOTICES = 1000,
	/* How often a child is replaced. One that somebody killed, or the lack of memory, is worth
	 * another; what kills each of them is a request that comes again and again. */
	MAX_REPLACEMENTS = 3,
};

/* In the child's argv. */
static const char *const protocol_words[] = {
	[RESPONDER_HTTP] = "http-01",
	[RESPONDER_TLS_ALPN] = "tls-alpn-01",
	[RESPONDER_TLS_SNI] = "tls-sni-01",
};
STATIC_ASSERT(ARRAY_LEN(protocol_words) == RESPONDER_PROTOCOL__COUNT, "every protocol has a word");

/* An answer that the child was given: the texts of its message. */
struct published {
	char *texts[RESPONDER_MAX_TEXTS]; /* the name, and what may be secret; NULL: none */
};

struct responder {
	const struct confinement *confinement;
	enum responder_protocol protocol;
	struct confined_child child;
	bool is_lost; /* the child is gone, or talks nonsense */
	unsigned replacements;
	struct published *published;
	size_t published_count, published_capacity;
	int listeners[RESPONDER_MAX_LISTENERS];
	size_t listener_count;
	int port;
	pthread_t thread; /* instead of the child */
	bool has_thread;
	int thread_channel_fd;                      /* our end */
	struct responder_server_setup thread_setup; /* owns its descriptors */
};

/* Notices are lines for the log, which the child cannot write itself. The texts are from
 * strangers. */
static void log_notice(const struct responder_message *message, size_t *count)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if ((*count)++ >= MAX_NOTICES)
		return;
	strbuf_add_printable(&text, message->texts[0], strlen(message->texts[0]));
	log_debug("responder: %s", text.text);
}

/* Reads the next message other than a notice. Notices do not prolong the time: ERR_IO at its end,
 * or at that of the channel; ERR_PROTOCOL. */
static int next_answer(struct responder *responder, int timeout_ms,
		       struct responder_message *message, struct error *err)
{
	const struct clock *clock = clock_system();
	int64_t deadline_ms = clock_mono_ms(clock) + timeout_ms, left_ms = timeout_ms;
	size_t count = 0;
	struct span bytes;

	for (;;) {
		if (left_ms <= 0)
			return error_set(err, ERR_IO, "the other process does not answer");
		if (channel_await(&responder->child.channel, (int)left_ms, &bytes, err) < 0 ||
		    responder_wire_get(bytes, message, err) < 0)
			return err->code;
		if (message->kind != RESPONDER_NOTICE)
			return 0;
		log_notice(message, &count);
		left_ms = deadline_ms - clock_mono_ms(clock);
	}
}

/* A person is told before the time is over; a thread has only so long. */
static int64_t patience_ms(const struct responder *responder)
{
	if (signals_pending())
		return CONFINED_END_MS;
	return responder->has_thread ? TELL_AFTER_MS : ANSWER_TIMEOUT_MS;
}

/* In slices, since a signal to end shortens the wait. A channel that has ended is not a silence: it
 * ends the wait at once. */
static int await_answer(struct responder *responder, struct responder_message *message,
			struct error *err)
{
	const struct clock *clock = clock_system();
	int64_t start_ms = clock_mono_ms(clock), waited_ms = 0, slice_ms;
	bool is_told = false;

	for (;;) {
		if (next_answer(responder, SLICE_MS, message, err) == 0)
			return 0;
		slice_ms = clock_mono_ms(clock) - start_ms - waited_ms;
		waited_ms += slice_ms;
		if (slice_ms < SLICE_MS || waited_ms >= patience_ms(responder))
			return err->code;
		if (waited_ms >= TELL_AFTER_MS && !is_told)
			confined_child_tell(&responder->child, (int)(waited_ms / 1000));
		is_told = waited_ms >= TELL_AFTER_MS;
		error_release(err);
	}
}

static int await_message(struct responder *responder, enum responder_message_kind kind,
			 struct error *err)
{
	AUTO(responder_message) struct responder_message message = {.kind = 0};

	if (await_answer(responder, &message, err) < 0) {
		responder->is_lost = true;
		return error_wrap(err, "the responder process is lost");
	}
	if (message.kind != kind)
		return error_set(err, ERR_PROTOCOL, "unexpected message of the responder process");
	if (message.texts[0][0]) {
		AUTO(strbuf) struct strbuf text = STRBUF_INIT;

		strbuf_add_printable(&text, message.texts[0], strlen(message.texts[0]));
		return error_set(err, ERR_IO, "%s", text.text);
	}
	return 0;
}

/* It runs the same loop as the child would. */
static void *run_thread(void *context)
{
	const struct responder *responder = context;

	responder_serve(&responder->thread_setup);
	return NULL;
}

/* The thread gets copies of the sockets, and closes them. */
static int serve_in_thread(struct responder *responder, struct error *err)
{
	struct responder_server_setup *setup = &responder->thread_setup;
	int pair[2], failure;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set_errno(err, errno, "cannot make a socket pair");
	responder->thread_channel_fd = pair[0];
	channel_init(&responder->child.channel, pair[0], RESPONDER_MAX_MESSAGE);
	setup->protocol = responder->protocol;
	setup->channel_fd = pair[1];
	for (size_t i = 0; i < responder->listener_count; i++)
		setup->listeners[setup->listener_count++] = fcntl(responder->listeners[i],
								  F_DUPFD_CLOEXEC, 0);
	failure = thread_start(&responder->thread, run_thread, responder);
	responder->has_thread = failure == 0;
	if (!failure)
		return 0;
	error_set_errno(err, failure, "cannot start a thread");
	error_hint(err, "%s", failure == EPERM ? THREAD_FORBIDDEN_HINT : THREAD_LIMIT_HINT);
	return err->code;
}

/* A person may have asked for --require-sandbox: then there is no thread either. */
static int start_server(struct responder *responder, struct error *err)
{
	AUTO_FREE char *awaited = xasprintf("%zu", responder->published_count);
	const char *const args[] = {protocol_words[responder->protocol],
				    responder->listener_count == RESPONDER_MAX_LISTENERS ? "2"
											 : "1",
				    responder->published_count ? awaited : NULL, NULL};
	const struct confined_start start = {
		.name = RESPONDER_NAME,
		.args = args,
		.fds = responder->listeners,
		.fd_count = responder->listener_count,
		.max_message = RESPONDER_MAX_MESSAGE,
	};
	AUTO(error) struct error no_child = ERROR_INIT;

	if (confined_child_start(&responder->child, responder->confinement, &start, &no_child) <
		    0 &&
	    (confinement_do_without(responder->confinement, "responder", &no_child, err) < 0 ||
	     serve_in_thread(responder, err) < 0))
		return err->code;
	responder->is_lost = false;
	return await_message(responder, RESPONDER_READY, err);
}

/* Bound here and not in the child: ports below 1024 need rights that the child gives up. */
int responder_start(const struct responder_options *options, struct responder **ret_responder,
		    struct error *err)
{
	AUTO(responder) struct responder *responder = NULL;
	int fds[RESPONDER_MAX_LISTENERS], port;
	size_t count;

	if (sockets_listen(options->address, options->port, fds, &count, &port, err) < 0)
		return err->code;
	responder = XNEW(struct responder);
	for (size_t i = 0; i < count; i++)
		responder->listeners[responder->listener_count++] = fds[i];
	responder->confinement = options->confinement;
	responder->protocol = options->protocol;
	responder->thread_channel_fd = -1;
	responder->thread_setup.channel_fd = -1;
	channel_init(&responder->child.channel, -1, RESPONDER_MAX_MESSAGE);
	responder->port = port;
	if (start_server(responder, err) < 0)
		return error_wrap(err, "cannot answer challenges on port %d", port);
	*ret_responder = STEAL(responder);
	return 0;
}

static void stop_thread(struct responder *responder)
{
	struct responder_server_setup *setup = &responder->thread_setup;

	auto_close(&responder->thread_channel_fd);
	if (responder->has_thread)
		pthread_join(responder->thread, NULL);
	auto_close(&setup->channel_fd);
	while (setup->listener_count)
		auto_close(&setup->listeners[--setup->listener_count]);
}

/* Logs the messages that nobody waited for, up to the end of the channel. Who asked for a
 * challenge, and what was answered, is what people look for when a validation fails. */
static void log_notices(struct responder *responder)
{
	struct channel *channel = &responder->child.channel;
	AUTO(error) struct error end = ERROR_INIT;
	AUTO(responder_message) struct responder_message message = {.kind = 0};

	if (channel_flush(channel, &end) < 0 || shutdown(channel->fd, SHUT_WR) < 0)
		return;
	/* Nothing is awaited any more, so the first other message is the last. */
	if (next_answer(responder, LAST_WORDS_MS, &message, &end) == 0)
		log_debug("responder: an answer that nobody awaits");
}

/* Keys of challenges are secrets for as long as these last. */
static void published_release(struct published *published)
{
	for (size_t i = 0; i < RESPONDER_MAX_TEXTS; i++) {
		if (published->texts[i])
			secret_wipe(published->texts[i], strlen(published->texts[i]));
		free(published->texts[i]);
	}
}

void responder_free(struct responder *responder)
{
	if (!responder)
		return;
	if (responder->child.channel.fd >= 0)
		log_notices(responder);
	confined_child_stop(&responder->child);
	stop_thread(responder);
	while (responder->listener_count)
		auto_close(&responder->listeners[--responder->listener_count]);
	while (responder->published_count)
		published_release(&responder->published[--responder->published_count]);
	free(responder->published);
	channel_release(&responder->child.channel);
	free(responder);
}

int responder_port(const struct responder *responder)
{
	return responder->port;
}

static void send_message(struct responder *responder, enum responder_message_kind kind,
			 const char *const texts[RESPONDER_MAX_TEXTS])
{
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;

	responder_wire_put(&message, kind, texts);
	channel_put(&responder->child.channel, span_make(message.text, message.len));
}

/* Waits for the answer: the CA may ask as soon as it is told. */
static int give_to_child(struct responder *responder, const char *const texts[RESPONDER_MAX_TEXTS],
			 struct error *err)
{
	send_message(responder, RESPONDER_PUBLISH, texts);
	return await_message(responder, RESPONDER_DONE, err);
}

/* Starts another child with all that was published. `err` says how the last one was lost; it is
 * released when that works. */
static int replace_child(struct responder *responder, struct error *err)
{
	if (responder->has_thread || responder->replacements == MAX_REPLACEMENTS)
		return err->code;
	responder->replacements++;
	log_debug("%s; another takes its place", err->text);
	error_release(err);
	confined_child_stop(&responder->child);
	if (start_server(responder, err) < 0)
		return err->code;
	for (size_t i = 0; i < responder->published_count; i++) {
		const struct published *published = &responder->published[i];

		if (give_to_child(responder, (const char *const *)published->texts, err) < 0)
			return err->code;
	}
	return 0;
}

static void forget_published(struct responder *responder, const char *name)
{
	for (size_t i = responder->published_count; i-- > 0;) {
		struct published *published = &responder->published[i];

		if (strcmp(published->texts[0], name) != 0)
			continue;
		published_release(published);
		*published = responder->published[--responder->published_count];
	}
}

/* Keeps what the child has taken: what it refuses, the next one would refuse, too. */
static int publish_texts(struct responder *responder, const char *const texts[RESPONDER_MAX_TEXTS],
			 struct error *err)
{
	struct published published = {.texts = {NULL}};

	while (give_to_child(responder, texts, err) < 0)
		if (!responder->is_lost || replace_child(responder, err) < 0)
			return err->code;
	forget_published(responder, texts[0]);
	for (size_t i = 0; i < RESPONDER_MAX_TEXTS && texts[i]; i++)
		published.texts[i] = xstrdup(texts[i]);
	ARRAY_GROW(responder->published, responder->published_count, responder->published_capacity);
	responder->published[responder->published_count++] = published;
	return 0;
}

int responder_publish_http(struct responder *responder, const char *token,
			   const char *key_authorization, struct error *err)
{
	const char *const texts[RESPONDER_MAX_TEXTS] = {token, key_authorization};

	return publish_texts(responder, texts, err);
}

/* No token is empty. */
int responder_publish_any(struct responder *responder, const char *thumbprint, struct error *err)
{
	return responder_publish_http(responder, "", thumbprint, err);
}

/* The key goes through the channel, so it is in no file. */
int responder_publish_tls(struct responder *responder, const char *server_name,
			  const char *cert_pem, const char *key_pem, struct error *err)
{
	const char *const texts[RESPONDER_MAX_TEXTS] = {server_name, cert_pem, key_pem};

	return publish_texts(responder, texts, err);
}

/* Takes what has arrived when no answer is due: notices, or the end of the channel. */
static int take_notices(struct responder *responder, struct error *err)
{
	struct channel *channel = &responder->child.channel;
	AUTO(responder_message) struct responder_message message = {.kind = 0};
	struct span bytes;
	size_t count = 0;
	int rc;

	while (count < MAX_NOTICES) {
		rc = channel_next(channel, &bytes, err);
		if (rc == 0) {
			rc = channel_fill(channel, err);
			if (rc <= 0)
				return rc;
			continue;
		}
		if (rc < 0 || responder_wire_get(bytes, &message, err) < 0)
			return err->code;
		if (message.kind != RESPONDER_NOTICE)
			return error_set(err, ERR_PROTOCOL, "unexpected message");
		log_notice(&message, &count);
	}
	return 0;
}

int responder_tend(struct responder *responder, struct error *err)
{
	if (responder->is_lost || !responder->published_count || take_notices(responder, err) == 0)
		return 0;
	responder->is_lost = true;
	error_wrap(err, "the responder process is lost");
	return replace_child(responder, err);
}

/* Not waited for: nothing depends on the moment at which an answer goes. A child that turns out to
 * be lost is replaced for the sake of the other answers. */
int responder_withdraw(struct responder *responder, const char *name, struct error *err)
{
	const char *const texts[RESPONDER_MAX_TEXTS] = {name};

	forget_published(responder, name);
	send_message(responder, RESPONDER_WITHDRAW, texts);
	if (channel_flush(&responder->child.channel, err) == 0)
		return 0;
	responder->is_lost = true;
	error_wrap(err, "the responder process is lost");
	return responder->published_count ? replace_child(responder, err) : err->code;
}

static bool read_protocol(const char *word, enum responder_protocol *ret_protocol)
{
	for (int i = 0; i < RESPONDER_PROTOCOL__COUNT; i++) {
		*ret_protocol = (enum responder_protocol)i;
		if (strcmp(word, protocol_words[i]) == 0)
			return true;
	}
	return false;
}

int responder_main(int argc, char **argv)
{
	struct responder_server_setup setup = {
		.channel_fd = CONFINED_CHANNEL_FD,
		.listeners = {CONFINED_FIRST_FD, CONFINED_FIRST_FD + 1},
		.argv = argv,
	};

	if (argc < CONFINED_FIRST_ARG + 2 || argc > CONFINED_FIRST_ARG + 3 ||
	    !read_protocol(argv[CONFINED_FIRST_ARG], &setup.protocol))
		return 2;
	setup.listener_count = strcmp(argv[CONFINED_FIRST_ARG + 1], "2") == 0 ? 2 : 1;
	if (argc == CONFINED_FIRST_ARG + 3)
		setup.awaited = strtoul(argv[CONFINED_FIRST_ARG + 2], NULL, 10);
	/* OpenSSL writes to clients that may have gone. */
	signal(SIGPIPE, SIG_IGN);
	return responder_serve(&setup);
}
