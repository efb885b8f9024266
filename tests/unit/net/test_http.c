/*
 * The HTTP client against a server on loopback: every test runs twice, with the child (this program
 * again, under the network worker's name) and within this process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strvec.h"
#include "loopback.h"
#include "base/ascii.h"
#include "base/frame.h"
#include "net/confined_child.h"
#include "net/http/http.h"
#include "net/http/http_wire.h"
#include "net/http/worker.h"
#include "os/clock.h"
#include "os/file/file.h"
#include "os/users.h"

/* A worker that is started for it gives all requests back. */
#define LYING_PORT "7"

struct bench {
	struct loopback server;
	struct http_client *client;
	bool in_process;
};

static struct http_client *make_client(bool in_process)
{
	const struct http_options options = {
		.user_agent = "test/1.0",
		.verify_tls = true,
		.in_process = in_process,
	};
	AUTO(error) struct error err = ERROR_INIT;
	struct http_client *client = NULL;

	assert_int_equal(http_client_new(&options, &client, &err), 0);
	return client;
}

static struct bench *make_bench(bool in_process)
{
	struct bench *bench = XNEW(struct bench);

	loopback_start(&bench->server);
	bench->client = make_client(in_process);
	bench->in_process = in_process;
	return bench;
}

static int set_up_child(void **state)
{
	*state = make_bench(false);
	return 0;
}

static int set_up_in_process(void **state)
{
	*state = make_bench(true);
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	http_client_free(bench->client);
	loopback_stop(&bench->server);
	free(bench);
	return 0;
}

static struct http_request make_request(const char *url)
{
	return (struct http_request){
		.method = HTTP_GET,
		.url = url,
		.max_body = 1 << 20,
		.timeout_ms = 10000,
		.flags = HTTP_ALLOW_PLAIN,
	};
}

static int get(struct bench *bench, const char *path, struct http_response *ret_response,
	       struct error *err)
{
	AUTO_FREE char *url = loopback_url(&bench->server, path);
	const struct http_request request = make_request(url);

	http_response_release(ret_response);
	return http_perform(bench->client, &request, ret_response, err);
}

static void test_an_answer_has_status_fields_and_body(void **state)
{
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error err = ERROR_INIT;

	http_response_init(&response);
	assert_int_equal(get(*state, "/text", &response, &err), 0);
	assert_int_equal(response.status, 200);
	assert_string_equal(response.body, "hello");
	assert_int_equal(response.body_len, 5);
	assert_string_equal(headers_get(&response.headers, "content-type"), "text/plain");
	assert_int_equal(get(*state, "/status/503", &response, &err), 0);
	assert_int_equal(response.status, 503);
	assert_int_equal(response.body_len, 0);
}

/* RFC 3986 section 3.1: the case of a scheme means nothing. */
static void test_a_scheme_may_be_in_capitals(void **state)
{
	struct bench *bench = *state;
	AUTO_FREE char *path = loopback_url(&bench->server, "/text");
	AUTO_FREE char *url = xasprintf("HTTP%s", path + strlen("http"));
	const struct http_request request = make_request(url);
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error err = ERROR_INIT;

	http_response_init(&response);
	assert_int_equal(http_perform(bench->client, &request, &response, &err), 0);
	assert_string_equal(response.body, "hello");
}

static void test_a_request_is_sent_as_given(void **state)
{
	struct bench *bench = *state;
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *url = loopback_url(&bench->server, "/echo");
	struct http_request request = make_request(url);

	headers_add(&headers, "Content-Type", "application/jose+json");
	headers_add(&headers, "X-Empty", "");
	request.method = HTTP_PUT;
	request.headers = &headers;
	request.body = "some\0body";
	request.body_len = 9;
	http_response_init(&response);
	assert_int_equal(http_perform(bench->client, &request, &response, &err), 0);
	assert_non_null(strstr(response.body, "PUT /echo HTTP/1.1\r\n"));
	assert_non_null(strstr(response.body, "\r\nUser-Agent: test/1.0\r\n"));
	assert_non_null(strstr(response.body, "\r\nContent-Type: application/jose+json\r\n"));
	assert_non_null(strstr(response.body, "\r\nX-Empty:\r\n"));
	assert_non_null(strstr(response.body, "\r\nContent-Length: 9\r\n"));
	assert_non_null(strstr(response.body, "\r\n\r\nsome"));
	assert_null(strstr(response.body, "Expect:"));
}

static void assert_fails(struct bench *bench, const char *path, enum err_code code,
			 const char *text)
{
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error err = ERROR_INIT;

	http_response_init(&response);
	assert_int_equal(get(bench, path, &response, &err), code);
	if (!strstr(err.text, text))
		fail_msg("%s: %s", path, err.text);
}

static void test_answers_beyond_their_limits_are_refused(void **state)
{
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error err = ERROR_INIT;

	http_response_init(&response);
	assert_int_equal(get(*state, "/body/1048576", &response, &err), 0);
	assert_int_equal(response.body_len, 1048576);
	assert_fails(*state, "/body/1048577", ERR_PROTOCOL, "larger than 1048576 bytes");
	assert_fails(*state, "/endless", ERR_PROTOCOL, "larger than 1048576 bytes");
	assert_fails(*state, "/fields/200", ERR_PROTOCOL, "larger than 100 fields");
	assert_fails(*state, "/long-fields", ERR_NETWORK, "");
}

static void test_broken_answers_are_errors(void **state)
{
	assert_fails(*state, "/close", ERR_NETWORK, "127.0.0.1");
	assert_fails(*state, "/half", ERR_NETWORK, "127.0.0.1");
	assert_fails(*state, "/garbage", ERR_PROTOCOL, "does not answer in HTTP");
}

static void test_control_characters_of_fields_are_escaped(void **state)
{
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error err = ERROR_INIT;

	http_response_init(&response);
	assert_int_equal(get(*state, "/field-controls", &response, &err), 0);
	assert_string_equal(headers_get(&response.headers, "X-Escape"), "a\\x1b[31mb\\x07");
	assert_string_equal(headers_get(&response.headers, "X-Good"), "yes");
	assert_null(headers_get(&response.headers, "B(a)d"));
}

static void test_redirects_are_followed_on_request_only(void **state)
{
	struct bench *bench = *state;
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *near = loopback_url(&bench->server, "/redirect/2");
	AUTO_FREE char *far = loopback_url(&bench->server, "/redirect/3");
	struct http_request request = make_request(near);

	http_response_init(&response);
	assert_int_equal(http_perform(bench->client, &request, &response, &err), 0);
	assert_int_equal(response.status, 302);
	request.flags |= HTTP_FOLLOW_REDIRECTS;
	assert_int_equal(http_perform(bench->client, &request, &response, &err), 0);
	assert_string_equal(response.body, "hello");
	request.method = HTTP_POST;
	assert_int_equal(http_perform(bench->client, &request, &response, &err), 0);
	assert_int_equal(response.status, 302);
	request.method = HTTP_GET;
	request.url = far;
	assert_int_equal(http_perform(bench->client, &request, &response, &err), ERR_PROTOCOL);
}

static void test_time_limits_hold(void **state)
{
	struct bench *bench = *state;
	const struct clock *clock = clock_system();
	int64_t start = clock->mono_ms(clock->context);
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *url = loopback_url(&bench->server, "/stall");
	struct http_request request = make_request(url);

	request.timeout_ms = 500;
	http_response_init(&response);
	assert_int_equal(http_perform(bench->client, &request, &response, &err), ERR_NETWORK);
	assert_in_range(clock->mono_ms(clock->context) - start, 400, 5000);
	assert_non_null(strstr(err.text, "no complete answer from '"));
	assert_non_null(strstr(err.text, "within 0.5 s"));
	assert_non_null(strstr(err.hint, "try again later"));
}

/* It ends long before the limit of the request, as a lost answer, which can be asked for again. */
static void test_an_answer_that_stalls_is_given_up(void **state)
{
	struct bench *bench = *state;
	const struct http_options options = {
		.user_agent = "test/1.0",
		.verify_tls = true,
		.in_process = bench->in_process,
		.stall_timeout_s = 1,
	};
	struct http_client *client = NULL;
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *url = loopback_url(&bench->server, "/stall");
	const struct http_request request = make_request(url);

	http_response_init(&response);
	assert_int_equal(http_client_new(&options, &client, &err), 0);
	assert_int_equal(http_perform(client, &request, &response, &err), ERR_NETWORK);
	assert_non_null(strstr(err.text, "too little data from "));
	assert_non_null(strstr(err.text, "within 1 s"));
	assert_true(response.maybe_sent);
	http_client_free(client);
}

static void test_names_are_resolved(void **state)
{
	struct bench *bench = *state;
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *url = xasprintf("http://localhost:%d/text", bench->server.port);
	AUTO_FREE char *unknown = xasprintf("http://host.invalid:%d/text", bench->server.port);
	struct http_request request = make_request(url);

	http_response_init(&response);
	if (http_perform(bench->client, &request, &response, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(response.body, "hello");
	request.url = unknown;
	assert_int_equal(http_perform(bench->client, &request, &response, &err), ERR_NETWORK);
	assert_non_null(strstr(err.text, "host.invalid"));
}

static void test_requests_run_at_once_and_keep_their_tags(void **state)
{
	enum { COUNT = 100 };
	struct bench *bench = *state;
	char tags[COUNT];
	bool seen[COUNT] = {false};
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error err = ERROR_INIT;

	http_response_init(&response);
	for (size_t i = 0; i < COUNT; i++) {
		AUTO_FREE char *path = xasprintf("/status/%zu", 200 + i);
		AUTO_FREE char *url = loopback_url(&bench->server, path);
		const struct http_request request = make_request(url);

		http_start(bench->client, &request, &tags[i]);
	}
	assert_int_equal(http_pending(bench->client, NULL), COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		size_t number;

		assert_int_equal(http_poll(bench->client, NULL, 10000, &response, &err), 1);
		assert_false(error_is_set(&response.error));
		number = (size_t)((char *)response.tag - tags);
		assert_in_range(number, 0, COUNT - 1);
		assert_false(seen[number]);
		seen[number] = true;
		assert_int_equal(response.status, 200 + number);
	}
	assert_int_equal(http_poll(bench->client, NULL, 0, &response, &err), 0);
	assert_int_equal(http_pending(bench->client, NULL), 0);
}

static void test_askers_get_their_own_replies(void **state)
{
	struct bench *bench = *state;
	AUTO_FREE char *url = loopback_url(&bench->server, "/status/204");
	AUTO_FREE char *later_url = loopback_url(&bench->server, "/status/206");
	struct http_request request = make_request(url), later = make_request(later_url);
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error err = ERROR_INIT;
	char one, other;

	http_response_init(&response);
	request.asker = &one;
	later.asker = &other;
	http_start(bench->client, &request, &one);
	http_start(bench->client, &later, &other);
	assert_int_equal(http_poll(bench->client, NULL, 1000, &response, &err), 0);
	assert_int_equal(http_pending(bench->client, NULL), 0);
	assert_int_equal(http_poll(bench->client, &other, 10000, &response, &err), 1);
	assert_ptr_equal(response.tag, &other);
	assert_int_equal(response.status, 206);
	assert_int_equal(http_poll(bench->client, &other, 1000, &response, &err), 0);
	assert_int_equal(http_pending(bench->client, &one), 1);
	assert_int_equal(http_poll(bench->client, &one, 10000, &response, &err), 1);
	assert_ptr_equal(response.tag, &one);
	assert_int_equal(response.status, 204);
}

static void test_requests_that_cannot_be_made_are_errors(void **state)
{
	struct bench *bench = *state;
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error err = ERROR_INIT;
	struct http_request request = make_request("http://127.0.0.1:1/text");

	http_response_init(&response);
	assert_int_equal(http_perform(bench->client, &request, &response, &err), ERR_NETWORK);
	assert_non_null(strstr(err.text, "refused"));
	error_release(&err);
	request.flags = 0;
	assert_int_equal(http_perform(bench->client, &request, &response, &err), ERR_PROTOCOL);
	assert_non_null(strstr(err.text, "not https"));
	error_release(&err);
	request.url = "https://";
	assert_true(http_perform(bench->client, &request, &response, &err) < 0);
	error_release(&err);
	request = make_request("http://127.0.0.1:1/");
	headers_add(&headers, "X", "line\r\nbreak");
	request.headers = &headers;
	assert_int_equal(http_perform(bench->client, &request, &response, &err), ERR_CONFIG);
}

static void test_a_ca_bundle_that_cannot_be_read_is_named(void **state)
{
	const struct http_options options = {
		.user_agent = "", .verify_tls = true, .ca_bundle = "/nonexistent/ca.pem"};
	AUTO(error) struct error err = ERROR_INIT;
	struct http_client *client = NULL;

	assert_int_equal(http_client_new(&options, &client, &err), ERR_CONFIG);
	assert_non_null(strstr(err.text, "/nonexistent/ca.pem"));
}

static void test_a_ca_bundle_without_a_certificate_is_named(void **state)
{
	const struct http_options options = {
		.user_agent = "", .verify_tls = true, .ca_bundle = "/dev/null"};
	AUTO(error) struct error err = ERROR_INIT;
	struct http_client *client = NULL;

	assert_int_equal(http_client_new(&options, &client, &err), ERR_CONFIG);
	assert_string_equal(err.text, "cannot use the CA bundle: '/dev/null' holds no certificate");
	assert_non_null(strstr(err.hint, "REQUESTS_CA_BUNDLE"));
}

/* The worker of the bench's client: its only child that is not the server. */
static int worker_pid(const struct bench *bench)
{
	AUTO_FREE char *path = xasprintf("/proc/self/task/%d/children", getpid());
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(strvec) struct strvec pids = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_read(path, 1000, &text, &err), 0);
	strvec_split(&pids, text.text, " ");
	for (size_t i = 0; i < pids.count; i++) {
		int pid = (int)strtol(pids.items[i], NULL, 10);

		if (pid && pid != bench->server.pid)
			return pid;
	}
	fail_msg("there is no worker");
	return -1;
}

static void test_a_dead_worker_fails_its_requests_and_is_replaced(void **state)
{
	struct bench *bench = *state;
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *url = loopback_url(&bench->server, "/stall");
	const struct http_request request = make_request(url);
	char tag;

	http_response_init(&response);
	assert_int_equal(get(bench, "/text", &response, &err), 0);
	http_start(bench->client, &request, &tag);
	kill(worker_pid(bench), SIGKILL);
	assert_int_equal(http_poll(bench->client, NULL, 10000, &response, &err), 1);
	assert_ptr_equal(response.tag, &tag);
	assert_int_equal(response.error.code, ERR_NETWORK);
	assert_true(response.maybe_sent);
	assert_int_equal(get(bench, "/text", &response, &err), 0);
	assert_string_equal(response.body, "hello");
}

/* One that has been taken over: it gives each request back, as if it knew too few certificates. */
static int lying_worker_main(void)
{
	AUTO(strbuf) struct strbuf greeting = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct channel channel;
	struct span message;

	channel_init(&channel, CONFINED_CHANNEL_FD, HTTP_WIRE_MAX_REQUEST);
	frame_put_u8(&greeting, true);
	frame_put_line(&greeting, "");
	channel_put(&channel, span_make(greeting.text, greeting.len));
	while (channel_await(&channel, 10000, &message, &err) == 1) {
		AUTO(http_response) struct http_response refusal;
		AUTO(http_job) struct http_job *job = NULL;
		AUTO(strbuf) struct strbuf answer = STRBUF_INIT;
		struct span contents;

		http_response_init(&refusal);
		if (http_wire_kind(message, &contents) != HTTP_WIRE_JOB)
			continue;
		assert_int_equal(http_wire_get_job(contents, &job, &err), 0);
		error_set(&refusal.error, ERR_PROTOCOL, "not verified");
		refusal.wants_whole_store = true;
		http_wire_put_answer(&answer, job->id, &refusal);
		channel_put(&channel, span_make(answer.text, answer.len));
	}
	return 0;
}

static bool is_lying_worker(char *const *argv)
{
	return strcmp(argv[0], HTTP_WORKER_NAME) == 0 && str_ends(argv[2], "," LYING_PORT);
}

static void test_a_request_comes_back_once_at_most(void **state)
{
	struct bench *bench = *state;
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error err = ERROR_INIT;
	const struct http_request request = make_request("https://localhost:" LYING_PORT "/");

	http_response_init(&response);
	assert_int_equal(http_perform(bench->client, &request, &response, &err), ERR_NETWORK);
	assert_non_null(strstr(err.text, "a request came back without a reason"));
}

static void test_the_worker_has_no_rights(void **state)
{
	struct bench *bench = *state;
	AUTO(http_response) struct http_response response;
	AUTO(strbuf) struct strbuf status = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *path = NULL;

	http_response_init(&response);
	assert_int_equal(get(bench, "/text", &response, &err), 0);
	path = xasprintf("/proc/%d/status", worker_pid(bench));
	assert_int_equal(file_read(path, 10000, &status, &err), 0);
	if (users_is_root())
		assert_null(strstr(status.text, "\nUid:\t0\t"));
	assert_non_null(strstr(status.text, "\nCapEff:\t0000000000000000\n"));
	assert_non_null(strstr(status.text, "\nNoNewPrivs:\t1\n"));
}

/* All that the process can write to and has touched. */
static bool memory_has(int pid, const char *text)
{
	AUTO_FREE char *maps_path = xasprintf("/proc/%d/maps", pid);
	AUTO_FREE char *memory_path = xasprintf("/proc/%d/mem", pid);
	FILE *maps = fopen(maps_path, "re");
	int memory = open(memory_path, O_RDONLY | O_CLOEXEC);
	bool found = false;
	unsigned long start, end;
	char line[1000], mode[5];

	assert_non_null(maps);
	assert_true(memory >= 0);
	while (!found && fgets(line, sizeof(line), maps)) {
		AUTO_FREE char *bytes = NULL;

		if (sscanf(line, "%lx-%lx %4s", &start, &end, mode) != 3 || mode[1] != 'w')
			continue;
		bytes = xmalloc(end - start);
		found = pread(memory, bytes, end - start, (off_t)start) == (ssize_t)(end - start) &&
			memmem(bytes, end - start, text, strlen(text));
	}
	fclose(maps);
	close(memory);
	return found;
}

static void test_a_token_that_was_sent_is_wiped(void **state)
{
	static const char under_way[] = "Bearer 3f9c77a1-is-being-sent-5d1e";
	static const char sent[] = "Bearer 77a8bc05-has-been-sent-90e1";
	struct bench *bench = *state;
	AUTO(http_response) struct http_response response;
	AUTO(headers) struct headers headers;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *url = loopback_url(&bench->server, "/stall");
	struct http_request request = make_request(url);
	char tag;

	http_response_init(&response);
	headers_init(&headers);
	if (!users_is_root())
		return; /* its memory cannot be read by others */
#ifdef __SANITIZE_ADDRESS__
	return; /* the sanitizer keeps copies of its own, and maps terabytes */
#endif
	headers_add(&headers, "Authorization", under_way);
	request.headers = &headers;
	request.body = under_way;
	request.body_len = strlen(under_way);
	request.method = HTTP_POST;
	http_start(bench->client, &request, &tag);
	while (!memory_has(worker_pid(bench), under_way))
		assert_true(http_wait(bench->client, 100, &err) >= 0);
	http_drop(bench->client, &tag);
	REPLACE(url, loopback_url(&bench->server, "/text"));
	request.url = url;
	headers_release(&headers);
	headers_add(&headers, "Authorization", sent);
	request.body = sent;
	assert_int_equal(http_perform(bench->client, &request, &response, &err), 0);
	assert_false(memory_has(worker_pid(bench), sent));
}

#define IN_PROCESS(function)                                                                       \
	{                                                                                          \
#function " (in process)", function, set_up_in_process, tear_down, NULL            \
	}
#define WITH_CHILD(function)                                                                       \
	{                                                                                          \
#function " (child)", function, set_up_child, tear_down, NULL                      \
	}
#define BOTH(function) IN_PROCESS(function), WITH_CHILD(function)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_an_answer_has_status_fields_and_body),
		BOTH(test_a_scheme_may_be_in_capitals),
		BOTH(test_a_request_is_sent_as_given),
		BOTH(test_answers_beyond_their_limits_are_refused),
		BOTH(test_broken_answers_are_errors),
		BOTH(test_control_characters_of_fields_are_escaped),
		BOTH(test_redirects_are_followed_on_request_only),
		BOTH(test_time_limits_hold),
		BOTH(test_an_answer_that_stalls_is_given_up),
		BOTH(test_names_are_resolved),
		BOTH(test_requests_run_at_once_and_keep_their_tags),
		BOTH(test_askers_get_their_own_replies),
		BOTH(test_requests_that_cannot_be_made_are_errors),
		IN_PROCESS(test_a_ca_bundle_that_cannot_be_read_is_named),
		IN_PROCESS(test_a_ca_bundle_without_a_certificate_is_named),
		WITH_CHILD(test_a_dead_worker_fails_its_requests_and_is_replaced),
		WITH_CHILD(test_a_request_comes_back_once_at_most),
		WITH_CHILD(test_the_worker_has_no_rights),
		WITH_CHILD(test_a_token_that_was_sent_is_wiped),
	};

	if (is_lying_worker(argv))
		return lying_worker_main();
	if (strcmp(argv[0], HTTP_WORKER_NAME) == 0)
		return http_worker_main(argv);
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
