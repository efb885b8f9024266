/*
 * Unit files and systemctl (see units.h). Units are read from the disk instead of asking systemd,
 * which does not run in an image that is being built.
 */
#include "schedules/units.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "os/file/file.h"
#include "os/process/process.h"

#define MAX_UNIT (1024 * 1024)
#define MAX_OUTPUT 65536
/* systemctl waits for the unit to start, and a timer starts at once. */
#define PATIENCE_MS 30000

/* As systemd.unit(5) says, the first directory that has a name wins. */
static const char *const dirs[] = {
	UNITS_OWN_DIR,
	"/run/systemd/system",
	"/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system",
	"/lib/systemd/system",
};

bool units_systemd_runs(void)
{
	return file_is_dir("/run/systemd/system");
}

static void list_entries(const char *dir, const char *suffix, struct strvec *ret_names)
{
	AUTO(error) struct error none = ERROR_INIT;

	if (dir_list(dir, suffix, ret_names, &none) < 0)
		strvec_release(ret_names);
}

void units_list_timers(struct strvec *ret_names)
{
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		AUTO(strvec) struct strvec names = STRVEC_INIT;

		list_entries(dirs[i], ".timer", &names);
		for (size_t j = 0; j < names.count; j++)
			strvec_push_unique(ret_names, names.items[j]);
	}
}

/* The caller frees the path; NULL when there is no such unit. */
static char *find_unit(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		AUTO_FREE char *path = path_join(dirs[i], name);

		if (file_exists(path))
			return STEAL(path);
	}
	return NULL;
}

static int read_part(const char *path, struct unit_file *unit, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (!file_is_regular(path))
		return 0;
	if (file_read(path, MAX_UNIT, &text, err) < 0)
		return err->code;
	unit_file_read(span_make(text.text, text.len), unit);
	return 0;
}

/* Drop-ins of all directories, sorted by name; if several have the same name, the first one
 * counts. */
static int read_drop_ins(const char *name, struct unit_file *unit, struct error *err)
{
	AUTO(strvec) struct strvec all = STRVEC_INIT;

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		AUTO_FREE char *dir = xasprintf("%s/%s.d", dirs[i], name);
		AUTO(strvec) struct strvec names = STRVEC_INIT;

		list_entries(dir, ".conf", &names);
		for (size_t j = 0; j < names.count; j++)
			strvec_push_unique(&all, names.items[j]);
	}
	strvec_sort(&all);
	for (size_t i = 0; i < all.count; i++) {
		AUTO_FREE char *entry = xasprintf("%s.d/%s", name, all.items[i]);
		AUTO_FREE char *path = find_unit(entry);

		if (path && read_part(path, unit, err) < 0)
			return err->code;
	}
	return 0;
}

/* A masked unit is a link to /dev/null, which is not a regular file; an empty file masks as
 * well. */
int units_read(const char *name, struct unit_file *ret_unit, char **ret_path, struct error *err)
{
	AUTO_FREE char *path = strchr(name, '/') ? NULL : find_unit(name);

	if (!path || !file_is_regular(path))
		return 0;
	if (read_part(path, ret_unit, err) < 0 || read_drop_ins(name, ret_unit, err) < 0)
		return err->code;
	*ret_path = STEAL(path);
	return 0;
}

bool units_exists(const char *name)
{
	AUTO_FREE char *path = find_unit(name);

	return path != NULL;
}

bool units_may_start(const char *name)
{
	AUTO_FREE char *path = find_unit(name);

	return path && file_is_regular(path);
}

static bool is_changeable(const char *dir)
{
	return strcmp(dir, UNITS_OWN_DIR) == 0 || str_starts(dir, "/run/");
}

void units_find_links(const char *name, struct strvec *ret_links, bool *ret_is_static)
{
	static const char *const suffixes[] = {".wants", ".requires"};

	for (size_t i = 0; i < ARRAY_LEN(dirs) * ARRAY_LEN(suffixes); i++) {
		const char *dir = dirs[i / ARRAY_LEN(suffixes)];
		AUTO(strvec) struct strvec names = STRVEC_INIT;

		list_entries(dir, suffixes[i % ARRAY_LEN(suffixes)], &names);
		for (size_t j = 0; j < names.count; j++) {
			AUTO_FREE char *link = xasprintf("%s/%s/%s", dir, names.items[j], name);

			if (!file_is_symlink(link))
				continue;
			if (is_changeable(dir))
				strvec_push(ret_links, link);
			else
				*ret_is_static = true;
		}
	}
}

static int run_systemctl(const char *verb, const char *unit, struct process_result *result,
			 struct error *err)
{
	const char *const argv[] = {"systemctl", verb, unit, NULL};
	const struct process_request request = {
		.argv = argv,
		.timeout_ms = PATIENCE_MS,
		.max_output = MAX_OUTPUT,
	};

	return process_run(&request, result, err);
}

/* systemctl ends with 0 only if the unit runs; nothing else is asked. */
int units_is_active(const char *name, bool *ret_is_active, struct error *err)
{
	AUTO(process_result) struct process_result result;

	process_result_init(&result);
	if (run_systemctl("is-active", name, &result, err) < 0)
		return err->code;
	*ret_is_active = result.exit_status == 0;
	return 0;
}

int units_control(const char *verb, const char *unit, struct error *err)
{
	AUTO(process_result) struct process_result result;
	AUTO(strbuf) struct strbuf said = STRBUF_INIT;

	process_result_init(&result);
	if (run_systemctl(verb, unit, &result, err) < 0)
		return err->code;
	if (!result.exit_status && !result.timed_out)
		return 0;
	strbuf_trim(&result.error_output);
	strbuf_add_printable(&said, result.error_output.text, result.error_output.len);
	return error_set(err, ERR_PLUGIN, "'systemctl %s%s%s' failed: %s", verb, unit ? " " : "",
			 unit ? unit : "", result.timed_out ? "it took too long" : said.text);
}
