/*
 * Deletes a lineage in Certbot's order, except files that another lineage uses. The deletion is
 * recorded before the conf is removed, so that the next run can finish it.
 */
#include "store/lineage/lineage_delete.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "os/file/folder.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_conf.h"
#include "store/lineage/lineage_drafts.h"
#include "store/lineage/lineage_reserve.h"
#include "store/lineage/lineage_journal.h"
#include "store/lineage/lineage_live.h"
#include "store/lineage/lineage_parts.h"
#include "store/lineage/lineage_sharing.h"
#include "store/lineage/live.h"

static void log_failure(const struct error *err)
{
	if (error_is_set(err))
		log_debug("%s", err->text);
}

/* By the file that it leads to, for in a directory of several lineages' links the name proves
 * nothing. */
static bool leads_to_archive(const struct lineage *lineage, const char *path)
{
	AUTO_FREE char *archive = path_absolute(lineage->archive_dir);
	AUTO_FREE char *target = NULL, *file = NULL, *dir = NULL;
	AUTO(error) struct error no_link = ERROR_INIT;

	if (file_read_link(path, &target, &no_link) < 0)
		return false;
	file = live_target_path(path, target);
	dir = path_dirname(file);
	return strcmp(dir, archive) == 0;
}

/* Also of a second key that the conf no longer names. */
static int remove_second_links(const struct lineage *lineage, struct error *err)
{
	for (size_t i = 1; lineage_suffixes[i]; i++)
		for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
			AUTO_FREE char *name = xasprintf("%s%s.pem",
							 store_kind_name((enum store_kind)kind),
							 lineage_suffixes[i]);
			AUTO_FREE char *path = path_join(lineage->live_dir, name);

			if (leads_to_archive(lineage, path) && file_remove(path, err) < 0)
				return err->code;
		}
	return 0;
}

/* Links first: while they exist, a server could still be pointed at files that are about to be
 * removed. */
static int remove_links(const struct lineage *lineage, unsigned kept, struct error *err)
{
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++)
		if (!(kept & 1U << kind) && file_remove(lineage->paths[kind], err) < 0)
			return err->code;
	return kept ? 0 : remove_second_links(lineage, err);
}

/* Confs can name four places, and then live/NAME is not ours to remove. */
static bool links_share_a_dir(const struct lineage *lineage)
{
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		AUTO_FREE char *dir = path_dirname(lineage->paths[kind]);

		if (strcmp(dir, lineage->live_dir) != 0)
			return false;
	}
	return true;
}

/* Removes a directory unless somebody keeps something in it. If the admin put it elsewhere, only
 * the link to it is removed, because the name would otherwise stay taken. */
static int remove_own_dir(const char *dir, struct error *err)
{
	AUTO(error) struct error kept = ERROR_INIT;

	if (file_is_symlink(dir))
		return file_remove(dir, err);
	if (dir_remove(dir, &kept) == 0 || kept.code == ERR_REFUSED) {
		log_failure(&kept);
		return 0;
	}
	return error_move(err, &kept);
}

static int remove_live_dir(const struct lineage *lineage, struct error *err)
{
	AUTO_FREE char *readme = path_join(lineage->live_dir, LINEAGE_README);

	if (!links_share_a_dir(lineage))
		return 0;
	if (file_remove(readme, err) < 0)
		return err->code;
	return remove_own_dir(lineage->live_dir, err);
}

/* By name alone: a copy that somebody made next to them ("privkey1.pem.bak") is not matched. */
static bool is_archive_file(const char *name)
{
	for (size_t i = 0; lineage_suffixes[i]; i++)
		for (int kind = 0; kind < STORE_KIND__COUNT; kind++)
			if (store_suffixed_version_of(name, (enum store_kind)kind,
						      lineage_suffixes[i]))
				return true;
	return lineage_is_draft(name) || lineage_is_next_key(name);
}

/* All other files there belong to somebody else and stay. */
static int remove_archive(const struct lineage *lineage, struct error *err)
{
	AUTO(folder) struct folder archive = FOLDER_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (!file_is_dir(lineage->archive_dir))
		return 0;
	if (folder_open(lineage->archive_dir, &archive, err) < 0 ||
	    dir_list(lineage->archive_dir, "", &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++)
		if (is_archive_file(names.items[i]) &&
		    folder_remove(&archive, names.items[i], err) < 0)
			return err->code;
	return folder_sync(&archive, err) < 0 ? err->code
					      : remove_own_dir(lineage->archive_dir, err);
}

/* True for a README that we or Certbot wrote. */
static bool is_known_readme(const char *path)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;

	return file_read(path, LINEAGE_MAX_FILE, &text, &ignored) == 0 &&
	       str_starts(text.text, "This directory contains your key");
}

/* live/NAME stays behind with its README when the links were moved elsewhere. */
static int remove_bare_live(const struct lineage *lineage, struct error *err)
{
	AUTO_FREE char *dir = store_live_dir(lineage->config_dir, lineage->name);
	AUTO_FREE char *readme = path_join(dir, LINEAGE_README);

	if (!lineage_has_only_readme(dir) || !is_known_readme(readme))
		return 0;
	return file_remove(readme, err) < 0 ? err->code : remove_own_dir(dir, err);
}

/* Sharing is checked again, also when an interrupted deletion continues: a conf may have been
 * copied meanwhile. */
int lineage_finish_deletion(const struct lineage *lineage, struct strvec *ret_sharers,
			    struct error *err)
{
	AUTO(lineage_sharing) struct lineage_sharing sharing = {.names = STRVEC_INIT};

	if (lineage_find_sharing(lineage, &sharing, err) < 0 ||
	    remove_links(lineage, sharing.links, err) < 0 ||
	    (!sharing.links && remove_live_dir(lineage, err) < 0) ||
	    remove_bare_live(lineage, err) < 0 ||
	    (!sharing.archive && remove_archive(lineage, err) < 0))
		return error_wrap(err, "cannot remove all files of '%s'", lineage->name);
	strvec_extend(ret_sharers, &sharing.names);
	return lineage_journal_remove(lineage, err);
}

int lineage_remove_live(const struct lineage *lineage, struct error *err)
{
	return remove_links(lineage, 0, err) < 0 ? err->code : remove_live_dir(lineage, err);
}

/* True when the links still lead to files that somebody may use. */
static bool shows_anything(const struct lineage *lineage)
{
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++)
		if (file_exists(lineage->paths[kind]))
			return true;
	return false;
}

/* The leftovers of an interrupted switch of an earlier lineage of this name would be in the way of
 * the new one. */
int lineage_sweep_switch(const struct lineage *lineage, struct error *err)
{
	AUTO(folder) struct folder live = FOLDER_INIT;
	AUTO(error) struct error absent = ERROR_INIT;

	/* A new name, as nearly all are, has neither. */
	if (file_exists(lineage->archive_dir) || live_is_absent(lineage->live_dir) ||
	    (folder_open(lineage->live_dir, &live, &absent) == 0 && live_is_clean(&live, "")))
		return 0;
	if (lineage_recover_links(lineage, err) < 0)
		return err->code;
	if (shows_anything(lineage))
		return 0;
	return lineage_remove_live(lineage, err);
}

/* As in Certbot: a conf that cannot be parsed does not say where its files are, so only the conf is
 * removed. */
static int remove_broken(const char *config_dir, const char *name, const char *conf_path,
			 struct error *err)
{
	AUTO_FREE char *live = store_live_dir(config_dir, name);
	AUTO_FREE char *archive = store_archive_dir(config_dir, name);
	AUTO(error) struct error stays = ERROR_INIT;

	if (file_remove(conf_path, &stays) < 0)
		return error_wrap(err, "cannot remove '%s' either (%s)", conf_path, stays.text);
	error_wrap(err, "error parsing %s, which was removed", conf_path);
	return error_hint(err, "you may wish to manually delete the contents of %s and %s", live,
			  archive);
}

/* Something other than a file does not say which files belong to the lineage. */
static int refuse_deletion(const char *config_dir, const char *name, const char *conf_path,
			   struct error *err)
{
	AUTO_FREE char *live = store_live_dir(config_dir, name);
	AUTO_FREE char *archive = store_archive_dir(config_dir, name);

	if (err->code != ERR_REFUSED)
		return err->code;
	error_wrap(err, "certificate %s was not deleted", name);
	return error_hint(err,
			  "restore %s from a backup, then delete the certificate; or remove it by "
			  "hand, with %s and %s if nothing uses them",
			  conf_path, live, archive);
}

int lineage_delete(const char *config_dir, const char *name, struct strvec *ret_sharers,
		   struct error *err)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO_FREE char *conf = NULL;
	AUTO(error) struct error unrepaired = ERROR_INIT;
	struct file_attributes attributes;

	if (store_check_name(name, err) < 0)
		return err->code;
	conf = store_renewal_path(config_dir, name);
	if (lineage_load(config_dir, name, &lineage, err) == ERR_PARSE)
		return remove_broken(config_dir, name, conf, err);
	if (!lineage)
		return refuse_deletion(config_dir, name, conf, err);
	if (lineage_recover_links(lineage, &unrepaired) < 0)
		log_failure(&unrepaired);
	/* The lineage is deleted once the conf is removed; before that, the record means
	 * nothing. */
	if (lineage_conf_attributes(lineage, &attributes, err) < 0 ||
	    lineage_journal_write(lineage, LINEAGE_DELETION, &attributes, err) < 0 ||
	    file_remove(conf, err) < 0)
		return err->code;
	return lineage_finish_deletion(lineage, ret_sharers, err);
}
