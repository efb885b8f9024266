/*
 * Runs the hooks (see hooks.h). Which ones run, when and how often follows Certbot; in addition, a
 * hook has a time limit (--hook-timeout), and a failed deploy hook is returned as an error, so that
 * the caller can record it.
 */
#include "app/debts/hooks.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "base/span.h"
#include "codec/output/result.h"
#include "os/file/file.h"
#include "os/process/process.h"
#include "store/paths.h"

/* Output kept per stream of a hook (bytes). */
#define MAX_HOOK_OUTPUT (1024 * 1024)

/* Runs the command as one word: the shell also runs a script without a "#!" line. */
static const char run_whole[] = "exec \"$0\"";

struct hooks {
	const struct settings *settings; /* of the run */
	const struct ui *ui;
	size_t most_names;       /* that fit into an environment variable (bytes) */
	struct strvec pre_done;  /* pre-hook commands that ran */
	struct strvec post_owed; /* post-hook commands to run, in order */
	char *deployed;          /* live directory of the last lineage whose deploy hooks ran */
};

struct hooks *hooks_new(const char *verb, const struct settings *settings, const struct ui *ui)
{
	struct hooks *hooks = XNEW(struct hooks);

	hooks->settings = settings;
	hooks->ui = ui;
	hooks->most_names = strcmp(verb, "renew") == 0 ? HOOKS_RENEW_LIMIT : 32000;
	strvec_init(&hooks->pre_done);
	strvec_init(&hooks->post_owed);
	return hooks;
}

void hooks_free(struct hooks *hooks)
{
	if (!hooks)
		return;
	strvec_release(&hooks->pre_done);
	strvec_release(&hooks->post_owed);
	free(hooks->deployed);
	free(hooks);
}

bool hooks_are_configured(const struct settings *settings)
{
	return settings_string(settings, "pre_hook") || settings_string(settings, "post_hook") ||
	       settings_string(settings, "deploy_hook");
}

static bool is_runnable(const char *path)
{
	return !str_ends(path, "~") && file_is_executable(path);
}

void hooks_of_directory(const char *config_dir, const char *kind, struct strvec *ret_paths)
{
	AUTO_FREE char *dir = store_hooks_dir(config_dir, kind);
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (dir_list(dir, "", &names, &err) < 0)
		log_debug("no hook directory: %s", err.text);
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *path = path_join(dir, names.items[i]);

		if (is_runnable(path))
			strvec_push_unique(ret_paths, path);
	}
}

/* Appends the commands of one kind: directory hooks, then the option's, equal texts once. */
static void collect_hooks(const char *config_dir, const struct settings *settings, const char *kind,
			  struct strvec *ret_commands)
{
	AUTO_FREE char *dest = xasprintf("%s_hook", kind);
	const char *command = settings_string(settings, dest);

	if (settings_flag(settings, "directory_hooks"))
		hooks_of_directory(config_dir, kind, ret_commands);
	if (command && command[0])
		strvec_push_unique(ret_commands, command);
}

/* Appends text with each line indented by one blank, made printable, without outer blank lines. */
static void add_indented(struct strbuf *out, const char *text)
{
	struct span rest = span_trim(span_of(text)), line;

	while (span_take_line(&rest, &line)) {
		strbuf_adds(out, "\n ");
		strbuf_add_printable(out, line.ptr, line.len);
	}
}

static bool has_failed(const struct process_result *result)
{
	return result->timed_out || result->exit_status;
}

struct hook_call {
	const char *option;  /* "pre-hook"; of a plugin's, "--manual-auth-hook" */
	const char *subject; /* what it is run for, as a domain; or NULL */
	const char *command;
	const struct strvec *env, *unset_env;
};

/* "Hook 'pre-hook'", "Hook '--manual-auth-hook' for a.test". Heap. */
static char *name_of(const struct hook_call *call)
{
	return xasprintf("Hook '%s'%s%s", call->option, call->subject ? " for " : "",
			 call->subject ? call->subject : "");
}

static void tell_hook(const struct ui *ui, const struct hook_call *call,
		      const struct process_result *result)
{
	struct json *event;

	if (!result_takes_events(ui))
		return;
	event = json_object_new();
	json_set_string(event, "hook",
			call->option + (str_starts(call->option, "--") ? strlen("--") : 0));
	json_set_text(event, "name", call->subject);
	json_set_bool(event, "succeeded", !has_failed(result));
	json_set_int(event, "exit_status", result->exit_status);
	json_set_bool(event, "timed_out", result->timed_out);
	result_event(ui, EVENT_HOOK, event);
}

/* Says what a finished hook wrote and how it ended, in Certbot's words. A failure is logged as an
 * error, because -q shows nothing less and cron mails what is printed. */
static void report_hook(const struct hooks *hooks, const char *name,
			const struct process_result *result)
{
	AUTO(strbuf) struct strbuf output = STRBUF_INIT;
	AUTO(strbuf) struct strbuf errors = STRBUF_INIT;
	AUTO_FREE char *killer = process_signal_text(result);

	if (result->timed_out)
		log_error("%s was stopped: it ran longer than --hook-timeout allows", name);
	else if (result->exit_status)
		log_error("%s reported error code %d%s%s", name, result->exit_status,
			  killer ? ": it was killed by " : "", killer ? killer : "");
	add_indented(&output, result->output.text);
	add_indented(&errors, result->error_output.text);
	if (output.len && has_failed(result) && settings_flag(hooks->settings, "quiet"))
		log_error("%s ran with output:%s", name, output.text);
	else if (output.len)
		ui_say(hooks->ui, "%s ran with output:%s", name, output.text);
	if (errors.len)
		log_write(has_failed(result) ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, __FILE__,
			  "%s ran with error output:%s", name, errors.text);
}

/* The progress line "waiting for ...", which is shown after two seconds. */
struct wait {
	const struct ui *ui;
	const char *name;
};

static void show_wait(void *context)
{
	const struct wait *wait = context;

	ui_progress(wait->ui, "Running %s", wait->name);
}

/* True for a file of a hook directory, too. */
bool hooks_is_program(const char *command)
{
	return strchr(command, '/') && file_is_executable(command);
}

/* Runs one command. Returns its exit status (>= 0), or a negative code: ERR_CANCELLED, ERR_IO. */
static int run_command(const struct hooks *hooks, const struct hook_call *call,
		       struct process_result *ret_result, struct error *err)
{
	const char *const argv[] = {"/bin/sh", "-c",
				    hooks_is_program(call->command) ? run_whole : call->command,
				    call->command, NULL};
	AUTO_FREE char *name = name_of(call);
	struct wait wait = {hooks->ui, name};
	const struct process_request request = {
		.argv = argv,
		.set_env = call->env,
		.unset_env = call->unset_env,
		.timeout_ms = settings_int(hooks->settings, "hook_timeout") * 1000,
		.max_output = MAX_HOOK_OUTPUT,
		.waiting = show_wait,
		.context = &wait,
	};
	int rc;

	log_info("Running %s command: %s", name, call->command);
	show_wait(&wait);
	rc = process_run(&request, ret_result, err);
	ui_progress(hooks->ui, "%s", "");
	if (rc < 0)
		return error_wrap(err, "cannot run %s", name);
	tell_hook(hooks->ui, call, ret_result);
	report_hook(hooks, name, ret_result);
	return ret_result->timed_out && !ret_result->exit_status ? 1 : ret_result->exit_status;
}

static int run_simple(const struct hooks *hooks, const struct hook_call *call, struct error *err)
{
	AUTO(process_result) struct process_result result;

	process_result_init(&result);
	return run_command(hooks, call, &result, err);
}

int hooks_run_pre(struct hooks *hooks, const struct settings *settings, struct error *err)
{
	AUTO(strvec) struct strvec commands = STRVEC_INIT;

	collect_hooks(settings_config_dir(hooks->settings), settings, "post", &hooks->post_owed);
	collect_hooks(settings_config_dir(hooks->settings), settings, "pre", &commands);
	for (size_t i = 0; i < commands.count; i++) {
		const struct hook_call call = {.option = "pre-hook", .command = commands.items[i]};

		if (!strvec_push_unique(&hooks->pre_done, commands.items[i])) {
			log_info("Pre-hook command already run, skipping: %s", commands.items[i]);
			continue;
		}
		if (run_simple(hooks, &call, err) < 0)
			return err->code;
	}
	return 0;
}

/* With --csr no hooks run, and each runs once for all lineages. */
bool hooks_await_pre(void *context, const struct settings *settings)
{
	const struct hooks *hooks = context;
	AUTO(strvec) struct strvec commands = STRVEC_INIT;

	if (settings_string(settings, "csr"))
		return false;
	collect_hooks(settings_config_dir(hooks->settings), settings, "pre", &commands);
	return !strvec_is_subset(&commands, &hooks->pre_done);
}

/* "NAME=a b c", cut to the size that the environment can hold. */
static void push_names(const struct hooks *hooks, struct strvec *env, const char *variable,
		       const struct strvec *names)
{
	size_t limit = hooks->most_names;
	AUTO_FREE char *joined = strvec_join(names, " ");

	if (strlen(joined) > limit) {
		log_warning("Limiting %s environment variable to %zu characters", variable, limit);
		joined[limit] = '\0';
	}
	strvec_pushf(env, "%s=%s", variable, joined);
}

static bool has_hooks(const char *config_dir, const struct settings *settings, const char *kind)
{
	AUTO(strvec) struct strvec commands = STRVEC_INIT;

	collect_hooks(config_dir, settings, kind, &commands);
	return commands.count > 0;
}

bool hooks_has_pre(const char *config_dir, const struct settings *settings)
{
	return has_hooks(config_dir, settings, "pre");
}

bool hooks_has_deploy(const char *config_dir, const struct settings *settings)
{
	return has_hooks(config_dir, settings, "deploy");
}

bool hooks_want_deploy(const struct hooks *hooks, const struct settings *settings)
{
	return hooks_has_deploy(settings_config_dir(hooks->settings), settings);
}

int hooks_run_deploy(struct hooks *hooks, const struct settings *settings,
		     const struct hooks_lineage *lineage, struct error *err)
{
	AUTO(strvec) struct strvec commands = STRVEC_INIT;
	AUTO(strvec) struct strvec env = STRVEC_INIT;
	bool simulate = settings_flag(settings, "dry_run") &&
			!settings_flag(settings, "run_deploy_hooks");
	size_t failed = 0;

	push_names(hooks, &env, "RENEWED_DOMAINS", lineage->names);
	strvec_pushf(&env, "RENEWED_LINEAGE=%s", lineage->live_dir);
	collect_hooks(settings_config_dir(hooks->settings), settings, "deploy", &commands);
	for (size_t i = 0; i < commands.count; i++) {
		const struct hook_call call = {
			.option = "deploy-hook", .command = commands.items[i], .env = &env};
		int status;

		if (simulate) {
			log_info("Dry run: skipping deploy hook command: %s", commands.items[i]);
			continue;
		}
		REPLACE(hooks->deployed, xstrdup(lineage->live_dir));
		status = run_simple(hooks, &call, err);
		if (status < 0)
			return err->code;
		failed += status != 0;
	}
	if (failed)
		return error_set(err, ERR_PLUGIN, "%zu of %zu deploy hooks failed", failed,
				 commands.count);
	return 0;
}

int hooks_run_post(struct hooks *hooks, const struct strvec *renewed, const struct strvec *failed,
		   struct error *err)
{
	AUTO(strvec) struct strvec env = STRVEC_INIT;
	AUTO(strvec) struct strvec owed = hooks->post_owed;

	strvec_init(&hooks->post_owed);
	if (!owed.count)
		return 0;
	push_names(hooks, &env, "RENEWED_DOMAINS", renewed);
	push_names(hooks, &env, "FAILED_DOMAINS", failed);
	/* Certbot leaves it in its own environment after the deploy hooks, and scripts rely on
	 * it. */
	if (hooks->deployed)
		strvec_pushf(&env, "RENEWED_LINEAGE=%s", hooks->deployed);
	for (size_t i = 0; i < owed.count; i++) {
		const struct hook_call call = {
			.option = "post-hook", .command = owed.items[i], .env = &env};

		if (run_simple(hooks, &call, err) < 0)
			return err->code;
	}
	return 0;
}

int hooks_run_for_plugin(void *context, const struct plugin_hook *hook, struct strbuf *ret_output,
			 struct error *err)
{
	struct hooks *hooks = context;
	const struct hook_call call = {hook->option, hook->subject, hook->command, hook->env,
				       hook->unset_env};
	AUTO(process_result) struct process_result result;

	process_result_init(&result);
	if (run_command(hooks, &call, &result, err) < 0)
		return err->code;
	strbuf_trim(&result.output);
	strbuf_add(ret_output, result.output.text, result.output.len);
	return 0;
}
