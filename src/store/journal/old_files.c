/*
 * Former contents of files (see old_files.h). Before a change is on record they are durable: a
 * change that is listed can be undone, or the listing says why not.
 */
#include "store/journal/old_files.h"

#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "os/file/folder.h"

#define MAX_CONTENTS ((size_t)64 << 20)

static char *contents_dir(const char *journal_dir)
{
	return path_join(journal_dir, "old");
}

/* Keys of certificates are in archive/, and must be nowhere else once they are gone from there. */
static bool has_private_key(struct span bytes)
{
	static const char mark[] = "PRIVATE KEY-----";

	return memmem(bytes.ptr, bytes.len, mark, sizeof(mark) - 1) != NULL;
}

int old_files_keep(const char *journal_dir, const struct file_state *state, struct span bytes,
		   struct error *err)
{
	const struct file_attributes attributes = {.mode = 0600};
	AUTO_FREE char *dir = contents_dir(journal_dir);
	AUTO(folder) struct folder folder = FOLDER_INIT;

	if (!state->mode || has_private_key(bytes))
		return 0;
	if (dir_make(dir, 0700, err) < 0 || folder_open(dir, &folder, err) < 0)
		return err->code;
	if (folder_has(&folder, state->digest))
		return 0;
	return folder_replace(&folder, state->digest, ".new", bytes, &attributes, err);
}

int old_files_read(const char *journal_dir, const struct file_state *state,
		   struct strbuf *ret_bytes, struct error *err)
{
	AUTO_FREE char *dir = contents_dir(journal_dir);
	AUTO_FREE char *path = path_join(dir, state->digest);

	return file_read(path, MAX_CONTENTS, ret_bytes, err);
}

int old_files_keep_only(const char *journal_dir, const struct strvec *digests, struct error *err)
{
	AUTO_FREE char *dir = contents_dir(journal_dir);
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(map) struct map needed = MAP_INIT(NULL);
	AUTO(folder) struct folder folder = FOLDER_INIT;

	if (!file_is_dir(dir))
		return 0;
	if (folder_open(dir, &folder, err) < 0 || folder_list(&folder, &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < digests->count; i++)
		map_set(&needed, digests->items[i], NULL);
	for (size_t i = 0; i < names.count; i++)
		if (!map_contains(&needed, names.items[i]) &&
		    folder_remove(&folder, names.items[i], err) < 0)
			return err->code;
	return folder_sync(&folder, err);
}
