/*
 * Deleting lineages (see remove.h): asked for, confirmed, and refused while a server still needs
 * the files.
 */
#include "app/verbs/remove.h"

#include "app/pick.h"
#include "app/verbs/server_uses.h"
#include "base/alloc.h"
#include "os/file/file.h"
#include "store/lineage.h"

/* Refuses when a server configuration on this machine names the lineage's files, unless --force. */
static int check_unused(struct app *app, const char *name, struct error *err)
{
	AUTO_FREE char *live = store_live_dir(app_config_dir(app), name);
	AUTO(strvec) struct strvec places = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	if (settings_flag(app->settings, "force"))
		return 0;
	server_uses_find(app, live, &places);
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

static int confirm(struct app *app, const struct strvec *names, bool *ret_sure, struct error *err)
{
	AUTO_FREE char *list = strvec_join(names, "\n  * ");
	AUTO_FREE char *text = xasprintf(
		"The following certificate(s) are selected for deletion:\n\n  * %s\n\nWARNING: Before "
		"continuing, ensure that the listed certificates are not being used by any installed "
		"server software (e.g. Apache, nginx, mail servers). Deleting a certificate that is "
		"still being used will cause the server software to stop working.\n\nAre you sure you "
		"want to delete the above certificate(s)?",
		list);
	const struct ui_question question = {.text = text, .fallback = 1};

	return ui_yes_no(app->ui, &question, ret_sure, err);
}

/* Files of others in live/NAME stay, and with them the directory; a new certificate of that name
 * would be refused. */
static void tell_what_is_left(struct app *app, const char *name)
{
	AUTO_FREE char *live = store_live_dir(app_config_dir(app), name);

	if (file_is_dir(live))
		ui_say(app->ui, "%s still has files that certbot did not make, and was left.",
		       live);
}

static int delete_one(struct app *app, const char *name, struct error *err)
{
	AUTO(strvec) struct strvec sharers = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	if (lineage_delete(app_config_dir(app), name, &sharers, err) < 0)
		return err->code;
	if (!sharers.count) {
		ui_say(app->ui, "Deleted all files relating to certificate %s.", name);
		tell_what_is_left(app, name);
		return 0;
	}
	joined = strvec_join(&sharers, ", ");
	ui_say(app->ui, "Deleted certificate %s, except for files that %s also uses.", name,
	       joined);
	return 0;
}

int remove_lineages(struct app *app, const struct strvec *names, struct error *err)
{
	bool sure = false;

	for (size_t i = 0; i < names->count; i++)
		if (check_unused(app, names->items[i], err) < 0)
			return err->code;
	if (confirm(app, names, &sure, err) < 0)
		return err->code;
	if (!sure) {
		ui_say(app->ui, "Nothing was deleted.");
		return 0;
	}
	for (size_t i = 0; i < names->count; i++)
		if (delete_one(app, names->items[i], err) < 0)
			return err->code;
	return 0;
}

int remove_delete(struct app *app, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (pick_names(app, "Which certificate(s) would you like to delete?", &names, err) < 0)
		return err->code;
	return remove_lineages(app, &names, err);
}
