/*
 * Deletes lineages (see remove.h): after confirmation, and not while a server still needs the
 * files.
 */
#include "app/verbs/remove.h"

#include "app/debts/debts.h"
#include "app/debts/outputs.h"
#include "codec/output/result.h"
#include "app/verbs/pick.h"
#include "app/verbs/server_uses.h"
#include "base/alloc.h"
#include "os/file/file.h"
#include "store/journal/lineage_change.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_delete.h"

/* Finds the files made from the lineage, which are deleted with it. A conf that cannot be read has
 * none. */
static void find_outputs(const char *config_dir, const char *name, struct strvec *ret_paths)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(error) struct error broken = ERROR_INIT;

	if (lineage_look(config_dir, name, &lineage, &broken) == 0)
		outputs_written(lineage_conf(lineage), ret_paths);
}

/* True when nothing would be left in the directory without those files. */
static bool is_emptied(const char *dir, const struct strvec *gone)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;

	if (dir_list(dir, "", &names, &unreadable) < 0)
		return false;
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *path = path_join(dir, names.items[i]);

		if (!strvec_contains(gone, path))
			return false;
	}
	return true;
}

/* Finds what a server would miss besides the files in live/: outputs, and a directory of them that
 * would be empty, with which HAProxy does not start either. `gone` are the outputs of all lineages
 * that go. */
static void find_needed(const char *config_dir, const char *name, const struct strvec *gone,
			struct strvec *ret_paths)
{
	AUTO(strvec) struct strvec outputs = STRVEC_INIT;

	find_outputs(config_dir, name, &outputs);
	for (size_t i = 0; i < outputs.count; i++) {
		AUTO_FREE char *dir = path_dirname(outputs.items[i]);

		strvec_push(ret_paths, outputs.items[i]);
		if (is_emptied(dir, gone))
			strvec_push_unique(ret_paths, dir);
	}
}

/* The lineage's own options know best where its servers are. The caller frees it. */
static struct settings *settings_of(const struct settings *settings, const char *name)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(error) struct error broken = ERROR_INIT;

	if (lineage_look(settings_config_dir(settings), name, &lineage, &broken) < 0)
		return settings_clone(settings);
	return debts_settings(settings, lineage);
}

/* Refuses when a server configuration on this machine names the lineage's files, unless --force.
 * Certbot only warns. A server whose certificate is gone will not start again, perhaps weeks
 * later. */
static int check_unused(const struct settings *settings, const char *name,
			const struct strvec *gone, struct error *err)
{
	AUTO_FREE char *live = store_live_dir(settings_config_dir(settings), name);
	AUTO(settings) struct settings *own = settings_of(settings, name);
	AUTO(strvec) struct strvec paths = STRVEC_INIT;
	AUTO(strvec) struct strvec places = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	find_needed(settings_config_dir(settings), name, gone, &paths);
	server_uses_find(own, live, &paths, &places);
	if (!places.count)
		return 0;
	joined = strvec_join(&places, "\n  ");
	error_set(err, ERR_REFUSED,
		  "certificate %s was not deleted: its files are still used "
		  "in\n  %s",
		  name, joined);
	return error_hint(err, "change those lines first, or the server will fail to start; "
			       "--force deletes anyway");
}

/* All are checked before the first is deleted. */
static int check_all_unused(const struct settings *settings, const struct strvec *names,
			    struct error *err)
{
	AUTO(strvec) struct strvec gone = STRVEC_INIT;

	for (size_t i = 0; i < names->count; i++)
		find_outputs(settings_config_dir(settings), names->items[i], &gone);
	for (size_t i = 0; i < names->count && !settings_flag(settings, "force"); i++)
		if (check_unused(settings, names->items[i], &gone, err) < 0)
			return err->code;
	return 0;
}

/* Returns the part of the question that names them; "" when there are none. The caller frees it. */
static char *list_outputs(const char *config_dir, const struct strvec *names)
{
	AUTO(strvec) struct strvec paths = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	for (size_t i = 0; i < names->count; i++)
		find_outputs(config_dir, names->items[i], &paths);
	joined = strvec_join(&paths, "\n  * ");
	return paths.count
		       ? xasprintf("These outputs will be deleted with them:\n\n  * %s\n\n", joined)
		       : xstrdup("");
}

static int confirm(const struct ui *ui, const char *config_dir, const struct strvec *names,
		   bool *ret_sure, struct error *err)
{
	AUTO_FREE char *list = strvec_join(names, "\n  * ");
	AUTO_FREE char *outputs = list_outputs(config_dir, names);
	AUTO_FREE char *text = xasprintf(
		"The following certificate(s) are selected for deletion:\n\n  * %s\n\n%sWARNING: Before "
		"continuing, ensure that the listed certificates are not being used by any installed "
		"server software (e.g. Apache, nginx, mail servers). Deleting a certificate that is "
		"still being used will cause the server software to stop working.\n\nAre you sure you "
		"want to delete the above certificate(s)?",
		list, outputs);
	const struct ui_question question = {.text = text, .fallback = 1};

	return ui_yes_no(ui, &question, ret_sure, err);
}

static void tell_what_is_left(const struct ui *ui, const char *dir)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error gone = ERROR_INIT;
	AUTO_FREE char *joined = NULL;

	if (dir_list(dir, "", &names, &gone) < 0 || !names.count)
		return;
	joined = strvec_join(&names, ", ");
	ui_say(ui,
	       "%s still has files that certbot did not make: %s. Move them elsewhere before you "
	       "get another certificate of that name.",
	       dir, joined);
}

/* Files that we did not make stay in live/NAME and archive/NAME, and so do the directories; a new
 * certificate of that name would be refused. */
static void tell_what_others_left(const struct ui *ui, const char *config_dir, const char *name)
{
	AUTO_FREE char *live = store_live_dir(config_dir, name);
	AUTO_FREE char *archive = store_archive_dir(config_dir, name);

	tell_what_is_left(ui, live);
	tell_what_is_left(ui, archive);
}

static int delete_outputs(const struct ui *ui, const char *config_dir, const char *name,
			  struct error *err)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(error) struct error broken = ERROR_INIT;

	if (lineage_look(config_dir, name, &lineage, &broken) < 0)
		return 0;
	return outputs_remove(ui, lineage, err);
}

static int delete_one(const struct ui *ui, struct changes *changes, const char *config_dir,
		      const char *name, struct error *err)
{
	AUTO(strvec) struct strvec sharers = STRVEC_INIT;
	AUTO_FREE char *joined = NULL, *conf = store_renewal_path(config_dir, name);
	bool existed = file_exists(conf);
	int64_t record = lineage_change_deleted(changes, config_dir, name);

	if (delete_outputs(ui, config_dir, name, err) < 0 ||
	    lineage_delete(config_dir, name, &sharers, err) < 0) {
		/* Without its conf it is deleted, and recovery removes the rest. */
		if (!existed || file_exists(conf))
			changes_drop(changes, record);
		return err->code;
	}
	if (!sharers.count) {
		ui_say(ui, "Deleted all files relating to certificate %s.", name);
		tell_what_others_left(ui, config_dir, name);
		return 0;
	}
	joined = strvec_join(&sharers, ", ");
	ui_say(ui, "Deleted certificate %s, except for files that %s also uses.", name, joined);
	return 0;
}

int remove_lineages(const struct network *network, const struct settings *settings,
		    const struct strvec *names, struct error *err)
{
	const char *config_dir = settings_config_dir(settings);
	bool sure = false;

	if (check_all_unused(settings, names, err) < 0 ||
	    confirm(network->ui, config_dir, names, &sure, err) < 0)
		return err->code;
	if (!sure) {
		ui_say(network->ui, "Nothing was deleted.");
		return 0;
	}
	for (size_t i = 0; i < names->count; i++) {
		if (delete_one(network->ui, network->changes, config_dir, names->items[i], err) < 0)
			return err->code;
		result_push(network->ui, "deleted", json_string_new(names->items[i]));
	}
	return 0;
}

int remove_delete(struct app *app, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	result_set(app->ui, "deleted", json_array_new());
	if (pick_names(app->ui, app->settings, "Which certificate(s) would you like to delete?",
		       &names, err) < 0)
		return err->code;
	return remove_lineages(&app->network, app->settings, &names, err);
}
