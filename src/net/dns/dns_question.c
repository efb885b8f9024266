/*
 * Creates and frees questions (see dns_question.h).
 */
#include "net/dns/dns_question.h"

#include "base/alloc.h"

void dns_question_init(struct dns_question *question)
{
	*question = (struct dns_question){.message = STRBUF_INIT, .reply = STRBUF_INIT};
	dns_signature_init(&question->signature);
}

void dns_question_release(struct dns_question *question)
{
	free(question->name);
	strbuf_release(&question->message);
	strbuf_release(&question->reply);
	dns_answer_release(&question->answer);
	dns_signature_release(&question->signature);
	error_release(&question->error);
	question->name = NULL;
}

struct dns_question *dns_questions_new(size_t count)
{
	struct dns_question *questions = xcalloc(count ? count : 1, sizeof(*questions));

	for (size_t i = 0; i < count; i++)
		dns_question_init(&questions[i]);
	return questions;
}

void dns_questions_free(struct dns_question *questions, size_t count)
{
	for (size_t i = 0; i < count; i++)
		dns_question_release(&questions[i]);
	free(questions);
}
