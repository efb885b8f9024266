/*
 * The client (see http.h): checks requests, keeps track of those in progress, and passes the work
 * to a transport. It starts the transport with the first request, and again after one has failed.
 */
#include "net/http/http.h"

#include <string.h>

#include "base/alloc.h"
#include "codec/url.h"
#include "net/confined_child.h"
#include "net/http/http_child.h"
#include "net/http/http_curl.h"
#include "net/http/http_transport.h"
#include "net/http/http_wire.h"
#include "net/http/proxy.h"
#include "net/parser/parser.h"
#include "os/clock.h"
#include "os/file/file.h"
#include "os/signals.h"

enum {
	/* As many as browsers open to a host. HTTP/2 needs one. */
	DEFAULT_CONNECTIONS = 6,
	MAX_USER_AGENT = 4096,
};

struct pending {
	uint32_t id;
	void *tag;
	const void *asker;
	enum content_form form;
	struct span chain_start;
	const struct ocsp_question *question;
};

/* A response that was not given out yet. */
struct arrival {
	const void *asker;
	struct http_response response;
};

struct http_client {
	struct http_setup setup;
	const struct confinement *confinement;
	int64_t longest_ms; /* 0: time limits are those of the requests */
	bool in_process, is_direct;
	struct parser *parser;            /* of what these servers send */
	struct http_transport *transport; /* NULL before the first request and after a loss */
	uint32_t last_id;
	struct pending *pending; /* in the transport's hands */
	size_t pending_count, pending_capacity;
	struct arrival *arrived; /* in order */
	size_t arrived_count, arrived_capacity;
	bool after_signal; /* a request was started after a signal: the caller cleans up */
};

/* A directory of certificates becomes one bundle. */
static int read_ca_directory(const char *path, struct strbuf *ret_pem, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (dir_list(path, "", &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *file = path_join(path, names.items[i]);

		if (!file_is_regular(file))
			continue;
		if (file_read(file, HTTP_MAX_CA_BUNDLE - ret_pem->len, ret_pem, err) < 0)
			return err->code;
		strbuf_addc(ret_pem, '\n');
	}
	return 0;
}

/* Read by this process: the one that uses it cannot open files. */
static int read_ca_bundle(const char *path, struct http_setup *setup, struct error *err)
{
	int rc = file_is_dir(path) ? read_ca_directory(path, &setup->ca_bundle, err)
				   : file_read(path, HTTP_MAX_CA_BUNDLE, &setup->ca_bundle, err);

	setup->has_ca_bundle = true;
	/* libcurl would speak of a blob. */
	if (rc == 0 && !strstr(setup->ca_bundle.text, "-----BEGIN "))
		rc = error_set(err, ERR_CONFIG, "'%s' holds no certificate", path);
	if (rc == 0)
		return 0;
	error_recode(err, ERR_CONFIG);
	error_wrap(err, "cannot use the CA bundle");
	return error_hint(err, "REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE in the "
			       "environment names it");
}

static int read_client_pem(const char *path, struct secret *ret_pem, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	int rc = file_read(path, HTTP_MAX_CLIENT_PEM, &text, err);

	if (rc == 0)
		secret_set(ret_pem, text.text, text.len);
	secret_wipe(text.text, text.len);
	return rc < 0 ? error_wrap(err, "cannot use the client certificate") : 0;
}

static int read_client_cert(const struct http_options *options, struct http_setup *setup,
			    struct error *err)
{
	if (!options->client_cert)
		return 0;
	if (read_client_pem(options->client_cert, &setup->client_cert, err) < 0)
		return err->code;
	return read_client_pem(options->client_key, &setup->client_key, err);
}

int http_client_new(const struct http_options *options, struct http_client **ret_client,
		    struct error *err)
{
	AUTO(http_setup) struct http_setup setup = HTTP_SETUP_INIT;
	const char *user_agent = options->user_agent ? options->user_agent : "";
	struct http_client *client;

	if (!http_field_value_is_valid(user_agent) || strlen(user_agent) > MAX_USER_AGENT)
		return error_set(err, ERR_CONFIG,
				 "cannot use the user agent: it has control "
				 "characters or is longer than 4096 bytes");
	setup.user_agent = xstrdup(user_agent);
	setup.verify_tls = options->verify_tls;
	setup.max_connections = options->max_connections > 0 ? options->max_connections
							     : DEFAULT_CONNECTIONS;
	if (options->stall_timeout_s > 0)
		setup.stall_timeout_s = options->stall_timeout_s;
	if (options->ca_bundle && options->verify_tls &&
	    read_ca_bundle(options->ca_bundle, &setup, err) < 0)
		return err->code;
	if (read_client_cert(options, &setup, err) < 0)
		return err->code;
	client = XNEW(struct http_client);
	client->setup = setup;
	setup = (struct http_setup)HTTP_SETUP_INIT;
	client->confinement = options->confinement;
	client->in_process = options->in_process;
	client->is_direct = options->is_direct;
	client->longest_ms = options->longest_ms;
	client->parser = parser_new(options->confinement, options->in_process);
	*ret_client = client;
	return 0;
}

void http_client_free(struct http_client *client)
{
	if (!client)
		return;
	http_transport_free(client->transport);
	parser_free(client->parser);
	for (size_t i = 0; i < client->arrived_count; i++)
		http_response_release(&client->arrived[i].response);
	free(client->arrived);
	free(client->pending);
	http_setup_release(&client->setup);
	free(client);
}

size_t http_pending(const struct http_client *client, const void *asker)
{
	size_t count = 0;

	for (size_t i = 0; i < client->pending_count; i++)
		count += client->pending[i].asker == asker;
	for (size_t i = 0; i < client->arrived_count; i++)
		count += client->arrived[i].asker == asker;
	return count;
}

/* Puts a response, which is taken over, where http_poll() finds it. In the order of arrival, which
 * is also that in which the caller gets them. */
static void arrive(struct http_client *client, const struct pending *pending,
		   struct http_response *own_response)
{
	ARRAY_GROW(client->arrived, client->arrived_count, client->arrived_capacity);
	own_response->tag = pending->tag;
	client->arrived[client->arrived_count++] = (struct arrival){.asker = pending->asker,
								    .response = *own_response};
	http_response_init(own_response);
}

static void arrive_failed(struct http_client *client, const struct pending *pending,
			  struct error *own_error)
{
	struct http_response response;

	http_response_init(&response);
	error_move(&response.error, own_error);
	arrive(client, pending, &response);
}

/* Sizes and bytes that the transport, and the child behind it, can rely on. */
static int check_headers(const struct headers *headers, struct error *err)
{
	size_t total = 0;

	for (size_t i = 0; headers && i < headers->names.count; i++) {
		const char *name = headers->names.items[i], *value = headers->values.items[i];

		if (!http_field_name_is_valid(name) || !http_field_value_is_valid(value))
			return error_set(err, ERR_CONFIG,
					 "cannot send the header field '%s': it has a byte that no "
					 "field may have",
					 name);
		total += strlen(name) + strlen(value);
	}
	if (headers && (headers->names.count > HTTP_MAX_FIELDS || total > HTTP_MAX_FIELD_BYTES))
		return error_set(err, ERR_CONFIG, "cannot send a header of %zu bytes", total);
	return 0;
}

/* A URL may come from a CA's reply, so https is required here as well, not only where the URL was
 * read. */
static int check_request(const struct http_request *request, struct url *ret_url, struct error *err)
{
	if (request->max_body > HTTP_MAX_BODY || request->timeout_ms <= 0)
		BUG("a request without limits");
	if (request->form != CONTENT_RAW && request->max_body > PARSER_MAX_BODY)
		BUG("an answer that is too long for the parser");
	if (url_parse(request->url, ret_url, err) < 0)
		return err->code;
	if (!(request->flags & HTTP_ALLOW_PLAIN) && strcmp(ret_url->scheme, "https") != 0)
		return error_set(err, ERR_PROTOCOL, "cannot use URL '%.*s': it is not https",
				 url_shown_length(request->url), request->url);
	if (request->body_len > HTTP_WIRE_MAX_REQUEST)
		return error_set(err, ERR_CONFIG, "cannot send a body of %zu bytes",
				 request->body_len);
	return check_headers(request->headers, err);
}

/* Without a child the requests are made in this process, unless --require-sandbox forbids it. */
static int ensure_transport(struct http_client *client, const struct http_job *job,
			    struct error *err)
{
	AUTO(error) struct error no_child = ERROR_INIT;

	if (client->transport)
		return 0;
	if (!client->in_process) {
		if (http_child_new(&client->setup, client->confinement, http_job_port(job),
				   &client->transport, &no_child) == 0)
			return 0;
		if (confinement_do_without(client->confinement, "network", &no_child, err) < 0)
			return err->code;
		client->in_process = true;
	}
	return http_curl_new(&client->setup, &client->transport, err);
}

static int choose_proxy(const struct http_client *client, const struct http_request *request,
			const struct url *url, char **ret_proxy, struct error *err)
{
	if (!request->connect_to && !client->is_direct && request->method != HTTP_MAIL)
		*ret_proxy = proxy_for(url);
	return *ret_proxy ? proxy_check(*ret_proxy, err) : 0;
}

/* Never fails: an error becomes a response, so callers handle errors in one place. */
void http_start(struct http_client *client, const struct http_request *request, void *tag)
{
	AUTO(error) struct error failure = ERROR_INIT;
	AUTO(url) struct url url = {.port = -1};
	AUTO_FREE char *proxy = NULL;
	AUTO(http_job) struct http_job *job = NULL;
	struct pending pending = {
		.tag = tag,
		.asker = request->asker,
		.form = request->form,
		.chain_start = request->chain_start,
		.question = request->question,
	};

	client->after_signal = signals_pending() != 0;
	if (check_request(request, &url, &failure) == 0 &&
	    choose_proxy(client, request, &url, &proxy, &failure) == 0) {
		job = http_job_copy(client->last_id + 1, request, proxy);
		if (client->longest_ms && job->request.timeout_ms > client->longest_ms)
			job->request.timeout_ms = client->longest_ms;
	}
	if (!job || ensure_transport(client, job, &failure) < 0) {
		arrive_failed(client, &pending, &failure);
		return;
	}
	pending.id = ++client->last_id;
	ARRAY_GROW(client->pending, client->pending_count, client->pending_capacity);
	client->pending[client->pending_count++] = pending;
	client->transport->ops->start(client->transport, STEAL(job));
	if (request->form != CONTENT_RAW)
		parser_start(client->parser, request->form == CONTENT_XML);
}

static struct pending *find_pending(struct http_client *client, uint32_t id)
{
	for (size_t i = 0; i < client->pending_count; i++)
		if (client->pending[i].id == id)
			return &client->pending[i];
	return NULL;
}

/* Removes a request from the list; the others keep their order. */
static void forget(struct http_client *client, struct pending *pending)
{
	size_t behind = client->pending_count - (size_t)(pending + 1 - client->pending);

	memmove(pending, pending + 1, behind * sizeof(*pending));
	client->pending_count--;
}

/* The transport is gone: every request that it had fails, and may have reached its peer.
 * `maybe_sent` for all of them: nobody knows how far the child had come. */
static void lose_transport(struct http_client *client, const struct error *reason)
{
	http_transport_free(STEAL(client->transport));
	for (size_t i = 0; i < client->pending_count; i++) {
		struct http_response response;

		http_response_init(&response);
		/* A required sandbox that is missing will be missing at the next attempt, too. */
		if (reason->code == ERR_REFUSED)
			error_copy(&response.error, reason);
		else
			error_set(&response.error, ERR_NETWORK, "cannot finish the request: %s",
				  reason->text);
		response.maybe_sent = true;
		arrive(client, &client->pending[i], &response);
	}
	client->pending_count = 0;
}

/* Returns how to parse the body of an answer with that status. Refusals of a request for a chain
 * are problem documents. */
static enum content_form form_of(const struct pending *pending,
				 const struct http_response *response)
{
	if (error_is_set(&response->error) || !response->body_len)
		return CONTENT_RAW;
	if (pending->form == CONTENT_CHAIN && response->status / 100 != 2)
		return CONTENT_JSON;
	if (pending->form == CONTENT_OCSP && response->status != 200)
		return CONTENT_RAW;
	return pending->form;
}

/* Bodies to be parsed in one go. */
struct work {
	struct parser_job *jobs;
	size_t count, capacity;
};

/* The response is the next to arrive. */
static void add_work(struct work *work, const struct http_client *client,
		     const struct pending *pending, const struct http_response *response)
{
	enum content_form form = form_of(pending, response);

	if (form == CONTENT_RAW)
		return;
	ARRAY_GROW(work->jobs, work->count, work->capacity);
	work->jobs[work->count++] = (struct parser_job){
		.form = form,
		.body = span_make(response->body, response->body_len),
		.chain_start = pending->chain_start,
		.question = pending->question,
		.index = client->arrived_count,
		.content = CONTENT_INIT,
	};
}

/* All bodies that have arrived go to the parser together. One at a time would cost a round trip
 * between processes for each. */
static void do_work(struct http_client *client, struct work *work)
{
	parser_work(client->parser, work->jobs, work->count);
	for (size_t i = 0; i < work->count; i++)
		client->arrived[work->jobs[i].index].response.content = work->jobs[i].content;
	free(work->jobs);
}

/* Collects what the transport has. */
static void collect_responses(struct http_client *client)
{
	AUTO(error) struct error failure = ERROR_INIT;
	struct work work = {NULL};
	int rc = 1;

	while (rc == 1 && client->transport && client->pending_count) {
		AUTO(http_response) struct http_response response;
		struct pending *pending;
		uint32_t id = 0;

		http_response_init(&response);
		rc = client->transport->ops->take(client->transport, &id, &response, &failure);
		pending = rc == 1 ? find_pending(client, id) : NULL;
		if (pending) {
			add_work(&work, client, pending, &response);
			arrive(client, pending, &response);
			forget(client, pending);
		}
	}
	do_work(client, &work);
	if (rc < 0)
		lose_transport(client, &failure);
}

/* Waits for the transport until the deadline (-1: none). Returns 1 when something may have arrived,
 * 0 when the time is up, ERR_CANCELLED. Requests that are made after a signal are those of the
 * clean-up, which must not be cut off by the same signal. */
static int wait_until(struct http_client *client, int64_t deadline_ms, struct error *err)
{
	const struct clock *clock = clock_system();
	const struct pollfd wake = {.fd = client->after_signal ? -1 : signals_fd(),
				    .events = POLLIN};
	AUTO(error) struct error failure = ERROR_INIT;
	int64_t left_ms = -1;

	if (signals_pending() && !client->after_signal)
		return error_set(err, ERR_CANCELLED, "stopped by signal %d", signals_pending());
	if (deadline_ms >= 0) {
		left_ms = deadline_ms - clock_mono_ms(clock);
		if (left_ms <= 0)
			return 0;
	}
	if (client->transport->ops->wait(client->transport, &wake, left_ms, &failure) < 0)
		lose_transport(client, &failure);
	return 1;
}

static void give_response(struct http_client *client, size_t index,
			  struct http_response *ret_response)
{
	http_response_release(ret_response);
	*ret_response = client->arrived[index].response;
	client->arrived_count--;
	memmove(&client->arrived[index], &client->arrived[index + 1],
		(client->arrived_count - index) * sizeof(client->arrived[0]));
}

static int64_t deadline_after(int64_t timeout_ms)
{
	const struct clock *clock = clock_system();

	return timeout_ms >= 0 ? clock_mono_ms(clock) + timeout_ms : timeout_ms;
}

/* Index of the asker's first response, or arrived_count. */
static size_t find_first_of(const struct http_client *client, const void *asker)
{
	size_t i = 0;

	while (i < client->arrived_count && client->arrived[i].asker != asker)
		i++;
	return i;
}

int http_poll(struct http_client *client, const void *asker, int64_t timeout_ms,
	      struct http_response *ret_response, struct error *err)
{
	int64_t deadline_ms = deadline_after(timeout_ms);

	for (;;) {
		size_t index = find_first_of(client, asker);
		int rc;

		if (index == client->arrived_count) {
			collect_responses(client);
			index = find_first_of(client, asker);
		}
		if (index < client->arrived_count) {
			give_response(client, index, ret_response);
			return 1;
		}
		if (!http_pending(client, asker))
			return 0;
		rc = wait_until(client, deadline_ms, err);
		if (rc != 1)
			return rc;
	}
}

/* Index of the response with that tag, or arrived_count. */
static size_t find_arrived(const struct http_client *client, const void *tag)
{
	size_t i = 0;

	while (i < client->arrived_count && client->arrived[i].response.tag != tag)
		i++;
	return i;
}

bool http_take(struct http_client *client, const void *tag, struct http_response *ret_response)
{
	size_t index;

	collect_responses(client); /* a transport in this process works only when it is asked */
	index = find_arrived(client, tag);
	if (index == client->arrived_count)
		return false;
	give_response(client, index, ret_response);
	return true;
}

int http_wait(struct http_client *client, int64_t timeout_ms, struct error *err)
{
	return wait_until(client, deadline_after(timeout_ms), err);
}

/* An answer that arrives later finds no request of its number and is dropped. */
void http_drop(struct http_client *client, const void *tag)
{
	AUTO(http_response) struct http_response unwanted;

	http_response_init(&unwanted);
	for (size_t i = client->pending_count; i-- > 0;)
		if (client->pending[i].tag == tag)
			forget(client, &client->pending[i]);
	if (find_arrived(client, tag) < client->arrived_count)
		give_response(client, find_arrived(client, tag), &unwanted);
}

void http_parse(struct http_client *client, enum content_form form, struct span text,
		struct content *ret_content)
{
	struct parser_job job = {.form = form, .body = text, .content = CONTENT_INIT};

	parser_work(client->parser, &job, 1);
	*ret_content = job.content;
}

int http_perform(struct http_client *client, const struct http_request *request,
		 struct http_response *ret_response, struct error *err)
{
	char own_tag;

	http_start(client, request, &own_tag);
	while (!http_take(client, &own_tag, ret_response)) {
		if (http_wait(client, -1, err) < 0) {
			http_drop(client, &own_tag);
			ret_response->maybe_sent = true; /* nobody waits for the answer */
			return err->code;
		}
	}
	ret_response->tag = NULL;
	if (error_is_set(&ret_response->error))
		return error_move(err, &ret_response->error);
	return 0;
}
