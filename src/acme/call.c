/*
 * Follows requests until they have an answer (see call.h): RFC 8555 sections 6.2 (signing), 6.5
 * (nonces) and 6.6 (rate limits). Of the body, only the type of a problem is read here.
 *
 * Nonces limit the pace. Each reply brings one, so every request in flight returns a nonce. Another
 * newNonce is worth its round trip only when this machine has nothing in flight, or when it has
 * many requests to send; how many circulate and how often newNonce is asked is up to pace.c.
 */
#include "acme/call.h"

#include <string.h>

#include "acme/pace.h"
#include "acme/server_parts.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/span.h"
#include "codec/datetime.h"
#include "codec/json.h"
#include "crypto/key/jws.h"

enum {
	/* Two more are worth it from so many requests on; see acme_calls.extra_nonces. */
	LONG_BACKLOG = 16,
	MAX_EXTRA_NONCES = 2,
	/* A parked machine is woken by the reply it waits for; the clock is the safety net for a
	 * machine that went away with its nonce. */
	PARKED_MS = 100,
	/* Enough for any problem document and for a chain of four; logs are kept and should not
	 * fill the disk when a server sends megabytes. */
	MAX_LOGGED = 16384, /* bytes of a payload or an answer */
};

#define BINDING "externalAccountBinding"

#define DIRECTORY_SUBJECT SIZE_MAX

void acme_answer_release(struct acme_answer *answer)
{
	error_release(&answer->error);
}

/* A wrong content type is tolerated when the body is JSON all the same, as Certbot does; when it is
 * not, the type tells what answered (a portal's login page, say). Replies are parsed by the parser
 * process, which leaves either JSON or its complaint. */
int acme_answer_json(const struct acme_answer *answer, const char *what, struct json **ret_json,
		     struct error *err)
{
	const struct acme_reply *reply = answer->reply;
	const char *type = headers_get(&reply->headers, "Content-Type");
	AUTO_FREE char *printable = acme_printable(type ? type : "none");

	if (reply->json) {
		*ret_json = json_share(reply->json);
		return 0;
	}
	error_set(err, ERR_PROTOCOL, "the server sent content of type '%s': cannot read %s: %s",
		  printable, what, reply->fault.text ? reply->fault.text : "it is empty");
	acme_reply_hint(reply, err);
	return error_recode(err, ERR_PROTOCOL);
}

/* A failure on our side (no nonce, no signature, a reply too long) has its own error; every other
 * one is explained by the problem document. */
int acme_answer_to_error(struct acme_answer *answer, const char *doing,
			 struct acme_failures *failures, struct error *err)
{
	if (answer->kind == ACME_ANSWER_FAILED)
		error_move(err, &answer->error);
	else
		acme_problem_to_error(answer->reply, answer->now_ms, failures, err);
	return error_wrap(err, "cannot %s", doing);
}

void acme_calls_init(struct acme_calls *calls, struct acme_server *server)
{
	*calls = (struct acme_calls){.server = server};
	for (size_t i = 0; i < ARRAY_LEN(calls->slots); i++)
		strbuf_init(&calls->slots[i].body);
}

/* A request in flight that was going to bring a nonce ends. The count of nonces under way must be
 * exact, whatever ends the request: one that is counted too many is a request that is never sent
 * again, one too few a request that gets badNonce. */
static void land(struct acme_server *server, struct acme_call *call)
{
	if (call->stage == ACME_CALL_NONCE ||
	    (call->stage == ACME_CALL_IN_FLIGHT && call->method != ACME_GET))
		server->pace.circulating--;
	call->stage = ACME_CALL_WANTED;
}

static void free_slot(struct acme_server *server, struct acme_call *call)
{
	land(server, call);
	free(call->url);
	free(call->payload);
	strbuf_release(&call->body);
	*call = (struct acme_call){.stage = ACME_CALL_FREE};
	strbuf_init(&call->body);
}

/* The directory is fetched by one machine on behalf of all. If that one is freed first (a lineage
 * that fails early), another has to take over, otherwise all wait for a reply that nobody will
 * take. */
void acme_calls_release(struct acme_calls *calls)
{
	for (size_t i = 0; i < ARRAY_LEN(calls->slots); i++)
		free_slot(calls->server, &calls->slots[i]);
	if (calls->server->directory_fetcher == calls)
		calls->server->directory_fetcher = NULL;
}

static size_t count_calls(const struct acme_calls *calls, enum acme_call_stage from)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(calls->slots); i++)
		count += calls->slots[i].stage >= from;
	return count;
}

bool acme_calls_have_room(const struct acme_calls *calls)
{
	return count_calls(calls, ACME_CALL_WANTED) < ARRAY_LEN(calls->slots);
}

bool acme_calls_busy(const struct acme_calls *calls)
{
	return count_calls(calls, ACME_CALL_WANTED) > 0;
}

/* A call that waits for another try after a failure holds nothing that others need; see
 * end_ordering() in order.c. */
bool acme_calls_pausing(const struct acme_calls *calls)
{
	for (size_t i = 0; i < ARRAY_LEN(calls->slots); i++)
		if (calls->slots[i].stage == ACME_CALL_WANTED && calls->slots[i].failed_tries)
			return true;
	return false;
}

/* In ACME v1, nothing has to be signed to be read. */
static bool is_plain_read(const struct acme_server *server, const struct acme_call_spec *spec)
{
	return acme_server_is_v1(server) && spec->method == ACME_POST && !spec->payload[0];
}

void acme_calls_start(struct acme_calls *calls, const struct acme_call_spec *spec)
{
	struct acme_call *call = calls->slots;

	while (call->stage != ACME_CALL_FREE)
		if (++call == calls->slots + ARRAY_LEN(calls->slots))
			BUG("the request queue is full: cannot ask '%s'", spec->url);
	call->stage = ACME_CALL_WANTED;
	call->method = is_plain_read(calls->server, spec) ? ACME_GET : spec->method;
	call->url = xstrdup(spec->url);
	call->payload = xstrdup_or_null(spec->payload);
	call->accept = spec->accept;
	call->chain_start = spec->chain_start;
	call->key = spec->key;
	call->flags = spec->flags;
	call->subject = spec->subject;
	call->give_up_ms = spec->give_up_ms;
}

/* Ends a call: what the answer needs is copied, the slot is free again. */
static void end_call(struct acme_calls *calls, struct acme_call *call, enum acme_answer_kind kind,
		     struct acme_answer *answer)
{
	answer->kind = kind;
	answer->subject = call->subject;
	answer->maybe_done = call->maybe_done;
	free_slot(calls->server, call);
}

/* Plans another try after a pause; false when there were enough (the pause is negative) or the time
 * is up. A try that would come after the limit is not made: it would be cut off, and the error is
 * clearer now. */
static bool try_after(struct acme_call *call, int64_t pause_ms, int64_t now_ms)
{
	if (pause_ms < 0 || now_ms + pause_ms > call->give_up_ms)
		return false;
	call->not_before_ms = now_ms + pause_ms;
	return true;
}

static bool try_later(struct acme_call *call, int64_t now_ms)
{
	if (!try_after(call, acme_pace_loss_pause_ms(call->failed_tries + 1), now_ms))
		return false;
	call->failed_tries++;
	return true;
}

/* The rejection came with a fresh nonce. The stored ones are probably as stale as the one that was
 * rejected. At the first rejection a single nonce may simply have been too old. At the second the
 * others in stock were fetched at the same time and would fail one after the other. */
static bool try_another_nonce(struct acme_calls *calls, struct acme_call *call, int64_t now_ms)
{
	if (!try_after(call, acme_pace_nonce_pause_ms(call->rejected_nonces + 1), now_ms))
		return false;
	if (call->rejected_nonces++)
		acme_server_drop_old_nonces(calls->server);
	return true;
}

/* The server is busy and says until when. If that is soon enough, no request goes out before. The
 * pause is the server's, not this request's: every request to the CA observes it, or a thousand
 * orders would each run into the limit on their own. */
static bool wait_for_server(struct acme_calls *calls, const struct acme_call *call,
			    const struct acme_answer *answer)
{
	int64_t at = acme_reply_retry_at(answer->reply, answer->now_ms);

	if (!at)
		return false;
	at = acme_pace_busy_until_ms(at, answer->now_ms);
	if (at > call->give_up_ms)
		return false;
	if (at > calls->server->pace.not_before_ms)
		calls->server->pace.not_before_ms = at;
	log_debug("the server asks for a pause of %lld ms", (long long)(at - answer->now_ms));
	return true;
}

/* False for what another attempt cannot change, such as a certificate that does not pass. A name
 * that does not exist or a connection that breaks may work in a second. */
static bool may_pass(const struct acme_reply *reply)
{
	return !error_is_set(&reply->transport) || reply->transport.code == ERR_NETWORK ||
	       reply->transport.code == ERR_IO;
}

/* No response, or one that does not tell what became of the request. 1: an answer. A request that
 * may have been processed is sent again only if doing it twice is harmless. `maybe_done` outlives
 * the tries: "already revoked" after a loss is success. */
static int lose_call(struct acme_calls *calls, struct acme_call *call, bool maybe_sent,
		     struct acme_answer *answer)
{
	bool safe = call->method == ACME_GET || (call->flags & ACME_CALL_REPEATABLE);

	if (maybe_sent)
		call->maybe_done = true;
	if ((safe || !maybe_sent) && may_pass(answer->reply) && try_later(call, answer->now_ms))
		return 0;
	end_call(calls, call, ACME_ANSWER_LOST, answer);
	return 1;
}

static bool is_bad_nonce(const struct acme_reply *reply)
{
	AUTO_FREE char *type = acme_problem_type(reply);

	return type && strcmp(type, "badNonce") == 0;
}

/* The reply to the request itself. The order matters: badNonce comes as 400 and is nobody's fault,
 * 429 and 503 were not processed (RFC 8555 section 6.6, RFC 9110 section 15.6.4), any other 5xx may
 * have been. Everything that is left is the CA's decision. */
static int judge_reply(struct acme_calls *calls, struct acme_call *call, struct acme_answer *answer)
{
	const struct acme_reply *reply = answer->reply;

	if (reply->maybe_sent)
		call->maybe_done = true;
	if (reply->body_len > ACME_MAX_BODY) {
		error_set(&answer->error, ERR_PROTOCOL,
			  "the reply from '%s' is longer than %d bytes", call->url, ACME_MAX_BODY);
		end_call(calls, call, ACME_ANSWER_FAILED, answer);
		return 1;
	}
	if (reply->status / 100 == 2) {
		end_call(calls, call, ACME_ANSWER_OK, answer);
		return 1;
	}
	if (call->method == ACME_POST && is_bad_nonce(reply) &&
	    try_another_nonce(calls, call, answer->now_ms))
		return 0;
	if (reply->status == 429 || reply->status == 503) {
		if (wait_for_server(calls, call, answer))
			return 0;
		/* Not processed, and no time given: it may pass as a lost connection does. */
		if (reply->status == 503 && !headers_get(&reply->headers, "Retry-After") &&
		    try_later(call, answer->now_ms))
			return 0;
	} else if (reply->status >= 500 &&
		   !(reply->status == 500 && (call->flags & ACME_CALL_REFUSED_BY_500))) {
		return lose_call(calls, call, true, answer);
	}
	end_call(calls, call, ACME_ANSWER_REFUSED, answer);
	return 1;
}

/* Where a nonce for the call comes from: newNonce, or in ACME v1 the URL it is for. */
static const char *nonce_url(const struct acme_calls *calls, const struct acme_call *call)
{
	const char *url = calls->server->directory.urls[ACME_NEW_NONCE];

	return url ? url : call->url;
}

static void set_nonce_error(struct acme_calls *calls, const struct acme_call *call,
			    struct acme_answer *answer)
{
	if (error_is_set(&answer->reply->transport) || answer->reply->status / 100 != 2)
		acme_problem_to_error(answer->reply, answer->now_ms, NULL, &answer->error);
	else
		error_set(&answer->error, ERR_PROTOCOL, "no usable Replay-Nonce in the reply");
	error_wrap(&answer->error, "cannot get a nonce from '%s'", nonce_url(calls, call));
}

/* The reply to newNonce. When it brings none, the request itself was never sent. newNonce has no
 * body and no effect, so it is tried again for every reason that may pass. */
static int judge_nonce(struct acme_calls *calls, struct acme_call *call, bool got_nonce,
		       struct acme_answer *answer)
{
	const struct acme_reply *reply = answer->reply;
	bool busy = reply->status == 429 || reply->status == 503;

	/* An ACME v1 server may say that there is nothing to be had by HEAD. */
	if (got_nonce && (reply->status / 100 == 2 || acme_server_is_v1(calls->server)))
		return 0;
	if (busy && wait_for_server(calls, call, answer))
		return 0;
	if ((error_is_set(&reply->transport) || reply->status >= 500) && may_pass(reply) &&
	    try_later(call, answer->now_ms))
		return 0;
	set_nonce_error(calls, call, answer);
	answer->reply = NULL;
	end_call(calls, call, ACME_ANSWER_FAILED, answer);
	return 1;
}

/* The text as the log may have it: the MAC of an account binding is made with the user's secret.
 * Logs are sent to forums. All else in a payload is public or useless without the account key. */
static void add_loggable(struct strbuf *out, const char *text, size_t len)
{
	size_t shown = len < MAX_LOGGED ? len : MAX_LOGGED;

	strbuf_adds(out, ": ");
	if (memmem(text, len, BINDING, sizeof(BINDING) - 1))
		strbuf_adds(out, "***");
	else
		strbuf_add_printable(out, text, shown);
	if (shown < len)
		strbuf_adds(out, " ...");
}

/* The whole answer, for finding out why the CA refused. */
static void log_reply(const struct acme_call *call, const struct acme_reply *reply)
{
	AUTO(strbuf) struct strbuf body = STRBUF_INIT;

	if (reply->body_len)
		add_loggable(&body, reply->body, reply->body_len);
	log_debug("reply %d from '%s': HTTP status %d%s", reply->id, call->url, reply->status,
		  body.text);
}

/* A nonce is taken from every reply, even from errors (RFC 8555 section 6.5): badNonce brings the
 * one to try again with. */
static int take_reply(struct acme_calls *calls, struct acme_call *call, struct acme_answer *answer)
{
	const struct acme_reply *reply = answer->reply;
	enum acme_call_stage stage = call->stage;
	bool dropped = error_is_set(&reply->transport);
	bool got_nonce = !dropped && acme_server_keep_nonce(calls->server, reply);

	land(calls->server, call);
	if (dropped)
		log_debug("no reply from '%s': %s", call->url, reply->transport.text);
	else
		log_reply(call, reply);
	/* A reply to GET tells nothing about the server: renewal information may come from
	 * elsewhere. */
	if (call->method != ACME_GET && reply->round_trip_us)
		acme_pace_take_way(&calls->server->pace, reply->round_trip_us);
	if (call->method != ACME_GET)
		acme_pace_observe(&calls->server->pace, call->sent_ms, dropped, answer->now_ms);
	if (!dropped)
		calls->round_trip_ms = answer->now_ms - call->sent_ms;
	if (stage == ACME_CALL_NONCE)
		return judge_nonce(calls, call, got_nonce, answer);
	return dropped ? lose_call(calls, call, reply->maybe_sent, answer)
		       : judge_reply(calls, call, answer);
}

/* The directory's answer goes to the server, where all machines find it. A failure is kept for half
 * a minute, too: a thousand lineages of a CA that is down get the same error at once, instead of
 * one after the other. */
static void deliver_directory(struct acme_calls *calls, struct acme_answer *answer)
{
	const struct acme_reply *reply = answer->reply;
	AUTO(error) struct error err = ERROR_INIT;

	calls->server->directory_fetcher = NULL;
	if (answer->kind == ACME_ANSWER_OK) {
		acme_server_set_directory(calls->server, reply, answer->now_ms);
		return;
	}
	if (answer->kind == ACME_ANSWER_FAILED)
		error_move(&err, &answer->error);
	else
		acme_problem_to_error(reply, answer->now_ms, NULL, &err);
	acme_server_set_directory_error(calls->server, &err, answer->now_ms);
}

/* Lets the set itself have the answers that are meant for it. */
static int sort_answer(struct acme_calls *calls, struct acme_answer *answer)
{
	if (answer->subject != DIRECTORY_SUBJECT)
		return 1;
	deliver_directory(calls, answer);
	acme_answer_release(answer);
	return 0;
}

int acme_calls_reply(struct acme_calls *calls, const struct acme_reply *reply, int64_t now_ms,
		     struct acme_answer *ret_answer)
{
	for (size_t i = 0; i < ARRAY_LEN(calls->slots); i++) {
		struct acme_call *call = &calls->slots[i];

		if (call->stage < ACME_CALL_NONCE || call->id != reply->id)
			continue;
		*ret_answer = (struct acme_answer){.reply = reply, .now_ms = now_ms};
		return take_reply(calls, call, ret_answer) ? sort_answer(calls, ret_answer) : 0;
	}
	return 0;
}

static void wake_at(struct acme_turn *turn, int64_t at_ms)
{
	if (turn->wait_until_ms > at_ms)
		turn->wait_until_ms = at_ms;
}

/* To be stepped after the reply to another machine; by the clock only if that one went away.
 * Machines that only wait for the CA yield (see acme_order_enter()): the driver wakes them after
 * those that have challenges to answer. */
static void park(const struct acme_calls *calls, struct acme_turn *turn)
{
	turn->parking = (struct acme_parking){.server = calls->server, .yields = calls->yields};
	wake_at(turn, turn->now_ms + PARKED_MS);
}

static void send_request(struct acme_calls *calls, struct acme_call *call,
			 const struct acme_request *request, const char *payload,
			 struct acme_turn *turn)
{
	call->id = ++calls->server->last_id;
	call->sent_ms = turn->now_ms;
	if (request->method != ACME_GET)
		calls->server->pace.circulating++;
	if (request->method == ACME_HEAD)
		acme_pace_note_new_nonce(&calls->server->pace, turn->now_ms);
	*turn->action = (struct acme_action){.kind = ACME_ACTION_SEND, .request = *request};
	turn->action->request.id = call->id;
	log_debug("request %d to '%s'%s", call->id, request->url, payload);
}

static void send_new_nonce(struct acme_calls *calls, struct acme_call *call, struct acme_turn *turn)
{
	const struct acme_request request = {
		.method = ACME_HEAD,
		.url = nonce_url(calls, call),
	};

	call->stage = ACME_CALL_NONCE;
	send_request(calls, call, &request, "", turn);
}

/* Sends the request itself; the body of a POST is signed already. */
static void send_itself(struct acme_calls *calls, struct acme_call *call, struct acme_turn *turn)
{
	struct acme_request request = {
		.method = call->method,
		.url = call->url,
		.accept = call->accept,
		.chain_start = call->chain_start,
	};
	AUTO(strbuf) struct strbuf payload = STRBUF_INIT;

	if (call->method == ACME_POST) {
		if (call->payload[0])
			add_loggable(&payload, call->payload, strlen(call->payload));
		request.body = call->body.text;
		request.body_len = call->body.len;
		request.content_type = "application/jose+json";
	}
	call->stage = ACME_CALL_IN_FLIGHT;
	send_request(calls, call, &request, payload.text, turn);
}

/* Is a nonce for this call worth a request of its own? One newNonce under way is enough for most:
 * its nonce comes back with every reply. An order with many names may use up to two more to get its
 * requests out in parallel. */
static bool may_fetch_nonce(struct acme_calls *calls, int64_t now_ms)
{
	size_t in_flight = count_calls(calls, ACME_CALL_NONCE);

	if (!acme_pace_may_fetch_nonce(&calls->server->pace, now_ms))
		return false;
	if (!in_flight)
		return true;
	if (calls->backlog < LONG_BACKLOG || calls->extra_nonces == MAX_EXTRA_NONCES)
		return false;
	calls->extra_nonces++;
	return true;
}

/* Signed as late as possible, since the nonce is part of what is signed (RFC 8555 section 6.5.2)
 * and a nonce in stock grows old. */
static int sign_call(struct acme_calls *calls, struct acme_call *call, const char *nonce,
		     struct error *err)
{
	bool is_v1 = acme_server_is_v1(calls->server);
	bool with_jwk = is_v1 || (call->flags & ACME_CALL_WITH_JWK);
	const struct jws_header header = {
		.nonce = nonce,
		.url = is_v1 ? NULL : call->url,
		.kid = with_jwk ? NULL : calls->server->account_url,
	};

	if (!header.kid && !with_jwk)
		return error_set(err, ERR_REFUSED, "cannot ask '%s': there is no account",
				 call->url);
	strbuf_clear(&call->body);
	return jws_sign(call->key ? call->key : calls->server->key, &header, call->payload,
			&call->body, err);
}

/* Sends a POST or, for want of a nonce, newNonce; or parks the call. */
static enum acme_calls_event send_post(struct acme_calls *calls, struct acme_call *call,
				       struct acme_turn *turn, struct acme_answer *answer)
{
	AUTO_FREE char *nonce = acme_server_take_nonce(calls->server);

	if (!nonce && may_fetch_nonce(calls, turn->now_ms)) {
		send_new_nonce(calls, call, turn);
		return ACME_CALLS_SEND;
	}
	if (!nonce) {
		/* Replies to our own requests bring a nonce; without any, wait for the replies of
		 * others. */
		if (!count_calls(calls, ACME_CALL_NONCE))
			park(calls, turn);
		return ACME_CALLS_IDLE;
	}
	if (sign_call(calls, call, nonce, &answer->error) < 0) {
		end_call(calls, call, ACME_ANSWER_FAILED, answer);
		return ACME_CALLS_ANSWER;
	}
	send_itself(calls, call, turn);
	return ACME_CALLS_SEND;
}

/* Why a request should not be sent any more, now or at its time; 0: it may. A request that has
 * failed before may still try: the silence is what it has seen itself. */
static int check_server(const struct acme_server *server, const struct acme_call *call,
			int64_t now_ms, struct error *err)
{
	int64_t silence_ms = acme_pace_silence_ms(&server->pace, now_ms);
	int64_t not_before_ms = server->pace.not_before_ms;

	if (call->method == ACME_POST && !call->failed_tries && silence_ms)
		return error_set(err, ERR_NETWORK, "the server has not replied for %lld seconds",
				 (long long)silence_ms / 1000);
	if (not_before_ms > now_ms && not_before_ms > call->give_up_ms) {
		AUTO_FREE char *date = datetime_rfc3339(not_before_ms / 1000);

		error_set(err, ERR_RATE_LIMITED,
			  "the server is busy and accepts no requests before %s", date);
		err->retry_at = not_before_ms / 1000;
		return err->code;
	}
	return 0;
}

static enum acme_calls_event send_call(struct acme_calls *calls, struct acme_call *call,
				       struct acme_turn *turn, struct acme_answer *answer)
{
	int64_t at = calls->server->pace.not_before_ms;

	if (check_server(calls->server, call, turn->now_ms, &answer->error) < 0) {
		end_call(calls, call, ACME_ANSWER_FAILED, answer);
		return ACME_CALLS_ANSWER;
	}
	if (call->not_before_ms > at)
		at = call->not_before_ms;
	if (at > turn->now_ms) {
		wake_at(turn, at);
		return ACME_CALLS_IDLE;
	}
	if (call->method == ACME_POST)
		return send_post(calls, call, turn, answer);
	send_itself(calls, call, turn);
	return ACME_CALLS_SEND;
}

enum acme_calls_event acme_calls_next(struct acme_calls *calls, struct acme_turn *turn,
				      struct acme_answer *ret_answer)
{
	for (size_t i = 0; i < ARRAY_LEN(calls->slots); i++) {
		enum acme_calls_event event;

		if (calls->slots[i].stage != ACME_CALL_WANTED)
			continue;
		*ret_answer = (struct acme_answer){.now_ms = turn->now_ms};
		event = send_call(calls, &calls->slots[i], turn, ret_answer);
		if (event == ACME_CALLS_ANSWER && !sort_answer(calls, ret_answer))
			continue;
		if (event != ACME_CALLS_IDLE)
			return event;
	}
	return ACME_CALLS_IDLE;
}

/* One of the machines fetches it, all use it: a run of a thousand lineages reads the directory
 * once. */
int acme_calls_directory(struct acme_calls *calls, struct acme_turn *turn, int64_t give_up_ms,
			 struct error *err)
{
	struct acme_server *server = calls->server;
	const struct acme_call_spec spec = {
		.method = ACME_GET,
		.url = server->url,
		.subject = DIRECTORY_SUBJECT,
		.give_up_ms = give_up_ms,
	};

	if (server->has_directory)
		return ACME_PROGRESS_END;
	if (error_is_set(&server->directory_error) &&
	    turn->now_ms < server->directory_error_until_ms)
		return error_copy(err, &server->directory_error);
	if (!server->directory_fetcher) {
		server->directory_fetcher = calls;
		acme_calls_start(calls, &spec);
		return ACME_PROGRESS_AGAIN;
	}
	if (server->directory_fetcher != calls)
		park(calls, turn);
	return ACME_PROGRESS_IDLE;
}
