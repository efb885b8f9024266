/*
 * Checks a plugin program (see plugin_check.h) in temporary directories, so that neither a
 * checkpoint nor anything else remains.
 */
#include "instances/plugin_check.h"

#include <errno.h>
#include <stdlib.h>

#include "codec/output/result.h"
#include "base/alloc.h"
#include "os/file/file.h"

struct outcome {
	const struct ui *ui;
	size_t held, failed;
};

static void note_row(void *context, const char *what, const struct error *fault)
{
	struct outcome *outcome = context;
	const struct error none = ERROR_INIT;

	struct json *row = json_object_new();

	json_set_string(row, "what", what);
	result_set_fault(row, &(const struct result_fault){.error = fault ? fault : &none});
	result_push(outcome->ui, "checks", row);
	if (fault)
		ui_say(outcome->ui, "FAILED  %s: %s", what, fault->text);
	else
		ui_say(outcome->ui, "ok      %s", what);
	if (fault && fault->hint)
		ui_say(outcome->ui, "        %s", fault->hint);
	outcome->failed += fault != NULL;
	outcome->held += fault == NULL;
}

static int check_in(struct plugins *plugins, const struct plugin *plugin, const char *dir,
		    struct error *err)
{
	AUTO(settings) struct settings *settings = settings_clone(plugins->host.settings);
	AUTO_FREE char *config_dir = path_join(dir, "config");
	struct outcome outcome = {.ui = plugins->host.ui};
	const struct plugin_check_report report = {note_row, &outcome};

	result_set(outcome.ui, "checks", json_array_new());
	settings_set_string(settings, "work_dir", dir, ORIGIN_RUNTIME);
	settings_set_string(settings, "config_dir", config_dir, ORIGIN_RUNTIME);
	if (dir_make(config_dir, 0700, err) < 0 ||
	    plugins->registry->programs->check(plugin, settings, &report, err) < 0)
		return err->code;
	if (outcome.failed)
		return error_set(err, ERR_PLUGIN, "%zu of %zu checks of the %s plugin failed",
				 outcome.failed, outcome.failed + outcome.held, plugin->name);
	ui_say(plugins->host.ui, "All %zu checks of the %s plugin succeeded.", outcome.held,
	       plugin->name);
	return 0;
}

/* A directory of its own for each check: the program under test may be a stranger's. */
int plugin_check(struct plugins *plugins, const char *name, struct error *err)
{
	const char *base = getenv("TMPDIR");
	AUTO_FREE char *dir = xasprintf("%s/certbot-check-XXXXXX", base && base[0] ? base : "/tmp");
	AUTO(error) struct error left = ERROR_INIT;
	const struct plugin *plugin = NULL;
	int rc;

	if (plugins_find_row(plugins, name, &plugin, err) < 0)
		return err->code;
	if (!plugin->program)
		return error_set(err, ERR_CONFIG,
				 "the %s plugin is built in; --check is for programs of their own",
				 name);
	if (!mkdtemp(dir))
		return error_set_errno(err, errno, "cannot create '%s'", dir);
	rc = check_in(plugins, plugin, dir, err);
	if (dir_remove_tree(dir, &left) < 0 && rc == 0)
		rc = error_move(err, &left);
	return rc;
}
