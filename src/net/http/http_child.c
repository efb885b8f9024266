/*
 * The transport whose work is done by children (worker.h). It sends requests as messages, receives
 * answers as messages, and trusts nothing in them. A child that violates the protocol, exits or
 * stops answering fails all requests of the transport; the client then starts a new one.
 *
 * A child may connect only to the ports it was started with. Those of HTTP and HTTPS are always
 * among them; the first request to another port starts a child for that port.
 *
 * A child may also know only the common part of the system's CA certificates (worker.h). A request
 * whose server does not pass by that comes back, and goes to a child that knows all of them, as do
 * those that follow.
 */
#include "net/http/http_child.h"

#include <errno.h>
#include <limits.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/secret.h"
#include "codec/url.h"
#include "net/confined_child.h"
#include "net/http/http_wire.h"
#include "net/http/worker.h"
#include "os/clock.h"

/* The child keeps the time limits of requests itself; it is considered stuck when it gives no
 * answer for this much longer (milliseconds), whatever its signs of life say. */
#define PATIENCE_MS 15000
/* An idle child of this age is replaced: resolv.conf, hosts and CA certificates that have been
 * replaced since then are not among the files that it may read. */
#define MAX_AGE_MS 60000

enum {
	/* For as many ports; a server that wants more of them is not one that we know. */
	MAX_CHILDREN = 16,
};

/* A child and the port that it was started for. Landlock allows a process ports and not addresses,
 * and the set cannot grow. So there is a child for each unusual port. */
struct lane {
	struct confined_child child;
	int port;
	bool has_whole_store;
	size_t flight_count;
	int64_t started_ms;
	int64_t last_answer_ms; /* or when it got its first request */
};

/* A request that a child is performing. */
struct flight {
	struct lane *lane;
	uint32_t id;
	size_t max_body;
	int64_t timeout_ms;
	bool holds_up;        /* the child does nothing else meanwhile, and gives no sign of life */
	struct http_job *job; /* that may come back, or NULL */
};

struct child_transport {
	struct http_transport base;
	const struct confinement *confinement;
	struct strbuf setup;  /* first message to each child */
	bool has_ca_bundle;   /* in the setup */
	bool has_whole_store; /* so have all children that are started from now on */
	struct lane *lanes[MAX_CHILDREN];
	size_t lane_count;
	struct flight *flights;
	size_t count, capacity;
	struct error loss; /* set once a child is lost */
};

static struct child_transport *child_of(struct http_transport *transport)
{
	return CONTAINER_OF(transport, struct child_transport, base);
}

static void flush(struct child_transport *child)
{
	for (size_t i = 0; i < child->lane_count && !error_is_set(&child->loss); i++)
		if (channel_flush(&child->lanes[i]->child.channel, &child->loss) < 0)
			error_wrap(&child->loss, "the network process is gone");
}

/* (Re)starts the lane's child. Names may have to be resolved over TCP. The setup is the first
 * message, with the CA bundle in it: after its start the child can open nothing. */
static int start_lane(struct child_transport *child, struct lane *lane, struct error *err)
{
	const int ports[] = {HTTP_PORT_PLAIN, HTTP_PORT_TLS, HTTP_PORT_DNS, lane->port};
	const char *const trust[] = {
		child->has_ca_bundle     ? HTTP_WORKER_CA_BUNDLE
		: child->has_whole_store ? HTTP_WORKER_WHOLE_STORE
					 : NULL,
		NULL,
	};
	const struct confined_start start = {
		.name = HTTP_WORKER_NAME,
		.args = trust,
		.tcp_ports = ports,
		.tcp_port_count = ARRAY_LEN(ports),
		.max_message = HTTP_WIRE_OVERHEAD,
	};

	if (confined_child_start(&lane->child, child->confinement, &start, err) < 0)
		return err->code;
	lane->started_ms = clock_mono_ms(clock_system());
	lane->has_whole_store = child->has_ca_bundle || child->has_whole_store;
	channel_put(&lane->child.channel, span_make(child->setup.text, child->setup.len));
	return 0;
}

static bool lacks_certificates(const struct child_transport *child, const struct lane *lane)
{
	return child->has_whole_store && !lane->has_whole_store;
}

/* A child that lacks certificates may finish the requests that it has. */
static bool serves(const struct child_transport *child, const struct lane *lane, int port)
{
	if (lacks_certificates(child, lane) && lane->flight_count)
		return false;
	return port == lane->port || port == HTTP_PORT_PLAIN || port == HTTP_PORT_TLS;
}

static int add_lane(struct child_transport *child, int port, struct error *err)
{
	struct lane *lane;

	if (child->lane_count == MAX_CHILDREN)
		return error_set(err, ERR_PROTOCOL, "servers on more than %d ports", MAX_CHILDREN);
	lane = XNEW(struct lane);
	lane->port = port;
	child->lanes[child->lane_count++] = lane;
	return start_lane(child, lane, err);
}

static bool is_outdated(const struct child_transport *child, const struct lane *lane)
{
	return lacks_certificates(child, lane) ||
	       clock_mono_ms(clock_system()) - lane->started_ms >= MAX_AGE_MS;
}

/* The lane for a port, with a child that is not outdated. Only an idle child is replaced: requests
 * under way would be lost. */
static int find_lane(struct child_transport *child, int port, struct lane **ret_lane,
		     struct error *err)
{
	size_t i = 0;

	while (i < child->lane_count && !serves(child, child->lanes[i], port))
		i++;
	if (i == child->lane_count && add_lane(child, port, err) < 0)
		return err->code;
	*ret_lane = child->lanes[i];
	if ((*ret_lane)->flight_count || !is_outdated(child, *ret_lane))
		return 0;
	confined_child_stop(&(*ret_lane)->child);
	return start_lane(child, *ret_lane, err);
}

/* The channel takes messages as long as the longest answer that was asked for, and no longer. */
static void add_flight(struct child_transport *child, struct lane *lane, struct http_job *own_job)
{
	AUTO(http_job) struct http_job *job = own_job;
	size_t longest = job->request.max_body + HTTP_WIRE_OVERHEAD;
	struct flight flight = {
		.lane = lane,
		.id = job->id,
		.max_body = job->request.max_body,
		.timeout_ms = job->request.timeout_ms,
		.holds_up = job->request.starttls != STARTTLS_NONE ||
			    job->request.method == HTTP_MAIL,
	};

	if (!lane->flight_count++) {
		lane->last_answer_ms = clock_mono_ms(clock_system());
		confined_child_expect(&lane->child);
	}
	if (longest > lane->child.channel.max_message)
		lane->child.channel.max_message = longest;
	if (!lane->has_whole_store)
		flight.job = STEAL(job);
	ARRAY_GROW(child->flights, child->count, child->capacity);
	child->flights[child->count++] = flight;
}

/* Wiped after sending, since it may have the token of a DNS provider in it. */
static int send_job(struct child_transport *child, struct http_job *own_job, struct error *err)
{
	AUTO(http_job) struct http_job *job = own_job;
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	struct lane *lane = NULL;

	if (find_lane(child, http_job_port(job), &lane, err) < 0)
		return err->code;
	http_wire_put_job(&message, job);
	add_flight(child, lane, STEAL(job));
	channel_put(&lane->child.channel, span_make(message.text, message.len));
	secret_wipe(message.text, message.len);
	return 0;
}

static void start_job(struct http_transport *transport, struct http_job *own_job)
{
	struct child_transport *child = child_of(transport);
	AUTO(http_job) struct http_job *job = own_job;

	/* take_response() reports a failure. */
	if (!error_is_set(&child->loss) && send_job(child, STEAL(job), &child->loss) == 0)
		flush(child);
}

static struct flight *find_flight(struct child_transport *child, uint32_t id)
{
	for (size_t i = 0; i < child->count; i++)
		if (child->flights[i].id == id)
			return &child->flights[i];
	return NULL;
}

/* A number that was not asked for has no limit, which makes its answer malformed. */
static int64_t max_body_of(void *context, uint32_t id)
{
	const struct flight *flight = find_flight(context, id);

	return flight ? (int64_t)flight->max_body : -1;
}

/* A child that knows all certificates has nobody to give a request back to. */
static int send_again(struct child_transport *child, struct http_job *own_job, struct error *err)
{
	AUTO(http_job) struct http_job *job = own_job;

	if (!job)
		return error_set(err, ERR_PROTOCOL, "a request came back without a reason");
	log_debug("asking '%.*s' again with all CA certificates of the system",
		  url_server_length(job->url), job->url);
	child->has_whole_store = true;
	return send_job(child, STEAL(job), err);
}

/* 1 with an answer, 0 when the request was made again instead. */
static int take_reply(struct child_transport *child, struct span contents, uint32_t *ret_id,
		      struct http_response *ret_response, struct error *err)
{
	AUTO(http_job) struct http_job *job = NULL;
	struct flight *flight;

	if (http_wire_get_answer(contents, max_body_of, child, ret_id, ret_response, err) < 0)
		return err->code;
	flight = find_flight(child, *ret_id);
	flight->lane->flight_count--;
	job = flight->job;
	*flight = child->flights[--child->count];
	if (!ret_response->wants_whole_store)
		return 1;
	http_response_release(ret_response);
	return send_again(child, STEAL(job), err);
}

/* The next answer: 1 with one, 0 when there is none. */
static int read_message(struct child_transport *child, struct lane *lane, uint32_t *ret_id,
			struct http_response *ret_response, struct error *err)
{
	struct span message, contents;
	int rc;

	do {
		rc = channel_next(&lane->child.channel, &message, err);
		if (rc != 1)
			return rc;
		lane->last_answer_ms = clock_mono_ms(clock_system());
		if (http_wire_kind(message, &contents) != HTTP_WIRE_ANSWER)
			return error_set(err, ERR_PROTOCOL, "unknown message");
		rc = take_reply(child, contents, ret_id, ret_response, err);
	} while (rc == 0);
	return rc;
}

/* How long the lane's child may take for an answer: it is the child that keeps time, so one that
 * hangs would otherwise hang the program. */
static int64_t longest_work_ms(const struct child_transport *child, const struct lane *lane)
{
	int64_t longest = 0;

	for (size_t i = 0; i < child->count; i++)
		if (child->flights[i].lane == lane && child->flights[i].timeout_ms > longest)
			longest = child->flights[i].timeout_ms;
	return longest + PATIENCE_MS;
}

/* How long it may be silent. */
static int64_t longest_silence_ms(const struct child_transport *child, const struct lane *lane)
{
	for (size_t i = 0; i < child->count; i++)
		if (child->flights[i].lane == lane && child->flights[i].holds_up)
			return longest_work_ms(child, lane);
	return CONFINED_PATIENCE_MS;
}

static int64_t work_left_ms(const struct child_transport *child, const struct lane *lane)
{
	int64_t left_ms = lane->last_answer_ms + longest_work_ms(child, lane) -
			  clock_mono_ms(clock_system());

	return left_ms > 0 ? left_ms : 0;
}

/* Milliseconds until check_lane() has something to do; -1 if the child has no work. */
static int64_t lane_wait_ms(const struct child_transport *child, const struct lane *lane)
{
	int64_t left_ms, silent_ms;

	if (!lane->flight_count)
		return -1;
	left_ms = work_left_ms(child, lane);
	silent_ms = confined_child_wait_ms(&lane->child, longest_silence_ms(child, lane));
	return left_ms < silent_ms ? left_ms : silent_ms;
}

static int check_lane(const struct child_transport *child, struct lane *lane, struct error *err)
{
	if (!lane->flight_count)
		return 0;
	if (work_left_ms(child, lane) == 0)
		return error_set(err, ERR_NETWORK, "it gives no answer");
	return confined_child_check(&lane->child, longest_silence_ms(child, lane), err);
}

static int receive_message(struct child_transport *child, struct lane *lane, uint32_t *ret_id,
			   struct http_response *ret_response, struct error *err)
{
	int rc;

	do {
		rc = read_message(child, lane, ret_id, ret_response, err);
		if (rc)
			return rc;
		rc = channel_fill(&lane->child.channel, err);
	} while (rc == 1);
	return rc < 0 ? rc : check_lane(child, lane, err);
}

/* Messages that had arrived before the loss are still whole and are given out first. */
static int take_response(struct http_transport *transport, uint32_t *ret_id,
			 struct http_response *ret_response, struct error *err)
{
	struct child_transport *child = child_of(transport);
	AUTO(error) struct error failure = ERROR_INIT;
	int rc = 0;

	for (size_t i = 0; i < child->lane_count && rc == 0; i++)
		if (child->lanes[i]->child.process.pid > 0)
			rc = receive_message(child, child->lanes[i], ret_id, ret_response,
					     &failure);
	if (rc == 1)
		return rc; /* what came before one was lost still counts */
	if (rc < 0) {
		error_release(&child->loss);
		error_move(&child->loss, &failure);
		if (child->loss.code != ERR_REFUSED)
			error_wrap(&child->loss, "the network process is lost");
	}
	return error_is_set(&child->loss) ? error_copy(err, &child->loss) : 0;
}

/* The earliest deadline of a child, or of the caller. */
static int64_t shortest_wait(const struct child_transport *child, int64_t timeout_ms)
{
	for (size_t i = 0; i < child->lane_count; i++) {
		int64_t patience = lane_wait_ms(child, child->lanes[i]);

		if (patience >= 0 && (timeout_ms < 0 || patience < timeout_ms))
			timeout_ms = patience;
	}
	return timeout_ms > INT_MAX ? INT_MAX : timeout_ms;
}

static int wait_for_lanes(struct http_transport *transport, const struct pollfd *wake,
			  int64_t timeout_ms, struct error *err)
{
	struct child_transport *child = child_of(transport);
	struct pollfd ready[MAX_CHILDREN + 1];
	nfds_t count = 0;

	flush(child);
	if (error_is_set(&child->loss))
		return 0; /* take_response() reports it */
	ready[count++] = *wake;
	for (size_t i = 0; i < child->lane_count; i++) {
		const struct channel *channel = &child->lanes[i]->child.channel;

		ready[count++] = (struct pollfd){
			.fd = channel->fd,
			.events = (short)(POLLIN | (channel_has_unsent(channel) ? POLLOUT : 0)),
		};
	}
	if (poll(ready, count, (int)shortest_wait(child, timeout_ms)) < 0 && errno != EINTR)
		return error_set_errno(err, errno, "cannot wait for the network process");
	return 0;
}

static void free_transport(struct http_transport *transport)
{
	struct child_transport *child = child_of(transport);

	for (size_t i = 0; i < child->count; i++)
		http_job_free(child->flights[i].job);
	for (size_t i = 0; i < child->lane_count; i++) {
		confined_child_stop(&child->lanes[i]->child);
		free(child->lanes[i]);
	}
	secret_wipe(child->setup.text, child->setup.len);
	strbuf_release(&child->setup);
	error_release(&child->loss);
	free(child->flights);
	free(child);
}

int http_child_new(const struct http_setup *setup, const struct confinement *confinement,
		   int first_port, struct http_transport **ret_transport, struct error *err)
{
	static const struct http_transport_ops ops = {
		.start = start_job,
		.take = take_response,
		.wait = wait_for_lanes,
		.free = free_transport,
	};
	struct child_transport *child = XNEW(struct child_transport);

	child->base.ops = &ops;
	child->confinement = confinement;
	strbuf_init(&child->setup);
	http_wire_put_setup(&child->setup, setup);
	child->has_ca_bundle = setup->has_ca_bundle;
	if (add_lane(child, first_port, err) < 0) {
		free_transport(&child->base);
		return err->code;
	}
	flush(child);
	*ret_transport = &child->base;
	return 0;
}
