/*
 * Calls an external plugin (see external_call.h). Each call runs in a separate process, so that
 * neither a crash nor an endless loop of a plugin outlives the call or affects this program.
 */
#include "plugins/external/external_call.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/span.h"
#include "os/process/process.h"

#define MAX_ANSWER (4 * 1024 * 1024)
/* Of its error output, what an error message quotes (bytes). */
#define MAX_QUOTED 2000
/* Of a request, an answer or error output, what the log has (bytes). */
#define MAX_LOGGED 16384

struct json *external_options(const struct settings *settings)
{
	const struct strvec *items = settings_list(settings, "plugin_options");
	struct json *options = json_object_new();

	for (size_t i = 0; i < items->count; i++) {
		struct span rest = span_of(items->items[i]), name;
		AUTO_FREE char *key = NULL;

		span_take_until(&rest, '=', &name);
		key = span_dup(name);
		json_set_string(options, key, rest.len ? rest.ptr : "");
	}
	return options;
}

struct json *external_request(const struct external_call *call, const char *what)
{
	static const char *const dirs[] = {"config_dir", "work_dir", "logs_dir"};
	struct json *request = json_object_new();

	json_set_int(request, "version", EXTERNAL_VERSION);
	json_set_string(request, "call", what);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		json_set_string(request, dirs[i], settings_string(call->settings, dirs[i]));
	json_set(request, "options", external_options(call->settings));
	return request;
}

/* What the program wrote to its error output, for a message. */
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

static int check_end(const struct external_call *call, const struct process_result *result,
		     struct error *err)
{
	if (result->timed_out)
		error_set(err, ERR_PLUGIN,
			  "%s was stopped: it ran longer than --hook-timeout allows",
			  call->program);
	else if (result->exit_status)
		error_set(err, ERR_PLUGIN, "%s ended with status %d", call->program,
			  result->exit_status);
	return error_is_set(err) ? quote_errors(&result->error_output, err) : 0;
}

/* An answer with "error" is the call's error. */
static int check_refusal(const struct external_call *call, const struct json *answer,
			 struct error *err)
{
	const char *text = NULL;
	AUTO(strbuf) struct strbuf printable = STRBUF_INIT;

	if (json_opt_string(answer, "answer", "error", &text, err) < 0)
		return error_wrap(err, "cannot use the answer of %s", call->program);
	if (!text)
		return 0;
	strbuf_add_printable(&printable, text, strlen(text));
	return error_set(err,
			 json_opt_bool(answer, "not_installed", false) ? ERR_NOT_FOUND : ERR_PLUGIN,
			 "%s", printable.text);
}

static int read_answer(const struct external_call *call, const struct process_result *result,
		       struct json **ret_answer, struct error *err)
{
	AUTO(json) struct json *answer = NULL;
	struct span line = span_trim(span_make(result->output.text, result->output.len));

	if (json_parse(line.ptr, line.len, "answer", &answer, err) < 0 || !json_is_object(answer)) {
		error_release(err);
		error_set(err, ERR_PLUGIN, "%s did not answer with a JSON object", call->program);
		return quote_errors(&result->error_output, err);
	}
	if (check_refusal(call, answer, err) < 0)
		return err->code;
	*ret_answer = STEAL(answer);
	return 0;
}

/* Logs what goes to the program or comes from it, without the values of --plugin-option: those are
 * passwords as often as not. */
static void log_text(const struct external_call *call, const char *what, const struct strbuf *text)
{
	const struct strvec *options = settings_list(call->settings, "plugin_options");
	struct span trimmed = span_trim(span_make(text->text, text->len));
	AUTO(strbuf) struct strbuf safe = STRBUF_INIT;

	strbuf_add_printable(&safe, trimmed.ptr,
			     trimmed.len < MAX_LOGGED ? trimmed.len : MAX_LOGGED);
	for (size_t i = 0; i < options->count; i++) {
		const char *equals = strchr(options->items[i], '=');

		if (equals)
			strbuf_mask(&safe, equals + 1);
	}
	if (safe.len)
		log_debug("%s %s: %s", call->program, what, safe.text);
}

int external_run(const struct external_call *call, struct json *own_request,
		 struct json **ret_answer, struct error *err)
{
	AUTO(json) struct json *request = own_request;
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;
	AUTO(process_result) struct process_result result;
	const char *const argv[] = {call->program, NULL};
	struct process_request process = {
		.argv = argv,
		.timeout_ms = settings_int(call->settings, "hook_timeout") * 1000,
		.max_output = MAX_ANSWER,
	};

	json_print(request, JSON_COMPACT, &line);
	log_text(call, "is asked", &line);
	strbuf_addc(&line, '\n');
	process.input = line.text;
	process.input_len = line.len;
	process_result_init(&result);
	if (process_run(&process, &result, err) < 0)
		return err->code == ERR_CANCELLED
			       ? err->code
			       : error_wrap(err, "cannot run the %s plugin", call->plugin);
	log_text(call, "answered", &result.output);
	log_text(call, "wrote to its error output", &result.error_output);
	if (check_end(call, &result, err) < 0)
		return err->code;
	return read_answer(call, &result, ret_answer, err);
}
