/*
 * Runs one of two programs on a private copy (see shadow_side.h). Both get the same command lines,
 * so that any difference in their output is a difference between the programs.
 */
#include "handover/shadow_side.h"

#include <stdlib.h>
#include <string.h>

#include "handover/shadow_copy.h"
#include "base/alloc.h"
#include "foreign/certbot_output.h"
#include "os/file/file.h"
#include "os/process/process.h"

/* Python takes half a second to start, a snap several seconds, and ten thousand lineages half a
 * minute. */
#define PATIENCE_MS 600000
#define MAX_OUTPUT (64 * 1024 * 1024)
/* Pieces of a log, of one megabyte each: as many as Certbot keeps. */
#define MAX_PIECES 1001
/* A port on which nothing listens, not even on this machine. */
#define NOBODY "127.0.0.1:1"
/* A program that objects to the value of an option knows the option. This limits how many such
 * objections are read. */
#define MAX_PROBES 64

void shadow_side_release(struct shadow_side *side)
{
	free(side->copy);
	free(side->version);
	free(side->failure);
	strvec_release(&side->plugins);
	map_release(&side->plan);
	map_release(&side->certificates);
	strbuf_release(&side->errors);
	strbuf_release(&side->log);
	strbuf_release(&side->help);
}

int shadow_side_begin(struct shadow_side *side, const char *dir, const char *name,
		      struct error *err)
{
	side->copy = path_join(dir, name);
	return shadow_copy(side->config_dir, side->copy, err);
}

/* Appends the text with the path of the copy replaced by the real directory. */
static void add_original(const struct shadow_side *side, struct span text, struct strbuf *out)
{
	size_t len = strlen(side->copy);

	while (text.len) {
		const char *found = memmem(text.ptr, text.len, side->copy, len);
		size_t before = found ? (size_t)(found - text.ptr) : text.len;

		strbuf_add(out, text.ptr, before);
		text = span_drop(text, before);
		if (!found)
			return;
		strbuf_adds(out, side->config_dir);
		text = span_drop(text, len);
	}
}

/* If anything still asks a CA or an OCSP responder, it gets a proxy that does not exist. Python
 * must not leave compiled modules behind, and temporary files go next to the copy. */
static void build_variables(const struct shadow_side *side, struct strvec *ret)
{
	static const char *const proxies[] = {"http_proxy",  "https_proxy", "HTTP_PROXY",
					      "HTTPS_PROXY", "all_proxy",   "ALL_PROXY"};

	for (size_t i = 0; i < ARRAY_LEN(proxies); i++)
		strvec_pushf(ret, "%s=http://" NOBODY, proxies[i]);
	strvec_push(ret, "no_proxy=");
	strvec_push(ret, "NO_PROXY=");
	strvec_push(ret, "PYTHONDONTWRITEBYTECODE=1");
	strvec_push(ret, "LC_ALL=C.UTF-8");
	strvec_pushf(ret, "TMPDIR=%s", side->copy);
}

/* Runs one command. In its output, paths of the copy are replaced by the real ones. */
static int run_words(const struct shadow_side *side, const struct strvec *words,
		     struct process_result *result, struct error *err)
{
	AUTO(strvec) struct strvec variables = STRVEC_INIT;
	AUTO(strbuf) struct strbuf output = STRBUF_INIT;
	AUTO(strbuf) struct strbuf errors = STRBUF_INIT;
	const struct process_request request = {
		.argv = (const char *const *)words->items,
		.set_env = &variables,
		.timeout_ms = PATIENCE_MS,
		.max_output = MAX_OUTPUT,
	};

	build_variables(side, &variables);
	if (process_run(&request, result, err) < 0)
		return err->code;
	if (result->timed_out)
		return error_set(err, ERR_IO, "'%s %s' takes too long", side->program,
				 words->items[1]);
	add_original(side, span_make(result->output.text, result->output.len), &output);
	add_original(side, span_make(result->error_output.text, result->error_output.len), &errors);
	strbuf_release(&result->output);
	strbuf_release(&result->error_output);
	result->output = output;
	result->error_output = errors;
	strbuf_init(&output);
	strbuf_init(&errors);
	return 0;
}

static void add_directories(const struct shadow_side *side, const struct settings *settings,
			    struct strvec *words)
{
	const struct strvec *files = settings_list(settings, "config_file");

	strvec_push(words, "--config-dir");
	strvec_push(words, side->copy);
	strvec_push(words, "--work-dir");
	strvec_pushf(words, "%s/.work", side->copy);
	strvec_push(words, "--logs-dir");
	strvec_pushf(words, "%s/.logs", side->copy);
	strvec_push(words, "-n");
	for (size_t i = 0; i < files->count; i++) {
		strvec_push(words, "--config");
		strvec_push(words, files->items[i]);
	}
}

/* Reads the piece of the log with that number; 0 is the current one. */
static char *log_path(const struct shadow_side *side, unsigned number)
{
	return number ? xasprintf("%s/.logs/letsencrypt.log.%u", side->copy, number)
		      : xasprintf("%s/.logs/letsencrypt.log", side->copy);
}

/* The whole log of the last command. Certbot starts a new file at every megabyte, which a few
 * hundred lineages fill; the piece with the highest number is the oldest. */
static void read_log(const struct shadow_side *side, struct strbuf *out)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	unsigned count = 1;
	bool goes_on = true;

	while (goes_on && count < MAX_PIECES) {
		AUTO_FREE char *next = log_path(side, count);

		goes_on = file_exists(next);
		count += goes_on;
	}
	while (count-- > 0) {
		AUTO_FREE char *path = log_path(side, count);
		AUTO(strbuf) struct strbuf piece = STRBUF_INIT;
		AUTO(error) struct error none = ERROR_INIT;

		/* Without a log, only the reasons are missing. */
		if (file_read(path, MAX_OUTPUT, &piece, &none) == 0)
			strbuf_add(&text, piece.text, piece.len);
	}
	add_original(side, span_make(text.text, text.len), out);
}

/* Remove the log of an earlier command, which would be taken for pieces of this one. */
static int forget_logs(const struct shadow_side *side, struct error *err)
{
	AUTO_FREE char *dir = path_join(side->copy, ".logs");

	return file_is_dir(dir) ? dir_remove_tree(dir, err) : 0;
}

/* The command line cannot undo `quiet` in a cli.ini, and the file cannot be left out. So what was
 * not printed is taken from the log. */
static void hear_quiet(const struct shadow_side *side, struct process_result *result)
{
	AUTO(strbuf) struct strbuf log = STRBUF_INIT;

	if (result->output.len)
		return;
	read_log(side, &log);
	certbot_output_from_log(span_make(log.text, log.len), &result->output);
}

static int run_verb(const struct shadow_side *side, const struct settings *settings,
		    const char *verb, const struct strvec *more, struct process_result *result,
		    struct error *err)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;

	strvec_push(&words, side->program);
	strvec_push(&words, verb);
	add_directories(side, settings, &words);
	if (more)
		strvec_extend(&words, more);
	if (forget_logs(side, err) < 0 || run_words(side, &words, result, err) < 0)
		return err->code;
	hear_quiet(side, result);
	return 0;
}

/* Both argparse and this program put the error on the last line that is not empty. */
static char *last_line(const struct strbuf *text)
{
	struct span rest = span_make(text->text, text->len), line, last = span_of("");
	AUTO(strbuf) struct strbuf printable = STRBUF_INIT;

	while (span_take_line(&rest, &line))
		if (span_trim(line).len)
			last = span_trim(line);
	strbuf_add_printable(&printable, last.ptr, last.len);
	return strbuf_detach(&printable);
}

static int run_version(struct shadow_side *side, struct error *err)
{
	AUTO(process_result) struct process_result result;
	AUTO(strvec) struct strvec words = STRVEC_INIT;

	process_result_init(&result);
	strvec_push(&words, side->program);
	strvec_push(&words, "--version");
	if (run_words(side, &words, &result, err) < 0)
		return err->code;
	/* Certbot before 1.0 printed its version on standard error. */
	side->version = last_line(result.output.len ? &result.output : &result.error_output);
	return 0;
}

/* This is the first command that reads cli.ini, and it does not look at certificates. */
static int run_plugins(struct shadow_side *side, const struct settings *settings, struct error *err)
{
	AUTO(process_result) struct process_result result;

	process_result_init(&result);
	if (run_verb(side, settings, "plugins", NULL, &result, err) < 0)
		return err->code;
	if (result.exit_status)
		side->failure = last_line(&result.error_output);
	certbot_output_plugins(span_make(result.output.text, result.output.len), &side->plugins);
	return 0;
}

static int run_certificates(struct shadow_side *side, const struct settings *settings,
			    struct error *err)
{
	AUTO(process_result) struct process_result result;

	process_result_init(&result);
	if (run_verb(side, settings, "certificates", NULL, &result, err) < 0)
		return err->code;
	certbot_output_certificates(span_make(result.output.text, result.output.len),
				    &side->certificates);
	return 0;
}

/* A lineage that is due fails at the CA, before any hook runs; one that is not due is reported as
 * skipped. The plugins given here replace those of the confs, which might contact servers or lock
 * their files. */
static int run_renew(struct shadow_side *side, const struct settings *settings, struct error *err)
{
	static const char *const words[] = {
		"--authenticator",
		"standalone",
		"--installer",
		"null",
		"--server",
		"https://" NOBODY "/directory",
		"--no-random-sleep-on-renew",
		"--no-directory-hooks",
		"--pre-hook",
		"",
		"--post-hook",
		"",
		"--deploy-hook",
		"",
	};
	AUTO(process_result) struct process_result result;
	AUTO(strvec) struct strvec more = STRVEC_INIT;

	process_result_init(&result);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		strvec_push(&more, words[i]);
	if (run_verb(side, settings, "renew", &more, &result, err) < 0)
		return err->code;
	certbot_output_plan(span_make(result.output.text, result.output.len), &side->plan);
	certbot_output_plan(span_make(result.error_output.text, result.error_output.len),
			    &side->plan);
	strbuf_add(&side->errors, result.error_output.text, result.error_output.len);
	read_log(side, &side->log);
	return 0;
}

int shadow_side_run(struct shadow_side *side, const struct settings *settings, struct error *err)
{
	if (run_version(side, err) < 0 || run_plugins(side, settings, err) < 0)
		return err->code;
	if (side->failure)
		return 0;
	if (run_certificates(side, settings, err) < 0)
		return err->code;
	return run_renew(side, settings, err);
}

/* ---- Options ---- */

static int read_help(struct shadow_side *side, struct error *err)
{
	AUTO(process_result) struct process_result result;
	AUTO(strvec) struct strvec words = STRVEC_INIT;

	process_result_init(&result);
	strvec_push(&words, side->program);
	strvec_push(&words, "--help");
	strvec_push(&words, "all");
	if (run_words(side, &words, &result, err) < 0)
		return err->code;
	strbuf_add(&side->help, result.output.text, result.output.len);
	return 0;
}

/* Gives the program the options and reads which one it objects to. Sets *ret_goes_on to false if
 * there are no more objections. The value 1 suits hardly any option, but a complaint about the
 * value also shows that the option is known. */
static int probe_options(const struct shadow_side *side, const struct settings *settings,
			 struct strvec *options, struct strvec *ret_unknown, bool *ret_goes_on,
			 struct error *err)
{
	AUTO(process_result) struct process_result result;
	AUTO(strvec) struct strvec more = STRVEC_INIT;
	size_t known = SIZE_MAX;

	process_result_init(&result);
	for (size_t i = 0; i < options->count; i++)
		strvec_pushf(&more, "%s=1", options->items[i]);
	if (run_verb(side, settings, "plugins", &more, &result, err) < 0)
		return err->code;
	*ret_goes_on =
		result.exit_status &&
		certbot_output_usage(span_make(result.error_output.text, result.error_output.len),
				     options, ret_unknown, &known) &&
		known != SIZE_MAX;
	if (*ret_goes_on)
		strvec_remove(options, known);
	return 0;
}

/* Help lists most options; those that it hides are tried out. */
int shadow_side_unknown(struct shadow_side *side, const struct settings *settings,
			const struct strvec *options, struct strvec *ret_unknown, struct error *err)
{
	AUTO(strvec) struct strvec open = STRVEC_INIT;
	bool goes_on = true;

	if (options->count && !side->help.len && read_help(side, err) < 0)
		return err->code;
	for (size_t i = 0; i < options->count; i++)
		if (!certbot_output_has_option(span_make(side->help.text, side->help.len),
					       options->items[i]))
			strvec_push(&open, options->items[i]);
	for (int i = 0; open.count && goes_on && i < MAX_PROBES; i++)
		if (probe_options(side, settings, &open, ret_unknown, &goes_on, err) < 0)
			return err->code;
	return 0;
}
