/*
 * Runs programs for providers (see provider.h). What they print is quoted when they fail, because
 * nothing else tells the user why.
 */
#include "base/alloc.h"
#include "base/secret.h"
#include "dns/provider.h"
#include "os/process/process.h"

enum {
	MAX_OUTPUT = 16 * 1024,
	MAX_SHOWN = 1000,
	TIMEOUT_MS = 10 * 60 * 1000,
};

static int report_program(const char *program, const struct process_result *result,
			  struct error *err)
{
	AUTO(strbuf) struct strbuf said = STRBUF_INIT;
	const struct strbuf *text = result->error_output.len ? &result->error_output
							     : &result->output;

	if (result->exit_status == 0 && !result->timed_out)
		return 0;
	strbuf_add_printable(&said, text->text, text->len < MAX_SHOWN ? text->len : MAX_SHOWN);
	strbuf_trim(&said);
	if (result->timed_out)
		return error_set(err, ERR_PLUGIN, "'%s' did not end within 10 minutes", program);
	return error_set(err, ERR_PLUGIN, "'%s' ended with exit status %d%s%s", program,
			 result->exit_status, said.len ? ": " : "", said.text);
}

int dns_run_program(const struct dns_session *session, const char *const *argv,
		    struct strbuf *ret_output, struct error *err)
{
	const struct process_request request = {
		.argv = argv, .timeout_ms = TIMEOUT_MS, .max_output = MAX_OUTPUT};
	AUTO(process_result) struct process_result result;

	process_result_init(&result);
	if (process_run(&request, &result, err) < 0) {
		if (err->code == ERR_NOT_FOUND)
			error_recode(err, ERR_CONFIG);
		return err->code;
	}
	if (report_program(argv[0], &result, err) < 0)
		return err->code;
	if (ret_output)
		strbuf_add(ret_output, result.output.text, result.output.len);
	secret_wipe(result.output.text, result.output.len);
	return 0;
}
