/*
 * Parses each body with the parser for its form (see parser_perform.h).
 */
#include "net/parser/parser_perform.h"

#include "base/alloc.h"
#include "codec/form.h"
#include "net/parser/zone_file.h"

/* The caller adds the subject of an error. */
static int parse_body(struct parser_job *job, struct cert_issuers *issuers, struct error *err)
{
	struct content *content = &job->content;
	struct span body = job->body;
	struct ocsp_question question;

	switch (job->form) {
	case CONTENT_JSON:
		return json_parse(body.ptr, body.len, "JSON", &content->json, err);
	case CONTENT_XML:
		return xml_parse(body.ptr, body.len, "XML", &content->xml, err);
	case CONTENT_FIELDS:
		content->json = form_parse(body);
		return 0;
	case CONTENT_ZONE:
		return zone_file_parse(body, &content->json, err);
	case CONTENT_CHAIN:
		return cert_chain_extend(issuers, job->chain_start, body, &content->chain, err);
	case CONTENT_OCSP:
		question = *job->question;
		question.response_der = body;
		return ocsp_response(&question, &content->revocation, err);
	case CONTENT_RAW:
	case CONTENT_FORM__COUNT:
		break;
	}
	BUG("nothing to parse");
}

void parser_perform(struct parser_job *job, struct cert_issuers *issuers)
{
	AUTO(error) struct error failure = ERROR_INIT;

	job->content.form = job->form;
	if (parse_body(job, issuers, &failure) < 0)
		error_move(&job->content.fault, &failure);
}
