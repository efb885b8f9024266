/*
 * The parent's side of the DNS client (see dns_client.h). It trusts nothing that the child sends. A
 * child that violates the protocol, exits or stops answering is replaced, and the questions are
 * asked once more.
 */
#include "net/dns/dns_client.h"

#include <errno.h>
#include <poll.h>

#include "base/alloc.h"
#include "base/log.h"
#include "net/confined_child.h"
#include "net/dns/dns_perform.h"
#include "net/dns/dns_wire.h"
#include "os/clock.h"
#include "os/signals.h"

/* The child keeps the time limit itself; it is taken for stuck when it needs this much longer
 * (milliseconds). */
#define PATIENCE_MS 5000

struct dns_client {
	const struct confinement *confinement;
	bool in_process;
	struct confined_child child;
	int ports[CONFINED_MAX_PORTS]; /* of name servers; the child may connect to these */
	size_t port_count;
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

struct dns_client *dns_client_new(const struct dns_client_options *options)
{
	struct dns_client *client = XNEW(struct dns_client);

	client->confinement = options->confinement;
	client->in_process = options->in_process;
	return client;
}

void dns_client_free(struct dns_client *client)
{
	if (!client)
		return;
	confined_child_stop(&client->child);
	free(client);
}

static bool has_port(const struct dns_client *client, int port)
{
	for (size_t i = 0; i < client->port_count; i++)
		if (client->ports[i] == port)
			return true;
	return false;
}

/* A child cannot be given more ports than it was started with: for others, another one is. Beyond
 * what a child can be given, the oldest port goes. */
static void ensure_ports(struct dns_client *client, const struct dns_question *questions,
			 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int port = name_server_port(&questions[i].server);

		if (questions[i].flags & DNS_HAS_REPLY || has_port(client, port))
			continue;
		confined_child_stop(&client->child);
		if (client->port_count == ARRAY_LEN(client->ports))
			client->port_count = 0;
		client->ports[client->port_count++] = port;
	}
}

/* `in_process` stays set: a machine that cannot start one child will not start the next. */
static int ensure_child(struct dns_client *client, struct error *err)
{
	AUTO(error) struct error no_child = ERROR_INIT;
	const struct confined_start start = {
		.name = DNS_CHILD_NAME,
		.tcp_ports = client->ports,
		.tcp_port_count = client->port_count,
		.max_message = DNS_WIRE_MAX_ANSWER,
	};

	if (client->in_process || client->child.process.pid > 0)
		return 0;
	if (confined_child_start(&client->child, client->confinement, &start, &no_child) == 0)
		return 0;
	client->in_process = true;
	return confinement_do_without(client->confinement, "resolver", &no_child, err);
}

/* Checked, as an answer to something that was not asked could replace one that is right. */
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

/* Handles the messages that are whole. */
static int read_messages(struct round *round, struct error *err)
{
	struct span message, contents;
	int rc;

	while ((rc = channel_next(&round->client->child.channel, &message, err)) == 1) {
		int kind = dns_wire_kind(message, &contents);

		if (kind == DNS_WIRE_ANSWER)
			rc = take_answer(round, contents, err);
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
	struct confined_child *child = &round->client->child;
	const struct channel *channel = &child->channel;
	struct pollfd ready[] = {{.fd = channel->fd, .events = POLLIN},
				 {.fd = round->signal_fd, .events = POLLIN}};
	int64_t left_ms = round->deadline_ms - clock_mono_ms(clock_system());
	int64_t silent_ms = confined_child_wait_ms(child, CONFINED_PATIENCE_MS);
	int count;

	if (channel_has_unsent(channel))
		ready[0].events |= POLLOUT;
	if (left_ms <= 0)
		return error_set(err, ERR_NETWORK, "it gives no answer");
	count = poll(ready, ARRAY_LEN(ready), (int)(left_ms < silent_ms ? left_ms : silent_ms));
	if (count > 0 && ready[1].revents)
		return error_set(err, ERR_CANCELLED, "stopped by signal %d", signals_pending());
	if (count < 0 && errno != EINTR)
		return error_set_errno(err, errno, "cannot wait for it");
	return count == 0 ? confined_child_check(child, CONFINED_PATIENCE_MS, err) : 0;
}

static int exchange_messages(struct round *round, struct error *err)
{
	struct channel *channel = &round->client->child.channel;

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

/* Has the child answer the questions. ERR_CANCELLED; other errors: the child is lost. A signal that
 * is pending already must not stop the questions of the clean-up. */
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
			      .deadline_ms = clock_mono_ms(clock_system()) + timeout_ms +
					     PATIENCE_MS,
			      .signal_fd = signals_pending() ? -1 : signals_fd()};

	confined_child_expect(&client->child);
	dns_wire_put_batch(&message, questions, count, timeout_ms);
	channel_put(&client->child.channel, span_make(message.text, message.len));
	if (exchange_messages(&round, err) == 0)
		return 0;
	confined_child_stop(&client->child);
	return err->code;
}

/* Errors of the questions rather than of the call: callers go on with what they know. */
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
	const struct dns_watch watch = {.stop_fd = signals_pending() ? -1 : signals_fd()};

	return dns_perform(questions, count, timeout_ms, &watch, err);
}

/* Asks as many as go into one message. Questions do no harm when they are asked twice, so a child
 * that is lost is replaced once. */
static int ask_some(struct dns_client *client, struct dns_question *questions, size_t count,
		    int64_t timeout_ms, struct error *err)
{
	ensure_ports(client, questions, count);
	for (int attempt = 1;; attempt++) {
		AUTO(error) struct error loss = ERROR_INIT;

		if (ensure_child(client, err) < 0)
			return err->code;
		if (client->in_process)
			return ask_here(questions, count, timeout_ms, err);
		if (ask_child(client, questions, count, timeout_ms, &loss) == 0)
			return 0;
		if (loss.code == ERR_CANCELLED || loss.code == ERR_REFUSED)
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
