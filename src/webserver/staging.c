/*
 * Edited files before they are written (see webserver.h). A plugin may edit a file several
 * times, and reads its own edits back; what is written in the end is one change of each file.
 */
#include "webserver/staging.h"

#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "os/file/file.h"
#include "webserver/owed.h"
#include "webserver/server_parts.h"

#define MAX_FILE (64 << 20)

/* Some servers want the key in the same file as the certificate. */
static void free_staged(void *value)
{
	struct staged_file *file = value;

	if (file->is_secret)
		secret_wipe(file->bytes.text, file->bytes.len);
	strbuf_release(&file->bytes);
	free(file);
}

void staging_init(struct webserver *server)
{
	server->run->staged = (struct map)MAP_INIT(free_staged);
	strvec_init(&server->run->notes);
	strvec_init(&server->run->drafted_notes);
}

void staging_release(struct webserver *server)
{
	map_release(&server->run->staged);
	strvec_release(&server->run->notes);
	strvec_release(&server->run->drafted_notes);
}

/* Equal bytes are not an edit, so they lead to neither a copy nor a reload. */
static void stage_bytes(struct webserver *server, const char *path, struct span bytes,
			const struct staged_file *model)
{
	struct staged_file *file = map_get(&server->run->staged, path);

	if (file && span_same(span_make(file->bytes.text, file->bytes.len), bytes))
		return;
	file = XNEW(struct staged_file);
	*file = *model;
	strbuf_init(&file->bytes);
	strbuf_add(&file->bytes, bytes.ptr, bytes.len);
	file->dirty = true;
	map_set(&server->run->staged, path, file);
}

void webserver_stage(struct webserver *server, const char *path, struct span bytes)
{
	const struct staged_file *present = map_get(&server->run->staged, path);
	struct staged_file model = {.kind = STAGED_FILE, .attributes = {.mode = 0644}};

	/* A further edit does not publish it. */
	if (present && present->is_secret)
		model = *present;
	stage_bytes(server, path, bytes, &model);
}

void webserver_stage_secret(struct webserver *server, const char *path, struct span bytes,
			    const struct file_attributes *attributes)
{
	const struct staged_file model = {
		.kind = STAGED_FILE, .attributes = *attributes, .is_secret = true};

	stage_bytes(server, path, bytes, &model);
}

void webserver_stage_link(struct webserver *server, const char *path, const char *target)
{
	const struct staged_file model = {.kind = STAGED_LINK};

	stage_bytes(server, path, span_of(target), &model);
}

/* A plugin must see its own edits, or a second one would undo the first. */
int webserver_read(struct webserver *server, const char *path, struct strbuf *ret_bytes,
		   struct error *err)
{
	const struct staged_file *file = map_get(&server->run->staged, path);

	if (!file || file->kind != STAGED_FILE)
		return file_read(path, MAX_FILE, ret_bytes, err);
	strbuf_add(ret_bytes, file->bytes.text, file->bytes.len);
	return 0;
}

bool webserver_has_file(const struct webserver *server, const char *path)
{
	return map_contains(&server->run->staged, path) || file_exists(path);
}

int webserver_list(const struct webserver *server, const char *dir, struct strvec *ret_names,
		   struct error *err)
{
	size_t len = strlen(dir);

	if (dir_list(dir, "", ret_names, err) < 0)
		return err->code;
	for (size_t i = 0; i < server->run->staged.count; i++) {
		const char *path = server->run->staged.entries[i].key;

		if (strncmp(path, dir, len) == 0 && path[len] == '/' &&
		    !strchr(path + len + 1, '/'))
			strvec_push_unique(ret_names, path + len + 1);
	}
	return 0;
}

/* Includes are patterns, and a file that is only staged has to be matched by them. */
int webserver_glob(const struct webserver *server, const char *pattern, struct strvec *ret_paths,
		   struct error *err)
{
	glob_t found;
	int rc = glob(pattern, GLOB_NOSORT, NULL, &found);

	if (rc != 0 && rc != GLOB_NOMATCH)
		return error_set(err, ERR_IO, "cannot list the files that match '%s'", pattern);
	for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++)
		strvec_push(ret_paths, found.gl_pathv[i]);
	if (rc == 0)
		globfree(&found);
	for (size_t i = 0; i < server->run->staged.count; i++) {
		const char *path = server->run->staged.entries[i].key;

		if (fnmatch(pattern, path, FNM_PATHNAME | FNM_PERIOD) == 0)
			strvec_push_unique(ret_paths, path);
	}
	strvec_sort(ret_paths);
	return 0;
}

char *webserver_real_path(const struct webserver *server, const char *path)
{
	const struct staged_file *file = map_get(&server->run->staged, path);
	AUTO_FREE char *real = realpath(path, NULL);
	AUTO_FREE char *dir = NULL;
	AUTO_FREE char *real_dir = NULL;

	if (real)
		return STEAL(real);
	if (file && file->kind == STAGED_LINK)
		return xstrdup(file->bytes.text);
	dir = path_dirname(path);
	real_dir = realpath(dir, NULL);
	return real_dir ? path_join(real_dir, path_basename(path)) : xstrdup(path);
}

/* The transaction of that kind, borrowed; the first call makes it. */
static struct txn *staging_txn(struct webserver *server, enum txn_kind kind)
{
	struct txn **txn = kind == TXN_PERMANENT ? &server->run->permanent
						 : &server->run->temporary;

	if (!*txn)
		*txn = txn_new(webserver_work_dir(server), kind);
	return *txn;
}

int webserver_undo_by(struct webserver *server, enum txn_kind kind, const char *const *argv,
		      struct error *err)
{
	return txn_register_undo(staging_txn(server, kind), argv, err);
}

/* Takes away the rights to an existing file that a secret must not have. Undoing the transaction
 * gives them back. Before the secret is written into it, not after. */
static int narrow_mode(const char *path, const struct staged_file *file, struct error *err)
{
	struct stat present;
	mode_t mode;

	if (!file->is_secret)
		return 0;
	if (stat(path, &present) < 0)
		return error_set_errno(err, errno, "cannot examine '%s'", path);
	mode = present.st_mode & file->attributes.mode & 07777;
	if (mode != (present.st_mode & 07777) && chmod(path, mode) < 0)
		return error_set_errno(err, errno, "cannot set the mode of '%s'", path);
	return 0;
}

static int write_file(struct txn *txn, const char *path, const struct staged_file *file,
		      struct error *err)
{
	struct span bytes = span_make(file->bytes.text, file->bytes.len);

	if (file->kind == STAGED_LINK)
		return txn_new_symlink(txn, path, file->bytes.text, err);
	if (!file_exists(path))
		return txn_new_file(txn, path, bytes, &file->attributes, err);
	return narrow_mode(path, file, err) < 0 ? err->code : txn_replace(txn, path, bytes, err);
}

/* The order of writing. A configuration must be complete after each step, or a server could not
 * start after a crash: new files come before the links and edits that name them. */
enum write_step {
	WRITE_NEW_FILES,
	WRITE_NEW_LINKS,
	WRITE_EDITS,
	WRITE_STEP__COUNT,
};

static enum write_step step_of(const char *path, const struct staged_file *file)
{
	if (file->kind == STAGED_LINK)
		return WRITE_NEW_LINKS;
	return file_exists(path) ? WRITE_EDITS : WRITE_NEW_FILES;
}

/* Sorts what is to be written into the steps, as indexes into the staged files. */
static size_t *order_writes(const struct webserver *server, size_t *ret_count)
{
	size_t *order = xcalloc(server->run->staged.count + 1, sizeof(*order));

	*ret_count = 0;
	for (int step = 0; step < WRITE_STEP__COUNT; step++) {
		for (size_t i = 0; i < server->run->staged.count; i++) {
			const struct map_entry *entry = &server->run->staged.entries[i];
			const struct staged_file *file = entry->value;

			if (file->dirty && (int)step_of(entry->key, file) == step)
				order[(*ret_count)++] = i;
		}
	}
	return order;
}

/* Copies of all files that are to be edited, at once: that spares fsyncs. The copies are durable
 * before the first file changes, see txn.c. */
static int keep_copies(struct webserver *server, struct txn *txn, const size_t *order, size_t count,
		       struct error *err)
{
	AUTO(strvec) struct strvec edited = STRVEC_INIT;

	for (size_t i = 0; i < count; i++) {
		const struct map_entry *entry = &server->run->staged.entries[order[i]];

		if (step_of(entry->key, entry->value) == WRITE_EDITS)
			strvec_push(&edited, entry->key);
	}
	return edited.count ? txn_add_files(txn, &edited, err) : 0;
}

/* The debt of a reload is on record first: after a crash the files are put back by a recovery, but
 * a server that has read them meanwhile must be told. */
int staging_write(struct webserver *server, enum txn_kind kind, struct error *err)
{
	struct txn *txn = staging_txn(server, kind);
	size_t count;
	AUTO_FREE size_t *order = order_writes(server, &count);

	if (count &&
	    (keep_copies(server, txn, order, count, err) < 0 || owed_note(server, err) < 0))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		const struct map_entry *entry = &server->run->staged.entries[order[i]];
		struct staged_file *file = entry->value;

		owed_add_test(server);
		if (write_file(txn, entry->key, file, err) < 0)
			return err->code;
		file->dirty = false;
	}
	for (size_t i = 0; kind == TXN_PERMANENT && i < server->run->notes.count; i++)
		txn_note(txn, server->run->notes.items[i]);
	strvec_release(&server->run->notes);
	return 0;
}
