/*
 * The machine behind the operations of account.h (see exchange.h).
 */
#include "acme/exchange_parts.h"

#include "acme/server_parts.h"
#include "base/alloc.h"

/* Account operations have a person waiting for them. Two tries after a lost connection fit in. */
enum { TIME_LIMIT_MS = 60 * 1000 };

struct acme_exchange *acme_exchange_new(struct acme_server *server,
					const struct acme_exchange_kind *kind)
{
	struct acme_exchange *exchange = XNEW(struct acme_exchange);

	exchange->kind = kind;
	exchange->server = server;
	acme_calls_init(&exchange->calls, server);
	strvec_init(&exchange->contacts);
	strbuf_init(&exchange->cert_der);
	strbuf_init(&exchange->body);
	return exchange;
}

void acme_exchange_free(struct acme_exchange *exchange)
{
	if (!exchange)
		return;
	acme_calls_release(&exchange->calls);
	strvec_release(&exchange->contacts);
	strbuf_release(&exchange->cert_der);
	strbuf_release(&exchange->body);
	free(exchange->cert_id);
	free(exchange->agreement);
	free(exchange->terms);
	free(exchange->window.explanation_url);
	free(exchange);
}

void acme_exchange_call(struct acme_exchange *exchange, const struct acme_call_spec *spec)
{
	struct acme_call_spec limited = *spec;

	limited.give_up_ms = exchange->give_up_ms;
	acme_calls_start(&exchange->calls, &limited);
}

/* The reply goes away with the step, but show_account prints what the CA sent. */
int acme_exchange_keep(struct acme_exchange *exchange, const struct acme_answer *answer)
{
	strbuf_clear(&exchange->body);
	strbuf_add(&exchange->body, answer->reply->body, answer->reply->body_len);
	return ACME_PROGRESS_END;
}

int acme_exchange_finish_plain(struct acme_exchange *exchange, struct acme_answer *answer,
			       struct error *err)
{
	if (answer->kind != ACME_ANSWER_OK)
		return acme_answer_to_error(answer, exchange->kind->doing, NULL, err);
	return acme_exchange_keep(exchange, answer);
}

const char *acme_exchange_body(const struct acme_exchange *exchange)
{
	return exchange->body.text;
}

const struct acme_window *acme_exchange_window(const struct acme_exchange *exchange)
{
	return &exchange->window;
}

const char *acme_exchange_terms(const struct acme_exchange *exchange)
{
	return exchange->terms;
}

bool acme_exchange_maybe_done(const struct acme_exchange *exchange)
{
	return exchange->maybe_done;
}

/* That a reply was lost is remembered longer than the answer to the repetition. */
static int finish_call(struct acme_exchange *exchange, struct acme_answer *answer,
		       struct error *err)
{
	if (answer->maybe_done)
		exchange->maybe_done = true;
	return exchange->kind->finish(exchange, answer, err);
}

/* The directory, which tells the version, then the first call. `begin` comes after the directory,
 * because it takes its URLs from there and because what the CA requires (an external account) is
 * only known then. */
static int begin_exchange(struct acme_exchange *exchange, struct acme_turn *turn, struct error *err)
{
	int progress;

	if (exchange->begun)
		return ACME_PROGRESS_IDLE;
	progress = acme_calls_directory(&exchange->calls, turn, exchange->give_up_ms, err);
	if (progress == ACME_PROGRESS_END && acme_server_is_v1(exchange->server) &&
	    exchange->kind->v1)
		exchange->kind = exchange->kind->v1;
	if (progress != ACME_PROGRESS_END || !exchange->kind->begin)
		return progress;
	if (exchange->kind->begin(exchange, err) < 0)
		return error_wrap(err, "cannot %s", exchange->kind->doing);
	exchange->begun = true;
	return ACME_PROGRESS_AGAIN;
}

/* One look at what there is to do. */
static int step_once(struct acme_exchange *exchange, struct acme_turn *turn, struct error *err)
{
	AUTO(acme_answer) struct acme_answer answer = {.reply = NULL};

	switch (acme_calls_next(&exchange->calls, turn, &answer)) {
	case ACME_CALLS_SEND:
		return ACME_PROGRESS_IDLE;
	case ACME_CALLS_ANSWER:
		return finish_call(exchange, &answer, err);
	case ACME_CALLS_IDLE:
		break;
	}
	return begin_exchange(exchange, turn, err);
}

int acme_exchange_step(struct acme_exchange *exchange, const struct acme_reply *reply,
		       int64_t now_ms, struct acme_action *ret_action, struct error *err)
{
	AUTO(acme_answer) struct acme_answer answer = {.reply = NULL};
	struct acme_turn turn = {
		.now_ms = now_ms,
		.action = ret_action,
		.wait_until_ms = INT64_MAX,
	};
	int progress = ACME_PROGRESS_AGAIN;

	*ret_action = (struct acme_action){.kind = ACME_ACTION_WAIT};
	if (!exchange->give_up_ms)
		exchange->give_up_ms = now_ms + TIME_LIMIT_MS;
	if (reply && acme_calls_reply(&exchange->calls, reply, now_ms, &answer))
		progress = finish_call(exchange, &answer, err);
	while (progress == ACME_PROGRESS_AGAIN)
		progress = step_once(exchange, &turn, err);
	if (progress < 0)
		ret_action->kind = ACME_ACTION_FAILED;
	else if (progress == ACME_PROGRESS_END)
		ret_action->kind = ACME_ACTION_DONE;
	else
		ret_action->wait_until_ms = turn.wait_until_ms;
	ret_action->parking = turn.parking;
	return progress < 0 ? progress : 0;
}
