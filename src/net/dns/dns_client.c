/*
 * The parent's side of asking name servers (see dns_client.h). Nothing that the child sends is
 * believed; one that breaks the protocol, ends or falls silent is replaced, and the questions are
 * asked once more.
 */
#include "net/dns/dns_client.h"

#include <errno.h>
#include <poll.h>

#include "base/alloc.h"
#include "base/log.h"
#include "net/channel.h"
#include "net/dns/dns_perform.h"
#include "net/dns/dns_wire.h"
#include "os/clock.h"
#include "os/process/process.h"
#include "os/signals.h"

/* The child keeps the time limit itself; it is taken for stuck when it needs this much longer
 * (milliseconds). */
#define PATIENCE_MS 5000

struct dns_client {
	bool in_process;
	struct process_child child; /* running when its pid is set */
	struct channel channel;
};

/* A batch that the child works on. */
struct round {
	struct dns_client *client;
	struct dns_question *questions;
	size_t count, open; /* without an answer */
	bool *answered;
	int64_t deadline_ms;
	int signal_fd;
};

static int64_t mono_ms(void)
{
	const struct clock *clock = clock_system();

	return clock->mono_ms(clock->context);
}

struct dns_client *dns_client_new(bool in_process)
{
	struct dns_client *client = XNEW(struct dns_client);

	client->in_process = in_process;
	client->child = (struct process_child)PROCESS_CHILD_INIT;
	return client;
}

static void stop_child(struct dns_client *client)
{
	if (client->child.pid <= 0)
		return;
	process_child_stop(&client->child);
	channel_release(&client->channel);
}

void dns_client_free(struct dns_client *client)
{
	if (!client)
		return;
	stop_child(client);
	free(client);
}

static void ensure_child(struct dns_client *client)
{
	static const char *const argv[] = {DNS_CHILD_NAME, NULL};
	AUTO(error) struct error no_child = ERROR_INIT;

	if (client->in_process || client->child.pid > 0)
		return;
	if (process_spawn_self(argv, NULL, 0, &client->child, &no_child) < 0) {
		log_debug("name servers are asked in this process: %s", no_child.text);
		client->in_process = true;
		return;
	}
	channel_init(&client->channel, client->child.channel, DNS_WIRE_MAX_ANSWER);
}

static int take_answer(struct round *round, struct span contents, struct error *err)
{
	size_t number = 0;

	if (dns_wire_get_answer(contents, round->questions, round->count, &number, err) < 0)
		return err->code;
	if (round->answered[number])
		return error_set(err, ERR_PROTOCOL, "it answers a question twice");
	round->answered[number] = true;
	round->open--;
	return 0;
}

static int log_notice(struct span contents, struct error *err)
{
	AUTO_FREE char *text = NULL;

	if (dns_wire_get_notice(contents, &text, err) < 0)
		return err->code;
	log_debug("resolver process: %s", text);
	return 0;
}

/* Handles the messages that are whole. */
static int read_messages(struct round *round, struct error *err)
{
	struct span message, contents;
	int rc;

	while ((rc = channel_next(&round->client->channel, &message, err)) == 1) {
		int kind = dns_wire_kind(message, &contents);

		if (kind == DNS_WIRE_ANSWER)
			rc = take_answer(round, contents, err);
		else if (kind == DNS_WIRE_NOTICE)
			rc = log_notice(contents, err);
		else
			rc = error_set(err, ERR_PROTOCOL, "unknown message");
		if (rc < 0)
			return rc;
	}
	return rc;
}

/* Waits until the channel is ready. ERR_CANCELLED, ERR_NETWORK: the child is stuck. */
static int wait_ready(const struct round *round, struct error *err)
{
	const struct channel *channel = &round->client->channel;
	struct pollfd ready[] = {{.fd = channel->fd, .events = POLLIN},
				 {.fd = round->signal_fd, .events = POLLIN}};
	int64_t left_ms = round->deadline_ms - mono_ms();
	int count;

	if (channel_has_unsent(channel))
		ready[0].events |= POLLOUT;
	count = poll(ready, ARRAY_LEN(ready), left_ms > 0 ? (int)left_ms : 0);
	if (count > 0 && ready[1].revents)
		return error_set(err, ERR_CANCELLED, "stopped by signal %d", signals_pending());
	if (count == 0)
		return error_set(err, ERR_NETWORK, "it gives no sign of life");
	return count > 0 || errno == EINTR ? 0 : error_set_errno(err, errno, "cannot wait for it");
}

static int exchange(struct round *round, struct error *err)
{
	struct channel *channel = &round->client->channel;

	while (round->open) {
		if (channel_flush(channel, err) < 0 || wait_ready(round, err) < 0)
			return err->code;
		while (round->open) {
			int rc = channel_fill(channel, err);

			if (rc < 0 || read_messages(round, err) < 0)
				return err->code;
			if (rc == 0)
				break;
		}
	}
	return 0;
}

/* Has the child answer the questions. ERR_CANCELLED; other errors: the child is lost. */
static int ask_child(struct dns_client *client, struct dns_question *questions, size_t count,
		     int64_t timeout_ms, struct error *err)
{
	AUTO_FREE bool *answered = xcalloc(count, sizeof(bool));
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	struct round round = {.client = client,
			      .questions = questions,
			      .count = count,
			      .open = count,
			      .answered = answered,
			      .deadline_ms = mono_ms() + timeout_ms + PATIENCE_MS,
			      .signal_fd = signals_pending() ? -1 : signals_fd()};

	dns_wire_put_batch(&message, questions, count, timeout_ms);
	channel_put(&client->channel, span_make(message.text, message.len));
	if (exchange(&round, err) == 0)
		return 0;
	stop_child(client);
	return err->code;
}

static void fail_all(struct dns_question *questions, size_t count, const struct error *reason)
{
	for (size_t i = 0; i < count; i++) {
		error_release(&questions[i].error);
		error_set(&questions[i].error, ERR_NETWORK,
			  "cannot ask name servers: the resolver process is lost: %s",
			  reason->text);
	}
}

static int ask_here(struct dns_question *questions, size_t count, int64_t timeout_ms,
		    struct error *err)
{
	return dns_perform(questions, count, timeout_ms, signals_pending() ? -1 : signals_fd(),
			   err);
}

/* Asks as many as go into one message. Questions do no harm when they are asked twice, so a child
 * that is lost is replaced once. */
static int ask_some(struct dns_client *client, struct dns_question *questions, size_t count,
		    int64_t timeout_ms, struct error *err)
{
	for (int attempt = 1;; attempt++) {
		AUTO(error) struct error loss = ERROR_INIT;

		ensure_child(client);
		if (client->in_process)
			return ask_here(questions, count, timeout_ms, err);
		if (ask_child(client, questions, count, timeout_ms, &loss) == 0)
			return 0;
		if (loss.code == ERR_CANCELLED)
			return error_move(err, &loss);
		log_debug("the resolver process is lost: %s", loss.text);
		if (attempt == 2) {
			fail_all(questions, count, &loss);
			return 0;
		}
	}
}

int dns_client_ask(struct dns_client *client, struct dns_question *questions, size_t count,
		   int64_t timeout_ms, struct error *err)
{
	for (size_t at = 0; at < count; at += DNS_WIRE_MAX_QUESTIONS) {
		size_t left = count - at;
		size_t size = left < DNS_WIRE_MAX_QUESTIONS ? left : DNS_WIRE_MAX_QUESTIONS;

		if (ask_some(client, &questions[at], size, timeout_ms, err) < 0)
			return err->code;
	}
	return 0;
}
