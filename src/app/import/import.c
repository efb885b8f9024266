/*
 * `import` (see import.h): its output, as text or JSON.
 */
#include "app/import/import.h"

#include <stdio.h>

#include "app/import/import_cert.h"
#include "base/alloc.h"
#include "codec/datetime.h"
#include "codec/json.h"
#include "foreign/foreign.h"
#include "os/file/file.h"

struct import {
	struct app *app;
	struct foreign_state state;
	size_t made, failed;
};

/* Words for programs, so they stay as they are. */
static const char *outcome_of(const struct import *import, const struct imported *imported,
			      const struct error *failure)
{
	if (error_is_set(failure))
		return "failed";
	if (imported->was_here)
		return "present";
	return settings_flag(import->app->settings, "dry_run") ? "planned" : "imported";
}

/* Every member is always there, null where it has no value. */
static void list_json(const struct import *import, const struct foreign_cert *cert,
		      const struct imported *imported, const struct error *failure)
{
	struct json *object = json_object_new();

	json_set_string(object, "source", cert->cert_path);
	json_set_string(object, "outcome", outcome_of(import, imported, failure));
	json_set_text(object, "lineage", error_is_set(failure) ? NULL : imported->lineage);
	json_set(object, "names", json_strings_new(&imported->chain.leaf_names));
	json_set_text(object, "authenticator", imported->authenticator);
	json_set_text(object, "error", failure->text);
	json_set_text(object, "hint", failure->hint);
	json_set(object, "notes", json_strings_new(&cert->notes));
	result_push(import->app->ui, "certificates", object);
}

static void say_outcome(const struct import *import, const struct foreign_cert *cert,
			const struct imported *imported, const struct error *failure)
{
	const struct ui *ui = import->app->ui;
	AUTO_FREE char *names = strvec_join(&imported->chain.leaf_names, ", ");
	AUTO_FREE char *until = datetime_date(imported->chain.leaf_not_after);
	bool is_dry = settings_flag(import->app->settings, "dry_run");

	if (error_is_set(failure)) {
		ui_say(ui, "Could not import %s: %s%s%s", cert->cert_path, failure->text,
		       failure->hint ? "\n  Hint: " : "", failure->hint ? failure->hint : "");
	} else if (imported->was_here) {
		ui_say(ui, "%s is here already, as %s.", cert->cert_path, imported->lineage);
		return;
	} else {
		ui_say(ui, "%s %s (%s), valid until %s, renewed by %s.",
		       is_dry ? "Would import" : "Imported", imported->lineage, names, until,
		       imported->authenticator);
	}
	for (size_t i = 0; i < cert->notes.count; i++)
		ui_say(ui, "  Note: %s.", cert->notes.items[i]);
}

/* A certificate that fails does not prevent the import of the others. */
static void import_one(struct import *import, const struct foreign_cert *cert)
{
	AUTO(imported) struct imported imported;
	AUTO(error) struct error failure = ERROR_INIT;

	imported_init(&imported);
	if (import_cert(import->app->plugins, import->app->settings, &import->state, cert,
			&imported, &failure) < 0)
		import->failed++;
	else if (!imported.was_here)
		import->made++;
	say_outcome(import, cert, &imported, &failure);
	if (result_is_wanted(import->app->ui))
		list_json(import, cert, &imported, &failure);
}

/* Both clients would now renew, so the person is told to stop the other one. */
static void say_what_next(const struct import *import, const struct foreign_client *client)
{
	if (!import->made || settings_flag(import->app->settings, "dry_run"))
		return;
	ui_say(import->app->ui,
	       "\nNothing of %s was changed, and it goes on renewing. Next:\n"
	       "  certbot renew --dry-run   tests that the certificates can be renewed from here\n"
	       "  let your servers use the files in %s/live\n"
	       "  then stop the other client; its timer may be found by: %s",
	       client->name, settings_config_dir(import->app->settings), client->timers);
}

static int import_all(struct import *import, const struct foreign_client *client, struct error *err)
{
	for (size_t i = 0; i < import->state.cert_count; i++)
		import_one(import, &import->state.certs[i]);
	say_what_next(import, client);
	if (!import->failed)
		return 0;
	return error_set(err, ERR_REFUSED, "%zu of %zu certificates of %s could not be imported",
			 import->failed, import->state.cert_count, client->name);
}

int import_run(struct app *app, struct error *err)
{
	const char *from = settings_string(app->settings, "import_client");
	const char *dir = settings_string(app->settings, "import_dir");
	struct import import = {.app = app, .state = FOREIGN_STATE_INIT};
	const struct foreign_client *client;
	int rc;

	if (!from || !dir) {
		error_set(err, ERR_USAGE,
			  "import needs the name of a client and the folder with "
			  "its files");
		return error_hint(err, "such as: certbot import acme.sh /root/.acme.sh");
	}
	if (foreign_find(from, &client, err) < 0)
		return err->code;
	result_set(app->ui, "certificates", json_array_new());
	rc = client->read(dir, &import.state, err);
	if (rc == 0 && !import.state.cert_count)
		rc = error_set(err, ERR_NOT_FOUND, "%s has no certificates in '%s'", from, dir);
	if (rc == 0)
		rc = import_all(&import, client, err);
	foreign_state_release(&import.state);
	return rc;
}
