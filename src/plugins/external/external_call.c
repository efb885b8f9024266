/*
 * Calls an external plugin (see external_call.h). Each call runs in a separate process, so that
 * neither a crash nor an endless loop of a plugin outlives the call or affects this program.
 */
#include "plugins/external/external_call.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/span.h"
#include "os/process/process.h"
#include "plugins/external/external_options.h"

/* A list of names of a large server. */
#define MAX_ANSWER (4 * 1024 * 1024)
/* Of its error output, what an error message quotes (bytes). */
#define MAX_QUOTED 2000
/* Bytes of an output that is not an answer, quoted in an error message. */
#define MAX_SHOWN 100
/* Of a request, an answer or error output, what the log has (bytes). */
#define MAX_LOGGED 16384

/* "plugin" is for programs that are several plugins, such as the bridge. */
struct json *external_request(const struct external_call *call, const char *what)
{
	static const char *const dirs[] = {"config_dir", "work_dir", "logs_dir"};
	static const char *const ports[] = {"http01_port", "https_port"};
	struct json *request = json_object_new();

	json_set_int(request, "version", EXTERNAL_VERSION);
	json_set_string(request, "call", what);
	json_set_int(request, "process", getpid());
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		json_set_string(request, dirs[i], settings_string(call->settings, dirs[i]));
	for (size_t i = 0; i < ARRAY_LEN(ports); i++)
		json_set_int(request, ports[i], settings_int(call->settings, ports[i]));
	json_set_string(request, "plugin", call->plugin->name);
	return request;
}

/* In each form in which it may come back: as it is, in JSON, and made printable. */
static void mask_all(struct strbuf *text, const struct strvec *secrets)
{
	for (size_t i = 0; i < secrets->count; i++) {
		AUTO(strbuf) struct strbuf printable = STRBUF_INIT;

		strbuf_add_printable(&printable, secrets->items[i], strlen(secrets->items[i]));
		strbuf_mask(text, printable.text);
		strbuf_mask(text, secrets->items[i]);
		secret_wipe(printable.text, printable.len);
	}
}

/* The end of an output is quoted, and one that was too long has been cut there. */
static void mask_output(struct strbuf *output, const struct strvec *secrets)
{
	bool was_cut = output->len >= MAX_ANSWER;

	mask_all(output, secrets);
	for (size_t i = 0; was_cut && i < secrets->count; i++)
		strbuf_mask_end(output, secrets->items[i]);
}

/* The parts of an answer that a person reads may be logged, too. */
static void mask_answer(struct json *answer, const struct strvec *secrets)
{
	const struct json *failed = json_member(answer, "failed");

	for (size_t i = 0; failed && i < json_count(failed); i++) {
		const char *reason = json_text(json_member(json_at(failed, i), "error"));
		AUTO(strbuf) struct strbuf safe = STRBUF_INIT;

		if (!reason)
			continue;
		strbuf_adds(&safe, reason);
		mask_all(&safe, secrets);
		json_set_string(json_at(failed, i), "error", safe.text);
	}
}

/* Quotes the end of the program's error output in a message, because that is where a traceback says
 * what happened. */
static int quote_errors(const struct strbuf *output, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct span trimmed = span_trim(span_make(output->text, output->len));

	if (!trimmed.len)
		return err->code;
	if (trimmed.len > MAX_QUOTED)
		trimmed = span_make(trimmed.ptr + trimmed.len - MAX_QUOTED, MAX_QUOTED);
	strbuf_add_printable(&text, trimmed.ptr, trimmed.len);
	return error_hint(err, "it wrote: %s", text.text);
}

/* Killed and failed are told apart, because the remedies differ. */
static int check_end(const struct external_call *call, const struct process_result *result,
		     struct error *err)
{
	AUTO_FREE char *end = process_end_text(result);

	if (result->timed_out)
		error_set(err, ERR_PLUGIN, "%s was stopped: it ran longer than %s",
			  call->plugin->program,
			  call->seconds ? "a description may take" : "--hook-timeout allows");
	else if (result->exit_status)
		error_set(err, ERR_PLUGIN, "%s %s", call->plugin->program, end);
	return error_is_set(err) ? quote_errors(&result->error_output, err) : 0;
}

/* An answer with "error" is the call's error. "not_installed" lets `plugins` pass over it
 * silently. */
static int check_refusal(const struct external_call *call, const struct json *answer,
			 const struct strvec *secrets, struct error *err)
{
	const char *text = NULL;
	AUTO(strbuf) struct strbuf printable = STRBUF_INIT;

	if (json_opt_string(answer, "answer", "error", &text, err) < 0)
		return error_wrap(err, "cannot use the answer of %s", call->plugin->program);
	if (!text)
		return 0;
	strbuf_add_printable(&printable, text, strlen(text));
	mask_all(&printable, secrets);
	return error_set(err,
			 json_opt_bool(answer, "not_installed", false) ? ERR_NOT_FOUND : ERR_PLUGIN,
			 "%s", printable.text);
}

/* Quotes what came instead: most often it is a line that was meant for a person. */
static int refuse_output(const struct external_call *call, const struct strbuf *output,
			 const struct strvec *secrets, struct error *err)
{
	struct span words = span_trim(span_make(output->text, output->len));
	AUTO(strbuf) struct strbuf safe = STRBUF_INIT;
	AUTO(strbuf) struct strbuf shown = STRBUF_INIT;

	if (output->len >= MAX_ANSWER)
		return error_set(err, ERR_PLUGIN, "%s answered with more than %d MiB",
				 call->plugin->program, MAX_ANSWER >> 20);
	strbuf_add(&safe, words.ptr, words.len);
	mask_all(&safe, secrets);
	strbuf_add_printable(&shown, safe.text, safe.len < MAX_SHOWN ? safe.len : MAX_SHOWN);
	return error_set(err, ERR_PLUGIN,
			 "%s did not answer with a JSON object alone, but with %s%s%s",
			 call->plugin->program, shown.len ? "'" : "nothing", shown.text,
			 shown.len ? "'" : "");
}

/* An empty output is refused too: a script that dies of `set -e` prints nothing. */
static int read_answer(const struct external_call *call, const struct process_result *result,
		       const struct strvec *secrets, struct json **ret_answer, struct error *err)
{
	AUTO(json) struct json *answer = NULL;
	struct span line = span_trim(span_make(result->output.text, result->output.len));

	if (json_parse(line.ptr, line.len, "answer", &answer, err) < 0 || !json_is_object(answer)) {
		error_release(err);
		refuse_output(call, &result->output, secrets, err);
		return quote_errors(&result->error_output, err);
	}
	if (check_refusal(call, answer, secrets, err) < 0)
		return err->code;
	mask_answer(answer, secrets);
	*ret_answer = STEAL(answer);
	return 0;
}

/* Logs what goes to the program or comes from it, without what is secret: a secret that is cut in
 * half is not found, so the text is cut last. */
static void log_text(const struct external_call *call, const char *what, const struct strbuf *text,
		     const struct strvec *masked)
{
	struct span trimmed = span_trim(span_make(text->text, text->len));
	AUTO(strbuf) struct strbuf safe = STRBUF_INIT;
	AUTO(strbuf) struct strbuf shown = STRBUF_INIT;

	strbuf_add(&safe, trimmed.ptr, trimmed.len);
	mask_all(&safe, masked);
	strbuf_add_printable(&shown, safe.text, safe.len < MAX_LOGGED ? safe.len : MAX_LOGGED);
	if (shown.len)
		log_debug("%s %s: %s", call->plugin->program, what, shown.text);
}

/* All tasks of a call have the same options: an instance is bound to them (PLUGIN_BOUND). */
static void set_options(struct json *request, struct json *options)
{
	static const char *const lists[] = {"challenges", "certificates"};

	json_set(request, "options", json_share(options));
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct json *list = json_member(request, lists[i]);

		for (size_t j = 0; list && j < json_count(list); j++)
			json_set(json_at(list, j), "options", json_share(options));
	}
}

/* The program was found, so what is missing is the interpreter on its first line. */
static int cannot_run(const struct external_call *call, struct error *err)
{
	error_recode(err, ERR_PLUGIN);
	error_wrap(err, "cannot run the %s plugin", call->plugin->name);
	return error_hint(err, "a script begins with a line like #!/bin/sh, which names an "
			       "interpreter that is on this machine");
}

/* On its standard input: arguments and the environment could be read by other users. */
static int run_program(const struct external_call *call, const struct strbuf *line,
		       const struct strvec *masked, struct process_result *result,
		       struct error *err)
{
	const char *const argv[] = {call->plugin->program, NULL};
	int64_t seconds = call->seconds ? call->seconds
					: settings_int(call->settings, "hook_timeout");
	const struct process_request process = {
		.argv = argv,
		.timeout_ms = seconds * 1000,
		.max_output = MAX_ANSWER,
		.input = line->text,
		.input_len = line->len,
	};

	log_text(call, "is asked", line, masked);
	if (process_run(&process, result, err) < 0)
		return err->code == ERR_CANCELLED ? err->code : cannot_run(call, err);
	log_text(call, "answered", &result->output, masked);
	log_text(call, "wrote to its error output", &result->error_output, masked);
	mask_output(&result->error_output, masked);
	return check_end(call, result, err);
}

static void wipe(struct strvec *secrets)
{
	for (size_t i = 0; i < secrets->count; i++)
		secret_wipe(secrets->items[i], strlen(secrets->items[i]));
}

int external_run(const struct external_call *call, struct json *own_request,
		 struct json **ret_answer, struct error *err)
{
	AUTO(json) struct json *request = own_request;
	AUTO(json) struct json *options = NULL;
	AUTO(strvec) struct strvec masked = STRVEC_INIT;
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;
	AUTO(process_result) struct process_result result;

	process_result_init(&result);
	if (external_options_values(call->plugin, call->settings, &options, &masked, err) == 0) {
		set_options(request, options);
		json_print(request, JSON_COMPACT, &line);
		strbuf_addc(&line, '\n');
		if (run_program(call, &line, &masked, &result, err) == 0)
			read_answer(call, &result, &masked, ret_answer, err);
		secret_wipe(line.text, line.len);
	}
	wipe(&masked);
	return err->code;
}
