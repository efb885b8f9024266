/*
 * Chooses lineages (see pick.h). A name given by --cert-name is checked against the confs as well,
 * so that a misspelt one is an error at the start and not halfway through a command.
 */
#include "app/verbs/pick.h"

#include "base/alloc.h"
#include "config/names.h"

static int check_known(const char *config_dir, const struct strvec *all, const char *name,
		       struct error *err)
{
	AUTO_FREE char *path = NULL;

	if (names_check_lineage(name, err) < 0)
		return err->code;
	if (strvec_contains(all, name))
		return 0;
	path = store_renewal_path(config_dir, name);
	return error_set(err, ERR_NOT_FOUND, "No certificate found with name %s (expected %s).",
			 name, path);
}

static int list_all(const struct settings *settings, struct strvec *ret_all, struct error *err)
{
	const char *wanted = settings_string(settings, "certname");

	if (lineage_names(settings_config_dir(settings), ret_all, err) < 0)
		return err->code;
	if (ret_all->count)
		return 0;
	return wanted ? error_set(err, ERR_NOT_FOUND,
				  "No existing certificates found, so none with name %s.", wanted)
		      : error_set(err, ERR_NOT_FOUND, "No existing certificates found.");
}

int pick_names(const struct ui *ui, const struct settings *settings, const char *title,
	       struct strvec *ret_names, struct error *err)
{
	const char *config_dir = settings_config_dir(settings);
	const char *wanted = settings_string(settings, "certname");
	AUTO(strvec) struct strvec all = STRVEC_INIT;
	const struct ui_question question = {.text = title, .flag = "--cert-name"};

	if (list_all(settings, &all, err) < 0)
		return err->code;
	if (wanted) {
		strvec_push(ret_names, wanted);
		return check_known(config_dir, &all, wanted, err);
	}
	return ui_choose_labels(ui, &question, &all, ret_names, err);
}

int pick_lineage(const struct ui *ui, const struct settings *settings, const char *title,
		 struct lineage **ret_lineage, struct error *err)
{
	const char *config_dir = settings_config_dir(settings);
	const char *wanted = settings_string(settings, "certname");
	AUTO(strvec) struct strvec all = STRVEC_INIT;
	struct ui_question question = {
		.text = title,
		.flag = "--cert-name",
		.fallback = UI_NO_FALLBACK,
	};
	size_t chosen = 0;

	if (list_all(settings, &all, err) < 0)
		return err->code;
	if (wanted && check_known(config_dir, &all, wanted, err) < 0)
		return err->code;
	question.choices = (const char *const *)all.items;
	question.choice_count = all.count;
	if (!wanted && ui_menu(ui, &question, &chosen, err) < 0)
		return err->code;
	return lineage_open(config_dir, wanted ? wanted : all.items[chosen], ret_lineage, err);
}
