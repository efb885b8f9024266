/*
 * Follows the CA's way to each address of the names, redirect by redirect, and fetches the CA's
 * directory (see gather_parts.h). These are ordinary requests for which no challenge is put in
 * place, so "404" is a good answer.
 */
#include <string.h>

#include "app/why/gather_parts.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/datetime.h"
#include "codec/headers.h"
#include "codec/url.h"
#include "net/http/http.h"
#include "os/clock.h"
#include "webserver/probe.h"

enum {
	MAX_DIRECTORY = 65536,
	MAX_PAGE = 256 * 1024, /* only the status and header fields are used */
	HTTP_PORT = 80,
	TLS_PORT = 443,
	MAX_OPEN = 48, /* conversations at the same time */
	/* A server that has not answered within this time counts as silent. About one that was
	 * asked too late for that, nothing is known. */
	PATIENCE_MS = 700,
	/* How often the two clients are polled. */
	SLICE_MS = 15,
	/* Longer than anybody waits. When libcurl gives a request up, it waits for the thread that
	 * resolves the name, and until then the process cannot be ended. */
	REQUEST_MS = 10 * 1000,
	LONGEST_SERVER = 60, /* how much of a Server field is shown */
	LONGEST_HOP = 300,
};

/* No CA makes this token: it is too short. */
#define CHALLENGE_PATH "/.well-known/acme-challenge/certbot-why"

/* The tag of the request for the directory. */
static char directory_tag;

/* A conversation with one address (the redirects, or its certificate), or a look at a service. */
struct errand {
	struct fact_probe *probe;     /* NULL: this is about a service */
	struct fact_service *service; /* NULL: this is about an address */
	const char *host;
	bool is_look; /* fetches the certificate */
	bool is_begun;
	bool is_open; /* the answer is still awaited */
	int64_t begun_ms;
};

struct trip {
	struct http_client *http, *bare;
	const struct gather_limit *limit;
	struct facts *facts;
	struct errand *errands;
	size_t count, capacity, open;
	bool has_directory; /* or its error */
};

static int64_t time_left(const struct gather_limit *limit)
{
	int64_t left = limit->deadline_ms - clock_mono_ms(limit->clock);

	return left > 0 ? left : 0;
}

void gather_ca_begin(struct http_client *http, const struct facts *facts)
{
	const struct http_request request = {
		.method = HTTP_GET,
		.url = facts->ca.url,
		.max_body = MAX_DIRECTORY,
		.timeout_ms = REQUEST_MS,
		.form = CONTENT_JSON,
		.flags = HTTP_FOLLOW_REDIRECTS,
	};

	http_start(http, &request, &directory_tag);
}

void gather_ca_drop(struct http_client *http)
{
	http_drop(http, &directory_tag);
}

/* ---- The directory ---- */

static void take_identities(const struct json *directory, struct strvec *ret_identities)
{
	const struct json *list = json_member(json_member(directory, "meta"), "caaIdentities");

	for (size_t i = 0; list && i < json_count(list) && i < 8; i++) {
		const char *text = json_text(json_at(list, i));

		if (text && ascii_is_printable_text(text))
			strvec_push(ret_identities, text);
	}
}

/* The date counts even if the rest is not a directory: a proxy has a clock, too. */
static void take_directory(struct trip *trip, struct http_response *response)
{
	struct fact_ca *ca = &trip->facts->ca;
	const char *date = headers_get(&response->headers, "Date");
	const char *age = headers_get(&response->headers, "Age");
	int64_t seconds;

	trip->has_directory = true;
	if (error_is_set(&response->error)) {
		ca->error = xstrdup(response->error.text);
		ca->hint = xstrdup_or_null(response->error.hint);
		return;
	}
	if (date && datetime_parse_http(date, &ca->date)) {
		ca->here = clock_now_seconds(trip->limit->clock);
		/* RFC 9111 section 5.1: Age is how long the answer has been in a cache. */
		if (age && str_to_int64(age, 0, INT32_MAX, &seconds))
			ca->date += seconds;
	}
	if (response->status != 200)
		ca->error = xasprintf("it answers %d", response->status);
	else if (error_is_set(&response->content.fault) || !response->content.json)
		ca->error = xstrdup("what it answers is not the directory of a CA");
	else
		take_identities(response->content.json, &ca->caa_identities);
}

/* ---- Hops ---- */

static void note_begin(struct trip *trip, struct errand *errand)
{
	errand->is_begun = errand->is_open = true;
	errand->begun_ms = clock_mono_ms(trip->limit->clock);
	trip->open++;
}

/* Only the first request goes to a given address: for later ones, the CA looks up the name, and so
 * does the network process. */
static void start_hop(struct trip *trip, struct errand *errand, const char *url,
		      const char *connect_to)
{
	const struct http_request request = {
		.method = HTTP_GET,
		.url = url,
		.connect_to = connect_to,
		.max_body = MAX_PAGE,
		.timeout_ms = REQUEST_MS,
		.flags = HTTP_ALLOW_PLAIN,
	};

	strvec_push(&errand->probe->hops, url);
	note_begin(trip, errand);
	http_start(trip->bare, &request, errand);
}

/* Returns where a redirect leads, relative to the URL that answered; heap, or NULL if it is not
 * valid. */
static char *target_of(const char *from, const char *location)
{
	AUTO(url) struct url base = {.port = -1};
	AUTO(error) struct error bad = ERROR_INIT;

	if (strlen(location) > LONGEST_HOP || !ascii_is_printable_text(location))
		return NULL;
	if (location[0] != '/')
		return xstrdup(location);
	if (url_parse(from, &base, &bad) < 0)
		return NULL;
	if (location[1] == '/')
		return xasprintf("%s:%s", base.scheme, location);
	return base.port < 0
		       ? xasprintf("%s://%s%s", base.scheme, base.host, location)
		       : xasprintf("%s://%s:%d%s", base.scheme, base.host, base.port, location);
}

/* RFC 8555 section 8.3 leaves the limits to the CA; Let's Encrypt follows redirects to HTTP and
 * HTTPS on their standard ports only. */
static bool is_followed(const char *target)
{
	AUTO(url) struct url url = {.port = -1};
	AUTO(error) struct error bad = ERROR_INIT;

	if (url_parse(target, &url, &bad) < 0)
		return false;
	return url.port < 0 || url.port == HTTP_PORT || url.port == TLS_PORT;
}

static void follow_redirect(struct trip *trip, struct errand *errand, const char *location)
{
	struct fact_probe *probe = errand->probe;
	AUTO_FREE char *target = target_of(probe->hops.items[probe->hops.count - 1], location);

	if (!target)
		return;
	if (strvec_contains(&probe->hops, target)) {
		probe->is_loop = true;
		strvec_push(&probe->hops, target);
	} else if (!is_followed(target)) {
		probe->refused_hop = STEAL(target);
	} else if (probe->hops.count > FACTS_MAX_HOPS) {
		probe->is_endless = true;
	} else {
		start_hop(trip, errand, target, NULL);
	}
}

/* Recognised by the messages of curl_failure.c, since the error's number stays in the network
 * process. */
static enum probe_outcome outcome_of(const struct error *failure)
{
	static const struct {
		const char *words;
		enum probe_outcome outcome;
	} rows[] = {
		{"connection refused", PROBE_REFUSED},
		{"network is unreachable", PROBE_UNREACHABLE},
		{"no route to host", PROBE_SILENT},
		{"cannot connect", PROBE_SILENT},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strstr(failure->text, rows[i].words))
			return rows[i].outcome;
	return PROBE_BROKEN;
}

static void take_hop(struct trip *trip, struct errand *errand, const struct http_response *response)
{
	struct fact_probe *probe = errand->probe;
	const char *location = headers_get(&response->headers, "Location");
	const char *server = headers_get(&response->headers, "Server");

	/* A page that is longer than what we read is an answer, too. */
	if (error_is_set(&response->error) && !response->status) {
		probe->outcome = outcome_of(&response->error);
		REPLACE(probe->error, xstrdup(response->error.text));
		return;
	}
	probe->outcome = PROBE_ANSWERED;
	probe->status = response->status;
	if (server && strlen(server) <= LONGEST_SERVER && ascii_is_printable_text(server))
		REPLACE(probe->server, xstrdup(server));
	if (response->status >= 300 && response->status < 400 && location)
		follow_redirect(trip, errand, location);
}

/* Looks in the same way as the proof after a deployment, but without a time limit of its own. */
static void start_look(struct trip *trip, struct errand *errand)
{
	const struct fact_service *service = errand->service;
	struct probe look = {.port = TLS_PORT, .host = xstrdup(errand->host)};
	AUTO(probe_request_texts) struct probe_request_texts texts = {.url = NULL};
	AUTO_FREE char *host = look.host;
	struct http_request request;

	look.address = service ? service->address : errand->probe->address;
	if (service) {
		look.port = service->port;
		look.starttls = service->starttls;
		look.proxy_protocol = service->proxy_protocol;
		look.key = service->key;
	}
	request = probe_request(&look, &texts);
	request.timeout_ms = REQUEST_MS;
	note_begin(trip, errand);
	http_start(trip->bare, &request, errand);
}

static void take_look(struct errand *errand, const struct http_response *response)
{
	struct fact_service *service = errand->service;
	bool is_shown = !error_is_set(&response->error) && response->status == 200;
	char **leaf = service ? &service->leaf : &errand->probe->leaf;

	if (is_shown)
		REPLACE(*leaf, xstrndup(response->body, response->body_len));
	if (!service)
		return;
	service->outcome = is_shown ? PROBE_ANSWERED : outcome_of(&response->error);
	if (!is_shown)
		service->error = xstrdup(response->error.text);
}

/* ---- All of it ---- */

static void add_errand(struct trip *trip, struct fact_probe *probe, const char *host, bool is_look)
{
	ARRAY_GROW(trip->errands, trip->count, trip->capacity);
	trip->errands[trip->count++] =
		(struct errand){.probe = probe, .host = host, .is_look = is_look};
}

static void add_service_errand(struct trip *trip, struct fact_service *service)
{
	ARRAY_GROW(trip->errands, trip->count, trip->capacity);
	trip->errands[trip->count++] =
		(struct errand){.service = service, .host = service->host, .is_look = true};
}

/* DNS challenges need no web server, but the certificate that it presents still matters. */
static void plan_name(struct trip *trip, struct fact_name *name)
{
	enum acme_challenge_type challenge = trip->facts->lineage.challenge;

	for (size_t i = 0; i < name->probe_count && !name->is_wildcard; i++) {
		struct fact_probe *probe = &name->probes[i];

		if (challenge == ACME_HTTP_01 || challenge == ACME_CHALLENGE_TYPE__COUNT)
			add_errand(trip, probe, name->name, false);
		if (probe->is_own && trip->facts->lineage.has_cert)
			add_errand(trip, probe, name->name, true);
	}
}

/* Starts as many as may run at the same time, in the order of the names. */
static void start_errands(struct trip *trip)
{
	for (size_t i = 0; i < trip->count && trip->open < MAX_OPEN; i++) {
		struct errand *errand = &trip->errands[i];
		AUTO_FREE char *url = NULL, *socket = NULL;

		if (errand->is_begun)
			continue;
		if (errand->is_look) {
			start_look(trip, errand);
			continue;
		}
		url = xasprintf("http://%s" CHALLENGE_PATH, errand->host);
		socket = probe_socket(errand->probe->address, HTTP_PORT);
		start_hop(trip, errand, url, socket);
	}
}

/* Takes the directory if it has arrived, by its tag: other users of the client have replies there
 * as well. */
static int poll_directory(struct trip *trip, struct error *err)
{
	AUTO(http_response) struct http_response response;

	http_response_init(&response);
	if (trip->has_directory)
		return 0;
	if (!http_take(trip->http, &directory_tag, &response)) {
		if (http_wait(trip->http, SLICE_MS, err) < 0)
			return err->code;
		if (!http_take(trip->http, &directory_tag, &response))
			return 0;
	}
	take_directory(trip, &response);
	return 0;
}

/* Takes one answer to an errand, if one has arrived. Nobody else uses this client. */
static int poll_errands(struct trip *trip, struct error *err)
{
	AUTO(http_response) struct http_response response;
	struct errand *errand;
	int rc;

	http_response_init(&response);
	if (!http_pending(trip->bare, NULL))
		return 0;
	rc = http_poll(trip->bare, NULL, SLICE_MS, &response, err);
	if (rc <= 0)
		return rc;
	errand = response.tag;
	errand->is_open = false;
	trip->open--;
	if (!errand->is_look)
		take_hop(trip, errand, &response);
	else
		take_look(errand, &response);
	return 0;
}

/* Servers that had enough time and have not answered count as silent. */
static void give_up_rest(struct trip *trip)
{
	struct fact_ca *ca = &trip->facts->ca;
	int64_t late = clock_mono_ms(trip->limit->clock) - PATIENCE_MS;

	gather_ca_drop(trip->http);
	if (!trip->has_directory)
		ca->error = xstrdup("it does not answer in time");
	for (size_t i = 0; i < trip->count; i++) {
		struct errand *errand = &trip->errands[i];

		if (!errand->is_open)
			continue;
		http_drop(trip->bare, errand);
		if (errand->is_look || errand->begun_ms > late)
			continue;
		errand->probe->outcome = PROBE_SILENT;
		REPLACE(errand->probe->error, xstrdup("no answer in time"));
	}
}

int gather_http(struct http_client *http, struct http_client *bare,
		const struct gather_limit *limit, struct facts *facts, struct error *err)
{
	struct trip trip = {.http = http, .bare = bare, .limit = limit, .facts = facts};
	int rc = 0;

	for (size_t i = 0; i < facts->service_count; i++)
		add_service_errand(&trip, &facts->services[i]);
	for (size_t i = 0; i < facts->name_count; i++)
		plan_name(&trip, &facts->names[i]);
	start_errands(&trip);
	while (rc == 0 && time_left(limit) && (!trip.has_directory || http_pending(bare, NULL))) {
		rc = poll_errands(&trip, err);
		if (rc == 0)
			rc = poll_directory(&trip, err);
		start_errands(&trip);
		/* The child has died, so its answers will not come. */
		if (rc < 0 && rc != ERR_CANCELLED) {
			log_debug("%s", err->text);
			error_release(err);
			rc = 0;
			break;
		}
	}
	give_up_rest(&trip);
	free(trip.errands);
	return rc;
}
