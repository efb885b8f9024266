/*
 * The record of a lineage that is being created or deleted, written before the first file changes
 * (see lineage_parts.h and docs/store.md).
 *
 * The record is the lineage's conf plus a section that names the task and the lineage. A file
 * without that section, or with the name of another lineage in it, is not ours, whatever its file
 * name.
 */
#include "store/lineage/lineage_journal.h"

#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "os/file/folder.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_parts.h"

#define SECTION "unfinished"
/* One name for all: only who holds the locks writes one. It is not taken for a record, because its
 * name has nothing before the suffix. Records that are written together have a draft each. */
#define DRAFT ".part.new"
#define OWN_DRAFT_SUFFIX ".new"

static const char *const words[] = {
	[LINEAGE_CREATION] = "create",
	[LINEAGE_DELETION] = "delete",
};

static int make_text(const struct lineage *lineage, enum lineage_task task, struct strbuf *ret_text,
		     struct error *err)
{
	AUTO(strbuf) struct strbuf conf = STRBUF_INIT;
	AUTO(ini) struct ini *journal = NULL;
	struct ini_section *section;

	ini_print(lineage->conf, &conf);
	if (ini_parse(conf.text, conf.len, lineage->conf_path, &journal, err) < 0)
		return err->code;
	section = ini_add_section(ini_root(journal), SECTION);
	if (!ini_set(section, "task", words[task]) || !ini_set(section, "name", lineage->name))
		return error_set(err, ERR_CONFIG, "'%s' cannot be used as a name", lineage->name);
	ini_print(journal, ret_text);
	return 0;
}

/* Opens the directory of records. An existing record is not replaced: it says what another change,
 * which was not finished, still has to do. */
static int open_records(const struct lineage *lineage, const char *path, struct folder *ret_folder,
			struct error *err)
{
	AUTO_FREE char *dir = path_dirname(path);

	if (!file_is_there(path))
		return lineage_open_folder(lineage, dir, ret_folder, err);
	error_set(err, ERR_EXISTS, "'%s' is in the way", path);
	return lineage_journal_hint(lineage->config_dir, lineage->name, err)
		       ? err->code
		       : error_hint(err, "it does not belong to certbot: move it elsewhere");
}

int lineage_journal_write(const struct lineage *lineage, enum lineage_task task,
			  const struct file_attributes *attributes, struct error *err)
{
	AUTO_FREE char *path = store_journal_path(lineage->config_dir, lineage->name);
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (make_text(lineage, task, &text, err) < 0 ||
	    open_records(lineage, path, &folder, err) < 0)
		return err->code;
	return folder_replace(&folder, path_basename(path), DRAFT, span_make(text.text, text.len),
			      attributes, err);
}

int lineage_journal_draft(const struct lineage *lineage, enum lineage_task task, struct error *err)
{
	const struct file_attributes attributes = {.mode = lineage_conf_mode(lineage)};
	AUTO_FREE char *path = store_journal_path(lineage->config_dir, lineage->name);
	AUTO_FREE char *draft = xasprintf("%s" OWN_DRAFT_SUFFIX, path_basename(path));
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (make_text(lineage, task, &text, err) < 0 ||
	    open_records(lineage, path, &folder, err) < 0 || folder_remove(&folder, draft, err) < 0)
		return err->code;
	return folder_create(&folder, draft, span_make(text.text, text.len), &attributes, err);
}

int lineage_journal_name(const struct lineage *lineage, struct error *err)
{
	AUTO_FREE char *path = store_journal_path(lineage->config_dir, lineage->name);
	AUTO_FREE char *draft = xasprintf("%s" OWN_DRAFT_SUFFIX, path_basename(path));
	AUTO(folder) struct folder folder = FOLDER_INIT;

	if (open_records(lineage, path, &folder, err) < 0 ||
	    folder_rename(&folder, draft, path_basename(path), err) < 0)
		return err->code;
	return folder_sync(&folder, err);
}

/* Takes the section out, so that the rest is the lineage's conf. */
static bool take_task(struct lineage *lineage, enum lineage_task *ret_task)
{
	struct ini_section *root = ini_root(lineage->conf);
	const struct ini_section *section = ini_find_section(root, SECTION);
	const char *word = section ? ini_peek(section, "task") : NULL;

	if (!section || !str_eq_or_null(ini_peek(section, "name"), lineage->name))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (word && strcmp(word, words[i]) == 0) {
			*ret_task = (enum lineage_task)i;
			ini_remove_section(root, SECTION);
			return true;
		}
	return false;
}

/* The text does not say which of its options are secret; the rights of the file do. */
static void take_rights(struct lineage *lineage, const char *path)
{
	struct stat attributes;

	if (stat(path, &attributes) == 0 && !(attributes.st_mode & 077))
		ini_mark_secret(ini_root(lineage->conf));
}

/* A file that only looks like a record is left alone; it may be somebody's backup. */
int lineage_journal_read(const char *config_dir, const char *name, struct lineage **ret_lineage,
			 enum lineage_task *ret_task, struct error *err)
{
	AUTO_FREE char *path = store_journal_path(config_dir, name);
	AUTO(lineage) struct lineage *lineage = NULL;

	if (lineage_load_from(config_dir, name, path, &lineage, err) < 0)
		return err->code;
	if (!take_task(lineage, ret_task))
		return error_set(err, ERR_NOT_FOUND, "'%s' was not written by certbot", path);
	take_rights(lineage, path);
	REPLACE(lineage->conf_path, store_renewal_path(config_dir, name));
	*ret_lineage = STEAL(lineage);
	return 0;
}

/* The files may be those of a certificate that the CA has issued. Recovery has told above why it
 * could not finish the task; it comes first in the next run, too. */
bool lineage_journal_hint(const char *config_dir, const char *name, struct error *err)
{
	static const char *const tasks[] = {
		[LINEAGE_CREATION] = "creation",
		[LINEAGE_DELETION] = "deletion",
	};
	AUTO(lineage) struct lineage *recorded = NULL;
	AUTO(error) struct error none = ERROR_INIT;
	enum lineage_task task;

	if (lineage_journal_read(config_dir, name, &recorded, &task, &none) < 0)
		return false;
	error_hint(err,
		   "the %s of this certificate was interrupted and is not finished yet, so remove "
		   "nothing: mend what keeps certbot from finishing it, and run certbot again",
		   tasks[task]);
	return true;
}

int lineage_journal_remove(const struct lineage *lineage, struct error *err)
{
	AUTO_FREE char *path = store_journal_path(lineage->config_dir, lineage->name);
	AUTO_FREE char *dir = path_dirname(path);
	AUTO(folder) struct folder folder = FOLDER_INIT;

	if (lineage_open_folder(lineage, dir, &folder, err) < 0 ||
	    folder_remove(&folder, path_basename(path), err) < 0)
		return err->code;
	return folder_sync(&folder, err);
}
