/*
 * Restoring files of a configuration (see restore.h). A server could start after each step: files
 * exist before anything names them, and are removed when nothing does any more.
 */
#include "webserver/restore.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "os/file/file.h"
#include "txn/txn.h"
#include "webserver/control.h"
#include "webserver/owed.h"
#include "webserver/server_parts.h"
#include "webserver/webserver.h"

enum restore_step {
	RESTORE_NEW_FILES,
	RESTORE_NEW_LINKS,
	RESTORE_EDITS,
	RESTORE_REMOVALS,
	RESTORE_STEP__COUNT,
};

static bool is_there(const char *path)
{
	return file_is_there(path);
}

static enum restore_step step_of(const struct webserver_image *image)
{
	if (!image->mode)
		return RESTORE_REMOVALS;
	if (is_there(image->path))
		return RESTORE_EDITS;
	return S_ISLNK(image->mode) ? RESTORE_NEW_LINKS : RESTORE_NEW_FILES;
}

/* The mode is put back by the checkpoint's copy, if it comes to that. */
static int edit_file(struct txn *txn, const struct webserver_image *image, struct error *err)
{
	struct stat present;

	if (txn_replace(txn, image->path, image->bytes, err) < 0)
		return err->code;
	if (stat(image->path, &present) < 0)
		return error_set_errno(err, errno, "cannot examine '%s'", image->path);
	if (present.st_mode != image->mode && chmod(image->path, image->mode & 07777) < 0)
		return error_set_errno(err, errno, "cannot set the mode of '%s'", image->path);
	return 0;
}

static int restore_file(struct txn *txn, const struct webserver_image *image, struct error *err)
{
	const struct file_attributes attributes = {.mode = image->mode & 07777};
	AUTO_FREE char *target = NULL;

	if (!image->mode)
		return is_there(image->path) ? txn_remove(txn, image->path, err) : 0;
	if (S_ISLNK(image->mode)) {
		target = span_dup(image->bytes);
		return is_there(image->path) ? 0 : txn_new_symlink(txn, image->path, target, err);
	}
	if (is_there(image->path))
		return edit_file(txn, image, err);
	return txn_new_file(txn, image->path, image->bytes, &attributes, err);
}

/* Copies of all that is edited or removed, at once: that spares fsyncs. */
static int keep_copies(struct txn *txn, const struct webserver_image *images, size_t count,
		       struct error *err)
{
	AUTO(strvec) struct strvec paths = STRVEC_INIT;

	for (size_t i = 0; i < count; i++)
		if (!S_ISLNK(images[i].mode) && file_is_regular(images[i].path) &&
		    !file_is_symlink(images[i].path))
			strvec_push(&paths, images[i].path);
	return paths.count ? txn_add_files(txn, &paths, err) : 0;
}

static int restore_files(struct txn *txn, const struct webserver_image *images, size_t count,
			 struct error *err)
{
	AUTO_FREE enum restore_step *steps = xcalloc(count + 1, sizeof(*steps));

	if (keep_copies(txn, images, count, err) < 0)
		return err->code;
	/* As they are now: a file that a step makes does not become an edit. */
	for (size_t i = 0; i < count; i++)
		steps[i] = step_of(&images[i]);
	for (int step = 0; step < RESTORE_STEP__COUNT; step++)
		/* Links were recorded after the files that they lead to, and go before them. */
		for (size_t i = count; i-- > 0;)
			if ((int)steps[i] == step && restore_file(txn, &images[i], err) < 0)
				return err->code;
	return 0;
}

/* Programs of a distribution that come in pairs. `-f` answers a question that only one of them
 * asks. */
bool webserver_inverse_command(const char *command, char **ret_inverse)
{
	static const struct {
		const char *part, *inverse;
	} pairs[] = {{"dismod\n-f\n", "enmod\n"}, {"enmod\n", "dismod\n-f\n"}};

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		const char *found = strstr(command, pairs[i].part);

		if (!found)
			continue;
		*ret_inverse = xasprintf("%.*s%s%s", (int)(found - command), command,
					 pairs[i].inverse, found + strlen(pairs[i].part));
		return true;
	}
	return false;
}

static int run_reversibly(struct txn *txn, const char *command, struct error *err)
{
	AUTO_FREE char *inverse = NULL;
	AUTO(strvec) struct strvec argv = STRVEC_INIT, undo = STRVEC_INIT;

	if (!webserver_inverse_command(command, &inverse))
		return error_set(err, ERR_REFUSED, "cannot tell how to undo '%s'", command);
	strvec_split(&argv, command, "\n");
	strvec_split(&undo, inverse, "\n");
	if (txn_register_undo(txn, (const char *const *)undo.items, err) < 0)
		return err->code;
	return control_run((const char *const *)argv.items, NULL, err);
}

/* The note comes first: a server that has read the files before a crash must be told. An error
 * undoes everything when the transaction is freed. */
int webserver_restore(struct plugin_instance *instance, const struct webserver_image *images,
		      size_t count, const struct strvec *commands, const char *title,
		      struct error *err)
{
	struct webserver *server = webserver_of(instance);
	AUTO(txn) struct txn *txn = txn_new(webserver_work_dir(server), TXN_PERMANENT);

	if (webserver_recover(instance, err) < 0 || owed_note(server, err) < 0 ||
	    restore_files(txn, images, count, err) < 0)
		return err->code;
	for (size_t i = commands->count; i-- > 0;)
		if (run_reversibly(txn, commands->items[i], err) < 0)
			return err->code;
	if (txn_commit(txn, title, server->host->clock, err) < 0)
		return err->code;
	owed_add_reload(server);
	return 0;
}
