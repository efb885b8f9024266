/*
 * The subcommands that work on server configurations without a CA (see installation.h).
 */
#include "app/verbs/installation.h"

#include <string.h>
#include <time.h>

#include "app/debts/debts.h"
#include "app/debts/outputs.h"
#include "app/issue/csr_source.h"
#include "app/issue/identifiers.h"
#include "app/renewal/deploy.h"
#include "app/renewal/served.h"
#include "app/verbs/installer_record.h"
#include "app/verbs/pick.h"
#include "app/verbs/recovery.h"
#include "app/verbs/rollback.h"
#include "base/alloc.h"
#include "base/log.h"
#include "config/services.h"
#include "instances/select.h"
#include "os/file/file.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_conf.h"
#include "txn/txn.h"

/* Returns the lineage of --cert-name, which the caller frees; NULL: none is named, or its conf
 * cannot be read, which is reported when it is used. */
static struct lineage *look_at_named(const struct settings *settings)
{
	const char *name = settings_string(settings, "certname");
	struct lineage *lineage = NULL;
	AUTO(error) struct error unreadable = ERROR_INIT;

	if (name)
		(void)!lineage_look(settings_config_dir(settings), name, &lineage, &unreadable);
	return lineage;
}

/* Takes the installers of the certificate's conf, if the user names none. */
static int take_recorded(const struct plugins *plugins, struct settings *settings,
			 struct error *err)
{
	AUTO(lineage) struct lineage *lineage = look_at_named(settings);
	AUTO(strvec) struct strvec recorded = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;
	struct plugin_choice choice;

	if (plugin_requested(plugins->registry, settings, &choice, err) < 0)
		return err->code;
	if (!lineage || choice.installer)
		return 0;
	installers_present(lineage_conf(lineage), &recorded);
	joined = strvec_join(&recorded, ",");
	if (recorded.count)
		settings_set_string(settings, "installer", joined, ORIGIN_RUNTIME);
	return 0;
}

/* Restores the options that the certificate's conf has for the installers, unless the user gives
 * others, so that `install` and `enhance` treat the server as a renewal does. */
static int restore_options(const struct plugins *plugins, struct settings *settings,
			   struct error *err)
{
	AUTO(lineage) struct lineage *lineage = look_at_named(settings);
	struct plugin_choice choice;

	if (plugin_requested(plugins->registry, settings, &choice, err) < 0)
		return err->code;
	if (!lineage || !choice.installer)
		return 0;
	/* It may come from a flag such as --nginx. */
	settings_set_string(settings, "installer", choice.installer, ORIGIN_RUNTIME);
	return installers_restore(settings, lineage_conf(lineage), err);
}

static int open_installers(struct plugins *plugins, struct settings *settings,
			   struct installers *ret_installers, struct error *err)
{
	struct selection selection;

	if (restore_options(plugins, settings, err) < 0 ||
	    select_plugins(plugins, settings, SELECT_INSTALLER, &selection, err) < 0)
		return err->code;
	*ret_installers = selection.installers;
	return 0;
}

/* Collects the names to deploy for: those of -d, else those of the certificate file. */
static int gather_names(const struct settings *settings, const char *cert_path,
			struct strvec *ret_names, struct error *err)
{
	const struct strvec *given = settings_list(settings, "domains");
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(cert) struct cert *cert = NULL;

	if (given->count) {
		strvec_extend(ret_names, given);
		return 0;
	}
	if (file_read(cert_path, 1024 * 1024, &pem, err) < 0 ||
	    cert_from_pem(pem.text, pem.len, &cert, err) < 0)
		return error_wrap(err, "cannot read the names of the certificate");
	if (cert_ip_addresses(cert)->count)
		return error_set(err, ERR_CONFIG,
				 "certificates for IP addresses cannot be installed by a plugin");
	strvec_extend(ret_names, cert_dns_names(cert));
	return 0;
}

/* Otherwise a server would be configured with files that it cannot read. */
static int check_readable(const struct settings *settings, const char *dest, struct error *err)
{
	const char *path = settings_string(settings, dest);
	AUTO(strbuf) struct strbuf ignored = STRBUF_INIT;

	return path ? file_read(path, 1024 * 1024, &ignored, err) : 0;
}

/* Loose files need at least certificate and key. */
static bool has_loose_paths(const struct settings *settings)
{
	return settings_string(settings, "key_path") &&
	       (settings_string(settings, "cert_path") ||
		settings_string(settings, "fullchain_path"));
}

/* --cert-name outranks paths: they may come from cli.ini. */
static int find_certificate(const struct ui *ui, const struct settings *settings,
			    struct lineage **ret_lineage, struct strvec *ret_names,
			    struct error *err)
{
	const char *cert_path;

	if (has_loose_paths(settings) && !settings_string(settings, "certname")) {
		static const char *const dests[] = {"cert_path", "key_path", "chain_path",
						    "fullchain_path"};

		for (size_t i = 0; i < ARRAY_LEN(dests); i++)
			if (check_readable(settings, dests[i], err) < 0)
				return err->code;
		cert_path = settings_string(settings, "cert_path");
		if (!cert_path)
			cert_path = settings_string(settings, "fullchain_path");
		return gather_names(settings, cert_path, ret_names, err);
	}
	if (pick_lineage(ui, settings, "Which certificate would you like to install?", ret_lineage,
			 err) < 0)
		return err->code;
	if (csr_source_check_installable(*ret_lineage, err) < 0)
		return err->code;
	return gather_names(settings, lineage_live_path(*ret_lineage, STORE_CERT), ret_names, err);
}

/* The files that the installer will use must exist before it is called. */
static int apply_outputs(struct plugins *plugins, struct lineage *lineage, struct error *err)
{
	const struct settings *settings = plugins->host.settings;

	if (!lineage && settings_list(settings, "outputs")->count)
		return error_set(err, ERR_CONFIG, "--output needs --cert-name");
	if (!lineage)
		return 0;
	if (outputs_check(plugins, settings, lineage_name(lineage), lineage_conf(lineage), err) < 0)
		return err->code;
	return outputs_apply(plugins, settings, lineage, err);
}

/* The name is null for files that come from elsewhere. */
static void tell_installation(const struct ui *ui, struct lineage *lineage,
			      const struct strvec *names, const struct installers *installers)
{
	struct json *plugins = json_array_new();

	for (size_t i = 0; i < installers->count; i++)
		json_push_string(plugins, installers->items[i]->plugin->name);
	result_set_text(ui, "certificate", lineage ? lineage_name(lineage) : NULL);
	result_set_texts(ui, "names", names);
	result_set(ui, "installers", plugins);
}

/* Enhancements are checked before looking for the certificate, so that a wrong option is reported
 * first. */
int installation_install(struct app *app, struct error *err)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct installers installers;
	struct deploy_lineage_request request = {
		.settings = app->settings,
		.installers = &installers,
		.names = &names,
		.redirect_by_default = true,
	};

	if (take_recorded(app->plugins, app->settings, err) < 0 ||
	    open_installers(app->plugins, app->settings, &installers, err) < 0 ||
	    deploy_check_enhancements(app->settings, &installers, err) < 0 ||
	    find_certificate(app->ui, app->settings, &lineage, &names, err) < 0)
		return err->code;
	if (!lineage && settings_flag(app->settings, "auto_hsts"))
		return error_set(err, ERR_CONFIG, "--auto-hsts needs --cert-name");
	request.lineage = lineage;
	tell_installation(app->ui, lineage, &names, &installers);
	if (lineage)
		installer_record_warn(app->settings, lineage);
	if (apply_outputs(app->plugins, lineage, err) < 0)
		return err->code;
	if (deploy_lineage(app->ui, &request, err) < 0)
		return lineage ? debts_keep_installation(app->plugins, app->settings, lineage, err)
			       : err->code;
	if (!lineage ||
	    installer_record_save(app->network.changes, &installers, app->settings, lineage, err) <
		    0 ||
	    deploy_settle_rest(app->plugins, app->settings, lineage, err) < 0)
		return err->code;
	return served_prove_lineage(app->plugins, lineage, app->settings, true, err);
}

static bool has_enhancement_flag(const struct settings *settings)
{
	static const char *const dests[] = {"redirect", "hsts", "uir", "staple"};

	for (size_t i = 0; i < ARRAY_LEN(dests); i++)
		if (settings_tristate(settings, dests[i]) == 1)
			return true;
	return settings_flag(settings, "auto_hsts");
}

/* The names of -d, else all names of the certificate, from which a person may choose. */
static int choose_names(const struct ui *ui, const struct settings *settings,
			struct lineage *lineage, struct strvec *ret_names, struct error *err)
{
	AUTO(strvec) struct strvec all = STRVEC_INIT;
	const struct ui_question question = {
		.text = "Which domain names would you like to enable the selected enhancements for?",
		.flag = "--domain",
	};

	if (gather_names(settings, lineage_live_path(lineage, STORE_CERT), &all, err) < 0)
		return err->code;
	if (settings_list(settings, "domains")->count || !ui_is_interactive(ui)) {
		strvec_extend(ret_names, &all);
		return 0;
	}
	return ui_choose_labels(ui, &question, &all, ret_names, err);
}

/* Without a flag there is nothing to do, and Certbot says so in these words. */
int installation_enhance(struct app *app, struct error *err)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(settings) struct settings *owed = NULL;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct installers installers;
	struct deploy_lineage_request request = {
		.settings = app->settings, .installers = &installers, .names = &names};

	if (!has_enhancement_flag(app->settings))
		return error_set(
			err, ERR_CONFIG,
			"Please specify one or more enhancement types to configure. To list "
			"the available enhancement types, run:\n\n  certbot --help enhance\n");
	if (open_installers(app->plugins, app->settings, &installers, err) < 0 ||
	    deploy_check_enhancements(app->settings, &installers, err) < 0 ||
	    pick_lineage(app->ui, app->settings,
			 "Which certificate would you like to use to enhance your "
			 "configuration?",
			 &lineage, err) < 0 ||
	    choose_names(app->ui, app->settings, lineage, &names, err) < 0)
		return err->code;
	request.lineage = lineage;
	tell_installation(app->ui, lineage, &names, &installers);
	if (deploy_enhancements(app->ui, &request, err) < 0)
		return err->code;
	owed = debts_settings(app->settings, lineage);
	return deploy_pay_owed(app->plugins, owed, lineage, err);
}

/* Opens the requested installers without calling their prepare(): a broken server configuration
 * must not prevent its own repair. Without a name they are chosen as by `install`. */
static int instantiate_installers(struct plugins *plugins, struct settings *settings,
				  struct installers *ret, struct error *err)
{
	struct plugin_choice choice;
	const struct plugin_host *host = NULL;
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	/* The plugin needs these to check which certificate the server presents afterwards. */
	if (plugins_host(plugins, &host, err) < 0)
		return err->code;
	if (plugin_requested(plugins->registry, settings, &choice, err) < 0)
		return err->code;
	if (!choice.installer)
		return open_installers(plugins, settings, ret, err);
	installers_split(choice.installer, &names);
	for (size_t i = 0; i < names.count && i < ARRAY_LEN(ret->items); i++) {
		const struct plugin *plugin = NULL;

		if (plugins_find_row(plugins, names.items[i], &plugin, err) < 0)
			return err->code;
		if (!plugin->installer)
			return error_set(err, ERR_CONFIG, "there is no installer plugin '%s'",
					 names.items[i]);
		ret->items[ret->count] = plugin_instantiate(plugin, host);
		map_set(&plugins->instances, plugin->name, ret->items[ret->count++]);
	}
	return 0;
}

/* Before the reload, which may fail when the files are back. */
static void say_undone(const struct ui *ui, const struct rollback *rollback, size_t undone)
{
	AUTO_FREE char *accounts = strvec_join(&rollback->accounts, "\n  ");

	ui_say(ui, "Undid %zu change%s of the server configuration.\n  %s", undone,
	       undone == 1 ? "" : "s", accounts);
}

/* The servers must load what was undone before the failure, or by others. Returns the code of the
 * failure. */
static int reload_after_failure(const struct ui *ui, struct rollback *rollback, size_t undone,
				struct error *err)
{
	AUTO(error) struct error unloaded = ERROR_INIT;

	say_undone(ui, rollback, undone);
	if (rollback_reload(rollback, &unloaded) < 0)
		log_error("%s", unloaded.text);
	return error_hint(err, "the other changes were undone; once this is mended, 'certbot "
			       "rollback' undoes the rest");
}

int installation_rollback(struct app *app, struct error *err)
{
	int64_t wanted = settings_int(app->settings, "checkpoints");
	struct installers installers = {.count = 0};
	AUTO(rollback) struct rollback rollback = ROLLBACK_INIT(app->plugins, &installers);
	size_t undone = 0;

	result_set_int(app->ui, "wanted", wanted);
	result_set_int(app->ui, "undone", 0);
	if (wanted < 0)
		return error_set(err, ERR_CONFIG, "--checkpoints must not be negative");
	if (instantiate_installers(app->plugins, app->settings, &installers, err) < 0)
		return err->code;
	if (!wanted)
		return 0;
	(void)!rollback_undo(&rollback, (size_t)wanted, &undone, err);
	result_set_int(app->ui, "undone", (int64_t)undone);
	if (error_is_set(err))
		return undone ? reload_after_failure(app->ui, &rollback, undone, err) : err->code;
	if (!undone) {
		log_warning(
			"Certbot hasn't modified your configuration, so rollback isn't available.");
		return 0;
	}
	if (undone < (size_t)wanted)
		log_warning("Unable to rollback %lld checkpoints, only %zu exist",
			    (long long)wanted, undone);
	say_undone(app->ui, &rollback, undone);
	return rollback_reload(&rollback, err);
}

/* ctime(3) for the date, as Certbot prints it. */
static void add_checkpoint(const struct txn_checkpoint *checkpoint, struct strbuf *out)
{
	time_t when = (time_t)checkpoint->time;
	char stamp[32];

	strbuf_addf(out, "%s%s\n\nAffected files:\n", ctime_r(&when, stamp), checkpoint->notes);
	for (size_t i = 0; i < checkpoint->files.count; i++)
		strbuf_addf(out, "  %s\n", checkpoint->files.items[i]);
	if (checkpoint->new_files.count)
		strbuf_adds(out, "New Configuration Files:\n");
	for (size_t i = 0; i < checkpoint->new_files.count; i++)
		strbuf_addf(out, "  %s\n", checkpoint->new_files.items[i]);
	strbuf_addc(out, '\n');
}

static struct json *json_of_checkpoint(const struct txn_checkpoint *checkpoint)
{
	struct json *object = json_object_new();

	json_set_time(object, "time", checkpoint->time);
	json_set_text(object, "notes", checkpoint->notes);
	json_set(object, "files", json_strings_new(&checkpoint->files));
	json_set(object, "new_files", json_strings_new(&checkpoint->new_files));
	return object;
}

int installation_config_changes(struct app *app, struct error *err)
{
	const char *work_dir = settings_string(app->settings, "work_dir");
	int64_t limit = settings_int(app->settings, "num");
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;
	AUTO(txn_history) struct txn_history list = TXN_HISTORY_INIT;

	result_set(app->ui, "changes", json_array_new());
	recovery_mention(app);
	if (txn_list(work_dir, &list, err) < 0)
		return err->code;
	if (!list.count) {
		ui_say(app->ui, "There are no changes that 'certbot rollback' could undo.");
		return 0;
	}
	for (size_t i = 0; i < list.count && (limit <= 0 || i < (size_t)limit); i++) {
		add_checkpoint(&list.items[i], &out);
		result_push(app->ui, "changes", json_of_checkpoint(&list.items[i]));
	}
	strbuf_truncate(&out, out.len - 1);
	ui_say(app->ui, "%s", out.text);
	return 0;
}
