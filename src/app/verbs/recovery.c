/*
 * Recovery at the start of a run (see recovery.h). It also reads the notes in the work directory:
 * if the first run was killed, no lineage names a plugin yet.
 */
#include "app/verbs/recovery.h"

#include "base/alloc.h"
#include "base/log.h"
#include "instances/plugins.h"
#include "instances/server_change.h"
#include "os/file/file.h"
#include "store/journal/lineage_change.h"
#include "store/lineage/lineage_recover.h"
#include "txn/txn.h"
#include "webserver/owed.h"

/* Opening the plugin that wrote the note reloads its server. The note has the options with which
 * that plugin reaches its server. */
static int pay(struct plugins *plugins, const char *note_path, struct error *err)
{
	AUTO(settings) struct settings *settings = settings_clone(plugins->host.settings);
	AUTO_FREE char *plugin = NULL;
	struct plugin_instance *instance = NULL;

	if (owed_read(note_path, settings, &plugin, err) < 0)
		return err->code;
	return plugins_get(plugins, settings, plugin, &instance, err);
}

/* A warning for each: the command goes on, but somebody should know that a run was cut short. */
static void recover_lineages(const char *config_dir, struct changes *changes)
{
	const struct lineage_observer made = {.tell = lineage_change_found_made,
					      .context = changes};
	AUTO(strvec) struct strvec notes = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (lineage_recover(config_dir, &made, &notes, &err) < 0)
		log_warning("cannot check for interrupted changes: %s", err.text);
	for (size_t i = 0; i < notes.count; i++)
		log_warning("%s", notes.items[i]);
}

static void recover_servers(struct plugins *plugins)
{
	const char *work_dir = settings_string(plugins->host.settings, "work_dir");
	struct changes *changes = plugins->network->changes;
	AUTO(strvec) struct strvec notes = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	enum server_recovery recovery = server_recovery_begin(changes, work_dir);
	int rc = txn_recover(work_dir, &err);

	if (rc == 0) {
		server_recovery_end(changes, recovery);
		txn_forget_rollback(work_dir);
	}
	if (rc < 0 || owed_list(work_dir, &notes, &err) < 0) {
		log_warning("cannot clean up after an interrupted run: %s%s%s", err.text,
			    err.hint ? "; " : "", err.hint ? err.hint : "");
		return;
	}
	for (size_t i = 0; i < notes.count; i++) {
		AUTO(error) struct error unpaid = ERROR_INIT;

		if (pay(plugins, notes.items[i], &unpaid) < 0)
			log_warning("cannot reload the server after an interrupted run: %s",
				    unpaid.text);
	}
}

static void recover_challenges(const struct plugin_registry *registry, const char *work_dir)
{
	for (size_t i = 0; i < registry->count; i++) {
		const struct authenticator *authenticator = registry->plugins[i]->authenticator;
		AUTO(error) struct error err = ERROR_INIT;

		if (authenticator && authenticator->recover &&
		    authenticator->recover(work_dir, &err) < 0)
			log_warning("cannot remove the challenges of an interrupted run: %s%s%s",
				    err.text, err.hint ? "; " : "", err.hint ? err.hint : "");
	}
}

/* Lineages first, so that a server that is reloaded afterwards finds complete files. */
void recovery_run(struct plugins *plugins)
{
	recover_lineages(settings_config_dir(plugins->host.settings), plugins->network->changes);
	recover_challenges(plugins->registry, settings_string(plugins->host.settings, "work_dir"));
	recover_servers(plugins);
}

/* Returns whose reload a note is about, such as "nginx", or the name of a note that cannot be
 * read. The caller frees it. */
static char *describe_note(const struct settings *settings, const char *path)
{
	AUTO(settings) struct settings *options = settings_clone(settings);
	AUTO(error) struct error unreadable = ERROR_INIT;
	char *plugin = NULL;

	if (owed_read(path, options, &plugin, &unreadable) < 0)
		return xstrdup(path_basename(path));
	return plugin;
}

/* The reason was a warning: recovery must not keep certificates from being renewed. But if such a
 * command ended well, nobody would ever learn that a server does not run with its configuration. */
int recovery_check(const struct settings *settings, struct error *err)
{
	AUTO(strvec) struct strvec notes = STRVEC_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;
	AUTO_FREE char *server = NULL;

	if (owed_list(settings_string(settings, "work_dir"), &notes, &unreadable) < 0 ||
	    !notes.count)
		return 0;
	server = describe_note(settings, notes.items[0]);
	error_set(err, ERR_PLUGIN,
		  "a server whose configuration was changed or restored could not be reloaded: %s",
		  server);
	return error_hint(err,
			  "correct what the warning above says, and the next 'certbot renew' tries "
			  "again; if the server is no longer used, remove '%s'",
			  notes.items[0]);
}

void recovery_mention(const struct app *app)
{
	const char *work_dir = settings_string(app->settings, "work_dir");
	AUTO(strvec) struct strvec notes = STRVEC_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;

	/* Without the locks, another run may still be working on it. */
	if (!app->directories)
		return;
	if (!txn_is_unfinished(work_dir) &&
	    (owed_list(work_dir, &notes, &unreadable) < 0 || !notes.count))
		return;
	log_warning("An earlier run was interrupted while it changed a web server's configuration. "
		    "'certbot renew' restores the configuration and reloads the server.");
}
