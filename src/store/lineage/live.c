/*
 * Switches and recovers the links (see live.h): with a twin directory, or one by one with
 * previous_cert.pem ... next to them, which is what Certbot leaves when it dies during a switch.
 * Four of those links mean that the current ones may be mixed; fewer mean that they are a complete
 * set. Everything that needs disk space is made before the first link changes.
 */
#include "store/lineage/live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/file/file.h"
#include "store/lineage/live_parts.h"

/* The directories that contain the links. A set is the four of one key: `set` is the first of
 * them. */
struct place {
	char *dirs[LIVE_LINKS_MAX];
	const char *names[LIVE_LINKS_MAX];
	size_t count;
	bool is_shared; /* one directory, and not a link to one */
};

static void place_release(struct place *place)
{
	for (size_t i = 0; i < LIVE_LINKS_MAX; i++)
		free(place->dirs[i]);
}
DEFINE_AUTO(place, place_release);

static struct place place_of(const struct live_links *links)
{
	struct place place = {.is_shared = true, .count = links->count};

	for (size_t i = 0; i < links->count; i++) {
		place.dirs[i] = path_dirname(links->paths[i]);
		place.names[i] = path_basename(links->paths[i]);
		if (strcmp(place.dirs[i], place.dirs[0]) != 0)
			place.is_shared = false;
	}
	return place;
}

/* Certbot's names, so that either program can undo what the other has left. Those of a second key
 * are made in the same way, from the names that we alone give its links. */
static char *previous_path(const struct place *place, size_t link)
{
	AUTO_FREE char *name = link < STORE_KIND__COUNT
				       ? xasprintf("previous_%s.pem",
						   store_kind_name((enum store_kind)link))
				       : xasprintf("previous_%s", place->names[link]);

	return path_join(place->dirs[link], name);
}

char *live_target_path(const char *link_path, const char *target)
{
	AUTO_FREE char *dir = path_dirname(link_path);
	AUTO_FREE char *path = target[0] == '/' ? xstrdup(target) : path_join(dir, target);

	return path_absolute(path);
}

/* Target text for a link in `dir` to the file at `path`: relative where that leads there. Relative
 * links survive a move of the whole config directory, which is why Certbot makes them so. */
static char *text_of_target(const char *dir, const char *path)
{
	AUTO_FREE char *absolute_dir = path_absolute(dir);
	AUTO_FREE char *relative = path_relative(absolute_dir, path);
	AUTO_FREE char *joined = path_join(dir, relative);

	return file_exists(joined) ? STEAL(relative) : xstrdup(path);
}

/* Links that are ready to be renamed: their names are fixed, so that the next recovery finds what a
 * crash left of them. */
enum draft {
	DRAFT_NEW,
	DRAFT_OLD, /* for the way back, which must not need space */
};

static char *draft_path(const struct place *place, size_t link, enum draft draft)
{
	AUTO_FREE char *name = draft == DRAFT_NEW ? xasprintf(".%s.new", place->names[link])
						  : xasprintf(".%s.old", place->names[link]);

	return path_join(place->dirs[link], name);
}

/* By unlinkat() without a sync: drafts that come back after a crash are removed again. */
static int remove_drafts(const struct place *place, struct error *err)
{
	for (size_t i = 0; i < place->count; i++)
		for (int draft = DRAFT_NEW; draft <= DRAFT_OLD; draft++) {
			AUTO_FREE char *path = draft_path(place, i, (enum draft)draft);

			if (unlinkat(AT_FDCWD, path, 0) < 0 && errno != ENOENT)
				return error_set_errno(err, errno, "cannot remove '%s'", path);
		}
	return 0;
}

static int replace_link(const struct place *place, size_t link, const char *target,
			struct error *err)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;

	if (folder_open(place->dirs[link], &folder, err) < 0 ||
	    live_replace_link(&folder, target, place->names[link], err) < 0)
		return err->code;
	return folder_sync(&folder, err);
}

/* The old target is recorded as an absolute path, as Certbot does it. */
static int restore_one(const struct place *place, size_t link, struct error *err)
{
	AUTO_FREE char *previous = previous_path(place, link);
	AUTO_FREE char *target = NULL, *path = NULL, *text = NULL;

	if (file_read_link(previous, &target, err) < 0)
		return err->code;
	path = live_target_path(previous, target);
	text = text_of_target(place->dirs[link], path);
	return replace_link(place, link, text, err);
}

static int remove_previous(const struct place *place, size_t set, struct error *err)
{
	for (size_t i = set; i < set + STORE_KIND__COUNT; i++) {
		AUTO_FREE char *previous = previous_path(place, i);

		if (file_remove(previous, err) < 0)
			return err->code;
	}
	return 0;
}

static bool has_previous(const struct place *place, size_t link)
{
	AUTO_FREE char *previous = previous_path(place, link);

	return file_is_symlink(previous);
}

/* Each set by itself: Certbot leaves one, and does not know of the other. */
static int recover_previous(const struct place *place, size_t set, struct error *err)
{
	/* They are made and removed in the order of the kinds, so that one end always tells. */
	if (!has_previous(place, set + STORE_CERT) && !has_previous(place, set + STORE_FULLCHAIN))
		return 0;
	for (size_t i = set; i < set + STORE_KIND__COUNT; i++) {
		AUTO_FREE char *previous = previous_path(place, i);

		if (!file_exists(previous))
			return remove_previous(place, set, err);
	}
	for (size_t i = set; i < set + STORE_KIND__COUNT; i++)
		if (restore_one(place, i, err) < 0)
			return err->code;
	return remove_drafts(place, err) < 0 ? err->code : remove_previous(place, set, err);
}

static int recover(const struct place *place, struct error *err)
{
	const struct live_names names = {place->names, place->count};

	if (place->is_shared && live_twin_recover(place->dirs[0], &names, err) < 0)
		return error_wrap(err, "cannot finish the interrupted change of '%s'",
				  place->dirs[0]);
	for (size_t set = 0; set < place->count; set += STORE_KIND__COUNT)
		if (recover_previous(place, set, err) < 0)
			return error_wrap(err, "cannot undo the interrupted change of '%s'",
					  place->dirs[0]);
	return 0;
}

bool live_is_absent(const char *live_dir)
{
	AUTO_FREE char *twin = live_twin_path(live_dir);

	return !file_is_there(live_dir) && !file_is_there(twin);
}

bool live_is_clean(const struct folder *dir, const char *suffix)
{
	AUTO_FREE char *twin = live_twin_path(dir->path);
	AUTO_FREE char *first = xasprintf("previous_cert%s.pem", suffix);
	AUTO_FREE char *last = xasprintf("previous_fullchain%s.pem", suffix);

	return !folder_has(dir, first) && !folder_has(dir, last) && !file_is_dir(twin);
}

int live_recover(const struct live_links *links, struct error *err)
{
	AUTO(place) struct place place = place_of(links);

	return recover(&place, err);
}

/* In the order of the kinds; recover_previous() relies on it. */
static int record_previous(const struct place *place, char *const *paths, struct error *err)
{
	for (size_t i = 0; i < place->count; i++) {
		AUTO_FREE char *previous = previous_path(place, i);
		AUTO_FREE char *target = NULL, *path = NULL;

		if (file_read_link(paths[i], &target, err) < 0)
			return err->code;
		path = live_target_path(paths[i], target);
		if (file_symlink(path, previous, err) < 0)
			return err->code;
	}
	return 0;
}

static int make_drafts(const struct place *place, char *const *paths, char *const *targets,
		       struct error *err)
{
	for (size_t i = 0; i < place->count; i++) {
		AUTO_FREE char *new_draft = draft_path(place, i, DRAFT_NEW);
		AUTO_FREE char *old_draft = draft_path(place, i, DRAFT_OLD);
		AUTO_FREE char *old_target = NULL;

		if (file_read_link(paths[i], &old_target, err) < 0)
			return err->code;
		if (symlinkat(targets[i], AT_FDCWD, new_draft) < 0 ||
		    symlinkat(old_target, AT_FDCWD, old_draft) < 0)
			return error_set_errno(err, errno, "cannot make a link next to '%s'",
					       paths[i]);
	}
	return 0;
}

static int sync_dirs(const struct place *place, struct error *err)
{
	for (size_t i = 0; i < (place->is_shared ? 1 : place->count); i++) {
		AUTO(folder) struct folder folder = FOLDER_INIT;

		if (folder_open(place->dirs[i], &folder, err) < 0 || folder_sync(&folder, err) < 0)
			return err->code;
	}
	return 0;
}

/* Renames in a row, one for each link. After an error all are reverted at once, by as many
 * others. */
static int rename_drafts(const struct place *place, char *const *paths, struct error *err)
{
	for (size_t i = 0; i < place->count; i++) {
		AUTO_FREE char *draft = draft_path(place, i, DRAFT_NEW);

		if (renameat(AT_FDCWD, draft, AT_FDCWD, paths[i]) == 0)
			continue;
		error_set_errno(err, errno, "cannot replace '%s'", paths[i]);
		while (i-- > 0) {
			AUTO_FREE char *old = draft_path(place, i, DRAFT_OLD);

			if (renameat(AT_FDCWD, old, AT_FDCWD, paths[i]) < 0)
				log_debug("'%s' is restored by the next run: %s", paths[i],
					  strerror(errno));
		}
		return err->code;
	}
	return 0;
}

/* The record is complete and durable before the first link changes, and goes after the last one is
 * durable. */
static int switch_one_by_one(const struct place *place, char *const *paths, char *const *targets,
			     struct error *err)
{
	if (record_previous(place, paths, err) < 0 || remove_drafts(place, err) < 0 ||
	    make_drafts(place, paths, targets, err) < 0 || sync_dirs(place, err) < 0 ||
	    rename_drafts(place, paths, err) < 0 || sync_dirs(place, err) < 0 ||
	    remove_drafts(place, err) < 0)
		return err->code;
	for (size_t set = 0; set < place->count; set += STORE_KIND__COUNT)
		if (remove_previous(place, set, err) < 0)
			return err->code;
	return 0;
}

/* Makes the links of the sets that lack one. There is no whole set to go back to: what a crash
 * leaves is as incomplete as before. */
static int make_missing(const struct place *place, char *const *paths, char *const *targets,
			struct error *err)
{
	for (size_t set = 0; set < place->count; set += STORE_KIND__COUNT) {
		size_t whole = set, end = set + STORE_KIND__COUNT;

		while (whole < end && file_is_symlink(paths[whole]))
			whole++;
		for (size_t i = set; whole < end && i < end; i++)
			if (replace_link(place, i, targets[i], err) < 0)
				return err->code;
	}
	return 0;
}

/* ERR_REFUSED means that the file system cannot exchange directories, and that nothing was
 * changed. */
static int switch_links(const struct place *place, char *const *paths, char *const *targets,
			struct error *err)
{
	const struct live_names names = {place->names, place->count};

	if (place->is_shared && !file_is_symlink(place->dirs[0])) {
		if (live_twin_switch(place->dirs[0], &names, targets, err) == 0)
			return 0;
		if (err->code != ERR_REFUSED)
			return err->code;
		log_debug("'%s' is changed link by link: %s", place->dirs[0], err->text);
		error_release(err);
	}
	if (make_missing(place, paths, targets, err) < 0)
		return err->code;
	return switch_one_by_one(place, paths, targets, err);
}

bool live_shows(const struct live_links *links, char *const *targets)
{
	for (size_t i = 0; i < links->count; i++) {
		AUTO(error) struct error ignored = ERROR_INIT;
		AUTO_FREE char *target = NULL;

		if (file_read_link(links->paths[i], &target, &ignored) < 0 ||
		    strcmp(target, targets[i]) != 0)
			return false;
	}
	return true;
}

/* An error after the exchange (a directory that could not be synced) does not mean that the old set
 * is still in use. The links themselves decide. */
int live_switch(const struct live_links *links, char *const *targets, struct error *err)
{
	AUTO(place) struct place place = place_of(links);
	AUTO(error) struct error again = ERROR_INIT;

	if (switch_links(&place, links->paths, targets, err) == 0)
		return 0;
	/* The fault may have come after the decisive step, and may have been temporary. */
	if (recover(&place, &again) < 0 || !live_shows(links, targets))
		return error_wrap(err, "cannot switch the links in '%s'", place.dirs[0]);
	log_debug("'%s' was switched on the second attempt: %s", place.dirs[0], err->text);
	error_release(err);
	return 0;
}
