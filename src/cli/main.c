/*
 * The program from argv to exit status: parses the options, prepares directories and log, runs the
 * subcommand, and reports errors.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/builtins.h"
#include "app/startup.h"
#include "app/verbs/invocation.h"
#include "app/verbs/plugins_list.h"
#include "app/verbs/recovery.h"
#include "app/why/why.h"
#include "base/alloc.h"
#include "children/children.h"
#include "cli/display.h"
#include "cli/events_file.h"
#include "cli/exit_status.h"
#include "cli/help.h"
#include "cli/logging.h"
#include "cli/pages.h"
#include "cli/verbs.h"
#include "codec/output/result.h"
#include "config/commandline.h"
#include "history/undo.h"
#include "instances/programs.h"
#include "os/process/process_secrecy.h"
#include "os/signals.h"
#include "os/terminal.h"

/* Collects the words that are subcommands, for the parser; they are borrowed or owned by
 * `ret_words`. */
static void collect_verb_words(struct strvec *ret_words)
{
	for (size_t i = 0; i < verb_count; i++) {
		strvec_push(ret_words, verbs[i].name);
		if (verbs[i].aliases)
			strvec_split(ret_words, verbs[i].aliases, " ");
	}
}

/* `certbot` alone is `certbot run`. */
static int parse_arguments(int argc, char **argv, const struct option_table *table,
			   struct commandline *ret_commandline, struct error *err)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	AUTO(strvec) struct strvec files = STRVEC_INIT;
	struct commandline_input input = {.argc = argc,
					  .argv = argv,
					  .default_verb = "run",
					  .operands_of = verb_operands,
					  .reads_files = verb_reads_files};

	collect_verb_words(&words);
	commandline_default_files(&files);
	input.verbs = (const char *const *)words.items;
	input.config_files = (const char *const *)files.items;
	return commandline_parse(&input, table, ret_commandline, err);
}

/* To standard output and with status 0: the user asked for it, and may pipe it into a pager. */
static void print_help(struct programs *programs, const char *topic)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	pages_help(programs, topic, terminal_width(STDOUT_FILENO), &text);
	fputs(text.text, stdout);
}

/* The form is argparse's. */
static int report_usage_error(const struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	help_print_usage(&text);
	strbuf_adds(&text, "certbot: error: ");
	/* The text quotes words that may come from anywhere. */
	strbuf_add_printable(&text, err->text, strlen(err->text));
	fprintf(stderr, "%s\n", text.text);
	if (err->hint)
		fprintf(stderr, "%s\n", err->hint);
	return EXIT_STATUS_USAGE;
}

/* Neither a person who has just decided to stop wants help, nor cron. */
static bool wants_help(const struct error *err)
{
	return logging_console_level() < LOG_LEVEL_ERROR && err->code != ERR_EXISTS &&
	       err->code != ERR_NOT_FOUND && err->code != ERR_CANCELLED;
}

/* Prints the text, the hint and where to find more. "An unexpected error" is Certbot's message for
 * an error from the CA; scripts look for it. */
static int report_error(const struct error *err)
{
	const char *path;

	fflush(stdout);
	if (err->code == ERR_USAGE)
		return report_usage_error(err);
	if (err->problem_type)
		fputs("An unexpected error occurred:\n", stderr);
	fprintf(stderr, "%s\n", err->text);
	log_debug("exiting with error (%s): %s", error_code_name(err->code), err->text);
	if (err->hint) {
		fprintf(stderr, "Hint: %s\n", err->hint);
		log_debug("hint: %s", err->hint);
	}
	logging_rescue();
	path = logging_path();
	if (path && wants_help(err))
		fprintf(stderr,
			"Ask for help or search for solutions at https://community.letsencrypt.org. "
			"See the logfile %s or re-run Certbot with -v for more details.\n",
			path);
	return EXIT_STATUS_FAILED;
}

/* The cause comes last, where it is read. */
static int report_failure(const struct error *err, const char *cause)
{
	int status = report_error(err);

	if (cause)
		fprintf(stderr, "%s\n", cause);
	return status;
}

/* After a signal: Ctrl-C ends with status 1, others end the process as the signal does. Reraised so
 * that the shell sees the signal and stops its loop or script too. */
static int report_signal(int signal_number)
{
	fflush(stdout);
	if (signal_number == SIGINT) {
		fputs("Exiting due to user request.\n", stderr);
		return EXIT_STATUS_FAILED;
	}
	logging_stop();
	signals_reraise(signal_number);
	return EXIT_STATUS_FAILED;
}

/* Python's levels: without options, warnings are shown. */
static enum log_level console_level(const struct settings *settings)
{
	int64_t verbosity = settings_int(settings, "verbose_count");

	if (settings_flag(settings, "quiet"))
		return LOG_LEVEL_ERROR;
	return verbosity >= 2   ? LOG_LEVEL_DEBUG
	       : verbosity == 1 ? LOG_LEVEL_INFO
				: LOG_LEVEL_WARNING;
}

static bool has_events_on_stdout(const struct settings *settings)
{
	static const char *const names[] = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"};
	const char *events = settings_string(settings, "json_events");

	for (size_t i = 0; events && i < ARRAY_LEN(names); i++)
		if (strcmp(events, names[i]) == 0)
			return true;
	return false;
}

/* Quiet implies non-interactive, as in Certbot: nobody would see the question. */
static unsigned display_flags(const struct settings *settings)
{
	unsigned flags = 0;

	if (settings_flag(settings, "quiet"))
		flags |= DISPLAY_QUIET;
	if (settings_flag(settings, "noninteractive_mode"))
		flags |= DISPLAY_NON_INTERACTIVE;
	if (settings_flag(settings, "force_interactive"))
		flags |= DISPLAY_FORCE_INTERACTIVE;
	if (settings_flag(settings, "json") || has_events_on_stdout(settings))
		flags |= DISPLAY_FOR_PROGRAMS;
	return flags;
}

/* Nobody can write to a read-only file system, so there is nobody to lock out. */
static bool can_do_without_state(const struct verb *verb, const struct error *failed)
{
	return verb->flags & VERB_UNPRIVILEGED ||
	       (verb->flags & VERB_READS && failed->sys_errno == EROFS);
}

/* Prepares directories, locks and the log file. A command that may run unprivileged can do without
 * them. The line about the log goes to stderr, as with Certbot. */
static int prepare_state(const struct verb *verb, const struct settings *settings,
			 struct startup *startup, struct error *err)
{
	AUTO(error) struct error failed = ERROR_INIT;

	if (verb->flags & VERB_NO_STATE) {
		logging_forgo_file();
		return 0;
	}
	if (startup_prepare(settings, startup, &failed) < 0 ||
	    logging_open(settings_string(settings, "logs_dir"),
			 (int)settings_int(settings, "max_log_backups"), &failed) < 0) {
		if (can_do_without_state(verb, &failed)) {
			log_debug("going on without directories: %s", failed.text);
			return 0;
		}
		return error_move(err, &failed);
	}
	if (!settings_flag(settings, "quiet"))
		fprintf(stderr, "Saving debug log to %s\n", logging_path());
	return 0;
}

/* Why the subcommand failed, if that can be seen; heap. After a signal nobody waits for it, and
 * with -q there is nothing but what Certbot says. */
static char *explain_failure(const struct verb *verb, struct plugins *plugins, int64_t started,
			     const struct error *failure)
{
	return verb->flags & VERB_EXPLAINS && !signals_pending() &&
			       logging_console_level() < LOG_LEVEL_ERROR
		       ? why_explain(plugins, verb->name, failure, started)
		       : NULL;
}

/* One run of a subcommand. */
struct run {
	const struct verb *verb;
	struct commandline *commandline;
	const struct strvec *words;
	struct programs *programs;
	struct ui ui;
	char *cause; /* of its failure; NULL: not known */
};

static void run_release(struct run *run)
{
	result_free(run->ui.result);
	free(run->cause);
}
DEFINE_AUTO(run, run_release);

/* Recovery comes last before the command, when the locks are held. Closes the plugins. */
static int run_prepared(struct run *run, const struct startup *startup, struct error *err)
{
	const struct verb *verb = run->verb;
	AUTO(app) struct app app = {.verb = verb->name};
	struct invocation_options options = {
		.verb = verb->name,
		.settings = run->commandline->settings,
		.ui = &run->ui,
		.clock = clock_system(),
		.words = run->words,
		.programs = run->programs,
		.directories = startup->directories,
	};
	int64_t started;

	invocation_begin(&app, &options);
	if (verb->is_idle && verb->is_idle(app.plugins))
		return 0;
	if (verb->flags & VERB_RECOVERS) {
		recovery_run(app.plugins);
		undo_resume(app.plugins);
	}
	started = clock_now_seconds(options.clock);
	if (verb->run(&app, err) < 0)
		run->cause = explain_failure(verb, app.plugins, started, err);
	return err->code;
}

/* Rules between options come first: a wrong command line makes no directories. A server that is
 * owed a reload may get it as late as when its plugin is closed. */
static int run_verb(struct run *run, struct error *err)
{
	const struct verb *verb = run->verb;
	struct settings *settings = run->commandline->settings;
	AUTO(startup) struct startup startup = {.directories = NULL};

	if (commandline_check(verb->name, settings, err) < 0)
		return err->code;
	display_set_flags(display_flags(settings));
	if (prepare_state(verb, settings, &startup, err) < 0 ||
	    run_prepared(run, &startup, err) < 0)
		return err->code;
	return verb->flags & VERB_PAYS ? recovery_check(settings, err) : 0;
}

/* Both on standard output could not be told apart. An error is told in the document, if there is to
 * be one. */
static int begin_result(const struct verb *verb, const struct settings *settings,
			struct result **ret_result, struct error *err)
{
	const char *events = settings_string(settings, "json_events");
	struct result_options options = {.verb = verb->name};

	if (settings_flag(settings, "json"))
		options.write = display_write;
	if (options.write && has_events_on_stdout(settings))
		error_set(err, ERR_USAGE,
			  "--json and --json-events %s both want standard output: name a file for "
			  "the events",
			  events);
	else if ((options.write || has_events_on_stdout(settings)) && terminal_output_was_closed())
		error_set(err, ERR_IO, "standard output is closed: nobody would get the JSON");
	else if (events)
		(void)!events_file_open(events, &options, err);
	if (options.write || options.write_event)
		*ret_result = result_new(&options);
	return err->code;
}

/* The document of --json is printed first: a signal may end the process here. */
static int finish_run(const struct run *run, const struct error *err)
{
	int signal_number = error_is_set(err) ? signals_pending() : 0;
	const struct result_fault fault = {
		.error = err,
		.name = settings_string(run->commandline->settings, "certname"),
		.cause = run->cause,
	};

	result_end(run->ui.result, exit_status_of(err, signal_number), &fault);
	if (!error_is_set(err))
		return EXIT_STATUS_OK;
	if (signal_number)
		return report_signal(signal_number);
	return report_failure(err, run->cause);
}

/* For when there are no settings that would say so. */
static bool wants_document(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

/* Help and the version, for programs. */
static void tell_page(struct programs *programs, const struct commandline *commandline)
{
	const struct result_options options = {.verb = commandline->help ? "help" : "version",
					       .write = display_write};
	AUTO(result) struct result *result = result_new(&options);
	AUTO(error) struct error none = ERROR_INIT;
	const struct result_fault fault = {.error = &none};
	const struct ui ui = {.result = result};
	AUTO(json) struct json *page = NULL;
	const char *name;

	if (commandline->help)
		page = pages_tell(programs, commandline->topic);
	else
		result_set_text(&ui, "program_version", CERTBOT_VERSION);
	for (size_t i = 0; (name = json_member_name(page, i)); i++)
		result_set(&ui, name, json_share(json_member(page, name)));
	result_end(result, EXIT_STATUS_OK, &fault);
}

/* The settings do not say whether --json was given, as they could not be made. */
static int refuse_arguments(int argc, char **argv, const struct error *err)
{
	AUTO(result) struct result *result = NULL;
	const struct result_options options = {.write = display_write};
	const struct result_fault fault = {.error = err};

	if (wants_document(argc, argv))
		result = result_new(&options);
	result_end(result, exit_status_of(err, 0), &fault);
	return report_error(err);
}

/* The first lines of the log, as Certbot has them. Those who help in the forum look for them. */
static void log_invocation(const char *program, const struct strvec *words)
{
	AUTO(strbuf) struct strbuf listed = STRBUF_INIT;
	AUTO_FREE char *plugins = plugins_list_names(&app_builtins);

	commandline_describe(words, &listed);
	log_debug("certbot version: %s", CERTBOT_VERSION);
	log_debug("Location of certbot entry point: %s", program);
	log_debug("Arguments: %s", listed.text);
	log_debug("Discovered plugins: %s", plugins);
}

/* Help and the version are printed before anything is opened, because any user may ask for them. */
static int run_command(int argc, char **argv, struct option_table *table)
{
	AUTO(programs) struct programs programs;
	AUTO(commandline) struct commandline commandline = {.settings = NULL};
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(run) struct run run = {
		.commandline = &commandline, .words = &words, .programs = &programs};

	programs_init(&programs, &app_builtins, table);
	programs_attach(&programs, table);
	if (parse_arguments(argc, argv, table, &commandline, &err) < 0)
		return refuse_arguments(argc, argv, &err);
	if ((commandline.help || commandline.version) && wants_document(argc, argv)) {
		tell_page(&programs, &commandline);
		return EXIT_STATUS_OK;
	}
	if (commandline.help) {
		print_help(&programs, commandline.topic);
		return EXIT_STATUS_OK;
	}
	if (commandline.version) {
		puts("certbot " CERTBOT_VERSION);
		return EXIT_STATUS_OK;
	}
	/* Before keys are read and before threads are started. */
	process_keep_secrets();
	/* Before the log is open: children inherit no descriptor of ours. */
	children_begin();
	logging_start(console_level(commandline.settings));
	commandline_words(argc, argv, table, &words);
	log_invocation(argv[0], &words);
	for (size_t i = 0; i < commandline.warnings.count; i++)
		log_warning("%s", commandline.warnings.items[i]);
	signals_install();
	run.verb = verb_find(commandline.verb);
	display_init(display_flags(commandline.settings), &run.ui);
	if (begin_result(run.verb, commandline.settings, &run.ui.result, &err) == 0)
		(void)!run_verb(&run, &err);
	return finish_run(&run, &err);
}

/* Flushes the output and returns the exit status: a command whose output could not be written has
 * failed. */
static int finish_output(int status)
{
	AUTO(error) struct error err = ERROR_INIT;
	int rc = terminal_flush(&err);

	if (rc == 0)
		return status;
	if (rc != ERR_CANCELLED)
		fprintf(stderr, "%s\n", err.text);
	return status ? status : EXIT_STATUS_FAILED;
}

/* An unprivileged child is this same program: it must not parse options or open the log. */
int main(int argc, char **argv)
{
	struct option_table table;
	int status;

	terminal_open_streams();
	if (children_run(argc, argv, &status))
		return status;
	app_option_table(&table);
	status = run_command(argc, argv, &table);
	children_end();
	option_table_release(&table);
	logging_stop();
	return finish_output(status);
}
