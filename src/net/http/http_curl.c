/*
 * The transport over libcurl's multi interface. It keeps connections open, multiplexes over HTTP/2
 * if libcurl is new enough, and limits the number of requests in progress so that none uses up its
 * time limit in a queue.
 */
#include "net/http/http_curl.h"

#include "base/alloc.h"
#include "net/http/curl_library.h"
#include "net/http/http_transfer.h"
#include "os/system_files.h"
#include "os/thread.h"

enum {
	/* The others wait here, where no time limit applies. */
	MAX_ACTIVE = 64,
	/* Over HTTP/1.1 a connection to a host that is farther than this carries so few requests
	 * that there may be more of them. */
	FAR_US = 30 * 1000,
	FAR_TIMES_MORE = 5,
	LONGEST_WAIT_MS = 60 * 1000,
	/* While connections are being made: libcurl turns to the next address of a name only when
	 * it is called, and sets no timer for that. */
	CONNECTING_WAIT_MS = 500,
	/* Two for libcurl's resolver, which 8.x keeps for a while, and two for our processes. */
	SPARE_THREADS = 4,
};

struct transfer_queue {
	struct http_transfer *first, **end;
};

struct curl_transport {
	struct http_transport base;
	struct curl_library library;
	const struct http_setup *setup;
	CURLM *multi;
	enum http_trust trust;
	bool has_far_host;     /* so the limit of connections is higher */
	bool looks_up;         /* too few threads are left for libcurl's resolver */
	struct strvec known;   /* "host:port" that were looked up */
	bool may_change_trust; /* the directory failed for none yet, and there is a file */
	size_t active;
	struct transfer_queue waiting, running, done;
};

static struct curl_transport *curl_of(struct http_transport *transport)
{
	return CONTAINER_OF(transport, struct curl_transport, base);
}

static void queue_init(struct transfer_queue *queue)
{
	queue->first = NULL;
	queue->end = &queue->first;
}

static void queue_push(struct transfer_queue *queue, struct http_transfer *transfer)
{
	transfer->next = NULL;
	*queue->end = transfer;
	queue->end = &transfer->next;
}

/* Takes one transfer out; NULL when `link` is the end. */
static struct http_transfer *queue_take(struct transfer_queue *queue, struct http_transfer **link)
{
	struct http_transfer *transfer = *link;

	if (!transfer)
		return NULL;
	*link = transfer->next;
	if (queue->end == &transfer->next)
		queue->end = link;
	return transfer;
}

static void queue_remove(struct transfer_queue *queue, const struct http_transfer *transfer)
{
	struct http_transfer **link = &queue->first;

	while (*link != transfer)
		link = &(*link)->next;
	queue_take(queue, link);
}

static void start_job(struct http_transport *transport, struct http_job *own_job)
{
	queue_push(&curl_of(transport)->waiting, http_transfer_new(own_job));
}

/* Gives a transfer to libcurl, or reports at once why that cannot be. `looks_up`: where threads
 * cannot be started (RLIMIT_NPROC), libcurl's resolver would fail with a message about names. */
static void launch(struct curl_transport *curl, struct http_transfer *transfer)
{
	if (!http_transfer_prepare(transfer, &curl->library, curl->setup, curl->trust)) {
		queue_push(&curl->done, transfer);
		return;
	}
	if (curl->looks_up)
		http_transfer_look_up(transfer, &curl->library, &curl->known);
	if (curl->library.multi_add_handle(curl->multi, transfer->easy) != CURLM_OK)
		BUG("libcurl refuses a new handle");
	queue_push(&curl->running, transfer);
	curl->active++;
}

static void launch_waiting(struct curl_transport *curl)
{
	while (curl->active < MAX_ACTIVE && curl->waiting.first)
		launch(curl, queue_take(&curl->waiting, &curl->waiting.first));
}

/* True when the certificate may have failed for what the directory of CAs lacks. A link that leads
 * to a file that we may not read breaks the handshake off, with the file's error. The request was
 * not sent, so it can be made again, unless this was a second connection for it: the first one took
 * it, and was lost. */
static bool failed_by_directory(const struct http_transfer *transfer, CURLcode code)
{
	return (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR) &&
	       transfer->trust == TRUST_DIRECTORY && !transfer->sendings;
}

/* True when the certificate may pass by the file. Some systems have a file of CA certificates but a
 * directory that lacks them, or the reverse. */
static bool deserves_other_trust(const struct curl_transport *curl,
				 const struct http_transfer *transfer, CURLcode code)
{
	return failed_by_directory(transfer, code) && curl->may_change_trust &&
	       !curl->setup->knows_part_of_store;
}

/* Finishes a transfer. One whose server did not pass by a part of the directory goes back: another
 * worker knows all of it, and reads the file if that is not enough. */
static void finish_transfer(struct curl_transport *curl, struct http_transfer *transfer,
			    CURLcode code)
{
	http_transfer_finish(transfer, &curl->library, curl->setup, code);
	transfer->response.wants_whole_store = failed_by_directory(transfer, code) &&
					       curl->setup->knows_part_of_store;
	queue_push(&curl->done, transfer);
}

/* Only HTTP/1.1 is affected: HTTP/2 has one connection to a host. */
static void limit_connections(struct curl_transport *curl)
{
	long most = curl->setup->max_connections;

	if (curl->has_far_host)
		most *= FAR_TIMES_MORE;
	curl->library.multi_setopt(curl->multi, CURLMOPT_MAX_HOST_CONNECTIONS, most);
}

/* How far away the host of a transfer is, which the handle only knows while it is libcurl's. */
static void take_distance(struct curl_transport *curl, struct http_transfer *transfer)
{
	http_transfer_take_distance(transfer, &curl->library);
	if (transfer->response.round_trip_us <= FAR_US || curl->has_far_host)
		return;
	curl->has_far_host = true;
	limit_connections(curl);
}

/* A transfer that is made again has a new handle, as libcurl keeps the trust of the old one. */
static void retire(struct curl_transport *curl, struct http_transfer *transfer, CURLcode code)
{
	struct http_transfer *again;

	take_distance(curl, transfer);
	curl->library.multi_remove_handle(curl->multi, transfer->easy);
	queue_remove(&curl->running, transfer);
	curl->active--;
	if (!deserves_other_trust(curl, transfer, code)) {
		finish_transfer(curl, transfer, code);
		return;
	}
	curl->trust = TRUST_FILE;
	again = http_transfer_new(STEAL(transfer->job));
	http_transfer_free(transfer, &curl->library);
	launch(curl, again);
}

/* Lets libcurl work, and collects what it has finished. */
static int advance_transfers(struct curl_transport *curl, struct error *err)
{
	const CURLMsg *message;
	CURLMcode failure;
	int running, left;

	launch_waiting(curl);
	failure = curl->library.multi_perform(curl->multi, &running);
	if (failure != CURLM_OK)
		return error_set(err, ERR_INTERNAL, "the HTTP library failed: %s",
				 curl->library.multi_strerror(failure));
	while ((message = curl->library.multi_info_read(curl->multi, &left))) {
		struct http_transfer *transfer = NULL;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl->library.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
		retire(curl, transfer, code);
	}
	return 0;
}

static int take_response(struct http_transport *transport, uint32_t *ret_id,
			 struct http_response *ret_response, struct error *err)
{
	struct curl_transport *curl = curl_of(transport);
	struct http_transfer *transfer;

	if (!curl->done.first && advance_transfers(curl, err) < 0)
		return err->code;
	transfer = queue_take(&curl->done, &curl->done.first);
	if (!transfer)
		return 0;
	*ret_id = transfer->job->id;
	*ret_response = transfer->response;
	http_response_init(&transfer->response);
	http_transfer_free(transfer, &curl->library);
	return 1;
}

static bool is_connecting(const struct curl_transport *curl)
{
	for (const struct http_transfer *t = curl->running.first; t; t = t->next) {
		curl_off_t connected_after_us = 0;

		curl->library.easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &connected_after_us);
		if (!connected_after_us)
			return true;
	}
	return false;
}

/* libcurl's own timers are part of multi_poll(). */
static int wait_for_transfers(struct http_transport *transport, const struct pollfd *wake,
			      int64_t timeout_ms, struct error *err)
{
	struct curl_transport *curl = curl_of(transport);
	struct curl_waitfd extra = {
		.fd = wake->fd,
		.events = (short)((wake->events & POLLIN ? CURL_WAIT_POLLIN : 0) |
				  (wake->events & POLLOUT ? CURL_WAIT_POLLOUT : 0)),
	};
	CURLMcode failure;

	if (timeout_ms < 0 || timeout_ms > LONGEST_WAIT_MS)
		timeout_ms = LONGEST_WAIT_MS;
	if (timeout_ms > CONNECTING_WAIT_MS && is_connecting(curl))
		timeout_ms = CONNECTING_WAIT_MS;
	failure = curl->library.multi_poll(curl->multi, &extra, wake->fd >= 0, (int)timeout_ms,
					   NULL);
	if (failure != CURLM_OK)
		return error_set(err, ERR_INTERNAL, "the HTTP library failed: %s",
				 curl->library.multi_strerror(failure));
	return 0;
}

static void free_queue(struct curl_transport *curl, struct transfer_queue *queue)
{
	struct http_transfer *transfer;

	while ((transfer = queue_take(queue, &queue->first)))
		http_transfer_free(transfer, &curl->library);
}

static void free_transport(struct http_transport *transport)
{
	struct curl_transport *curl = curl_of(transport);

	for (struct http_transfer *t = curl->running.first; t; t = t->next)
		curl->library.multi_remove_handle(curl->multi, t->easy);
	free_queue(curl, &curl->waiting);
	free_queue(curl, &curl->running);
	free_queue(curl, &curl->done);
	curl->library.multi_cleanup(curl->multi);
	strvec_release(&curl->known);
	free(curl);
}

/* Looks at the files that libraries open by themselves: they would wait for a FIFO. The sandbox
 * does the same for the files in the directory of certificates. */
static int check_files(const struct curl_library *library, const struct http_setup *setup,
		       struct error *err)
{
	const char *cainfo = library->version_info(CURLVERSION_NOW)->cainfo;

	if (system_files_check(SYSTEM_HOSTS, err) < 0)
		return error_wrap(err, "cannot look up names");
	if (cainfo && !setup->has_ca_bundle && system_file_check(cainfo, err) < 0)
		return error_wrap(err, "cannot check certificates");
	return 0;
}

/* The directory is quicker; a system may have only one of the two. */
static void choose_trust(struct curl_transport *curl)
{
	const curl_version_info_data *version = curl->library.version_info(CURLVERSION_NOW);

	curl->trust = version->capath ? TRUST_DIRECTORY : TRUST_FILE;
	curl->may_change_trust = version->cainfo && !curl->setup->has_ca_bundle;
}

int http_curl_new(const struct http_setup *setup, struct http_transport **ret_transport,
		  struct error *err)
{
	static const struct http_transport_ops ops = {
		.start = start_job,
		.take = take_response,
		.wait = wait_for_transfers,
		.free = free_transport,
	};
	struct curl_library library;
	struct curl_transport *curl;

	if (curl_library_load(&library, err) < 0 || check_files(&library, setup, err) < 0)
		return err->code;
	curl = XNEW(struct curl_transport);
	curl->base.ops = &ops;
	curl->library = library;
	curl->setup = setup;
	queue_init(&curl->waiting);
	queue_init(&curl->running);
	queue_init(&curl->done);
	strvec_init(&curl->known);
	curl->looks_up = !thread_can_start(SPARE_THREADS);
	choose_trust(curl);
	curl->multi = library.multi_init();
	if (!curl->multi)
		BUG("out of memory");
	library.multi_setopt(curl->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	limit_connections(curl);
	*ret_transport = &curl->base;
	return 0;
}
