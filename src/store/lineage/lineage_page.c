/*
 * Creates many lineages together (see lineage_page.h).
 *
 * Each goes through the same steps as one that is made alone, in the same order: the record, the
 * files of the archive, their names and the links, the conf. What must be durable before the next
 * step is made so for all of them at once, by a sync of the file system. Lineages share no files,
 * so that each step is taken in several threads.
 */
#include "store/lineage/lineage_page.h"

#include <sys/stat.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/thread.h"
#include "store/lineage/lineage_conf.h"
#include "store/lineage/lineage_create.h"
#include "store/lineage/lineage_drafts.h"
#include "store/lineage/lineage_generation.h"
#include "store/lineage/lineage_journal.h"
#include "store/lineage/lineage_live.h"
#include "store/lineage/lineage_parts.h"

static int draft_record(struct lineage_creation *creation, struct error *err)
{
	if (lineage_check_generation(creation->generation, err) < 0)
		return err->code;
	return lineage_journal_draft(creation->lineage, LINEAGE_CREATION, err);
}

static int name_record(struct lineage_creation *creation, struct error *err)
{
	if (lineage_journal_name(creation->lineage, err) < 0)
		return err->code;
	creation->lineage->has_journal = true;
	return 0;
}

static int draft_files(struct lineage_creation *creation, struct error *err)
{
	const struct lineage *lineage = creation->lineage;
	AUTO_FREE char *base_path = path_dirname(lineage->archive_dir);
	AUTO(folder) struct folder base = FOLDER_INIT, archive = FOLDER_INIT;
	struct file_attributes key_attributes;

	if (lineage_open_folder(lineage, base_path, &base, err) < 0 ||
	    folder_make_dir(&base, path_basename(lineage->archive_dir), 0755, err) < 0 ||
	    lineage_open_folder(lineage, lineage->archive_dir, &archive, err) < 0 ||
	    lineage_key_attributes(lineage, &key_attributes, err) < 0 ||
	    lineage_write_drafts(&archive, creation->generation, &key_attributes, err) < 0 ||
	    folder_sync(&archive, err) < 0)
		return err->code;
	return folder_sync(&base, err);
}

static int name_files(struct lineage_creation *creation, struct error *err)
{
	struct lineage *lineage = creation->lineage;
	AUTO(folder) struct folder archive = FOLDER_INIT;

	if (lineage_open_folder(lineage, lineage->archive_dir, &archive, err) < 0 ||
	    lineage_name_drafts(&archive, 1, 0, err) < 0 || lineage_write_live(lineage, err) < 0)
		return err->code;
	return lineage_draft_conf(lineage, err);
}

static int name_conf(struct lineage_creation *creation, struct error *err)
{
	return lineage_name_conf(creation->lineage, err);
}

/* In this order: what a step has written is durable before the next one begins. */
static int (*const steps[])(struct lineage_creation *creation, struct error *err) = {
	draft_record, name_record, draft_files, name_files, name_conf,
};

/* For fewer lineages, a sync that also writes the files of all other programs takes too long. */
#define FEWEST_TOGETHER 4

struct page {
	bool syncs_together;
	struct lineage_creation *creations;
	size_t count, step;
};

static void take_step(void *context, size_t index)
{
	const struct page *page = context;
	struct lineage_creation *creation = &page->creations[index];

	if (!error_is_set(&creation->error) && steps[page->step](creation, &creation->error) < 0)
		error_wrap(&creation->error, "cannot store the certificate '%s'",
			   creation->lineage->name);
}

/* The three directories are on one file system, unless an administrator has moved some. */
static int sync_dirs(const char *config_dir, struct error *err)
{
	AUTO(strvec) struct strvec dirs = STRVEC_INIT;
	dev_t synced = 0;

	strvec_give(&dirs, store_renewal_dir(config_dir));
	strvec_give(&dirs, store_archive_base(config_dir));
	strvec_give(&dirs, store_live_base(config_dir));
	for (size_t i = 0; i < dirs.count; i++) {
		struct stat attributes;
		bool is_known = stat(dirs.items[i], &attributes) == 0;

		if (i > 0 && is_known && attributes.st_dev == synced)
			continue;
		if (file_system_sync(dirs.items[i], err) < 0)
			return err->code;
		synced = is_known ? attributes.st_dev : 0;
	}
	return 0;
}

static int take_steps(struct page *page, const char *config_dir, struct error *err)
{
	for (page->step = 0; page->step < ARRAY_LEN(steps); page->step++) {
		thread_share(page->count, take_step, page);
		if (page->syncs_together && sync_dirs(config_dir, err) < 0)
			return err->code;
	}
	return 0;
}

/* Takes back what could not be stored, or completes it after all: the fault may have been
 * temporary. */
static void settle_failed(struct lineage_creation *creation)
{
	AUTO(error) struct error again = ERROR_INIT;
	bool stored = false;

	if (!creation->lineage->has_journal)
		return;
	if (lineage_finish_creation(creation->lineage, &stored, &again) == 0 && stored)
		error_release(&creation->error);
	if (error_is_set(&again))
		log_debug("the next run will continue with '%s': %s", creation->lineage->name,
			  again.text);
}

/* The lineage exists. Its record goes without a sync: where there is a conf it says nothing. */
static void end_creation(struct lineage_creation *creation)
{
	AUTO(error) struct error stays = ERROR_INIT;

	lineage_tell_made(creation->lineage);
	if (lineage_journal_remove(creation->lineage, &stays) < 0)
		log_debug("%s", stays.text);
}

int lineage_create_page(struct lineage_creation *creations, size_t count, struct error *err)
{
	struct page page = {
		.creations = creations,
		.count = count,
		.syncs_together = count >= FEWEST_TOGETHER && file_system_can_sync(),
	};
	mode_t mode = folder_cut_by_umask(0644);

	if (!count)
		return 0;
	for (size_t i = 0; i < count; i++) {
		creations[i].lineage->syncs_later = page.syncs_together;
		creations[i].lineage->file_mode = mode;
	}
	if (take_steps(&page, creations[0].lineage->config_dir, err) < 0)
		return error_wrap(err, "cannot store %zu certificates", count);
	for (size_t i = 0; i < count; i++) {
		struct lineage *lineage = creations[i].lineage;

		if (!error_is_set(&creations[i].error))
			end_creation(&creations[i]);
		lineage->syncs_later = false;
		if (error_is_set(&creations[i].error))
			settle_failed(&creations[i]);
		lineage->is_unborn = lineage->has_journal = error_is_set(&creations[i].error);
	}
	return 0;
}
