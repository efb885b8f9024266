/*
 * The steps of an undo (see undo_steps.h). For a lineage, its generation and its options go back;
 * for a server, its files are restored in a transaction of their own.
 */
#include "history/undo_steps.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/debts/debts.h"
#include "base/alloc.h"
#include "codec/ini.h"
#include "config/services.h"
#include "instances/server_change.h"
#include "store/journal/changes.h"
#include "store/journal/journal.h"
#include "store/journal/old_files.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_conf.h"
#include "store/lineage/lineage_revert.h"
#include "store/renewal/renewal_state.h"
#include "webserver/restore.h"

static const char *journal_of(const struct plugins *plugins)
{
	return journal_dir(changes_journal(plugins->network->changes));
}

/* Of a lineage's files, only the conf is compared, by its options. */
static bool is_of_server(const struct change *change)
{
	return change->plugin != NULL;
}

/* "undid change 4: renewed a.test"; undoing that in turn gives "redid change 4: ...". It is made
 * from the title of the change, because change 4 itself may have been dropped from the journal by
 * now. */
static char *title_of_undoing(const struct change *change)
{
	static const char undid[] = "undid change ", redid[] = "redid change ";
	struct span rest = span_of(change->title ? change->title : "");

	if (change->undoes && span_skip_prefix(&rest, undid))
		return xasprintf("%s%.*s", redid, (int)rest.len, rest.ptr);
	if (change->undoes && span_skip_prefix(&rest, redid))
		return xasprintf("%s%.*s", undid, (int)rest.len, rest.ptr);
	return xasprintf("%s%lld: %s", undid, (long long)change->number, change->title);
}

struct change *undo_plan(const struct plugins *plugins, const struct change *change)
{
	AUTO_FREE char *title = title_of_undoing(change);
	struct change *undoing = changes_begin(plugins->network->changes, "%s", title);

	undoing->undoes = change->number;
	undoing->from = change->to;
	undoing->to = change->from;
	undoing->plugin = xstrdup_or_null(change->plugin);
	undoing->options = xstrdup_or_null(change->options);
	strvec_extend(&undoing->lineages, &change->lineages);
	for (size_t i = 0; i < change->file_count; i++)
		change_add_file(undoing, change->files[i].path, &change->files[i].after,
				&change->files[i].before);
	for (size_t i = 0; i < change->undo_commands.count; i++) {
		char *inverse = NULL;

		/* undo_check() refuses commands that cannot be reversed. */
		if (webserver_inverse_command(change->undo_commands.items[i], &inverse))
			strvec_give(&undoing->undo_commands, inverse);
	}
	return undoing;
}

/* ---- Whether it can be done ---- */

/* Looks at what the record is about: a link itself if the change was to the link, else the file. */
static int read_present(const struct change *undoing, const struct change_file *file,
			struct file_state *ret_state, struct strbuf *ret_bytes, struct error *err)
{
	bool is_link = file_state_is_link(&file->before) || file_state_is_link(&file->after);

	if (file_state_read(file->path, !is_link, ret_state, ret_bytes, err) < 0)
		return err->code;
	if (ret_state->mode && !is_of_server(undoing))
		*ret_state = file_state_of_conf(ret_state->mode,
						span_make(ret_bytes->text, ret_bytes->len));
	return 0;
}

/* The newest later change that is still in force and touches the same file. */
static int64_t find_later(const struct change_list *list, const struct change *undoing,
			  const char *path)
{
	for (size_t i = list->count; i-- > 0 && list->items[i]->number > undoing->undoes;) {
		const struct change *later = list->items[i];
		bool touches = path ? change_find_file(later, path) != NULL
				    : later->to && undoing->lineages.count &&
					       change_is_about(later, undoing->lineages.items[0]);

		if (!later->is_void && touches)
			return later->number;
	}
	return 0;
}

static int refuse_changed(const struct change_list *list, const struct change *undoing,
			  const char *path, struct error *err)
{
	int64_t later = find_later(list, undoing, path);

	if (later) {
		error_set(err, ERR_REFUSED, "'%s' was changed again, by change %lld", path,
			  (long long)later);
		return error_hint(err, "'certbot undo %lld' first takes that one back",
				  (long long)later);
	}
	error_set(err, ERR_REFUSED,
		  "'%s' is not as that change left it: somebody has edited it since", path);
	return error_hint(err, "put it back as it was, or take the change out by hand");
}

static int check_contents(const char *journal, const struct change_file *file, struct error *err)
{
	AUTO(strbuf) struct strbuf bytes = STRBUF_INIT;
	AUTO(error) struct error missing = ERROR_INIT;

	if (!file->after.mode || old_files_read(journal, &file->after, &bytes, &missing) == 0)
		return 0;
	return error_set(err, ERR_REFUSED,
			 "the old contents of '%s' are not kept (those with a key never are)",
			 file->path);
}

static int check_file(const struct plugins *plugins, const struct change *undoing,
		      const struct change_file *file, const struct change_list *list,
		      enum undo_stage stage, struct error *err)
{
	AUTO(file_contents) struct file_contents contents = FILE_CONTENTS_INIT;
	struct file_state present;

	if (read_present(undoing, file, &present, &contents.bytes, err) < 0)
		return err->code;
	if (stage == UNDO_RESUMES && file_state_same(&present, &file->after))
		return 0;
	if (!file_state_same(&present, &file->before))
		return refuse_changed(list, undoing, file->path, err);
	return check_contents(journal_of(plugins), file, err);
}

/* live/ must still show what the change made it show, and the archive must still have the
 * generation from before. */
static int check_generation(const struct plugins *plugins, const struct change *undoing,
			    const struct change_list *list, enum undo_stage stage,
			    struct error *err)
{
	const char *config_dir = settings_config_dir(plugins->host.settings);
	AUTO(lineage) struct lineage *lineage = NULL;
	int64_t shown, later;

	if (!undoing->to)
		return 0;
	if (lineage_look(config_dir, undoing->lineages.items[0], &lineage, err) < 0)
		return error_recode(err, ERR_REFUSED);
	shown = lineage_current_version(lineage);
	if (stage == UNDO_RESUMES && shown == undoing->to)
		return 0;
	later = find_later(list, undoing, NULL);
	if (shown != undoing->from)
		return error_set(err, ERR_REFUSED,
				 "'%s' shows generation %lld, and not %lld as after that change "
				 "(the last to change it was %lld)",
				 lineage_live_path(lineage, STORE_CERT), (long long)shown,
				 (long long)undoing->from, (long long)later);
	if (!lineage_has_version(lineage, (unsigned)undoing->to))
		return error_set(err, ERR_REFUSED, "'%s' no longer has generation %lld",
				 lineage_archive_dir(lineage), (long long)undoing->to);
	return 0;
}

/* True if the change created the lineage: it had no conf before. A change without a previous
 * generation may also be one that restored missing links. */
static bool makes_certificate(const struct change *change)
{
	bool has_new_file = false;

	for (size_t i = 0; i < change->file_count; i++)
		has_new_file |= !change->files[i].before.mode;
	return has_new_file && change->to && !change->from && !change->is_void;
}

/* If a certificate was deleted and created again, its generations count from 1 again: the change
 * belongs to an earlier certificate of the same name. */
static int check_not_remade(const struct change *undoing, const struct change_list *list,
			    struct error *err)
{
	for (size_t i = list->count; i-- > 0 && list->items[i]->number > undoing->undoes;) {
		const struct change *later = list->items[i];

		if (makes_certificate(later) && change_is_about(later, undoing->lineages.items[0]))
			return error_set(err, ERR_REFUSED,
					 "'%s' was deleted and made again since, by change %lld",
					 undoing->lineages.items[0], (long long)later->number);
	}
	return 0;
}

/* The journal is a file that somebody may have edited. */
static bool is_whole(const struct change *undoing)
{
	return is_of_server(undoing) ? undoing->options != NULL : undoing->lineages.count > 0;
}

int undo_check(const struct plugins *plugins, const struct change *undoing,
	       const struct change_list *list, enum undo_stage stage, struct error *err)
{
	if (!is_whole(undoing))
		return error_set(err, ERR_REFUSED, "its record is incomplete");
	if (!is_of_server(undoing) && check_not_remade(undoing, list, err) < 0)
		return err->code;
	if (check_generation(plugins, undoing, list, stage, err) < 0)
		return err->code;
	for (size_t i = 0; i < undoing->file_count; i++)
		if (check_file(plugins, undoing, &undoing->files[i], list, stage, err) < 0)
			return err->code;
	return 0;
}

/* Fail before anything is changed if contents cannot be kept: the undo could not be undone in
 * turn. */
int undo_keep_present(const struct plugins *plugins, const struct change *undoing,
		      struct error *err)
{
	for (size_t i = 0; i < undoing->file_count; i++) {
		AUTO(file_contents) struct file_contents contents = FILE_CONTENTS_INIT;
		struct file_state present;

		if (read_present(undoing, &undoing->files[i], &present, &contents.bytes, err) < 0 ||
		    old_files_keep(journal_of(plugins), &present,
				   span_make(contents.bytes.text, contents.bytes.len), err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- A lineage ---- */

/* Restores the options of that time, but keeps the current notes: when to ask the CA again, or that
 * a hook is owed, is not an option. */
static int restore_options(const struct plugins *plugins, const struct change *undoing,
			   struct lineage *lineage, struct error *err)
{
	const struct change_file *file = change_find_file(undoing, lineage_conf_path(lineage));
	AUTO(strbuf) struct strbuf old = STRBUF_INIT, present = STRBUF_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT, ignored = STRBUF_INIT;

	if (!file)
		return 0;
	if (old_files_read(journal_of(plugins), &file->after, &old, err) < 0)
		return err->code;
	ini_print(lineage_conf(lineage), &present);
	file_state_split_conf(span_make(old.text, old.len), &text, &ignored);
	strbuf_clear(&ignored);
	file_state_split_conf(span_make(present.text, present.len), &ignored, &text);
	if (lineage_set_conf(lineage, &text, err) < 0)
		return err->code;
	/* It may have a secret where the present one, which others may read, has none. */
	if (!(file->after.mode & 077))
		ini_mark_secret(ini_root(lineage_conf(lineage)));
	return 0;
}

/* The former options lead to other files of the service, or to another service. */
static void note_installation(const struct plugins *plugins, struct lineage *lineage)
{
	AUTO(settings) struct settings *settings = debts_settings(plugins->host.settings, lineage);

	debts_note_installation(plugins, settings, lineage);
}

/* As in a renewal, write the conf with what the switch will owe, then switch. */
static int apply_to_lineage(struct plugins *plugins, const struct change *undoing,
			    struct error *err)
{
	const char *config_dir = settings_config_dir(plugins->host.settings);
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(settings) struct settings *settings = NULL;
	AUTO(strbuf) struct strbuf before = STRBUF_INIT, after = STRBUF_INIT;
	struct lineage_deployment deployment = {.flags = LINEAGE_ALLOW_OLDER, .note = debts_note};
	struct debts debts;

	if (lineage_open(config_dir, undoing->lineages.items[0], &lineage, err) < 0)
		return err->code;
	debts_installer_options(plugins, lineage, &before);
	if (restore_options(plugins, undoing, lineage, err) < 0)
		return err->code;
	debts_installer_options(plugins, lineage, &after);
	if (after.len && strcmp(before.text, after.text) != 0)
		note_installation(plugins, lineage);
	if (!undoing->to) {
		/* The restored options may name different outputs. */
		if (services_in_conf(lineage_conf(lineage), "outputs"))
			renewal_state_set_outputs_pending(lineage_conf(lineage), true);
		return lineage_save_conf(lineage, err);
	}
	settings = debts_settings(plugins->host.settings, lineage);
	debts = debts_of(plugins, settings);
	deployment.debts = &debts;
	/* The renewal window on record was for the other certificate. */
	renewal_state_clear_ari(lineage_conf(lineage));
	return lineage_show(lineage, (unsigned)undoing->to, &deployment, err);
}

/* ---- A server ---- */

struct images {
	struct webserver_image *items;
	struct strbuf *bytes; /* same order */
	size_t count;
};

static void images_release(struct images *images)
{
	for (size_t i = 0; i < images->count; i++)
		strbuf_release(&images->bytes[i]);
	free(images->items);
	free(images->bytes);
}
DEFINE_AUTO(images, images_release);

/* Skips what has been restored already. */
static int add_image(const struct plugins *plugins, const struct change *undoing,
		     const struct change_file *file, struct images *images, struct error *err)
{
	struct strbuf *bytes = &images->bytes[images->count];
	AUTO(file_contents) struct file_contents contents = FILE_CONTENTS_INIT;
	struct file_state state;

	if (read_present(undoing, file, &state, &contents.bytes, err) < 0)
		return err->code;
	if (file_state_same(&state, &file->after))
		return 0;
	strbuf_init(bytes);
	images->count++;
	if (file->after.mode && old_files_read(journal_of(plugins), &file->after, bytes, err) < 0)
		return err->code;
	images->items[images->count - 1] = (struct webserver_image){
		.path = file->path,
		.mode = file->after.mode,
		.bytes = span_make(bytes->text, bytes->len),
	};
	return 0;
}

static int apply_to_server(struct plugins *plugins, const struct change *undoing, struct error *err)
{
	AUTO(changed_server) struct changed_server *server = NULL;
	AUTO(images) struct images images = {
		.items = xcalloc(undoing->file_count + 1, sizeof(*images.items)),
		.bytes = xcalloc(undoing->file_count + 1, sizeof(*images.bytes)),
	};
	AUTO(strvec) struct strvec commands = STRVEC_INIT;

	for (size_t i = 0; i < undoing->undo_commands.count; i++) {
		char *command = NULL;

		if (webserver_inverse_command(undoing->undo_commands.items[i], &command))
			strvec_give(&commands, command);
	}
	for (size_t i = 0; i < undoing->file_count; i++)
		if (add_image(plugins, undoing, &undoing->files[i], &images, err) < 0)
			return err->code;
	if (changed_server_open(plugins, undoing, &server, err) < 0)
		return err->code;
	return webserver_restore(server->instance, images.items, images.count, &commands,
				 undoing->title, err);
}

int undo_tell_server(struct plugins *plugins, const struct change *undoing, struct error *err)
{
	AUTO(changed_server) struct changed_server *server = NULL;

	if (!is_of_server(undoing))
		return 0;
	if (changed_server_open(plugins, undoing, &server, err) < 0)
		return err->code;
	return server->instance->plugin->installer->reload(server->instance, err);
}

int undo_apply(struct plugins *plugins, const struct change *undoing, struct error *err)
{
	return is_of_server(undoing) ? apply_to_server(plugins, undoing, err)
				     : apply_to_lineage(plugins, undoing, err);
}
