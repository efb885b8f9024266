/*
 * Control programs of servers (see control.h). When they reject a configuration, the user needs
 * their messages, so these are quoted in full (up to a screenful), in English.
 */
#include "webserver/control.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "base/span.h"
#include "os/file/file.h"
#include "os/process/process.h"
#include "os/process/program.h"

#define TIME_LIMIT_MS (120 * 1000)
/* `nginx -T` prints the whole configuration, which programs generate. */
#define MAX_OUTPUT (256u << 20)
#define MAX_QUOTED 4096

void control_output_init(struct control_output *output)
{
	strbuf_init(&output->out);
	strbuf_init(&output->errors);
}

void control_output_release(struct control_output *output)
{
	strbuf_release(&output->out);
	strbuf_release(&output->errors);
}

int control_find(char **program, const char *option, const char *product, struct error *err)
{
	char *found = program_find(*program);

	if (!found)
		return error_set(err, ERR_NOT_FOUND,
				 "cannot find the program '%s' (%s): %s is not installed", *program,
				 option, product);
	REPLACE(*program, found);
	return program_check_rights(option, *program, err);
}

static char *command_line(const char *const *argv)
{
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;

	/* Of an argument that is a text of several lines, only the first is shown. */
	for (size_t i = 0; argv[i]; i++)
		strbuf_addf(&line, "%s%.*s", i ? " " : "", (int)strcspn(argv[i], "\n"), argv[i]);
	return strbuf_detach(&line);
}

/* Appends the lines of a message, each made safe for a terminal. */
static void quote(const struct strbuf *message, struct strbuf *out)
{
	struct span rest = span_make(message->text, message->len), line;

	while (span_take_line(&rest, &line) && out->len < MAX_QUOTED) {
		if (!span_trim(line).len)
			continue;
		strbuf_addc(out, '\n');
		strbuf_add_printable(out, line.ptr, line.len < MAX_QUOTED ? line.len : MAX_QUOTED);
	}
}

static int report_failure(const char *command, const struct process_result *result,
			  struct error *err)
{
	AUTO(strbuf) struct strbuf said = STRBUF_INIT;
	AUTO_FREE char *end = process_end_text(result);

	quote(&result->error_output, &said);
	quote(&result->output, &said);
	if (result->timed_out)
		return error_set(err, ERR_PLUGIN, "'%s' did not end within %d seconds%s%s", command,
				 TIME_LIMIT_MS / 1000, said.len ? ":" : "", said.text);
	return error_set(err, ERR_PLUGIN, "'%s' %s%s%s", command, end, said.len ? ":" : "",
			 said.text);
}

/* In the C locale, because some of the messages are read by us (whether a server is running,
 * say). */
int control_run(const char *const *argv, struct control_output *ret_output, struct error *err)
{
	AUTO(process_result) struct process_result result;
	AUTO(strvec) struct strvec env = STRVEC_INIT;
	AUTO_FREE char *command = command_line(argv);
	const struct process_request request = {
		.argv = argv,
		.set_env = &env,
		.timeout_ms = TIME_LIMIT_MS,
		.max_output = MAX_OUTPUT,
	};

	process_result_init(&result);
	strvec_push(&env, "LC_ALL=C");
	log_debug("running '%s'", command);
	if (process_run(&request, &result, err) < 0)
		return error_wrap(err, "cannot run '%s'", command);
	if (result.timed_out || result.exit_status != 0)
		return report_failure(command, &result, err);
	if (ret_output) {
		strbuf_add(&ret_output->out, result.output.text, result.output.len);
		strbuf_add(&ret_output->errors, result.error_output.text, result.error_output.len);
	}
	return 0;
}

/* Asked of programs whose answer is only advice, so a failure is none. */
bool control_prints(const char *const *argv, const char *prefix)
{
	AUTO_FREE char *program = program_find(argv[0]);
	AUTO(control_output) struct control_output output;
	AUTO(error) struct error err = ERROR_INIT;
	struct span rest, line;

	control_output_init(&output);
	if (!program)
		return false;
	if (control_run(argv, &output, &err) < 0)
		log_debug("%s", err.text);
	rest = span_make(output.out.text, output.out.len);
	while (span_take_line(&rest, &line))
		if (span_skip_prefix(&line, prefix))
			return true;
	return false;
}

/* A process that has ended stays until its parent asks about it, which some first processes of
 * containers never do. Its state follows its name, in which there may be anything (proc(5)). Where
 * there is no /proc it counts as alive. */
static bool has_ended(int64_t pid)
{
	AUTO_FREE char *path = xasprintf("/proc/%lld/stat", (long long)pid);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;
	const char *name_end;

	if (file_read(path, 4096, &text, &ignored) < 0)
		return false;
	name_end = strrchr(text.text, ')');
	return name_end && (str_starts(name_end, ") Z") || str_starts(name_end, ") X"));
}

/* The file outlives a server that was killed, so the process is asked, too. EPERM means that there
 * is one, but another user's. */
pid_t control_pid(const char *pid_path)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;
	int64_t pid;

	if (file_read(pid_path, 64, &text, &ignored) < 0)
		return 0;
	strbuf_trim(&text);
	if (!str_to_int64(text.text, 1, INT32_MAX, &pid) ||
	    (kill((pid_t)pid, 0) < 0 && errno != EPERM) || has_ended(pid))
		return 0;
	return (pid_t)pid;
}

bool control_pid_is_alive(const char *pid_path)
{
	return control_pid(pid_path) != 0;
}
