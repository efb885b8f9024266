/*
 * Installers in a certificate's conf (see installer_record.h).
 *
 * A web server that reads live/ itself needs no more than a deploy hook, as with Certbot. Any other
 * server would go on serving the old certificate if its installer were not told of a renewal, and
 * told where the server is.
 */
#include "app/verbs/installer_record.h"

#include <stdlib.h>

#include "app/debts/debts.h"
#include "base/alloc.h"
#include "base/log.h"
#include "config/services.h"
#include "store/journal/lineage_change.h"
#include "store/lineage/lineage_conf.h"

int installer_record_save(struct changes *changes, const struct installers *installers,
			  const struct settings *settings, struct lineage *lineage,
			  struct error *err)
{
	struct ini_section *params = lineage_params(lineage);
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(lineage_change) struct lineage_change change = LINEAGE_CHANGE_INIT;

	for (size_t i = 0; i < installers->count; i++)
		if (debts_hears(installers->items[i]->plugin->installer))
			strvec_push(&names, installers->items[i]->plugin->name);
	if (!names.count || !params)
		return 0;
	lineage_change_begin(changes, lineage, &change);
	for (size_t i = 0; i < names.count; i++)
		settings_replace_plugin(settings, names.items[i], params);
	installers_add_to_conf(&names, lineage_conf(lineage));
	lineage_change_end(&change, lineage, lineage_current_version(lineage),
			   "changed the installers of");
	if (lineage_save_conf(lineage, err) < 0)
		lineage_change_drop(&change);
	return err->code;
}

/* The other server is not forgotten on purpose: it is the option that can hold only one. */
static void warn_of_move(const struct settings_move *move, const char *lineage_name)
{
	AUTO_FREE char *option = option_long_name(move->option);

	log_warning("the certificate %s was installed with %s %s before, and now with %s: its "
		    "renewals reach the latter only. If the former still serves it, have it "
		    "reloaded by a --deploy-hook, or obtain a certificate of its own for it.",
		    lineage_name, option, move->before ? move->before : "at its default",
		    move->now ? move->now : "the default");
}

/* The server of such an installer would go on with the former certificate if nobody told it. One
 * that this machine does not have is left out, as Certbot leaves it. */
static bool has_to_hear(struct plugins *plugins, const char *name)
{
	AUTO(error) struct error missing = ERROR_INIT;
	const struct plugin *plugin = NULL;

	return plugins_find_row(plugins, name, &plugin, &missing) == 0 && plugin->installer &&
	       debts_hears(plugin->installer);
}

static void list_hearing(struct plugins *plugins, const struct lineage *lineage,
			 struct strvec *ret_names)
{
	AUTO(strvec) struct strvec recorded = STRVEC_INIT;

	installers_present(lineage_conf(lineage), &recorded);
	for (size_t i = 0; lineage_params(lineage) && i < recorded.count; i++)
		if (has_to_hear(plugins, recorded.items[i]))
			strvec_push(ret_names, recorded.items[i]);
}

int installer_record_keep(struct plugins *plugins, const struct lineage *lineage,
			  struct settings *settings, struct installers *installers,
			  struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT, hearing = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;
	size_t named;

	list_hearing(plugins, lineage, &hearing);
	if (!hearing.count)
		return 0;
	installers_of(settings, &names);
	named = names.count;
	for (size_t i = 0; i < hearing.count; i++)
		strvec_push_unique(&names, hearing.items[i]);
	joined = strvec_join(&names, ",");
	settings_set_string(settings, "installer", joined, ORIGIN_RUNTIME);
	if (names.count > named)
		log_info("%s stays with the installers that it has: %s. To change them: certbot "
			 "reconfigure -i",
			 lineage_name(lineage), joined);
	if (installers_restore(settings, lineage_conf(lineage), err) < 0)
		return err->code;
	return plugins_get_installers(plugins, settings, joined, installers, err);
}

void installer_record_warn(const struct settings *settings, struct lineage *lineage)
{
	AUTO(strvec) struct strvec recorded = STRVEC_INIT, names = STRVEC_INIT;

	installers_of_conf(lineage_conf(lineage), &recorded);
	installers_of(settings, &names);
	for (size_t i = 0; lineage_params(lineage) && i < names.count; i++) {
		AUTO(settings_move) struct settings_move move = SETTINGS_MOVE_INIT;

		if (strvec_contains(&recorded, names.items[i]) &&
		    settings_find_move(settings, names.items[i], lineage_params(lineage), &move))
			warn_of_move(&move, lineage_name(lineage));
	}
}
