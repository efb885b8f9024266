/*
 * The transport whose work is done by the child (net/worker): requests go out as messages, answers
 * come back as messages, and nothing in these is believed. A child that breaks the protocol, ends
 * or falls silent costs the requests that it has; the client starts another one.
 */
#include "net/http/http_child.h"

#include <errno.h>
#include <limits.h>

#include "base/alloc.h"
#include "base/log.h"
#include "net/channel.h"
#include "net/http/http_wire.h"
#include "net/http/worker.h"
#include "os/clock.h"
#include "os/process/process.h"

/* The child keeps the time limits of requests itself; it is taken for stuck when it does not give a
 * sign for this much longer (milliseconds). */
#define PATIENCE_MS 15000

/* What is known of a request that the child has. */
struct flight {
	uint32_t id;
	size_t max_body;
	int64_t timeout_ms;
};

struct child_transport {
	struct http_transport base;
	struct process_child child;
	struct channel channel;
	struct flight *flights;
	size_t count, capacity;
	int64_t last_sign_ms; /* when the child last sent something, or got its first request */
	struct error loss;    /* set once the child is lost */
};

static struct child_transport *of(struct http_transport *transport)
{
	return (struct child_transport *)transport;
}

static int64_t mono_ms(void)
{
	const struct clock *clock = clock_system();

	return clock->mono_ms(clock->context);
}

static void flush(struct child_transport *child)
{
	if (!error_is_set(&child->loss) && channel_flush(&child->channel, &child->loss) < 0)
		error_wrap(&child->loss, "the network process is gone");
}

static void start(struct http_transport *transport, struct http_job *own_job)
{
	struct child_transport *child = of(transport);
	AUTO(http_job) struct http_job *job = own_job;
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	size_t longest = job->request.max_body + HTTP_WIRE_OVERHEAD;

	if (!child->count)
		child->last_sign_ms = mono_ms();
	if (longest > child->channel.max_message)
		child->channel.max_message = longest;
	ARRAY_GROW(child->flights, child->count, child->capacity);
	child->flights[child->count++] = (struct flight){
		.id = job->id,
		.max_body = job->request.max_body,
		.timeout_ms = job->request.timeout_ms,
	};
	http_wire_put_job(&message, job);
	channel_put(&child->channel, span_make(message.text, message.len));
	flush(child);
}

static struct flight *find_flight(struct child_transport *child, uint32_t id)
{
	for (size_t i = 0; i < child->count; i++)
		if (child->flights[i].id == id)
			return &child->flights[i];
	return NULL;
}

static int64_t max_body_of(void *context, uint32_t id)
{
	const struct flight *flight = find_flight(context, id);

	return flight ? (int64_t)flight->max_body : -1;
}

static int take_answer(struct child_transport *child, struct span contents, uint32_t *ret_id,
		       struct http_response *ret_response, struct error *err)
{
	struct flight *flight;

	if (http_wire_get_answer(contents, max_body_of, child, ret_id, ret_response, err) < 0)
		return err->code;
	flight = find_flight(child, *ret_id);
	*flight = child->flights[--child->count];
	return 1;
}

static int log_notice(struct span contents, struct error *err)
{
	AUTO_FREE char *text = NULL;

	if (http_wire_get_notice(contents, &text, err) < 0)
		return err->code;
	log_debug("network process: %s", text);
	return 0;
}

/* Handles the messages that are whole: 1 with an answer, 0 when there is none among them. */
static int read_messages(struct child_transport *child, uint32_t *ret_id,
			 struct http_response *ret_response, struct error *err)
{
	struct span message, contents;
	int rc;

	while ((rc = channel_next(&child->channel, &message, err)) == 1) {
		child->last_sign_ms = mono_ms();
		switch (http_wire_kind(message, &contents)) {
		case HTTP_WIRE_ANSWER:
			return take_answer(child, contents, ret_id, ret_response, err);
		case HTTP_WIRE_NOTICE:
			if (log_notice(contents, err) < 0)
				return err->code;
			break;
		default:
			return error_set(err, ERR_PROTOCOL, "unknown message");
		}
	}
	return rc;
}

/* Milliseconds until the child is taken for stuck; -1: it has nothing to do. */
static int64_t patience_ms(const struct child_transport *child)
{
	int64_t longest = 0, left;

	for (size_t i = 0; i < child->count; i++)
		if (child->flights[i].timeout_ms > longest)
			longest = child->flights[i].timeout_ms;
	if (!child->count)
		return -1;
	left = child->last_sign_ms + longest + PATIENCE_MS - mono_ms();
	return left > 0 ? left : 0;
}

static int receive(struct child_transport *child, uint32_t *ret_id,
		   struct http_response *ret_response, struct error *err)
{
	int rc;

	do {
		rc = read_messages(child, ret_id, ret_response, err);
		if (rc)
			return rc;
		rc = channel_fill(&child->channel, err);
	} while (rc == 1);
	if (rc == 0 && patience_ms(child) == 0)
		return error_set(err, ERR_NETWORK, "it gives no sign of life");
	return rc;
}

static int take(struct http_transport *transport, uint32_t *ret_id,
		struct http_response *ret_response, struct error *err)
{
	struct child_transport *child = of(transport);
	AUTO(error) struct error failure = ERROR_INIT;
	int rc = receive(child, ret_id, ret_response, &failure);

	if (rc >= 0 && !error_is_set(&child->loss))
		return rc;
	if (rc == 1)
		return rc; /* what came before it was lost still counts */
	if (rc < 0) {
		error_release(&child->loss);
		error_move(&child->loss, &failure);
		error_wrap(&child->loss, "the network process is lost");
	}
	return error_copy(err, &child->loss);
}

static int wait(struct http_transport *transport, const struct pollfd *wake, int64_t timeout_ms,
		struct error *err)
{
	struct child_transport *child = of(transport);
	struct pollfd ready[2] = {{.fd = child->channel.fd, .events = POLLIN}, *wake};
	int64_t patience;

	flush(child);
	if (error_is_set(&child->loss))
		return 0; /* take() reports it */
	if (channel_has_unsent(&child->channel))
		ready[0].events |= POLLOUT;
	patience = patience_ms(child);
	if (patience >= 0 && (timeout_ms < 0 || patience < timeout_ms))
		timeout_ms = patience;
	if (poll(ready, ARRAY_LEN(ready), timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms) < 0 &&
	    errno != EINTR)
		return error_set_errno(err, errno, "cannot wait for the network process");
	return 0;
}

static void free_transport(struct http_transport *transport)
{
	struct child_transport *child = of(transport);

	process_child_stop(&child->child);
	channel_release(&child->channel);
	error_release(&child->loss);
	free(child->flights);
	free(child);
}

int http_child_new(const struct http_setup *setup, struct http_transport **ret_transport,
		   struct error *err)
{
	static const struct http_transport_ops ops = {
		.start = start,
		.take = take,
		.wait = wait,
		.free = free_transport,
	};
	static const char *const argv[] = {HTTP_WORKER_NAME, NULL};
	AUTO(process_child) struct process_child process = PROCESS_CHILD_INIT;
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	struct child_transport *child;

	if (process_spawn_self(argv, NULL, 0, &process, err) < 0)
		return err->code;
	child = XNEW(struct child_transport);
	child->base.ops = &ops;
	child->child = process;
	process = (struct process_child)PROCESS_CHILD_INIT;
	channel_init(&child->channel, child->child.channel, HTTP_WIRE_OVERHEAD);
	http_wire_put_setup(&message, setup);
	channel_put(&child->channel, span_make(message.text, message.len));
	flush(child);
	*ret_transport = &child->base;
	return 0;
}
