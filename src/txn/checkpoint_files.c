/*
 * Copies files into a checkpoint and back (see checkpoint_files.h). A copy has the mode and time of
 * its file, which are restored with it. The file's owner never changes.
 */
#include "txn/checkpoint_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/file/file.h"
#include "os/file/folder.h"
#include "os/file/rewrite.h"
#include "os/process/process.h"

#define MAX_FILE (256 << 20)
#define UNDO_TIMEOUT_MS (120 * 1000)

/* A file in memory. */
struct image {
	struct strbuf text;
	struct stat attributes;
};

static void image_release(struct image *image)
{
	strbuf_release(&image->text);
}
DEFINE_AUTO(image, image_release);

static int image_read(struct image *image, const char *path, struct error *err)
{
	if (stat(path, &image->attributes) < 0)
		return error_set_errno(err, errno, "cannot read '%s'", path);
	if (!S_ISREG(image->attributes.st_mode))
		return error_set(err, ERR_REFUSED, "'%s' is not a regular file", path);
	return file_read(path, MAX_FILE, &image->text, err);
}

static struct span image_text(const struct image *image)
{
	return span_make(image->text.text, image->text.len);
}

static void set_time(int dir_fd, const char *name, const struct stat *attributes)
{
	const struct timespec times[] = {attributes->st_atim, attributes->st_mtim};

	if (utimensat(dir_fd, name, times, 0) < 0)
		log_debug("cannot set the time of '%s': %s", name, strerror(errno));
}

static char *copy_name(const char *path, size_t index)
{
	return xasprintf("%s_%zu", path_basename(path), index);
}

static int copy_in(const struct folder *folder, const char *path, size_t index, struct error *err)
{
	AUTO(image) struct image image = {.text = STRBUF_INIT};
	AUTO_FREE char *name = copy_name(path, index);
	struct file_attributes attributes;

	if (image_read(&image, path, err) < 0)
		return err->code;
	attributes = (struct file_attributes){.mode = image.attributes.st_mode & 07777};
	/* A crash between copy and list leaves a copy that no list names. */
	if (folder_remove(folder, name, err) < 0 ||
	    folder_create(folder, name, image_text(&image), &attributes, err) < 0)
		return err->code;
	set_time(folder->fd, name, &image.attributes);
	return 0;
}

int checkpoint_save_files(struct checkpoint *checkpoint, const struct strvec *paths,
			  struct error *err)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	size_t first = checkpoint->saved.count;

	if (folder_open(checkpoint->dir, &folder, err) < 0)
		return err->code;
	for (size_t i = 0; i < paths->count; i++)
		if (copy_in(&folder, paths->items[i], first + i, err) < 0)
			return error_wrap(err, "cannot back up '%s'", paths->items[i]);
	if (folder_sync(&folder, err) < 0)
		return err->code;
	strvec_extend(&checkpoint->saved, paths);
	return checkpoint_store(checkpoint, CHECKPOINT_SAVED, err);
}

static bool has_same_text(const char *path, const struct image *image)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	return file_read(path, MAX_FILE, &text, &err) == 0 && text.len == image->text.len &&
	       memcmp(text.text, image->text.text, text.len) == 0;
}

static int write_back(const char *path, const struct image *image, struct error *err)
{
	const struct file_attributes attributes = {.mode = image->attributes.st_mode & 07777};
	struct stat now;

	if (stat(path, &now) < 0)
		return file_create(path, image->text.text, image->text.len, &attributes, err);
	if (!has_same_text(path, image) && file_rewrite(path, image_text(image), err) < 0)
		return err->code;
	if ((now.st_mode & 07777) != attributes.mode && chmod(path, attributes.mode) < 0)
		return error_set_errno(err, errno, "cannot set the mode of '%s'", path);
	return 0;
}

static int put_back(const struct checkpoint *checkpoint, size_t index, struct error *err)
{
	const char *path = checkpoint->saved.items[index];
	AUTO(image) struct image image = {.text = STRBUF_INIT};
	AUTO_FREE char *name = copy_name(path, index);
	AUTO_FREE char *copy = path_join(checkpoint->dir, name);

	file_remove_leftovers(path);
	if (image_read(&image, copy, err) < 0 || write_back(path, &image, err) < 0)
		return error_wrap(err, "cannot restore '%s'", path);
	set_time(AT_FDCWD, path, &image.attributes);
	return 0;
}

static void run_command(const struct strvec *argv)
{
	const struct process_request request = {
		.argv = (const char *const *)argv->items,
		.timeout_ms = UNDO_TIMEOUT_MS,
		.max_output = 4096,
	};
	AUTO_FREE char *text = strvec_join(argv, " ");
	AUTO(process_result) struct process_result result;
	AUTO(error) struct error err = ERROR_INIT;

	process_result_init(&result);
	if (process_run(&request, &result, &err) < 0)
		log_debug("cannot run undo command '%s': %s", text, err.text);
	else if (result.exit_status != 0)
		log_debug("undo command '%s' ended with status %d: %s", text, result.exit_status,
			  result.error_output.text);
}

/* The first error stays, later ones go to the log. */
static void note_failure(struct error *first, struct error *failure)
{
	if (!error_is_set(first))
		error_move(first, failure);
	else if (error_is_set(failure))
		log_debug("%s", failure->text);
	error_release(failure);
}

/* Takes the steps back in the opposite order: edits, the new files that they named, then commands
 * (which may unload what the files needed). So a server can start after a crash in the middle. */
int checkpoint_undo(const struct checkpoint *checkpoint, struct error *err)
{
	AUTO(error) struct error failure = ERROR_INIT;

	for (size_t i = checkpoint->saved.count; i-- > 0;) {
		if (!checkpoint_is_void(checkpoint, i) && put_back(checkpoint, i, &failure) < 0)
			note_failure(err, &failure);
	}
	/* A file that is still named by an edit must stay. */
	if (error_is_set(err))
		return err->code;
	for (size_t i = checkpoint->created.count; i-- > 0;) {
		if (file_remove(checkpoint->created.items[i], &failure) < 0)
			note_failure(err, &failure);
	}
	for (size_t i = checkpoint->commands.count; i-- > 0;)
		run_command(&checkpoint->commands.rows[i]);
	return err->code;
}

int checkpoint_recover(const char *dir, struct error *err)
{
	AUTO(checkpoint) struct checkpoint checkpoint = checkpoint_of(dir);
	AUTO_CLOSE int claim_fd = -1;

	if (!file_is_dir(dir))
		return 0;
	if (checkpoint_claim(dir, CHECKPOINT_ALONE, &claim_fd, err) < 0)
		return err->code;
	log_debug("undoing the changes recorded in '%s'", dir);
	if (checkpoint_load(&checkpoint, err) < 0 || checkpoint_undo(&checkpoint, err) < 0)
		return error_hint(err, CHECKPOINT_BY_HAND, dir);
	return checkpoint_destroy(dir, err);
}
