/*
 * Open transactions (see txn.h). Every change happens in this order: the copy becomes durable, then
 * the list that names it, then the file changes. So whatever the lists name can be undone.
 *
 * Notes stay in memory until the commit, because nobody reads them earlier.
 */
#include "txn/txn.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/map.h"
#include "os/file/folder.h"
#include "os/file/rewrite.h"
#include "txn/checkpoint.h"
#include "txn/checkpoint_files.h"
#include "txn/places.h"

struct txn {
	enum txn_kind kind;
	char *work_dir;
	struct checkpoint own; /* what this transaction put on the lists */
	struct map held;       /* its paths: keys only */
	struct strbuf notes;
	int claim_fd; /* -1: nothing has been changed */
};

struct txn *txn_new(const char *work_dir, enum txn_kind kind)
{
	struct txn *txn = XNEW(struct txn);
	AUTO_FREE char *dir = kind == TXN_TEMPORARY ? txn_temporary_dir(work_dir)
						    : txn_permanent_dir(work_dir);

	txn->kind = kind;
	txn->work_dir = xstrdup(work_dir);
	txn->own = checkpoint_of(dir);
	strbuf_init(&txn->notes);
	txn->claim_fd = -1;
	return txn;
}

/* Forgets everything; the transaction is as new. The claim goes with it: another process may then
 * use the directory. */
static void reset(struct txn *txn)
{
	AUTO_FREE char *dir = xstrdup(txn->own.dir);

	auto_close(&txn->claim_fd);
	txn->claim_fd = -1;
	checkpoint_release(&txn->own);
	txn->own = checkpoint_of(dir);
	map_release(&txn->held);
	strbuf_clear(&txn->notes);
}

/* A transaction that was neither committed nor aborted is undone, so that no path out of a plugin
 * can leave half a change. */
void txn_free(struct txn *txn)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (!txn)
		return;
	if (txn_abort(txn, &err) < 0)
		log_debug("%s", err.text);
	checkpoint_release(&txn->own);
	map_release(&txn->held);
	strbuf_release(&txn->notes);
	free(txn->work_dir);
	free(txn);
}

/* Lines of the lists end where Python's splitlines() ends them. */
static bool fits_a_line(const char *path)
{
	static const char *const breaks[] = {"\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};

	for (const char *c = path; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	for (size_t i = 0; i < ARRAY_LEN(breaks); i++)
		if (strstr(path, breaks[i]))
			return false;
	return true;
}

/* Certbot could not undo a list with such a line. nginx and Apache can have such names, but hardly
 * by intent. */
static int check_path(const char *path, struct error *err)
{
	AUTO(strbuf) struct strbuf shown = STRBUF_INIT;

	if (fits_a_line(path))
		return 0;
	strbuf_add_printable(&shown, path, strlen(path));
	return error_set(err, ERR_REFUSED, "the name '%s' contains control characters", shown.text);
}

/* Takes possession of the checkpoint directory before the first change; what a crashed run left
 * there is undone. Temporary transactions share it. */
static int open_checkpoint(struct txn *txn, struct error *err)
{
	AUTO(error) struct error busy = ERROR_INIT;
	const char *dir = txn->own.dir;

	if (txn->claim_fd >= 0)
		return 0;
	if (checkpoint_recover(dir, &busy) < 0 &&
	    (busy.code != ERR_BUSY || txn->kind == TXN_PERMANENT))
		return error_move(err, &busy);
	if (dir_make(dir, 0755, err) < 0)
		return err->code;
	return checkpoint_claim(dir, CHECKPOINT_SHARED, &txn->claim_fd, err);
}

static int open_and_load(struct txn *txn, struct checkpoint *ret_all, struct error *err)
{
	if (open_checkpoint(txn, err) < 0)
		return err->code;
	return checkpoint_load(ret_all, err);
}

static void add_keys(struct map *set, const struct strvec *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		map_set(set, paths->items[i], NULL);
}

/* Fills the set with the paths that other transactions hold. A file that was edited for a challenge
 * will be restored to what it was before. A permanent edit of it would be lost then, so it is
 * refused. */
static int load_foreign(struct txn *txn, const struct checkpoint *all, struct map *ret_foreign,
			struct error *err)
{
	AUTO_FREE char *temporary = txn_temporary_dir(txn->work_dir);
	AUTO(checkpoint) struct checkpoint other = checkpoint_of(temporary);

	if (txn->kind == TXN_PERMANENT && checkpoint_load(&other, err) < 0)
		return err->code;
	if (txn->kind == TXN_TEMPORARY) {
		add_keys(ret_foreign, &all->saved);
		add_keys(ret_foreign, &all->created);
	}
	add_keys(ret_foreign, &other.saved);
	add_keys(ret_foreign, &other.created);
	return 0;
}

static int refuse_foreign(const struct map *foreign, const char *path, struct error *err)
{
	if (!map_contains(foreign, path))
		return 0;
	return error_set(err, ERR_REFUSED, "'%s' is being changed for a challenge", path);
}

/* The paths that need a copy: absolute, and not held yet. */
static int choose_new(struct txn *txn, const struct strvec *paths, const struct checkpoint *all,
		      struct strvec *ret_new, struct error *err)
{
	AUTO(map) struct map foreign = MAP_INIT(NULL);
	AUTO(map) struct map chosen = MAP_INIT(NULL);

	if (load_foreign(txn, all, &foreign, err) < 0)
		return err->code;
	for (size_t i = 0; i < paths->count; i++) {
		AUTO_FREE char *path = path_absolute(paths->items[i]);

		if (map_contains(&txn->held, path) || map_contains(&chosen, path))
			continue;
		if (check_path(path, err) < 0 || refuse_foreign(&foreign, path, err) < 0)
			return err->code;
		map_set(&chosen, path, NULL);
		strvec_give(ret_new, STEAL(path));
	}
	return 0;
}

/* Plugins add a file before each edit. Loading the lists every time would be quadratic for 10,000
 * of them. */
static bool holds_all(const struct txn *txn, const struct strvec *paths)
{
	for (size_t i = 0; i < paths->count; i++) {
		AUTO_FREE char *path = path_absolute(paths->items[i]);

		if (!map_contains(&txn->held, path))
			return false;
	}
	return true;
}

int txn_add_files(struct txn *txn, const struct strvec *paths, struct error *err)
{
	AUTO(checkpoint) struct checkpoint all = checkpoint_of(txn->own.dir);
	AUTO(strvec) struct strvec fresh = STRVEC_INIT;

	if (holds_all(txn, paths))
		return 0;
	if (open_and_load(txn, &all, err) < 0 || choose_new(txn, paths, &all, &fresh, err) < 0 ||
	    checkpoint_save_files(&all, &fresh, err) < 0)
		return err->code;
	strvec_extend(&txn->own.saved, &fresh);
	add_keys(&txn->held, &fresh);
	return 0;
}

/* The copy is durable when file_rewrite() begins. A crash in the middle of it is undone by the next
 * run. */
int txn_replace(struct txn *txn, const char *path, struct span text, struct error *err)
{
	AUTO(strvec) struct strvec paths = STRVEC_INIT;

	strvec_push(&paths, path);
	if (txn_add_files(txn, &paths, err) < 0)
		return err->code;
	return file_rewrite(path, text, err);
}

int txn_register_new(struct txn *txn, const char *path, struct error *err)
{
	AUTO_FREE char *absolute = path_absolute(path);
	AUTO(checkpoint) struct checkpoint all = checkpoint_of(txn->own.dir);
	AUTO(map) struct map foreign = MAP_INIT(NULL);

	if (check_path(absolute, err) < 0)
		return err->code;
	/* To undo means to remove it: a file that was there already must never get on the list. */
	if (file_is_there(absolute))
		return error_set(err, ERR_EXISTS, "'%s' already exists", absolute);
	if (map_contains(&txn->held, absolute))
		return 0;
	if (open_and_load(txn, &all, err) < 0 || load_foreign(txn, &all, &foreign, err) < 0 ||
	    refuse_foreign(&foreign, absolute, err) < 0)
		return err->code;
	strvec_push(&all.created, absolute);
	if (checkpoint_store(&all, CHECKPOINT_CREATED, err) < 0)
		return err->code;
	strvec_push(&txn->own.created, absolute);
	map_set(&txn->held, absolute, NULL);
	return 0;
}

static void drop_path(struct strvec *paths, const char *path)
{
	for (size_t i = paths->count; i-- > 0;)
		if (strcmp(paths->items[i], path) == 0)
			strvec_remove(paths, i);
}

/* Takes a file that was not made after all off the list, so that it is not removed later when
 * somebody else has made it. */
static void unregister(struct txn *txn, const char *path)
{
	AUTO_FREE char *absolute = path_absolute(path);
	AUTO(checkpoint) struct checkpoint all = checkpoint_of(txn->own.dir);
	AUTO(error) struct error err = ERROR_INIT;

	if (checkpoint_load(&all, &err) == 0) {
		drop_path(&all.created, absolute);
		if (checkpoint_store(&all, CHECKPOINT_CREATED, &err) == 0) {
			drop_path(&txn->own.created, absolute);
			map_remove(&txn->held, absolute);
			return;
		}
	}
	log_debug("%s", err.text);
}

int txn_new_file(struct txn *txn, const char *path, struct span text,
		 const struct file_attributes *attributes, struct error *err)
{
	if (txn_register_new(txn, path, err) < 0)
		return err->code;
	if (file_create(path, text.ptr, text.len, attributes, err) < 0)
		unregister(txn, path);
	return err->code;
}

int txn_new_symlink(struct txn *txn, const char *path, const char *target, struct error *err)
{
	if (txn_register_new(txn, path, err) < 0)
		return err->code;
	if (file_symlink(target, path, err) < 0)
		unregister(txn, path);
	return err->code;
}

int txn_register_undo(struct txn *txn, const char *const *argv, struct error *err)
{
	AUTO(checkpoint) struct checkpoint all = checkpoint_of(txn->own.dir);

	if (open_and_load(txn, &all, err) < 0)
		return err->code;
	command_rows_push(&all.commands, argv);
	if (checkpoint_store(&all, CHECKPOINT_COMMANDS, err) < 0)
		return err->code;
	command_rows_push(&txn->own.commands, argv);
	return 0;
}

/* A list of copies knows no links: `ln` makes it again, whichever program undoes this. */
static int note_link(struct txn *txn, const char *path, struct error *err)
{
	AUTO_FREE char *target = NULL;
	AUTO_FREE char *absolute = path_absolute(path);

	if (file_read_link(path, &target, err) < 0)
		return err->code;
	return txn_register_undo(
		txn, (const char *const[]){"ln", "-s", "-f", "-n", target, absolute, NULL}, err);
}

int txn_remove(struct txn *txn, const char *path, struct error *err)
{
	AUTO(strvec) struct strvec paths = STRVEC_INIT;

	strvec_push(&paths, path);
	if (file_is_symlink(path) ? note_link(txn, path, err) < 0
				  : txn_add_files(txn, &paths, err) < 0)
		return err->code;
	return file_remove(path, err);
}

void txn_note(struct txn *txn, const char *text)
{
	strbuf_addf(&txn->notes, "%s\n", text);
}

static int write_notes(const struct txn *txn, const char *title, struct error *err)
{
	const struct file_attributes attributes = {.mode = folder_cut_by_umask(0644)};
	AUTO_FREE char *path = path_join(txn->own.dir, "CHANGES_SINCE");
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "-- %s --\n%s", title,
		    txn->notes.len ? txn->notes.text : "No changes\n");
	return file_replace(path, text.text, text.len, &attributes, err);
}

/* One rename turns a change in progress into a checkpoint: recovery undoes it before, and leaves it
 * alone after. */
static int finish_checkpoint(const struct txn *txn, const struct clock *clock, struct error *err)
{
	AUTO_FREE char *backups = txn_backups_dir(txn->work_dir);
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO_FREE char *name = NULL;
	AUTO_FREE char *path = NULL;

	if (txn_finished_names(backups, &names, err) < 0)
		return err->code;
	name = txn_next_name(&names, clock_now_ms(clock));
	path = path_join(backups, name);
	return file_rename(txn->own.dir, path, err);
}

void txn_contents_init(struct txn_contents *contents)
{
	strvec_init(&contents->saved);
	strvec_init(&contents->copies);
	strvec_init(&contents->created);
	strvec_init(&contents->undo_commands);
}

void txn_contents_release(struct txn_contents *contents)
{
	strvec_release(&contents->saved);
	strvec_release(&contents->copies);
	strvec_release(&contents->created);
	strvec_release(&contents->undo_commands);
}

/* The numbers of copies are those of the list in the directory, where a permanent transaction is
 * alone. */
static void describe_checkpoint(const struct checkpoint *checkpoint,
				struct txn_contents *ret_contents)
{
	const struct command_rows *commands = &checkpoint->commands;

	strvec_extend(&ret_contents->saved, &checkpoint->saved);
	strvec_extend(&ret_contents->created, &checkpoint->created);
	for (size_t i = 0; i < checkpoint->saved.count; i++)
		strvec_give(&ret_contents->copies, checkpoint_copy_path(checkpoint, i));
	for (size_t i = 0; i < commands->count; i++)
		strvec_give(&ret_contents->undo_commands, strvec_join(&commands->rows[i], "\n"));
}

void txn_describe(const struct txn *txn, struct txn_contents *ret_contents)
{
	describe_checkpoint(&txn->own, ret_contents);
}

/* Lists that cannot be read are not undone either: then recovery itself reports it. */
bool txn_describe_unfinished(const char *work_dir, struct txn_contents *ret_contents,
			     bool *ret_is_old)
{
	AUTO_FREE char *dir = txn_permanent_dir(work_dir);
	AUTO_FREE char *mark = path_join(dir, TXN_ROLLBACK_MARK);
	AUTO_FREE char *note = txn_rollback_note(work_dir);
	AUTO(checkpoint) struct checkpoint unfinished = checkpoint_of(dir);
	AUTO(error) struct error unreadable = ERROR_INIT;

	*ret_is_old = file_exists(mark) || file_exists(note);
	if (!file_is_dir(dir) || checkpoint_load(&unfinished, &unreadable) < 0)
		return *ret_is_old;
	describe_checkpoint(&unfinished, ret_contents);
	return true;
}

bool txn_has_changes(const struct txn *txn)
{
	return txn->claim_fd >= 0;
}

int txn_commit(struct txn *txn, const char *title, const struct clock *clock, struct error *err)
{
	if (txn->kind == TXN_TEMPORARY)
		BUG("temporary changes cannot be committed");
	if (txn_has_changes(txn) &&
	    (write_notes(txn, title, err) < 0 || finish_checkpoint(txn, clock, err) < 0))
		return error_wrap(err, "cannot finish checkpoint '%s'", title);
	reset(txn);
	return 0;
}

/* Undoes the part of this transaction; others go on in the same directory. The lists are written
 * after the undoing, not before: a crash in between undoes a second time, which changes nothing. */
static int undo_own(struct txn *txn, struct error *err)
{
	AUTO(checkpoint) struct checkpoint all = checkpoint_of(txn->own.dir);
	AUTO(checkpoint) struct checkpoint taken = checkpoint_of(txn->own.dir);

	if (checkpoint_load(&all, err) < 0)
		return err->code;
	checkpoint_split(&all, &txn->own, &taken);
	if (checkpoint_undo(&taken, err) < 0)
		return err->code;
	for (int part = 0; part < CHECKPOINT_PART__COUNT; part++)
		if (checkpoint_store(&all, (enum checkpoint_part)part, err) < 0)
			return err->code;
	return 0;
}

static int undo_everything(struct txn *txn, struct error *err)
{
	AUTO(checkpoint) struct checkpoint all = checkpoint_of(txn->own.dir);

	if (checkpoint_load(&all, err) < 0 || checkpoint_undo(&all, err) < 0)
		return err->code;
	return checkpoint_destroy(txn->own.dir, err);
}

/* Alone in the directory: everything can go, and the directory with it. Otherwise others are using
 * the same lists. */
int txn_abort(struct txn *txn, struct error *err)
{
	int rc = 0;

	if (txn->claim_fd >= 0)
		rc = checkpoint_claim_alone(txn->claim_fd) ? undo_everything(txn, err)
							   : undo_own(txn, err);
	reset(txn);
	if (rc == 0)
		return 0;
	error_wrap(err, "cannot undo the changes recorded in '%s'", txn->own.dir);
	return error_hint(err, CHECKPOINT_BY_HAND, txn->own.dir);
}
