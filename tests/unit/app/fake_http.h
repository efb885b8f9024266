/*
 * An HTTP client without a network, linked in place of net/http's: every request is answered at the
 * next poll, in order, with status 200 and no body, or as fake.answer says.
 */
#ifndef TESTS_APP_FAKE_HTTP_H
#define TESTS_APP_FAKE_HTTP_H

#include <string.h>

#include "base/alloc.h"
#include "net/http/http.h"
#include "net/http/worker.h"
#include "os/signals.h"

struct http_client {
	struct http_response responses[64];
	const void *askers[64]; /* of the responses */
	size_t count, given;    /* waiting; taken by http_poll() */
	size_t given_at_most;   /* the rest stays on its way; 0: no limit */
	/* Fills in the response to a request, or NULL. */
	void (*answer)(const struct http_request *request, struct http_response *response);
};

static struct http_client fake;

void http_response_init(struct http_response *response)
{
	*response = (struct http_response){.headers = HEADERS_INIT};
}

void http_response_release(struct http_response *response)
{
	headers_release(&response->headers);
	free(response->body);
	json_free(response->content.json);
	error_release(&response->error);
}

int http_client_new(const struct http_options *options, struct http_client **ret_client,
		    struct error *err)
{
	fake.count = fake.given = fake.given_at_most = 0;
	*ret_client = &fake;
	return 0;
}

void http_client_free(struct http_client *client)
{
	while (client && client->count)
		http_response_release(&client->responses[--client->count]);
}

void http_start(struct http_client *client, const struct http_request *request, void *tag)
{
	struct http_response *response = &client->responses[client->count];

	if (client->count++ == ARRAY_LEN(client->responses))
		BUG("too many requests at once");
	http_response_init(response);
	client->askers[client->count - 1] = request->asker;
	response->tag = tag;
	response->status = 200;
	if (client->answer)
		client->answer(request, response);
	if (!response->body)
		response->body = xstrdup("");
	response->body_len = strlen(response->body);
}

size_t http_pending(const struct http_client *client, const void *asker)
{
	size_t count = 0;

	for (size_t i = 0; i < client->count; i++)
		count += client->askers[i] == asker;
	return count;
}

static void fake_forget(struct http_client *client, size_t index)
{
	client->count--;
	memmove(&client->responses[index], &client->responses[index + 1],
		(client->count - index) * sizeof(client->responses[0]));
	memmove(&client->askers[index], &client->askers[index + 1],
		(client->count - index) * sizeof(client->askers[0]));
}

int http_poll(struct http_client *client, const void *asker, int64_t timeout_ms,
	      struct http_response *ret_response, struct error *err)
{
	size_t index = 0;

	if (signals_pending())
		return error_set(err, ERR_CANCELLED, "stopped by signal %d", signals_pending());
	while (index < client->count && client->askers[index] != asker)
		index++;
	if (index == client->count ||
	    (client->given_at_most && client->given == client->given_at_most))
		return 0;
	*ret_response = client->responses[index];
	fake_forget(client, index);
	client->given++;
	return 1;
}

int http_perform(struct http_client *client, const struct http_request *request,
		 struct http_response *ret_response, struct error *err)
{
	return error_set(err, ERR_INTERNAL, "not part of this test");
}

void http_parse(struct http_client *client, enum content_form form, struct span text,
		struct content *ret_content)
{
}

bool http_take(struct http_client *client, const void *tag, struct http_response *ret_response)
{
	return false;
}

int http_wait(struct http_client *client, int64_t timeout_ms, struct error *err)
{
	return error_set(err, ERR_INTERNAL, "no plugin waits here");
}

void http_drop(struct http_client *client, const void *tag)
{
	for (size_t i = client->count; i-- > 0;)
		if (client->responses[i].tag == tag) {
			http_response_release(&client->responses[i]);
			fake_forget(client, i);
		}
}

int http_worker_main(char *const *argv)
{
	return 1;
}

#endif
