/*
 * Jobs and their results as messages (see parser_wire.h).
 */
#include "net/parser/parser_wire.h"

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/frame.h"
#include "codec/json_record.h"
#include "codec/xml_record.h"

enum {
	MAX_CERT = 64 * 1024,    /* DER */
	MAX_CHAIN = 1024 * 1024, /* PEM */
	MAX_NAME = 1024,
	MAX_NAMES = 10000,
	DIGEST_LEN = 32,
};

void parser_task_release(struct parser_task *task)
{
	content_release(&task->job.content);
	cert_free(task->cert);
	cert_free(task->issuer);
}

/* As DER: a struct cert cannot be sent, and the child may parse what the parent trusts. */
static void put_cert(struct strbuf *out, const struct cert *cert)
{
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;

	cert_to_der(cert, &der);
	frame_put_bytes(out, der.text, der.len);
}

void parser_wire_put_job(struct strbuf *out, const struct parser_job *job)
{
	frame_put_u8(out, (uint8_t)job->form);
	frame_put_bytes(out, job->body.ptr, job->body.len);
	if (job->form == CONTENT_CHAIN)
		frame_put_bytes(out, job->chain_start.ptr, job->chain_start.len);
	if (job->form != CONTENT_OCSP)
		return;
	put_cert(out, job->question->cert);
	put_cert(out, job->question->issuer);
	frame_put_u64(out, (uint64_t)job->question->now_seconds);
}

/* The time is the parent's, so that both judge a response by one clock. */
static int get_question(struct frame_reader *reader, struct parser_task *task, struct error *err)
{
	struct span cert = frame_get_bytes(reader, MAX_CERT);
	struct span issuer = frame_get_bytes(reader, MAX_CERT);
	int64_t now_seconds = (int64_t)frame_get_u64(reader);

	if (reader->broken)
		return 0;
	if (cert_from_der(cert.ptr, cert.len, &task->cert, err) < 0 ||
	    cert_from_der(issuer.ptr, issuer.len, &task->issuer, err) < 0)
		return err->code;
	task->question = (struct ocsp_question){
		.cert = task->cert,
		.issuer = task->issuer,
		.response_der = task->job.body,
		.now_seconds = now_seconds,
	};
	task->job.question = &task->question;
	return 0;
}

int parser_wire_get_job(struct span message, struct parser_task *task, struct error *err)
{
	struct frame_reader reader = {.rest = message};
	uint8_t form = frame_get_u8(&reader);

	task->job.form = (enum content_form)form;
	task->job.body = frame_get_bytes(&reader, PARSER_MAX_BODY);
	if (form == CONTENT_CHAIN)
		task->job.chain_start = frame_get_bytes(&reader, MAX_CHAIN);
	if (form == CONTENT_OCSP && get_question(&reader, task, err) < 0)
		return err->code;
	if (form == CONTENT_RAW || form >= CONTENT_FORM__COUNT || !frame_is_whole(&reader))
		return error_set(err, ERR_PROTOCOL, "malformed job");
	return 0;
}

static void put_chain(struct strbuf *out, const struct cert_chain *chain)
{
	frame_put_bytes(out, chain->leaf_pem.text, chain->leaf_pem.len);
	frame_put_bytes(out, chain->rest_pem.text, chain->rest_pem.len);
	frame_put_text(out, chain->top_issuer_cn.text);
	frame_put_u64(out, (uint64_t)chain->soonest_not_after);
	frame_put_text(out, chain->soonest_cn.text);
	frame_put_u32(out, chain->oddities);
	frame_put_bytes(out, chain->leaf_key.text, chain->leaf_key.len);
	frame_put_u64(out, (uint64_t)chain->leaf_not_before);
	frame_put_u64(out, (uint64_t)chain->leaf_not_after);
	frame_put_u32(out, (uint32_t)chain->leaf_names.count);
	for (size_t i = 0; i < chain->leaf_names.count; i++)
		frame_put_text(out, chain->leaf_names.items[i]);
}

void parser_wire_put_content(struct strbuf *out, const struct content *content)
{
	frame_put_error(out, &content->fault);
	if (error_is_set(&content->fault))
		return;
	if (content->form == CONTENT_JSON || content->form == CONTENT_FIELDS ||
	    content->form == CONTENT_ZONE)
		json_record_put(out, content->json);
	else if (content->form == CONTENT_XML)
		xml_record_put(out, content->xml);
	else if (content->form == CONTENT_CHAIN)
		put_chain(out, &content->chain);
	else
		frame_put_u8(out, (uint8_t)content->revocation);
}

/* Lines of PEM go into files that servers load: printable ASCII, each line ended. A compromised
 * child must not be able to put control characters into files that people print on their
 * terminals. */
static void get_pem(struct frame_reader *reader, struct strbuf *ret_pem)
{
	struct span pem = frame_get_bytes(reader, MAX_CHAIN);

	for (size_t i = 0; i < pem.len; i++)
		if (pem.ptr[i] != '\n' && (pem.ptr[i] < ' ' || pem.ptr[i] > '~'))
			reader->broken = true;
	if (pem.len && pem.ptr[pem.len - 1] != '\n')
		reader->broken = true;
	strbuf_add(ret_pem, pem.ptr, pem.len);
}

/* Names from a certificate are shown to people. */
static char *get_printable(struct frame_reader *reader)
{
	char *text = frame_get_text(reader, MAX_NAME);

	if (!ascii_is_printable_text(text))
		reader->broken = true;
	return text;
}

static void get_common_name(struct frame_reader *reader, struct strbuf *ret_name)
{
	AUTO_FREE char *name = get_printable(reader);

	strbuf_adds(ret_name, name);
}

/* Times of a certificate: the years 0 to 9999. */
static int64_t get_time(struct frame_reader *reader)
{
	int64_t seconds = (int64_t)frame_get_u64(reader);

	if (seconds < INT64_C(-62167219200) || seconds > INT64_C(253402300799))
		reader->broken = true;
	return seconds;
}

/* A time, or INT64_MAX. */
static int64_t get_time_or_none(struct frame_reader *reader)
{
	struct frame_reader ahead = *reader;
	int64_t seconds = (int64_t)frame_get_u64(&ahead);

	if (seconds != INT64_MAX)
		return get_time(reader);
	*reader = ahead;
	return seconds;
}

/* A digest: the key is only compared. */
static void get_leaf_key(struct frame_reader *reader, struct strbuf *ret_key)
{
	struct span key = frame_get_bytes(reader, DIGEST_LEN);

	if (key.len && key.len != DIGEST_LEN)
		reader->broken = true;
	strbuf_add(ret_key, key.ptr, key.len);
}

/* A chain without a leaf is not a chain. */
static void get_chain(struct frame_reader *reader, struct cert_chain *chain)
{
	uint32_t count;

	get_pem(reader, &chain->leaf_pem);
	get_pem(reader, &chain->rest_pem);
	get_common_name(reader, &chain->top_issuer_cn);
	chain->soonest_not_after = get_time_or_none(reader);
	get_common_name(reader, &chain->soonest_cn);
	chain->oddities = frame_get_u32(reader);
	get_leaf_key(reader, &chain->leaf_key);
	chain->leaf_not_before = get_time(reader);
	chain->leaf_not_after = get_time(reader);
	count = frame_get_u32(reader);
	if (!chain->leaf_pem.len || count > MAX_NAMES)
		reader->broken = true;
	for (; count && !reader->broken; count--)
		strvec_give(&chain->leaf_names, get_printable(reader));
}

/* A number outside of the enum would index tables. */
static void get_revocation(struct frame_reader *reader, enum ocsp_status *ret_status)
{
	uint8_t status = frame_get_u8(reader);

	if (status > OCSP_UNKNOWN)
		reader->broken = true;
	*ret_status = (enum ocsp_status)status;
}

static void get_form(struct frame_reader *reader, struct content *content)
{
	switch (content->form) {
	case CONTENT_JSON:
	case CONTENT_FIELDS:
	case CONTENT_ZONE:
		content->json = json_record_get(reader);
		return;
	case CONTENT_XML:
		content->xml = xml_record_get(reader);
		return;
	case CONTENT_CHAIN:
		get_chain(reader, &content->chain);
		return;
	case CONTENT_OCSP:
		get_revocation(reader, &content->revocation);
		return;
	case CONTENT_RAW:
	case CONTENT_FORM__COUNT:
		reader->broken = true;
	}
}

int parser_wire_get_content(struct span message, enum content_form form,
			    struct content *ret_content, struct error *err)
{
	struct frame_reader reader = {.rest = message};

	ret_content->form = form;
	frame_get_error(&reader, &ret_content->fault);
	if (!error_is_set(&ret_content->fault))
		get_form(&reader, ret_content);
	if (frame_is_whole(&reader))
		return 0;
	/* Nothing of an answer that is malformed in any place is used. */
	content_release(ret_content);
	return error_set(err, ERR_PROTOCOL, "malformed answer");
}
