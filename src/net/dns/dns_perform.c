/*
 * From questions to messages and back (see dns_perform.h).
 */
#include "net/dns/dns_perform.h"

#include "base/alloc.h"
#include "net/dns/dns_exchange.h"
#include "net/dns/dns_message.h"

static struct span bytes_of(const struct strbuf *buffer)
{
	return span_make(buffer->text, buffer->len);
}

/* Makes the message to be sent. One that cannot be made is the question's error. */
static void prepare_exchange(struct dns_question *question, struct dns_exchange *exchange)
{
	strbuf_init(&exchange->query);
	strbuf_init(&exchange->reply);
	exchange->server = question->server;
	exchange->tcp_first = question->flags & DNS_TCP_FIRST;
	if (question->flags & DNS_HAS_REPLY || error_is_set(&question->error))
		return;
	if (question->message.len)
		strbuf_add(&exchange->query, question->message.text, question->message.len);
	else
		(void)!dns_message_query(question->name, question->type,
					 question->flags & DNS_RECURSE, &exchange->query,
					 &question->error);
}

static void read_reply(struct dns_question *question, struct span reply)
{
	if (dns_message_read(reply, &question->answer, &question->error) == 0)
		dns_signature_read(reply, &question->signature);
}

/* DNS_HAS_REPLY: the bytes came from somewhere else (DNS over HTTPS) and are to be read here, in
 * the process without rights. */
static void conclude_question(struct dns_question *question, struct dns_exchange *exchange)
{
	struct span given = bytes_of(&question->reply);

	if (error_is_set(&question->error))
		return;
	if (error_is_set(&exchange->error))
		error_move(&question->error, &exchange->error);
	else if (!(question->flags & DNS_HAS_REPLY))
		read_reply(question, bytes_of(&exchange->reply));
	else if (dns_message_answers(bytes_of(&question->message), given))
		read_reply(question, given);
	else
		error_set(&question->error, ERR_PROTOCOL, "it answers a different question");
}

int dns_perform(struct dns_question *questions, size_t count, int64_t timeout_ms,
		const struct dns_watch *watch, struct error *err)
{
	AUTO_FREE struct dns_exchange *exchanges = xcalloc(count ? count : 1,
							   sizeof(struct dns_exchange));
	int rc;

	for (size_t i = 0; i < count; i++)
		prepare_exchange(&questions[i], &exchanges[i]);
	rc = dns_exchange_all(exchanges, count, timeout_ms, watch, err);
	for (size_t i = 0; i < count; i++) {
		if (rc == 0)
			conclude_question(&questions[i], &exchanges[i]);
		dns_exchange_release(&exchanges[i]);
	}
	return rc;
}
