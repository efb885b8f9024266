/*
 * `shadow` (see shadow.h): the private copies, the two runs, and the report.
 */
#include "handover/shadow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "handover/shadow_compare.h"
#include "handover/shadow_side.h"
#include "base/alloc.h"
#include "base/log.h"
#include "codec/json.h"
#include "os/file/file.h"
#include "os/process/program.h"
#include "os/sandbox/enclosure.h"

struct shadow {
	struct app *app;
	struct schedules schedules;
	struct shadow_confs confs;
	struct shadow_side here, there;
	struct differences differences;
	bool is_enclosed;
};

#define SHADOW_INIT                                                                                \
	{                                                                                          \
		.schedules = SCHEDULES_INIT, .confs = SHADOW_CONFS_INIT, .here = SHADOW_SIDE_INIT, \
		.there = SHADOW_SIDE_INIT, .differences = DIFFERENCES_INIT                         \
	}

static void shadow_release(struct shadow *shadow)
{
	schedules_release(&shadow->schedules);
	shadow_confs_release(&shadow->confs);
	shadow_side_release(&shadow->here);
	shadow_side_release(&shadow->there);
	differences_release(&shadow->differences);
}
DEFINE_AUTO(shadow, shadow_release);

/* ---- The other program ---- */

static bool is_same_file(const char *path, const char *own)
{
	AUTO_FREE char *real = realpath(path, NULL);

	return real && own && strcmp(real, own) == 0;
}

char *shadow_find_other(const struct settings *settings, const struct schedules *schedules)
{
	static const char *const usual[] = {"/usr/bin/certbot", "/snap/bin/certbot",
					    "/opt/certbot/bin/certbot", "/usr/local/bin/certbot",
					    "/usr/bin/letsencrypt"};
	const char *given = settings_string(settings, "shadow_with");
	const char *scheduled = schedules_other_program(schedules);
	AUTO_FREE char *own = schedules_own_program();

	if (given || scheduled)
		return xstrdup(given ? given : scheduled);
	for (size_t i = 0; i < ARRAY_LEN(usual); i++)
		if (file_is_executable(usual[i]) && !is_same_file(usual[i], own))
			return xstrdup(usual[i]);
	return NULL;
}

static int check_other(const char *other, const char *own, struct error *err)
{
	AUTO_FREE char *found = other ? program_find(other) : NULL;

	if (!other || !found) {
		error_set(err, ERR_USAGE,
			  other ? "there is no program '%s'" : "no other Certbot was found%s",
			  other ? other : "");
		return error_hint(err, "name it: certbot shadow --with /usr/bin/certbot");
	}
	if (is_same_file(found, own))
		return error_set(err, ERR_USAGE,
				 "'%s' is this program: it would be compared with "
				 "itself",
				 other);
	return 0;
}

/* ---- The comparison ---- */

static int run_both(struct shadow *shadow, struct error *err)
{
	const struct settings *settings = shadow->app->settings;

	if (shadow_side_run(&shadow->there, settings, err) < 0 ||
	    shadow_side_run(&shadow->here, settings, err) < 0)
		return err->code;
	shadow_compare_plugins(shadow->app->plugins, settings, &shadow->confs,
			       shadow->there.failure ? NULL : &shadow->there, &shadow->differences);
	shadow_compare_schedules(&shadow->schedules, &shadow->differences);
	if (shadow_compare_starts(&shadow->here, &shadow->there, &shadow->differences))
		return 0;
	shadow_compare_plans(&shadow->confs, &shadow->here, &shadow->there, &shadow->differences);
	if (shadow_compare_hooks(settings, &shadow->confs, &shadow->there, &shadow->differences,
				 err) < 0)
		return err->code;
	shadow_compare_certificates(&shadow->here, &shadow->there, &shadow->differences);
	return shadow_compare_options(settings, &shadow->confs, &shadow->there,
				      &shadow->differences, err);
}

/* Without the sandbox, only their command lines keep the two programs from writing elsewhere. */
static int run_enclosed(struct shadow *shadow, const char *dir, struct error *err)
{
	AUTO(enclosure) struct enclosure *enclosure = NULL;
	AUTO(error) struct error open = ERROR_INIT;

	if (shadow_side_begin(&shadow->here, dir, "here", err) < 0 ||
	    shadow_side_begin(&shadow->there, dir, "there", err) < 0)
		return err->code;
	shadow->is_enclosed = enclosure_enter(dir, &enclosure, &open) == 0;
	if (!shadow->is_enclosed)
		log_debug("going on without a sandbox: %s", open.text);
	return run_both(shadow, err);
}

static int compare_programs(struct shadow *shadow, struct error *err)
{
	const char *base = getenv("TMPDIR");
	AUTO_FREE char *pattern = xasprintf("%s/certbot-shadow-XXXXXX", base ? base : "/tmp");
	AUTO_FREE char *dir = path_absolute(pattern);
	AUTO(error) struct error left = ERROR_INIT;
	int rc;

	if (shadow_confs_read(shadow->here.config_dir, &shadow->confs, err) < 0)
		return err->code;
	if (!mkdtemp(dir))
		return error_set_errno(err, errno, "cannot make a folder for copies, '%s'", dir);
	rc = run_enclosed(shadow, dir, err);
	if (dir_remove_tree(dir, &left) < 0)
		log_warning("cannot remove the copies: %s", left.text);
	return rc;
}

/* ---- What is said ---- */

static struct json *json_of_side(const struct shadow_side *side)
{
	struct json *object = json_object_new();

	json_set_string(object, "program", side->program);
	json_set_text(object, "version", side->version);
	json_set(object, "plugins", json_strings_new(&side->plugins));
	json_set_text(object, "error", side->failure);
	return object;
}

static struct json *json_of_schedules(const struct schedules *schedules)
{
	struct json *list = json_array_new();

	for (size_t i = 0; i < schedules->count; i++) {
		const struct schedule *schedule = &schedules->items[i];
		struct json *object = json_object_new();

		json_set_string(object, "kind", schedule_kind_name(schedule));
		json_set_string(object, "name", schedule->name);
		json_set_string(object, "path", schedule->path);
		json_set_string(object, "program", schedule->program);
		json_set_string(object, "verb", schedule->verb);
		json_set_text(object, "options", schedule->options);
		json_set_bool(object, "enabled", schedule_is_enabled(schedule));
		json_set_bool(object, "ours", schedule->is_ours);
		json_push(list, object);
	}
	return list;
}

static struct json *json_of_differences(const struct differences *differences)
{
	struct json *list = json_array_new();

	for (size_t i = 0; i < differences->count; i++) {
		struct json *object = json_object_new();

		json_set_string(object, "area", differences->items[i].area);
		json_set_string(object, "subject", differences->items[i].subject);
		json_set_string(object, "here", differences->items[i].here);
		json_set_string(object, "there", differences->items[i].there);
		json_push(list, object);
	}
	return list;
}

static void fill_result(const struct shadow *shadow)
{
	const struct ui *ui = shadow->app->ui;

	result_set(ui, "here", json_of_side(&shadow->here));
	result_set(ui, "there", json_of_side(&shadow->there));
	result_set_int(ui, "lineages", (int64_t)shadow->confs.count);
	result_set_bool(ui, "enclosed", shadow->is_enclosed);
	result_set(ui, "schedules", json_of_schedules(&shadow->schedules));
	result_set(ui, "differences", json_of_differences(&shadow->differences));
}

static void print_text(const struct shadow *shadow)
{
	const struct ui *ui = shadow->app->ui;

	ui_say(ui,
	       "Compared on a copy of %s, with %zu renewal configuration%s:\n"
	       "  here:  %s, %s\n  there: %s, %s",
	       shadow->here.config_dir, shadow->confs.count, shadow->confs.count == 1 ? "" : "s",
	       shadow->here.program, shadow->here.version, shadow->there.program,
	       shadow->there.version);
	for (size_t i = 0; i < shadow->schedules.count; i++) {
		const struct schedule *schedule = &shadow->schedules.items[i];
		AUTO(strbuf) struct strbuf program = STRBUF_INIT;

		strbuf_add_printable(&program, schedule->program, strlen(schedule->program));
		ui_say(ui, "  %s %s runs %s%s", schedule_kind_name(schedule), schedule->name,
		       program.text, schedule_is_enabled(schedule) ? "" : " (disabled)");
	}
	for (size_t i = 0; i < shadow->differences.count; i++) {
		const struct difference *difference = &shadow->differences.items[i];

		ui_say(ui, "\n%s: %s\n  here:  %s\n  there: %s", difference->area,
		       difference->subject, difference->here, difference->there);
	}
	if (!shadow->differences.count)
		ui_say(ui, "\nNo differences.");
}

int shadow_run(struct app *app, struct error *err)
{
	AUTO(shadow) struct shadow shadow = SHADOW_INIT;
	AUTO_FREE char *own = schedules_own_program(), *other = NULL;

	shadow.app = app;
	if (schedules_find(&shadow.schedules, err) < 0)
		return err->code;
	other = shadow_find_other(app->settings, &shadow.schedules);
	if (check_other(other, own, err) < 0)
		return err->code;
	shadow.here.program = own;
	shadow.there.program = other;
	shadow.here.config_dir = shadow.there.config_dir = settings_config_dir(app->settings);
	if (compare_programs(&shadow, err) < 0)
		return err->code;
	fill_result(&shadow);
	print_text(&shadow);
	if (!shadow.differences.count)
		return 0;
	return error_set(err, ERR_REFUSED, "%zu difference%s between '%s' and this program",
			 shadow.differences.count, shadow.differences.count == 1 ? "" : "s", other);
}
