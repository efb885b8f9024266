/*
 * Runs programs for providers (see program.h). What they print is quoted when they fail, because
 * nothing else tells the user why.
 */
#include "dns/program.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/secret.h"
#include "dns/login.h"
#include "dns/provider.h"
#include "os/process/process.h"
#include "os/process/program.h"

enum {
	MAX_OUTPUT = 16 * 1024,
	MAX_SHOWN = 1000,
	MAX_SECONDS = 10 * 60,
};

static int64_t seconds_allowed(const struct dns_session *session)
{
	int64_t seconds = settings_int(session->settings, "hook_timeout");

	return seconds > 0 && seconds < MAX_SECONDS ? seconds : MAX_SECONDS;
}

static void add_said(const struct dns_session *session, const struct strbuf *text, size_t max_len,
		     struct strbuf *out)
{
	dns_login_add_safe(session->login, text->text, max_len, out);
	strbuf_trim(out);
}

static int report_program(const struct dns_session *session, const struct dns_program *program,
			  const struct process_result *result, struct error *err)
{
	AUTO(strbuf) struct strbuf said = STRBUF_INIT;
	const char *name = program->name ? program->name : program->argv[0];
	AUTO_FREE char *end = process_end_text(result);

	if (result->exit_status == 0 && !result->timed_out)
		return 0;
	add_said(session, result->error_output.len ? &result->error_output : &result->output,
		 MAX_SHOWN, &said);
	if (result->timed_out)
		return error_set(err, ERR_PLUGIN, "'%s' did not end within %lld seconds", name,
				 (long long)seconds_allowed(session));
	return error_set(err, ERR_PLUGIN, "'%s' %s%s%s", name, end, said.len ? ": " : "",
			 said.text);
}

/* The bytes beyond the limit were dropped, and may have been the rest of a secret. */
static void mask_cut(const struct dns_session *session, struct strbuf *words)
{
	if (words->len >= MAX_OUTPUT)
		dns_login_mask_end(session->login, words);
}

/* Logs the output of a program whose output is not a result. */
static void log_words(const struct dns_session *session, const struct strbuf *words)
{
	AUTO(strbuf) struct strbuf said = STRBUF_INIT;

	add_said(session, words, MAX_OUTPUT, &said);
	if (said.len)
		log_debug("it wrote: %s", said.text);
}

int dns_check_program(const char *what, const char *program, struct error *err)
{
	AUTO_FREE char *path = program_find(program);

	/* A missing program is reported when it is run. */
	return path ? program_check_rights(what, path, err) : 0;
}

/* Else it would be found out when the order is placed. */
int dns_require_program(const char *what, const char *program, struct error *err)
{
	AUTO_FREE char *path = program_find(program);

	if (path)
		return program_check_rights(what, path, err);
	error_set(err, ERR_CONFIG,
		  "cannot run '%s' of %s: there is no such program, or it is not executable",
		  program, what);
	return error_hint(err, "give the path of the program, and make it executable (chmod +x)");
}

int dns_run_program(const struct dns_session *session, const struct dns_program *program,
		    struct strbuf *ret_output, struct error *err)
{
	const struct process_request request = {.argv = program->argv,
						.set_env = program->env,
						.clean_env = program->env != NULL,
						.timeout_ms = seconds_allowed(session) * 1000,
						.max_output = MAX_OUTPUT};
	AUTO(process_result) struct process_result result;
	int rc;

	process_result_init(&result);
	rc = process_run(&request, &result, err);
	if (program->ended)
		program->ended(program->context);
	if (rc < 0) {
		if (err->code == ERR_NOT_FOUND)
			error_recode(err, ERR_CONFIG);
		return err->code;
	}
	mask_cut(session, &result.error_output);
	if (!ret_output) {
		mask_cut(session, &result.output);
		log_words(session, &result.error_output);
		log_words(session, &result.output);
	}
	rc = report_program(session, program, &result, err);
	if (rc == 0 && ret_output)
		strbuf_add(ret_output, result.output.text, result.output.len);
	secret_wipe(result.output.text, result.output.len);
	return rc;
}

int dns_run_for_each(struct dns_session *session, const struct dns_batch *batch, const char *verb,
		     dns_record_fn *run, struct error *err)
{
	for (size_t i = 0; i < batch->record_count; i++) {
		struct dns_record *record = batch->records[i];

		if (run(session, record, verb, &record->error) < 0)
			error_wrap(&record->error, "cannot %s '%s'", verb, record->name);
		if (record->error.code == ERR_CANCELLED)
			return error_copy(err, &record->error);
	}
	return 0;
}
