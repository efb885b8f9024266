/*
 * Checkpoint directories: lists and claims (see checkpoint.h). checkpoint_files.c copies files and
 * restores them.
 *
 * Certbot appends to the lists. We replace them as a whole, because a crash in the middle of a line
 * would leave a checkpoint that cannot be undone.
 */
#include "txn/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/file/file.h"
#include "os/file/flock_file.h"
#include "os/file/folder.h"
#include "txn/places.h"

/* A server with 10,000 virtual hosts has lists of a few megabytes. */
#define MAX_LIST (64 << 20)

struct checkpoint checkpoint_of(const char *dir)
{
	return (struct checkpoint){
		.dir = xstrdup(dir),
		.saved = STRVEC_INIT,
		.created = STRVEC_INIT,
		.commands = COMMAND_ROWS_INIT,
	};
}

void checkpoint_release(struct checkpoint *checkpoint)
{
	free(STEAL(checkpoint->dir));
	strvec_release(&checkpoint->saved);
	strvec_release(&checkpoint->created);
	command_rows_release(&checkpoint->commands);
}

static void parse_lines(struct strvec *lines, struct span text)
{
	struct span line;

	while (span_take_line(&text, &line))
		strvec_give(lines, span_dup(line));
}

static void print_lines(const struct strvec *lines, struct strbuf *out)
{
	for (size_t i = 0; i < lines->count; i++)
		strbuf_addf(out, "%s\n", lines->items[i]);
}

static void parse_saved(struct checkpoint *checkpoint, struct span text)
{
	parse_lines(&checkpoint->saved, text);
}

static void print_saved(const struct checkpoint *checkpoint, struct strbuf *out)
{
	print_lines(&checkpoint->saved, out);
}

static void parse_created(struct checkpoint *checkpoint, struct span text)
{
	parse_lines(&checkpoint->created, text);
}

static void print_created(const struct checkpoint *checkpoint, struct strbuf *out)
{
	print_lines(&checkpoint->created, out);
}

static void parse_commands(struct checkpoint *checkpoint, struct span text)
{
	command_rows_parse(&checkpoint->commands, text);
}

static void print_commands(const struct checkpoint *checkpoint, struct strbuf *out)
{
	command_rows_print(&checkpoint->commands, out);
}

/* Names and order are those of Certbot's reverter, which must be able to undo our checkpoints. */
static const struct {
	const char *file;
	void (*parse)(struct checkpoint *checkpoint, struct span text);
	void (*print)(const struct checkpoint *checkpoint, struct strbuf *out);
} parts[] = {
	[CHECKPOINT_SAVED] = {"FILEPATHS", parse_saved, print_saved},
	[CHECKPOINT_CREATED] = {"NEW_FILES", parse_created, print_created},
	[CHECKPOINT_COMMANDS] = {"COMMANDS", parse_commands, print_commands},
};
STATIC_ASSERT(ARRAY_LEN(parts) == CHECKPOINT_PART__COUNT, "one row for each list");

/* A missing list is an empty one: Certbot writes only those that it needs. */
int checkpoint_load(struct checkpoint *checkpoint, struct error *err)
{
	for (size_t i = 0; i < CHECKPOINT_PART__COUNT; i++) {
		AUTO_FREE char *path = path_join(checkpoint->dir, parts[i].file);
		AUTO(strbuf) struct strbuf text = STRBUF_INIT;
		AUTO(error) struct error missing = ERROR_INIT;
		int rc = file_read(path, MAX_LIST, &text, &missing);

		if (rc < 0 && rc != ERR_NOT_FOUND)
			return error_move(err, &missing);
		parts[i].parse(checkpoint, span_make(text.text, text.len));
	}
	return 0;
}

int checkpoint_store(const struct checkpoint *checkpoint, enum checkpoint_part part,
		     struct error *err)
{
	const struct file_attributes attributes = {.mode = folder_cut_by_umask(0644)};
	AUTO_FREE char *path = path_join(checkpoint->dir, parts[part].file);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	parts[part].print(checkpoint, &text);
	return file_replace(path, text.text, text.len, &attributes, err);
}

/* A directory and its last file cannot go at once, so the mark of a rollback moves away before the
 * removal, whose order is the file system's: wherever that is cut short, one of the two is there.
 * Only the journal of changes needs it. */
static void keep_mark(const char *dir)
{
	AUTO_FREE char *backups = path_dirname(dir);
	AUTO_FREE char *work_dir = path_dirname(backups);
	AUTO_FREE char *note = txn_rollback_note(work_dir);
	AUTO_FREE char *mark = path_join(dir, TXN_ROLLBACK_MARK);
	AUTO(error) struct error err = ERROR_INIT;

	if (file_exists(mark) && file_rename(mark, note, &err) < 0)
		log_debug("%s", err.text);
}

/* FILEPATHS goes last. As long as it exists the copies can be found; once it is gone, a directory
 * that was not removed completely restores nothing. */
int checkpoint_destroy(const char *dir, struct error *err)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;

	if (folder_open(dir, &folder, err) < 0)
		return err->code;
	for (size_t i = CHECKPOINT_PART__COUNT; i-- > 0;)
		if (folder_remove(&folder, parts[i].file, err) < 0)
			return err->code;
	if (folder_sync(&folder, err) < 0)
		return err->code;
	keep_mark(dir);
	return dir_remove_tree(dir, err);
}

/* An entry that leads into the checkpoint itself: its number is still needed for the names of the
 * copies after it, but there is nothing to restore. */
bool checkpoint_is_void(const struct checkpoint *checkpoint, size_t index)
{
	const char *path = checkpoint->saved.items[index];
	size_t len = strlen(checkpoint->dir);

	return strncmp(path, checkpoint->dir, len) == 0 && path[len] == '/';
}

/* Copies are numbered by their place in the list, so entries are replaced rather than removed. */
static void split_saved(struct checkpoint *all, const struct strvec *own,
			struct checkpoint *ret_taken)
{
	for (size_t i = 0; i < all->saved.count; i++) {
		char *path = all->saved.items[i];
		AUTO_FREE char *nowhere = path_join(all->dir, path_basename(path));

		if (strvec_contains(own, path)) {
			strvec_give(&ret_taken->saved, path);
			all->saved.items[i] = STEAL(nowhere);
		} else {
			strvec_push(&ret_taken->saved, nowhere);
		}
	}
}

static void split_created(struct checkpoint *all, const struct strvec *own,
			  struct checkpoint *ret_taken)
{
	for (size_t i = all->created.count; i-- > 0;) {
		if (!strvec_contains(own, all->created.items[i]))
			continue;
		strvec_push(&ret_taken->created, all->created.items[i]);
		strvec_remove(&all->created, i);
	}
}

static void split_commands(struct checkpoint *all, const struct command_rows *own,
			   struct checkpoint *ret_taken)
{
	struct command_rows kept = COMMAND_ROWS_INIT;

	for (size_t i = 0; i < all->commands.count; i++) {
		const struct strvec *argv = &all->commands.rows[i];

		command_rows_push(command_rows_contain(own, argv) ? &ret_taken->commands : &kept,
				  (const char *const *)argv->items);
	}
	command_rows_release(&all->commands);
	all->commands = kept;
}

void checkpoint_split(struct checkpoint *all, const struct checkpoint *own,
		      struct checkpoint *ret_taken)
{
	split_saved(all, &own->saved, ret_taken);
	split_created(all, &own->created, ret_taken);
	split_commands(all, &own->commands, ret_taken);
}

/* flock() rather than a file with a process id: the kernel releases it however the process
 * ends. */
int checkpoint_claim(const char *dir, enum checkpoint_claim claim, int *ret_fd, struct error *err)
{
	AUTO_CLOSE int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int operation = (claim == CHECKPOINT_ALONE ? LOCK_EX : LOCK_SH) | LOCK_NB;

	if (fd < 0)
		return error_set_errno(err, errno, "cannot open directory '%s'", dir);
	/* Where directories cannot be locked (some network file systems), the lock of the work
	 * directory has kept other processes away, and nothing more is known. */
	if (flock(fd, operation) < 0 && errno == EWOULDBLOCK)
		return error_set(err, ERR_BUSY, "'%s' is in use by an open transaction", dir);
	*ret_fd = STEAL_FD(fd);
	return 0;
}

bool checkpoint_claim_alone(int fd)
{
	return flock_file_try(fd);
}
