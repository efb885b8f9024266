/*
 * The child that talks to servers (see http.h). It receives requests and returns answers. It holds
 * no key, and before it reads the first byte from a peer it gives up every right it does not need.
 * It reads the system's resolver settings and CA certificates itself.
 */
#include "net/http/worker.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "net/confined_child.h"
#include "net/http/ca_store.h"
#include "net/http/curl_library.h"
#include "net/http/http_curl.h"
#include "net/http/http_wire.h"
#include "net/name_services.h"

enum {
	/* No more answers are accepted until the parent has read these. Otherwise a parent that is
	 * busy would let the answers pile up in the memory of the child. */
	MAX_UNSENT = 4 * 1024 * 1024,
};

struct worker {
	struct channel channel;
	struct http_setup setup;
	struct http_transport *transport; /* NULL before the setup, or when there is no libcurl */
	struct error failure;             /* why there is none */
	bool knows_part;                  /* of the system's CA certificates */
	size_t open_jobs;                 /* without an answer */
};

static void put_message(struct worker *worker, const struct strbuf *message)
{
	channel_put(&worker->channel, span_make(message->text, message->len));
}

static void answer(struct worker *worker, uint32_t id, const struct http_response *response)
{
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;

	http_wire_put_answer(&message, id, response);
	put_message(worker, &message);
	worker->open_jobs--;
}

static void refuse_job(struct worker *worker, uint32_t id)
{
	AUTO(http_response) struct http_response response;

	http_response_init(&response);
	error_copy(&response.error, &worker->failure);
	answer(worker, id, &response);
}

/* A missing libcurl is told with each request: the parent has no other place for it. */
static int set_up_worker(struct worker *worker, struct span contents, struct error *err)
{
	if (worker->transport || error_is_set(&worker->failure))
		return error_set(err, ERR_PROTOCOL, "set up twice");
	if (http_wire_get_setup(contents, &worker->setup, err) < 0)
		return err->code;
	worker->setup.knows_part_of_store = worker->knows_part;
	if (http_curl_new(&worker->setup, &worker->transport, &worker->failure) < 0)
		worker->transport = NULL;
	return 0;
}

static int start_job(struct worker *worker, struct span contents, struct error *err)
{
	AUTO(http_job) struct http_job *job = NULL;

	if (http_wire_get_job(contents, &job, err) < 0)
		return err->code;
	worker->open_jobs++;
	if (error_is_set(&worker->failure))
		refuse_job(worker, job->id);
	else if (!worker->transport)
		return error_set(err, ERR_PROTOCOL, "request before the setup");
	else
		worker->transport->ops->start(worker->transport, STEAL(job));
	return 0;
}

static int read_messages(struct worker *worker, struct error *err)
{
	struct span message, contents;
	int rc;

	do {
		while ((rc = channel_next(&worker->channel, &message, err)) == 1) {
			int kind = http_wire_kind(message, &contents);

			if (kind == HTTP_WIRE_SETUP)
				rc = set_up_worker(worker, contents, err);
			else if (kind == HTTP_WIRE_JOB)
				rc = start_job(worker, contents, err);
			else
				rc = error_set(err, ERR_PROTOCOL, "unknown message");
			if (rc < 0)
				return rc;
		}
		if (rc == 0)
			rc = channel_fill(&worker->channel, err);
	} while (rc == 1);
	return rc;
}

static int send_responses(struct worker *worker, struct error *err)
{
	int rc = 1;

	while (rc == 1 && worker->transport && worker->channel.outgoing.len < MAX_UNSENT) {
		AUTO(http_response) struct http_response response;
		uint32_t id;

		http_response_init(&response);
		rc = worker->transport->ops->take(worker->transport, &id, &response, err);
		if (rc == 1)
			answer(worker, id, &response);
	}
	if (rc < 0)
		return rc;
	if (worker->open_jobs)
		channel_sign(&worker->channel);
	return channel_flush(&worker->channel, err);
}

static int wait_for_work(struct worker *worker, struct error *err)
{
	struct pollfd ready = {.fd = worker->channel.fd, .events = POLLIN};

	if (channel_has_unsent(&worker->channel))
		ready.events |= POLLOUT;
	if (worker->transport)
		return worker->transport->ops->wait(worker->transport, &ready,
						    worker->open_jobs ? CHANNEL_SIGN_MS : -1, err);
	if (poll(&ready, 1, -1) < 0 && errno != EINTR)
		return error_set_errno(err, errno, "cannot wait for requests");
	return 0;
}

static bool has_word(char *const *argv, const char *word)
{
	while (*argv && strcmp(*argv, word) != 0)
		argv++;
	return *argv;
}

/* Files that the library reads when it checks a certificate. The library is loaded in any case: its
 * own files cannot be opened later. Returns true if the store has more than is listed. */
static bool list_trust(char *const *argv, struct ca_store *ret_trust)
{
	static const char public_root[] = "/usr/share/";
	AUTO(error) struct error err = ERROR_INIT;
	const curl_version_info_data *version;
	struct curl_library library;

	/* A failure here is reported with the next request. */
	if (curl_library_load(&library, &err) < 0 || has_word(argv, HTTP_WORKER_CA_BUNDLE))
		return false;
	version = library.version_info(CURLVERSION_NOW);
	if (version->cainfo)
		strvec_push(&ret_trust->files, version->cainfo);
	if (!version->capath)
		return false;
	if (!has_word(argv, HTTP_WORKER_WHOLE_STORE) &&
	    ca_store_add_package(ret_trust, version->capath, public_root))
		return true;
	ca_store_add_hashed(ret_trust, version->capath, public_root);
	return false;
}

/* The order matters: what the libraries need is opened or listed first, because nothing can be
 * opened afterwards. */
static bool give_up_rights(struct worker *worker, char *const *argv)
{
	AUTO(ca_store) struct ca_store store = CA_STORE_INIT;
	struct sandbox_request rights = {
		.kind = SANDBOX_NETWORK, .readable = &store.files, .public_dirs = &store.dirs};

	/* Done while all files can still be read. */
	worker->knows_part = list_trust(argv, &store);
	name_services_prepare(&store.files, &rights.has_unix_services);
	return confined_self_enter(argv, &rights, &worker->channel);
}

int http_worker_main(char *const *argv)
{
	struct worker worker = {.setup = HTTP_SETUP_INIT};
	AUTO(error) struct error err = ERROR_INIT;

	channel_init(&worker.channel, CONFINED_CHANNEL_FD,
		     HTTP_WIRE_MAX_REQUEST + HTTP_WIRE_OVERHEAD);
	if (!give_up_rights(&worker, argv))
		_exit(1);
	while (read_messages(&worker, &err) == 0 && send_responses(&worker, &err) == 0 &&
	       wait_for_work(&worker, &err) == 0) {
	}
	/* The parent has closed the channel. Nothing is left to be saved, and transfers under way
	 * (a name look-up in a thread) would only hold up the end. */
	_exit(err.code == ERR_IO ? 0 : 1);
}
