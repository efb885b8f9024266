/*
 * Which outputs a lineage has, and when they are written (see outputs.h).
 */
#include "app/debts/outputs.h"

#include <stdlib.h>
#include <string.h>

#include "app/debts/debts.h"
#include "store/renewal/renewal_state.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "config/services.h"
#include "os/file/file.h"
#include "store/journal/changes.h"
#include "store/lineage/lineage_conf.h"

#define KEY "outputs"
/* In the place of a name that is not decided yet. */
#define UNKNOWN_NAME "example"

/* ---- Of installers ---- */

/* An installer's outputs are texts in the syntax of --output, so that they are checked and written
 * in the same way as the user's own. */
static int add_installers(struct plugins *plugins, const struct settings *settings,
			  const char *lineage, struct strvec *ret_texts, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	installers_of(settings, &names);
	for (size_t i = 0; i < names.count; i++) {
		struct plugin_instance *instance = NULL;

		if (!debts_has_outputs(plugins, names.items[i]))
			continue;
		if (plugins_get(plugins, settings, names.items[i], &instance, err) < 0 ||
		    instance->plugin->installer->outputs(instance, lineage, settings, ret_texts,
							 err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- Checks ---- */

static int parse_all(const struct strvec *texts, const char *name, struct outputs *ret,
		     struct error *err)
{
	for (size_t i = 0; i < texts->count; i++) {
		ARRAY_GROW(ret->items, ret->count, ret->capacity);
		ret->items[ret->count] = (struct output)OUTPUT_INIT;
		if (output_parse(texts->items[i], name, &ret->items[ret->count++], err) < 0)
			return err->code;
	}
	return 0;
}

/* The path with the links of its directory resolved; the caller frees it. The file itself may be
 * missing, and must not be a link. */
static char *real_path(const char *path)
{
	AUTO_FREE char *dir = path_dirname(path);
	AUTO_FREE char *real = realpath(dir, NULL);

	return path_join(real ? real : dir, path_basename(path));
}

/* The directories below the configuration directory in which only the store writes. Overwriting a
 * file of the store would break a lineage at its next renewal. */
static int check_outside_store(const struct plugins *plugins, const char *path, struct error *err)
{
	AUTO_FREE char *config_dir = realpath(settings_config_dir(plugins->host.settings), NULL);
	static const char *const owned[] = {"live",     "archive", "renewal",
					    "accounts", "csr",     "keys"};

	for (size_t i = 0; config_dir && i < ARRAY_LEN(owned); i++) {
		AUTO_FREE char *inside = xasprintf("%s/%s/", config_dir, owned[i]);

		if (str_starts(path, inside))
			return error_set(err, ERR_CONFIG,
					 "output '%s': this directory is for certbot's own files",
					 path);
	}
	return 0;
}

/* Each path has one owner: notes it, or refuses. Two certificates in one file would overwrite each
 * other at each renewal. */
static int claim(struct map *claimed, const char *path, const char *name, struct error *err)
{
	AUTO_FREE char *real = real_path(path);
	const char *owner = map_get(claimed, real);

	if (!owner) {
		map_set(claimed, real, xstrdup(name));
		return 0;
	}
	if (strcmp(owner, name) == 0)
		return error_set(err, ERR_CONFIG, "output '%s' is given twice", path);
	error_set(err, ERR_CONFIG, "output '%s' belongs to the certificate %s", path, owner);
	return error_hint(err, "each certificate needs a path of its own; {name} in it is "
			       "replaced by the certificate's name");
}

/* Claims the outputs of other lineages; errors in them are reported when they are used. */
static void claim_for(struct map *claimed, const char *name, const struct ini *conf)
{
	AUTO(strvec) struct strvec texts = STRVEC_INIT;
	AUTO(outputs) struct outputs outputs = OUTPUTS_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;

	services_of_conf(conf, KEY, &texts);
	(void)!parse_all(&texts, name, &outputs, &ignored);
	for (size_t i = 0; i < outputs.count; i++) {
		AUTO(error) struct error twice = ERROR_INIT;

		if (outputs.items[i].path)
			(void)!claim(claimed, outputs.items[i].path, name, &twice);
	}
}

/* Broken lineages are skipped: they must not prevent others from being obtained. */
static int claim_all(const struct plugins *plugins, const char *but_name, struct map *claimed,
		     struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (lineage_names(settings_config_dir(plugins->host.settings), &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++) {
		AUTO(lineage) struct lineage *lineage = NULL;
		AUTO(error) struct error broken = ERROR_INIT;

		if (strcmp(names.items[i], but_name) != 0 &&
		    lineage_look(settings_config_dir(plugins->host.settings), names.items[i],
				 &lineage, &broken) == 0)
			claim_for(claimed, names.items[i], lineage_conf(lineage));
	}
	return 0;
}

/* A warning only: the mode is the user's choice. */
static void warn_of_rights(const struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		const struct output *output = &outputs->items[i];

		if (output_is_secret(output) && output->mode & 0006)
			log_warning("output '%s' has the private key, and mode=%04o lets everybody "
				    "%s it: use mode=0640 and group=NAME for a service's user",
				    output->path, (unsigned)output->mode,
				    output->mode & 0004 ? "read" : "replace");
	}
}

/* In this order: a path in the store is refused before its file is looked at. */
static int check_all(struct plugins *plugins, const struct outputs *outputs, const char *name,
		     struct map *claimed, struct error *err)
{
	for (size_t i = 0; i < outputs->count; i++) {
		AUTO_FREE char *real = real_path(outputs->items[i].path);

		if (check_outside_store(plugins, real, err) < 0 ||
		    claim(claimed, outputs->items[i].path, name, err) < 0 ||
		    output_files_check(&outputs->items[i], err) < 0)
			return err->code;
	}
	return 0;
}

/* Whoever made the CSR has the key. */
static int refuse_keys(const struct outputs *outputs, struct error *err)
{
	for (size_t i = 0; i < outputs->count; i++)
		if (output_is_secret(&outputs->items[i]))
			return error_set(err, ERR_CONFIG,
					 "output '%s' would hold the private key, which is not "
					 "on this machine",
					 outputs->items[i].path);
	return 0;
}

/* Other lineages are read only if the outputs are new; those of a conf were checked when they were
 * given. */
int outputs_check(struct plugins *plugins, const struct settings *settings, const char *name,
		  const struct ini *conf, struct error *err)
{
	AUTO(strvec) struct strvec texts = STRVEC_INIT;
	AUTO(outputs) struct outputs outputs = OUTPUTS_INIT;
	AUTO(map) struct map claimed = MAP_INIT(free);

	if (services_is_given(settings, KEY))
		services_given(settings, KEY, &texts);
	else if (conf)
		services_of_conf(conf, KEY, &texts);
	if (add_installers(plugins, settings, name, &texts, err) < 0)
		return err->code;
	if (!texts.count)
		return 0;
	if (parse_all(&texts, name, &outputs, err) < 0 ||
	    (services_is_given(settings, KEY) && claim_all(plugins, name, &claimed, err) < 0))
		return err->code;
	if (settings_string(settings, "renew_csr") && refuse_keys(&outputs, err) < 0)
		return err->code;
	if (services_is_given(settings, KEY))
		warn_of_rights(&outputs);
	return check_all(plugins, &outputs, name, &claimed, err);
}

/* The name of the certificate is not known yet. What two names have in common is not of the name:
 * most often the directory. */
static int check_unnamed(const char *text, struct error *err)
{
	AUTO(output) struct output output = OUTPUT_INIT, other = OUTPUT_INIT;
	AUTO_FREE char *dir = NULL, *other_dir = NULL;

	if (output_parse(text, UNKNOWN_NAME, &output, err) < 0 ||
	    output_parse(text, UNKNOWN_NAME "2", &other, err) < 0)
		return err->code;
	dir = path_dirname(output.path);
	other_dir = path_dirname(other.path);
	if (!str_eq_or_null(output.password_file, other.password_file))
		REPLACE(output.password_file, NULL);
	return strcmp(dir, other_dir) == 0 ? output_files_check_place(&output, err) : 0;
}

static int check_named(struct plugins *plugins, const char *text, const char *name,
		       struct error *err)
{
	AUTO(output) struct output output = OUTPUT_INIT;
	AUTO_FREE char *real = NULL;

	if (output_parse(text, name, &output, err) < 0)
		return err->code;
	real = real_path(output.path);
	return check_outside_store(plugins, real, err) < 0 ? err->code
							   : output_files_check(&output, err);
}

/* Checked before anything is asked, a person or the CA. */
int outputs_check_early(struct plugins *plugins, struct error *err)
{
	const char *name = settings_string(plugins->host.settings, "certname");
	AUTO(strvec) struct strvec texts = STRVEC_INIT;

	services_given(plugins->host.settings, KEY, &texts);
	for (size_t i = 0; i < texts.count; i++) {
		const char *text = texts.items[i];
		int rc = !name && strstr(text, "{name}")
				 ? check_unnamed(text, err)
				 : check_named(plugins, text, name ? name : UNKNOWN_NAME, err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- Writing ---- */

/* The digests of the two records differ after each renewal, so that only their paths are
 * compared. */
static bool has_path(const struct strvec *records, const char *path)
{
	for (size_t i = 0; i < records->count; i++)
		if (strcmp(output_record_path(records->items[i]), path) == 0)
			return true;
	return false;
}

static bool is_output(const struct outputs *outputs, const char *path)
{
	for (size_t i = 0; i < outputs->count; i++)
		if (strcmp(outputs->items[i].path, path) == 0)
			return true;
	return false;
}

/* Files that are outputs no longer stay on record, for `delete`. */
static void note_former(struct ini *conf, const struct outputs *outputs)
{
	AUTO(strvec) struct strvec records = STRVEC_INIT, former = STRVEC_INIT;
	AUTO(strvec) struct strvec kept = STRVEC_INIT, dropped = STRVEC_INIT;

	renewal_state_outputs(conf, &records);
	renewal_state_former_outputs(conf, &former);
	for (size_t i = 0; i < records.count; i++)
		strvec_push(is_output(outputs, output_record_path(records.items[i])) ? &kept
										     : &dropped,
			    records.items[i]);
	/* A former output that became one again leaves the list. */
	for (size_t i = 0; i < former.count; i++)
		if (!is_output(outputs, output_record_path(former.items[i])))
			strvec_push_unique(&dropped, former.items[i]);
	renewal_state_set_outputs(conf, &kept);
	renewal_state_set_former_outputs(conf, &dropped);
}

/* The records of this time replace those of the same paths. The former file of a place that did not
 * get its new one stays on record. */
static void note_records(struct ini *conf, const struct strvec *former,
			 const struct strvec *records)
{
	AUTO(strvec) struct strvec all = STRVEC_INIT;

	renewal_state_outputs(conf, &all);
	for (size_t i = all.count; i-- > 0;) {
		const char *path = output_record_path(all.items[i]);

		if (has_path(records, path) ||
		    (has_path(former, path) && !strvec_contains(former, all.items[i])))
			strvec_remove(&all, i);
	}
	strvec_extend(&all, records);
	renewal_state_set_outputs(conf, &all);
}

/* Records that all outputs were written, and from which certificate: Certbot renews without writing
 * them, and the next run notices that. */
static void note_written(struct lineage *lineage, bool has_outputs, const struct error *failed)
{
	struct ini *conf = lineage_conf(lineage);
	AUTO(error) struct error unreadable = ERROR_INIT;
	const struct cert *cert = NULL;

	renewal_state_set_outputs_pending(conf, error_is_set(failed));
	if (error_is_set(failed) || lineage_cert(lineage, &cert, &unreadable) < 0)
		return;
	renewal_state_set_outputs_of(conf, has_outputs ? cert : NULL);
}

/* The debt, and what will be in each place, are on record before there is a draft with the key: a
 * run that is killed may be followed by one that has other outputs, such as by a `renew` after an
 * `install`, or by a `delete`, which must know the file. A PFX cannot be made a second time with
 * the same bytes. The former file is on record, too, until the new one is in its place. */
static int note_begun(struct lineage *lineage, const struct draft_outputs *drafts,
		      struct error *err)
{
	struct ini *conf = lineage_conf(lineage);
	AUTO(strvec) struct strvec begun = STRVEC_INIT;
	AUTO(strvec) struct strvec all = STRVEC_INIT;
	size_t known;

	output_files_records(drafts, &begun);
	renewal_state_outputs(conf, &all);
	known = all.count;
	for (size_t i = 0; i < begun.count; i++)
		strvec_push_unique(&all, begun.items[i]);
	if (!begun.count || (all.count == known && renewal_state_outputs_pending(conf)))
		return 0;
	renewal_state_set_outputs(conf, &all);
	renewal_state_set_outputs_pending(conf, true);
	return lineage_save_conf(lineage, err);
}

/* Drafts at places that are no longer written to. A place that cannot be reached must not keep the
 * others from getting their files. */
static void sweep_dropped(const struct ini *conf, const struct outputs *outputs)
{
	AUTO(strvec) struct strvec records = STRVEC_INIT;

	renewal_state_outputs(conf, &records);
	for (size_t i = 0; i < records.count; i++) {
		AUTO(error) struct error stays = ERROR_INIT;

		if (!is_output(outputs, output_record_path(records.items[i])) &&
		    output_files_sweep(records.items[i], &stays) < 0)
			log_warning("a draft with a private key may be left next to %s: %s",
				    output_record_path(records.items[i]), stays.text);
	}
}

static int write_files(const struct outputs *outputs, struct lineage *lineage,
		       struct strvec *ret_records, struct error *err)
{
	AUTO(draft_outputs) struct draft_outputs drafts = DRAFT_OUTPUTS_INIT;

	sweep_dropped(lineage_conf(lineage), outputs);
	if (!outputs->count)
		return 0;
	if (output_files_make(outputs, lineage, &drafts, err) < 0 ||
	    note_begun(lineage, &drafts, err) < 0)
		return err->code;
	return output_files_write(&drafts, ret_records, err);
}

/* Returns true if the conf has outputs that were made from another certificate than live/ shows:
 * Certbot, or a person, has put that one there. Those of installers are not among the conf's texts,
 * but among the records. */
static bool is_of_another(struct lineage *lineage)
{
	const struct ini *conf = lineage_conf(lineage);
	AUTO(strvec) struct strvec records = STRVEC_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;
	const struct cert *cert = NULL;

	renewal_state_outputs(conf, &records);
	return (records.count || services_in_conf(conf, KEY)) &&
	       lineage_cert(lineage, &cert, &unreadable) == 0 &&
	       !renewal_state_outputs_are_of(conf, cert);
}

/* Whoever put another certificate into live/ recorded no debts, and told nobody who uses the
 * outputs. They are on record before the first file is written, or a run that is killed then would
 * leave files that look paid for. Our own changes have noted theirs, with the outputs. The options
 * are the lineage's: those of this run may name no installer and no hook. */
static int note_change_elsewhere(const struct plugins *plugins, const struct settings *settings,
				 struct lineage *lineage, struct error *err)
{
	AUTO(settings) struct settings *own = NULL;
	struct debts debts;

	if (renewal_state_outputs_pending(lineage_conf(lineage)) || !is_of_another(lineage))
		return 0;
	log_info("another program has changed the certificate of %s: its services are told",
		 lineage_name(lineage));
	own = debts_settings(settings, lineage);
	debts = debts_of(plugins, own);
	debts_note(&debts, lineage_conf(lineage));
	return lineage_save_conf(lineage, err);
}

/* Writes all outputs of the lineage from what live/ shows, clears the debt and saves the conf. On
 * error the debt stays. */
static int outputs_write(struct plugins *plugins, const struct settings *settings,
			 struct lineage *lineage, struct error *err)
{
	struct ini *conf = lineage_conf(lineage);
	AUTO(strvec) struct strvec texts = STRVEC_INIT;
	AUTO(strvec) struct strvec records = STRVEC_INIT;
	AUTO(strvec) struct strvec former = STRVEC_INIT;
	AUTO(outputs) struct outputs outputs = OUTPUTS_INIT;
	AUTO(error) struct error unsaved = ERROR_INIT;

	renewal_state_outputs(conf, &former);
	if (former.count && note_change_elsewhere(plugins, settings, lineage, err) < 0)
		return err->code;
	services_of_conf(conf, KEY, &texts);
	if (add_installers(plugins, settings, lineage_name(lineage), &texts, err) == 0 &&
	    parse_all(&texts, lineage_name(lineage), &outputs, err) == 0) {
		(void)!write_files(&outputs, lineage, &records, err);
		note_former(conf, &outputs);
	}
	note_records(conf, &former, &records);
	note_written(lineage, outputs.count > 0, err);
	if (lineage_save_conf(lineage, &unsaved) < 0 && !error_is_set(err))
		error_move(err, &unsaved);
	for (size_t i = 0; i < records.count; i++)
		log_info("wrote %s", output_record_path(records.items[i]));
	changes_add_outputs(plugins->network->changes, lineage_name(lineage), &former, &records);
	if (!error_is_set(err))
		return 0;
	error_wrap(err, "cannot write all outputs of %s", lineage_name(lineage));
	return error_hint(err, "the next 'certbot renew' tries again");
}

static bool has_any(const struct plugins *plugins, const struct settings *settings,
		    const struct ini *conf)
{
	return services_in_conf(conf, KEY) || debts_of_outputs(plugins, settings);
}

int outputs_drop(const struct plugins *plugins, const struct settings *settings,
		 struct lineage *lineage, struct error *err)
{
	struct ini *conf = lineage_conf(lineage);
	const struct outputs none = OUTPUTS_INIT;
	AUTO(strvec) struct strvec records = STRVEC_INIT;

	renewal_state_outputs(conf, &records);
	if (has_any(plugins, settings, conf) ||
	    (!records.count && !renewal_state_outputs_pending(conf)))
		return 0;
	note_former(conf, &none);
	renewal_state_set_outputs_pending(conf, false);
	renewal_state_set_outputs_of(conf, NULL);
	return lineage_save_conf(lineage, err);
}

int outputs_apply(struct plugins *plugins, const struct settings *settings, struct lineage *lineage,
		  struct error *err)
{
	struct ini *conf = lineage_conf(lineage);

	services_note(settings, KEY, conf);
	if (has_any(plugins, settings, conf) || renewal_state_outputs_pending(conf))
		return outputs_write(plugins, settings, lineage, err);
	if (outputs_drop(plugins, settings, lineage, err) < 0)
		return err->code;
	return lineage_save_conf(lineage, err);
}

static bool is_any_missing(const struct ini *conf)
{
	AUTO(strvec) struct strvec records = STRVEC_INIT;

	renewal_state_outputs(conf, &records);
	for (size_t i = 0; i < records.count; i++)
		if (!file_exists(output_record_path(records.items[i])))
			return true;
	return false;
}

/* Outputs are owed if the conf says so, if they were made from another certificate, or if a file is
 * gone. */
bool outputs_are_owed(struct lineage *lineage)
{
	const struct ini *conf = lineage_conf(lineage);

	return renewal_state_outputs_pending(conf) || is_any_missing(conf) ||
	       is_of_another(lineage);
}

int outputs_pay(struct plugins *plugins, const struct settings *settings, struct lineage *lineage,
		struct error *err)
{
	return outputs_are_owed(lineage) ? outputs_write(plugins, settings, lineage, err) : 0;
}

/* ---- Removing ---- */

static void add_record_paths(const struct strvec *records, struct strvec *ret_paths)
{
	for (size_t i = 0; i < records->count; i++)
		strvec_push_unique(ret_paths, output_record_path(records->items[i]));
}

/* Of all files that certbot wrote, also those that are outputs no longer. */
static void list_records(const struct ini *conf, struct strvec *ret_records)
{
	renewal_state_outputs(conf, ret_records);
	renewal_state_former_outputs(conf, ret_records);
}

void outputs_written(const struct ini *conf, struct strvec *ret_paths)
{
	AUTO(strvec) struct strvec records = STRVEC_INIT;

	list_records(conf, &records);
	add_record_paths(&records, ret_paths);
}

void outputs_paths(const struct ini *conf, const char *name, struct strvec *ret_paths)
{
	AUTO(strvec) struct strvec texts = STRVEC_INIT;
	AUTO(strvec) struct strvec written = STRVEC_INIT;
	AUTO(outputs) struct outputs outputs = OUTPUTS_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;

	services_of_conf(conf, KEY, &texts);
	(void)!parse_all(&texts, name, &outputs, &unreadable);
	for (size_t i = 0; i < outputs.count; i++)
		if (outputs.items[i].path)
			strvec_push_unique(ret_paths, outputs.items[i].path);
	renewal_state_outputs(conf, &written);
	add_record_paths(&written, ret_paths);
}

static int remove_one(const struct ui *ui, const struct strvec *records, const char *path,
		      struct error *err)
{
	bool is_removed = false;

	if (output_files_remove(records, path, &is_removed, err) < 0)
		return err->code;
	ui_say(ui,
	       is_removed ? "Deleted %s."
			  : "%s was left: it is not the file that certbot wrote for this "
			    "certificate.",
	       path);
	return 0;
}

/* The debt is recorded before the first file is removed, so that after an interrupted `delete` the
 * lineage's files are not taken for present. */
int outputs_remove(const struct ui *ui, struct lineage *lineage, struct error *err)
{
	AUTO(strvec) struct strvec records = STRVEC_INIT;
	AUTO(strvec) struct strvec paths = STRVEC_INIT;

	list_records(lineage_conf(lineage), &records);
	add_record_paths(&records, &paths);
	if (!paths.count)
		return 0;
	renewal_state_set_outputs_pending(lineage_conf(lineage), true);
	if (lineage_save_conf(lineage, err) < 0)
		return err->code;
	for (size_t i = 0; i < paths.count; i++)
		if (remove_one(ui, &records, paths.items[i], err) < 0)
			return err->code;
	return 0;
}
