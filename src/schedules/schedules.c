/*
 * Finds what renews automatically (see schedules.h). Looks at all units and all crontabs, not only
 * at well-known names: people who installed Certbot with pip have chosen their own.
 */
#include "schedules/schedules.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "schedules/units.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/map.h"
#include "codec/shell.h"
#include "confedit/timers/certbot_call.h"
#include "confedit/timers/crontab.h"
#include "confedit/timers/shell_script.h"
#include "os/file/file.h"
#include "os/process/process.h"
#include "os/process/program.h"

/* cron itself refuses far smaller ones. */
#define MAX_FILE (1024 * 1024)

/* The default of both Debian's cron and cronie, for crontabs that set none: it lacks /usr/local. */
static const char cron_path[] = "/usr/bin:/bin";
static const char snap_program[] = "/snap/bin/certbot";

void schedules_release(struct schedules *schedules)
{
	for (size_t i = 0; i < schedules->count; i++) {
		struct schedule *schedule = &schedules->items[i];

		free(schedule->name);
		free(schedule->path);
		free(schedule->program);
		free(schedule->verb);
		free(schedule->options);
		strvec_release(&schedule->links);
	}
	free(schedules->items);
}

bool schedule_is_enabled(const struct schedule *schedule)
{
	return schedule->kind == SCHEDULE_CRON || schedule->links.count || schedule->is_static ||
	       schedule->is_active;
}

const char *schedule_kind_name(const struct schedule *schedule)
{
	return schedule->kind == SCHEDULE_TIMER ? "systemd" : "cron";
}

const char *schedules_other_program(const struct schedules *schedules)
{
	for (size_t i = 0; i < schedules->count; i++)
		if (!schedules->items[i].is_ours && schedule_is_enabled(&schedules->items[i]) &&
		    file_is_executable(schedules->items[i].program) &&
		    program_is_trusted(schedules->items[i].program))
			return schedules->items[i].program;
	return NULL;
}

char *schedules_own_program(void)
{
	AUTO_FREE char *path = process_own_program();

	return path ? realpath(path, NULL) : NULL;
}

/* ---- Which program ---- */

/* The caller frees the result: a path, or the word itself if there is no such program. */
static char *locate(const char *word, struct span search_path)
{
	struct span dir;

	if (strcmp(word, "snap") == 0 || strcmp(word, "certbot.renew") == 0)
		return xstrdup(snap_program);
	if (strchr(word, '/'))
		return xstrdup(word);
	if (!search_path.len)
		search_path =
			span_of("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	while (span_take_until(&search_path, ':', &dir)) {
		AUTO_FREE char *path = xasprintf("%.*s/%s", (int)dir.len, dir.ptr, word);

		if (file_is_executable(path))
			return STEAL(path);
	}
	return xstrdup(word);
}

/* Compares files, not paths: a program may have several paths. */
static bool is_this_program(const char *path)
{
	AUTO_FREE char *own = process_own_program();
	struct stat ours, other;

	return own && stat(own, &ours) == 0 && stat(path, &other) == 0 &&
	       ours.st_dev == other.st_dev && ours.st_ino == other.st_ino;
}

/* Debian's line runs whatever is called certbot, but only while /usr/bin/certbot exists. So a line
 * is ours only if all programs that it names are ours. */
static bool calls_us_alone(const struct certbot_call *call, struct span search_path)
{
	for (size_t i = 0; i < call->programs.count; i++) {
		AUTO_FREE char *path = locate(call->programs.items[i], search_path);

		if (!is_this_program(path))
			return false;
	}
	return true;
}

/* Any user can write a crontab, and its options are shown on root's terminal. */
static char *printable_options(const struct certbot_call *call)
{
	AUTO_FREE char *joined = strvec_join(&call->options, " ");
	struct strbuf shown = STRBUF_INIT;

	strbuf_add_printable(&shown, joined, strlen(joined));
	return strbuf_detach(&shown);
}

static struct schedule *add_schedule(struct schedules *schedules, enum schedule_kind kind,
				     const struct certbot_call *call, struct span search_path)
{
	struct schedule *schedule;

	ARRAY_GROW(schedules->items, schedules->count, schedules->capacity);
	schedule = &schedules->items[schedules->count++];
	*schedule = (struct schedule){
		.kind = kind,
		.program = locate(call->program, search_path),
		.verb = xstrdup(call->verb),
		.options = call->options.count ? printable_options(call) : NULL,
		.is_ours = calls_us_alone(call, search_path),
		.is_idle = call->leaves_to_systemd && schedules->has_systemd,
	};
	strvec_init(&schedule->links);
	return schedule;
}

/* ---- systemd ---- */

/* Red Hat's unit takes options from variables in a file. Each word "$NAME" becomes the words of
 * that value. */
static void expand_words(const struct unit_file *service, const char *command,
			 struct strvec *ret_words)
{
	AUTO(map) struct map values = SHELL_VALUES_INIT;
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	AUTO(strvec) struct strvec unread = STRVEC_INIT;

	for (size_t i = 0; i < service->environment_files.count; i++) {
		AUTO(strbuf) struct strbuf text = STRBUF_INIT;
		AUTO(error) struct error none = ERROR_INIT;

		if (file_read(service->environment_files.items[i], MAX_FILE, &text, &none) == 0)
			shell_read_assignments(span_make(text.text, text.len), &values, &unread);
	}
	certbot_call_split(span_of(command), &words);
	for (size_t i = 0; i < words.count; i++) {
		const char *word = words.items[i];

		if (word[0] != '$')
			strvec_push(ret_words, word);
		else if (map_get(&values, word + 1))
			certbot_call_split(span_of(map_get(&values, word + 1)), ret_words);
	}
}

static void find_call(const struct unit_file *service, struct certbot_call *call)
{
	for (size_t i = 0; i < service->exec_start.count; i++) {
		AUTO(strvec) struct strvec words = STRVEC_INIT;

		expand_words(service, service->exec_start.items[i], &words);
		certbot_call_find_words(&words, call);
	}
}

static int look_at_timer(struct schedules *schedules, const char *name, struct error *err)
{
	AUTO(unit_file) struct unit_file timer = UNIT_FILE_INIT;
	AUTO(unit_file) struct unit_file service = UNIT_FILE_INIT;
	AUTO(certbot_call) struct certbot_call call = CERTBOT_CALL_INIT;
	AUTO_FREE char *path = NULL, *service_path = NULL;
	struct schedule *schedule;

	if (units_read(name, &timer, &path, err) < 0)
		return err->code;
	if (!path)
		return 0;
	if (!timer.unit)
		timer.unit = xasprintf("%.*s.service", (int)(strlen(name) - strlen(".timer")),
				       name);
	if (units_read(timer.unit, &service, &service_path, err) < 0)
		return err->code;
	find_call(&service, &call);
	if (!call.renews)
		return 0;
	schedule = add_schedule(schedules, SCHEDULE_TIMER, &call, span_of(""));
	schedule->name = xstrdup(name);
	schedule->path = STEAL(path);
	units_find_links(name, &schedule->links, &schedule->is_static);
	return 0;
}

static int find_timers(struct schedules *schedules, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	units_list_timers(&names);
	for (size_t i = 0; i < names.count; i++)
		if (look_at_timer(schedules, names.items[i], err) < 0)
			return err->code;
	return 0;
}

/* A timer started by hand has no link that would show it, and is gone after the next boot. */
static int ask_for_active(struct schedules *schedules, struct error *err)
{
	for (size_t i = 0; i < schedules->count; i++) {
		struct schedule *schedule = &schedules->items[i];

		if (schedule->kind == SCHEDULE_TIMER &&
		    units_is_active(schedule->name, &schedule->is_active, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- cron ---- */

/* When a line is disabled, a reload behind `&&` must not be lost unnoticed with it. */
static struct schedule *add_cron_line(struct schedules *schedules, const struct certbot_call *call,
				      struct span search_path, const char *path, size_t line)
{
	struct schedule *schedule = add_schedule(schedules, SCHEDULE_CRON, call, search_path);

	schedule->name = xasprintf("%s, line %zu", path, line);
	schedule->path = xstrdup(path);
	schedule->line = line;
	schedule->is_tied = call->runs_more;
	return schedule;
}

static int look_at_crontab(struct schedules *schedules, const char *path, enum crontab_form form,
			   struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct crontab_reader reader;
	struct crontab_job job;

	if (!file_is_regular(path))
		return 0;
	if (file_read(path, MAX_FILE, &text, err) < 0)
		return err->code;
	reader = crontab_begin(span_make(text.text, text.len), form);
	while (crontab_next(&reader, &job)) {
		AUTO(certbot_call) struct certbot_call call = CERTBOT_CALL_INIT;

		certbot_call_find(job.command, &call);
		if (call.renews)
			add_cron_line(schedules, &call,
				      job.search_path.len ? job.search_path : span_of(cron_path),
				      path, job.line);
	}
	return 0;
}

/* Reads a directory, which may be missing. Like cron, skips hidden files, which are drafts of
 * editors. */
static int list_visible(const char *dir, struct strvec *ret_paths, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error none = ERROR_INIT;

	if (dir_list(dir, "", &names, &none) < 0)
		return none.code == ERR_NOT_FOUND ? 0 : error_move(err, &none);
	for (size_t i = 0; i < names.count; i++)
		if (names.items[i][0] != '.')
			strvec_give(ret_paths, path_join(dir, names.items[i]));
	return 0;
}

static int look_at_crontabs(struct schedules *schedules, const char *dir, enum crontab_form form,
			    struct error *err)
{
	AUTO(strvec) struct strvec paths = STRVEC_INIT;

	if (list_visible(dir, &paths, err) < 0)
		return err->code;
	for (size_t i = 0; i < paths.count; i++)
		if (look_at_crontab(schedules, paths.items[i], form, err) < 0)
			return err->code;
	return 0;
}

/* True if the line does nothing by itself. */
static bool is_idle_line(struct span line)
{
	return span_skip_prefix(&line, "set ") || span_eq(line, "exit 0");
}

static void add_script_line(struct schedules *schedules, const char *path,
			    const struct shell_line *line, const struct certbot_call *call)
{
	struct schedule *schedule = add_cron_line(schedules, call, span_of(""), path, line->number);

	schedule->is_script = true;
	schedule->is_tied |= !line->is_separate;
}

/* If a shell script does nothing but this line, the line can be disabled whatever it looks like. */
static void untie_sole_line(struct schedules *schedules, size_t known, bool runs_more)
{
	if (!runs_more && schedules->count == known + 1)
		schedules->items[known].is_tied = false;
}

static void look_at_script(struct schedules *schedules, const char *path)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error none = ERROR_INIT;
	size_t busy_count = 0, known = schedules->count;
	bool runs_more = false;
	struct shell_script script;
	struct shell_line line;

	if (!file_is_executable(path) || file_read(path, MAX_FILE, &text, &none) < 0)
		return;
	script = shell_script_begin(span_make(text.text, text.len));
	while (shell_script_next(&script, &line)) {
		AUTO(certbot_call) struct certbot_call call = CERTBOT_CALL_INIT;

		busy_count += !is_idle_line(line.text);
		certbot_call_find(line.text, &call);
		runs_more = runs_more || call.runs_more;
		if (call.renews)
			add_script_line(schedules, path, &line, &call);
	}
	untie_sole_line(schedules, known, script.is_foreign || busy_count != 1 || runs_more);
}

/* Scripts that are started by run-parts or anacron. */
static int look_at_scripts(struct schedules *schedules, struct error *err)
{
	static const char *const script_dirs[] = {"/etc/cron.hourly", "/etc/cron.daily",
						  "/etc/cron.weekly", "/etc/cron.monthly"};
	AUTO(strvec) struct strvec paths = STRVEC_INIT;

	for (size_t i = 0; i < ARRAY_LEN(script_dirs); i++)
		if (list_visible(script_dirs[i], &paths, err) < 0)
			return err->code;
	for (size_t i = 0; i < paths.count; i++)
		look_at_script(schedules, paths.items[i]);
	return 0;
}

int schedules_read(struct schedules *ret, struct error *err)
{
	ret->has_systemd = units_systemd_runs();
	if (find_timers(ret, err) < 0 ||
	    look_at_crontab(ret, "/etc/crontab", CRONTAB_OF_SYSTEM, err) < 0 ||
	    look_at_crontabs(ret, "/etc/cron.d", CRONTAB_OF_SYSTEM, err) < 0 ||
	    look_at_crontab(ret, "/etc/anacrontab", CRONTAB_OF_ANACRON, err) < 0 ||
	    look_at_scripts(ret, err) < 0 ||
	    look_at_crontabs(ret, "/var/spool/cron/crontabs", CRONTAB_OF_USER, err) < 0 ||
	    look_at_crontabs(ret, "/var/spool/cron", CRONTAB_OF_USER, err) < 0)
		return error_wrap(err, "cannot find the timers and cron lines of this machine");
	return 0;
}

int schedules_find(struct schedules *ret, struct error *err)
{
	if (schedules_read(ret, err) < 0)
		return err->code;
	return ret->has_systemd ? ask_for_active(ret, err) : 0;
}
