/*
 * A program that gets the document on standard input. It is started without a shell: --notify
 * takes only a path, and anything more belongs in a script.
 */
#include <stdlib.h>

#include "app/notify/ways.h"
#include "base/alloc.h"
#include "os/process/process.h"
#include "os/process/program.h"

enum {
	TIMEOUT_MS = NOTIFY_LOCAL_S * 1000,
	MAX_OUTPUT = 4096,
};

static int judge_result(const struct process_result *result, struct error *err)
{
	AUTO(strbuf) struct strbuf said = STRBUF_INIT;
	AUTO_FREE char *end = NULL;

	if (result->timed_out)
		return error_set(err, ERR_PLUGIN, "no end within %d s", TIMEOUT_MS / 1000);
	if (!result->exit_status)
		return 0;
	end = process_end_text(result);
	strbuf_add_printable(&said, result->error_output.text, result->error_output.len);
	strbuf_trim(&said);
	return error_set(err, ERR_PLUGIN, "it %s%s%s", end, said.len ? ": " : "", said.text);
}

int way_run(const char *const *argv, const struct strvec *variables, struct span input,
	    struct error *err)
{
	AUTO(process_result) struct process_result result;
	const struct process_request request = {
		.argv = argv,
		.set_env = variables,
		.input = input.ptr,
		.input_len = input.len,
		.timeout_ms = TIMEOUT_MS,
		.max_output = MAX_OUTPUT,
	};

	process_result_init(&result);
	if (process_run(&request, &result, err) < 0)
		return err->code;
	return judge_result(&result, err);
}

/* The variables are for scripts that have no parser at hand. */
int way_program_send(const struct notify_target *target, struct notify_round *round,
		     const struct digest *digest, struct error *err)
{
	const char *const argv[] = {target->value, NULL};
	AUTO(json) struct json *document = digest_document(digest);
	AUTO_FREE char *subject = digest_subject(digest);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(strvec) struct strvec variables = STRVEC_INIT;

	if (program_check_rights("the program of --notify", target->value, err) < 0)
		return err->code;
	json_print(document, JSON_COMPACT, &text);
	strbuf_addc(&text, '\n');
	strvec_pushf(&variables, "CERTBOT_SUBJECT=%s", subject);
	strvec_pushf(&variables, "CERTBOT_NEW=%zu", digest->counts[DIGEST_NEW]);
	strvec_pushf(&variables, "CERTBOT_KNOWN=%zu", digest->counts[DIGEST_KNOWN]);
	strvec_pushf(&variables, "CERTBOT_OVER=%zu", digest->counts[DIGEST_OVER]);
	return way_run(argv, &variables, span_make(text.text, text.len), err);
}
