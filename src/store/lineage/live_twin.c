/*
 * Switches links with a twin directory (see live_parts.h and docs/store.md):
 *
 *   1. live/.NAME.twin is built: the new links, and hard links to everything else.
 *   2. It changes places with live/NAME. From here on readers see the new set.
 *   3. The links in the original directory, now under the twin's name, are brought up to date.
 *   4. The two change places again, and the twin goes away.
 *
 * So live/NAME keeps its inode, for watchers and for processes whose working directory it is. A
 * mark in the twin tells the two apart after a crash; it is made first and removed last.
 */
#include "store/lineage/live_parts.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/strvec.h"

/* A link, because that is made in one step. */
#define MARK ".twin"

struct twin {
	const char *live_dir;
	const struct live_names *names; /* of the links */
	char *path;
};

static void twin_release(struct twin *twin)
{
	free(twin->path);
}
DEFINE_AUTO(twin, twin_release);

/* In live/ itself, since an exchange needs both on one file system. Hidden, so that nobody takes it
 * for a lineage. */
char *live_twin_path(const char *live_dir)
{
	AUTO_FREE char *parent = path_dirname(live_dir);
	AUTO_FREE char *name = xasprintf(".%s.twin", path_basename(live_dir));

	return path_join(parent, name);
}

static struct twin twin_of(const char *live_dir, const struct live_names *names)
{
	return (struct twin){live_dir, names, live_twin_path(live_dir)};
}

static bool is_link_name(const struct twin *twin, const char *entry)
{
	for (size_t i = 0; i < twin->names->count; i++)
		if (strcmp(twin->names->items[i], entry) == 0)
			return true;
	return false;
}

static char *draft_of(const char *link_name)
{
	return xasprintf(".%s.new", link_name);
}

static int install_link(const struct folder *folder, const char *draft, const char *name,
			struct error *err)
{
	AUTO(error) struct error ignored = ERROR_INIT;

	if (folder_rename(folder, draft, name, err) == 0)
		return 0;
	if (folder_remove(folder, draft, &ignored) < 0)
		log_debug("'%s/%s' is left behind: %s", folder->path, draft, ignored.text);
	return err->code;
}

int live_replace_link(const struct folder *folder, const char *target, const char *name,
		      struct error *err)
{
	AUTO_FREE char *draft = draft_of(name);

	if (folder_remove(folder, draft, err) < 0 || folder_symlink(folder, target, draft, err) < 0)
		return err->code;
	return install_link(folder, draft, name, err);
}

/* Everything that the user keeps next to the links gets a second name in the twin. While the twin
 * is shown, whatever somebody put next to the links (a concatenated PEM file, an .htaccess) must be
 * there, too. */
static int link_other_entries(const struct twin *twin, const struct folder *live,
			      const struct folder *folder, struct error *err)
{
	AUTO(strvec) struct strvec entries = STRVEC_INIT;

	if (dir_list(twin->live_dir, "", &entries, err) < 0)
		return err->code;
	for (size_t i = 0; i < entries.count; i++)
		if (!is_link_name(twin, entries.items[i]) &&
		    folder_link(live, entries.items[i], folder, entries.items[i], err) < 0)
			return err->code;
	return 0;
}

/* The twin's entry in live/ need not be durable before the exchange, which syncs live/. The mark is
 * the first entry: a twin without one is not ours, and is never removed with what is in it. */
static int build_twin(const struct twin *twin, char *const *targets, struct error *err)
{
	AUTO(folder) struct folder live = FOLDER_INIT;
	AUTO(folder) struct folder folder = FOLDER_INIT;

	if (folder_open(twin->live_dir, &live, err) < 0 ||
	    folder_make_like(twin->path, &live, err) < 0 ||
	    folder_open(twin->path, &folder, err) < 0 ||
	    folder_symlink(&folder, path_basename(twin->live_dir), MARK, err) < 0 ||
	    link_other_entries(twin, &live, &folder, err) < 0)
		return err->code;
	for (size_t i = 0; i < twin->names->count; i++)
		if (folder_symlink(&folder, targets[i], twin->names->items[i], err) < 0)
			return err->code;
	return folder_sync(&folder, err);
}

/* Removes the twin, which is next to the live directory; the mark goes last. Not synced: a twin
 * that a power failure brings back is removed again. */
static int demolish(const struct twin *twin, struct error *err)
{
	AUTO_FREE char *parent_path = path_dirname(twin->path);
	AUTO(folder) struct folder parent = FOLDER_INIT;
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(strvec) struct strvec entries = STRVEC_INIT;

	if (folder_open(parent_path, &parent, err) < 0 ||
	    folder_open(twin->path, &folder, err) < 0 ||
	    dir_list(twin->path, "", &entries, err) < 0)
		return err->code;
	for (size_t i = 0; i < entries.count; i++)
		if (strcmp(entries.items[i], MARK) != 0 &&
		    folder_remove(&folder, entries.items[i], err) < 0)
			return err->code;
	if (folder_remove(&folder, MARK, err) < 0)
		return err->code;
	return folder_remove_dir(&parent, path_basename(twin->path), err);
}

static bool has_mark(const char *dir)
{
	AUTO_FREE char *path = path_join(dir, MARK);

	return file_is_symlink(path);
}

/* Removes a twin that was never shown, or no longer is. With entries and no mark it is not ours. */
static int clear_away(const struct twin *twin, struct error *err)
{
	if (has_mark(twin->path))
		return demolish(twin, err);
	return dir_is_empty(twin->path) ? dir_remove(twin->path, err) : 0;
}

/* Gives up before anything was exchanged; what cannot be removed is left to the next recovery. The
 * error that led here is kept for the caller. */
static int abandon_twin(const struct twin *twin, struct error *err)
{
	AUTO(error) struct error ignored = ERROR_INIT;

	if (clear_away(twin, &ignored) < 0)
		log_debug("'%s' is left behind: %s", twin->path, ignored.text);
	return err->code;
}

static bool is_same_entry(const struct folder *a, const struct folder *b, const char *name)
{
	struct stat of_a, of_b;

	return fstatat(a->fd, name, &of_a, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstatat(b->fd, name, &of_b, AT_SYMLINK_NOFOLLOW) == 0 && of_a.st_ino == of_b.st_ino;
}

/* Moves entries that somebody made or changed in the twin while it had taken the place of the
 * original. Hard links do not exist on some file systems. Moving the entry does the same, but
 * leaves the twin without it for a moment. */
static int adopt(const struct folder *twin, const struct folder *original, const char *entry,
		 struct error *err)
{
	if (is_same_entry(twin, original, entry))
		return 0;
	if (folder_remove(original, entry, err) < 0)
		return err->code;
	if (folder_link(twin, entry, original, entry, err) == 0)
		return 0;
	if (err->code != ERR_REFUSED)
		return err->code;
	error_release(err);
	return folder_move(twin, entry, original, err);
}

/* The twin's link under a second name, where the file system has that for links: ext4 looks long
 * for a free inode when many have just been removed. */
static int adopt_link(const struct folder *twin, const struct folder *original, const char *name,
		      const char *target, struct error *err)
{
	AUTO_FREE char *draft = draft_of(name);

	/* A rename from one name of a link to another would leave both. */
	if (is_same_entry(twin, original, name))
		return 0;
	if (folder_remove(original, draft, err) < 0)
		return err->code;
	if (folder_link(twin, name, original, draft, err) == 0)
		return install_link(original, draft, name, err);
	if (err->code != ERR_REFUSED)
		return err->code;
	error_release(err);
	return live_replace_link(original, target, name, err);
}

/* Brings the links of the original up to date with those of the twin that has taken its place. */
static int update_original(const struct twin *twin, struct error *err)
{
	AUTO(folder) struct folder shown = FOLDER_INIT;
	AUTO(folder) struct folder original = FOLDER_INIT;
	AUTO(strvec) struct strvec entries = STRVEC_INIT;

	if (folder_open(twin->live_dir, &shown, err) < 0 ||
	    folder_open(twin->path, &original, err) < 0 ||
	    dir_list(twin->live_dir, "", &entries, err) < 0)
		return err->code;
	for (size_t i = 0; i < entries.count; i++) {
		const char *entry = entries.items[i];
		AUTO_FREE char *target = folder_link_target(&shown, entry);
		int rc = 0;

		if (target && is_link_name(twin, entry))
			rc = adopt_link(&shown, &original, entry, target, err);
		else if (strcmp(entry, MARK) != 0)
			rc = adopt(&shown, &original, entry, err);
		if (rc < 0)
			return rc;
	}
	return folder_sync(&original, err);
}

/* Synced before the exchange back, or a crash could show the original with its old links. */
static int finish_exchange(const struct twin *twin, struct error *err)
{
	if (update_original(twin, err) < 0 || file_exchange(twin->path, twin->live_dir, err) < 0)
		return err->code;
	return demolish(twin, err);
}

/* Finishes what another run has begun, perhaps in the middle of a link. */
static int take_over(const struct twin *twin, struct error *err)
{
	AUTO(folder) struct folder original = FOLDER_INIT;

	if (folder_open(twin->path, &original, err) < 0)
		return err->code;
	for (size_t i = 0; i < twin->names->count; i++) {
		AUTO_FREE char *draft = draft_of(twin->names->items[i]);

		if (folder_remove(&original, draft, err) < 0)
			return err->code;
	}
	return finish_exchange(twin, err);
}

/* ERR_REFUSED leaves everything as it was, so the caller can go link by link. */
int live_twin_switch(const char *live_dir, const struct live_names *names, char *const *targets,
		     struct error *err)
{
	AUTO(twin) struct twin twin = twin_of(live_dir, names);
	int rc;

	if (strlen(path_basename(twin.path)) > NAME_MAX || file_is_dir(twin.path))
		return error_set(err, ERR_REFUSED, "'%s' cannot be made", twin.path);
	if (build_twin(&twin, targets, err) < 0)
		return abandon_twin(&twin, err);
	rc = file_exchange(twin.path, twin.live_dir, err);
	if (rc == ERR_REFUSED)
		return abandon_twin(&twin, err);
	return rc < 0 ? rc : finish_exchange(&twin, err);
}

/* The mark's place tells which of the two is which. With no mark anywhere, the directory is
 * somebody's. */
int live_twin_recover(const char *live_dir, const struct live_names *names, struct error *err)
{
	AUTO(twin) struct twin twin = twin_of(live_dir, names);

	if (!file_is_dir(twin.path))
		return 0;
	if (!has_mark(twin.path) && has_mark(live_dir))
		return take_over(&twin, err);
	return clear_away(&twin, err);
}
