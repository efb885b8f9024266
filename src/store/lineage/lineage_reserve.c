/*
 * Prepares to store a generation (see lineage_reserve.h). Whatever storing needs and may fail is
 * done or tried here, before a CA is asked: making the directory, writing the draft of the key,
 * reserving disk space under the names of the other drafts, and checking for permission to change
 * live/ and renewal/. One of the drafts has room for conf and links, too: a file just for that
 * would be one more inode to find and to give back for each lineage.
 */
#include "store/lineage/lineage_reserve.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/file/folder.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_conf.h"
#include "store/lineage/lineage_drafts.h"
#include "store/lineage/lineage_generation.h"
#include "store/lineage/lineage_journal.h"
#include "store/lineage/lineage_live.h"
#include "store/lineage/lineage_parts.h"

/* For the conf and the links. Fullchain's draft has it, which is the last to be filled. */
#define MORE_ROOM 16384
/* The links, their directory and its mark, READMEs, the drafts of conf and record. */
#define NEEDED_ENTRIES 24

/* Used if there is no certificate yet. */
static const size_t first_rooms[] = {
	[STORE_CERT] = 8192,
	[STORE_PRIVKEY] = 0,
	[STORE_CHAIN] = 8192,
	[STORE_FULLCHAIN] = 16384,
};
STATIC_ASSERT(ARRAY_LEN(first_rooms) == STORE_KIND__COUNT, "one size per kind");

/* Twice what the present file has, in whole pages. Chains grow when a CA changes its intermediates,
 * but they do not double. */
static size_t room_for(const struct lineage *lineage, enum store_kind kind)
{
	size_t more = kind == STORE_FULLCHAIN ? MORE_ROOM : 0;
	struct stat present;

	if (lineage->is_unborn || stat(lineage->paths[kind], &present) < 0)
		return first_rooms[kind] + more;
	return ((size_t)present.st_size * 2 + 4095) / 4096 * 4096 + more;
}

/* The blocks are allocated and not only promised: a sparse file would find the disk full when it is
 * written. */
static int reserve_rooms(const struct lineage *lineage, const struct folder *archive, mode_t mode,
			 struct error *err)
{
	const struct file_attributes attributes = {.mode = mode};

	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		AUTO_FREE char *draft = lineage_draft_name((enum store_kind)kind, lineage->suffix);

		if (kind != STORE_PRIVKEY &&
		    folder_reserve(archive, draft, room_for(lineage, (enum store_kind)kind),
				   &attributes, err) < 0)
			return err->code;
	}
	return 0;
}

/* A server that reads the key by its group would stop working with the renewal. The warning comes
 * now, when somebody may be watching. */
static void note_lost_group(const struct lineage *lineage, const struct folder *archive,
			    const struct file_attributes *wanted, struct strvec *ret_notes)
{
	AUTO_FREE char *draft = lineage_draft_name(STORE_PRIVKEY, lineage->suffix);
	struct stat given;

	if (!wanted->set_group || fstatat(archive->fd, draft, &given, 0) < 0 ||
	    given.st_gid == wanted->gid || !(wanted->mode & 070))
		return;
	strvec_pushf(
		ret_notes,
		"The new private key of %s cannot have the group of the present one (id %lld), "
		"which may read that: only a member of the group or root may give it. The new "
		"key is for its owner alone; change its group when it is in use.",
		lineage->name, (long long)wanted->gid);
}

static int reserve_key(struct lineage *lineage, const struct folder *archive,
		       const struct lineage_generation *generation, struct strvec *ret_notes,
		       struct error *err)
{
	struct file_attributes attributes;

	if (lineage_key_attributes(lineage, &attributes, err) < 0 ||
	    lineage_draft_key(archive, generation, &attributes, &lineage->made_key_draft, err) < 0)
		return err->code;
	note_lost_group(lineage, archive, &attributes, ret_notes);
	return folder_sync(archive, err);
}

/* Entries are made there once the certificate is issued. By asking and not by trying: a file made
 * for a test would be noticed by whoever watches the directory. */
static int check_dir(const char *dir, struct error *err)
{
	if (!dir_is_writable(dir))
		return error_set_errno(err, errno, "cannot change directory '%s'", dir);
	if (dir_free_entries(dir) < NEEDED_ENTRIES)
		return error_set_errno(err, ENOSPC, "cannot make more files in '%s'", dir);
	return 0;
}

/* Nothing else makes a file system that has links refuse one in a directory that was just made. */
static int refuse_place(const char *live_base, int errno_value, struct error *err)
{
	error_set_errno(err, errno_value, "cannot make symbolic links in '%s'", live_base);
	if (errno_value != EPERM && errno_value != EOPNOTSUPP && errno_value != ENOSYS)
		return err->code;
	return error_hint(err, "its file system has none: choose a place that has, with "
			       "--config-dir; nothing was asked of the CA");
}

/* By asking, too. The C library knows some file systems without links, and not exFAT, network file
 * systems and those in user space: see try_link(). */
static int check_links(const char *live_base, struct error *err)
{
	return pathconf(live_base, _PC_2_SYMLINKS) != 0 ? 0
							: refuse_place(live_base, EOPNOTSUPP, err);
}

/* Makes the first link of a lineage and takes it away again. Nobody watches the directory of one
 * that is not there yet, and its record has what is left after a crash removed. Nothing is synced,
 * because nothing is to stay. */
static int try_link(const struct lineage *lineage, struct error *err)
{
	AUTO_FREE char *live_base = path_dirname(lineage->live_dir);
	AUTO(folder) struct folder live = FOLDER_INIT;
	bool is_new = mkdir(lineage->live_dir, 0755) == 0;
	const char *name = path_basename(lineage->paths[STORE_CERT]);
	int rc = folder_open(lineage->live_dir, &live, err);

	if (rc == 0 && symlinkat(LINEAGE_README, live.fd, name) < 0)
		rc = refuse_place(live_base, errno, err);
	else if (rc == 0)
		rc = folder_remove(&live, name, err);
	if (is_new)
		rmdir(lineage->live_dir);
	return rc;
}

/* live/NAME is changed by the exchange of two directories, so its parent needs the rights, too. */
static int check_dirs(const struct lineage *lineage, struct error *err)
{
	AUTO_FREE char *renewal = path_dirname(lineage->conf_path);
	AUTO_FREE char *live_base = path_dirname(lineage->live_dir);

	if ((lineage->is_unborn && check_links(live_base, err) < 0) ||
	    check_dir(renewal, err) < 0 || check_dir(live_base, err) < 0)
		return err->code;
	return lineage->is_unborn ? 0 : check_dir(lineage->live_dir, err);
}

/* The record comes before the directory, so that a crash in between leaves no directory without an
 * owner. */
static int begin_reservation(struct lineage *lineage, struct error *err)
{
	const struct file_attributes attributes = {.mode = lineage_conf_mode(lineage)};

	if (lineage_journal_write(lineage, LINEAGE_CREATION, &attributes, err) < 0)
		return err->code;
	lineage->has_journal = true;
	if (dir_make(lineage->archive_dir, 0755, err) < 0)
		return err->code;
	return try_link(lineage, err);
}

static int reserve_generation(struct lineage *lineage, const struct lineage_generation *generation,
			      struct strvec *ret_notes, struct error *err)
{
	AUTO(folder) struct folder archive = FOLDER_INIT;
	mode_t mode = generation->file_mode ? generation->file_mode : folder_cut_by_umask(0644);
	bool is_second = generation->suffix && generation->suffix[0];
	unsigned version;

	/* Only a second alone may find its place taken. */
	if (check_dirs(lineage, err) < 0 ||
	    (lineage->is_unborn && begin_reservation(lineage, err) < 0) ||
	    lineage_settle(lineage, err) < 0 ||
	    (is_second && lineage_choose_version(lineage, generation, &version, err) < 0) ||
	    folder_open(lineage->archive_dir, &archive, err) < 0)
		return err->code;
	for (const struct lineage_generation *one = generation; one; one = one->second) {
		struct lineage *of = one->suffix && one->suffix[0] ? lineage->second : lineage;

		if (reserve_key(of, &archive, one, ret_notes, err) < 0 ||
		    reserve_rooms(of, &archive, mode, err) < 0)
			return err->code;
	}
	return 0;
}

/* Adds a hint on what to do about it. */
static void add_hint(struct error *err)
{
	static const struct {
		int value;
		const char *hint;
	} hints[] = {
		{ENOSPC, "make room there; nothing was asked of the CA"},
		{EDQUOT, "make room within the quota; nothing was asked of the CA"},
		{EROFS, "make the file system writable; nothing was asked of the CA"},
		{EACCES, "run certbot as the owner of the directory or as root; nothing was asked "
			 "of the CA"},
		{EPERM, "see who may change the directory (lsattr shows whether it is immutable); "
			"nothing was asked of the CA"},
	};

	for (size_t i = 0; i < ARRAY_LEN(hints); i++)
		if (err->sys_errno == hints[i].value && !err->hint)
			error_hint(err, "%s", hints[i].hint);
}

/* On failure all of it is removed again, and the CA was not asked for anything. */
int lineage_reserve(struct lineage *lineage, const struct lineage_generation *generation,
		    struct strvec *ret_notes, struct error *err)
{
	if ((!lineage->is_unborn && lineage_fill_conf(lineage, err) < 0) ||
	    reserve_generation(lineage, generation, ret_notes, err) < 0) {
		error_wrap(err, "cannot prepare to store a certificate as '%s'", lineage->name);
		add_hint(err);
		lineage_abandon(lineage, 0);
		return err->code;
	}
	return 0;
}

int lineage_draft_issued(const struct lineage *lineage, const struct lineage_generation *generation,
			 struct error *err)
{
	AUTO(folder) struct folder archive = FOLDER_INIT;
	struct file_attributes attributes;

	if (lineage_check_generation(generation, err) < 0 ||
	    lineage_key_attributes(lineage, &attributes, err) < 0 ||
	    folder_open(lineage->archive_dir, &archive, err) < 0 ||
	    lineage_write_drafts(&archive, generation, &attributes, err) < 0)
		return err->code;
	return folder_sync(&archive, err);
}

/* A key draft that was there before this run is not this run's to remove. */
static int remove_reserved(struct lineage *lineage, const struct folder *archive, unsigned flags,
			   struct error *err)
{
	AUTO_FREE char *key = lineage_draft_name(STORE_PRIVKEY, lineage->suffix);
	bool keeps_key = !lineage->made_key_draft || flags & LINEAGE_KEEP_KEY;

	lineage->made_key_draft = false;
	if (lineage_remove_open_drafts(archive, lineage->suffix, err) < 0 ||
	    (!keeps_key && folder_remove(archive, key, err) < 0))
		return err->code;
	return 0;
}

/* The link of try_link() is still there if it could not be removed at once. The directory stays if
 * somebody's README is in it. */
static int remove_trial(const struct lineage *lineage, struct error *err)
{
	if (!file_is_symlink(lineage->paths[STORE_CERT]))
		return 0;
	if (file_remove(lineage->paths[STORE_CERT], err) < 0)
		return err->code;
	rmdir(lineage->live_dir);
	return 0;
}

static int remove_all_reserved(struct lineage *lineage, unsigned flags, struct error *err)
{
	AUTO(folder) struct folder archive = FOLDER_INIT;

	if ((lineage->is_unborn && remove_trial(lineage, err) < 0) ||
	    folder_open(lineage->archive_dir, &archive, err) < 0 ||
	    remove_reserved(lineage, &archive, flags, err) < 0 ||
	    (lineage->second && remove_reserved(lineage->second, &archive, flags, err) < 0))
		return err->code;
	if (lineage->is_unborn && dir_is_empty(lineage->archive_dir))
		return dir_remove(lineage->archive_dir, err);
	return 0;
}

void lineage_abandon(struct lineage *lineage, unsigned flags)
{
	AUTO(error) struct error stays = ERROR_INIT;

	if (lineage->is_unborn && !lineage->has_journal)
		return;
	if (remove_all_reserved(lineage, flags, &stays) < 0)
		log_debug("drafts of '%s' are left behind: %s", lineage->name, stays.text);
	error_release(&stays);
	if (lineage->has_journal && lineage_journal_remove(lineage, &stays) < 0)
		log_debug("%s", stays.text);
	lineage->has_journal = false;
}

bool lineage_left_key(const struct lineage *lineage, struct key **ret_key)
{
	AUTO_FREE char *draft = lineage_draft_name(STORE_PRIVKEY, lineage->suffix);
	AUTO_FREE char *path = path_join(lineage->archive_dir, draft);
	AUTO(error) struct error none = ERROR_INIT;

	return lineage_read_key_file(path, ret_key, &none) == 0;
}

/* ---- The next key ---- */

/* Hidden, and not ending in .pem, as drafts are: no server that loads "*.pem" takes it. */
#define NEXT_KEY ".privkey.pem.next"
#define NEXT_KEY_DRAFT ".privkey.pem.next.new"

bool lineage_is_next_key(const char *file_name)
{
	return strcmp(file_name, NEXT_KEY) == 0 || strcmp(file_name, NEXT_KEY_DRAFT) == 0;
}

int lineage_next_key(const struct lineage *lineage, struct key **ret_key, struct error *err)
{
	AUTO_FREE char *path = path_join(lineage->archive_dir, NEXT_KEY);

	*ret_key = NULL;
	return file_exists(path) ? lineage_read_key_file(path, ret_key, err) : 0;
}

int lineage_set_next_key(const struct lineage *lineage, const struct key *key, struct error *err)
{
	AUTO(folder) struct folder archive = FOLDER_INIT;
	AUTO(secret) struct secret pem = SECRET_INIT;
	struct file_attributes attributes;

	key_to_pem(key, &pem);
	if (lineage_key_attributes(lineage, &attributes, err) < 0 ||
	    folder_open(lineage->archive_dir, &archive, err) < 0)
		return err->code;
	return folder_replace(&archive, NEXT_KEY, NEXT_KEY_DRAFT,
			      span_make(secret_peek(&pem), pem.len), &attributes, err);
}
