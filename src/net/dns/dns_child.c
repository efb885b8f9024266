/*
 * The child that asks name servers (see dns_client.h). It receives questions, parses the replies
 * from the network, and returns plain values. It holds no key, and before the first question it
 * gives up every right except that to open sockets.
 */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/alloc.h"
#include "net/confined_child.h"
#include "net/dns/dns_client.h"
#include "net/dns/dns_perform.h"
#include "net/dns/dns_wire.h"
#include "net/dns/ldns_library.h"

static int send_message(struct channel *channel, const struct strbuf *message, struct error *err)
{
	channel_put(channel, span_make(message->text, message->len));
	for (;;) {
		struct pollfd ready = {.fd = channel->fd, .events = POLLOUT};

		if (channel_flush(channel, err) < 0 || !channel_has_unsent(channel))
			return err->code;
		if (poll(&ready, 1, -1) < 0 && errno != EINTR)
			return error_set_errno(err, errno, "cannot wait for the parent");
	}
}

/* The channel stops the work: the parent sends nothing until it has all answers, so anything that
 * arrives is the end of the channel. Each answer goes out as a message of its own: a batch with all
 * of them would need a limit of its own. */
static int answer_batch(struct channel *channel, struct span contents, struct error *err)
{
	const struct dns_watch watch = {.stop_fd = channel->fd, .channel = channel};
	struct dns_question *questions = NULL;
	size_t count = 0;
	int64_t timeout_ms;
	int rc;

	if (dns_wire_get_batch(contents, &questions, &count, &timeout_ms, err) < 0)
		return err->code;
	rc = dns_perform(questions, count, timeout_ms, &watch, err);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		AUTO(strbuf) struct strbuf message = STRBUF_INIT;

		dns_wire_put_answer(&message, i, &questions[i]);
		rc = send_message(channel, &message, err);
	}
	dns_questions_free(questions, count);
	return rc;
}

static int serve_next(struct channel *channel, struct error *err)
{
	struct pollfd ready = {.fd = channel->fd, .events = POLLIN};
	struct span message, contents;
	int rc = channel_next(channel, &message, err);

	if (rc == 1 && dns_wire_kind(message, &contents) == DNS_WIRE_BATCH)
		return answer_batch(channel, contents, err);
	if (rc == 1)
		return error_set(err, ERR_PROTOCOL, "unknown message");
	if (rc == 0 && poll(&ready, 1, -1) < 0 && errno != EINTR)
		return error_set_errno(err, errno, "cannot wait for questions");
	return rc < 0 || channel_fill(channel, err) < 0 ? err->code : 0;
}

int dns_child_main(char *const *argv)
{
	struct sandbox_request rights = {.kind = SANDBOX_RESOLVER};
	AUTO(error) struct error err = ERROR_INIT;
	struct ldns_library library;
	struct channel channel;

	/* While files can still be read. What fails here is reported with the first question. */
	if (ldns_library_load(&library, &err) < 0)
		error_release(&err);
	channel_init(&channel, CONFINED_CHANNEL_FD, DNS_WIRE_MAX_BATCH);
	if (confined_self_enter(argv, &rights, &channel))
		while (serve_next(&channel, &err) == 0) {
		}
	/* The parent has closed the channel, or gone on without the answers. There is nothing to be
	 * saved, and nothing that checks memory at the end could work without rights. */
	_exit(err.code == ERR_IO || err.code == ERR_CANCELLED ? 0 : 1);
}
