/*
 * Files that several lineages use (see lineage_sharing.h): copied confs, or links into the archive
 * of another lineage. Directories are compared by device and inode, so that symbolic links and
 * different spellings of a path do not matter.
 */
#include "store/lineage/lineage_sharing.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "os/file/file.h"
#include "store/lineage/inventory.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_parts.h"

/* A directory that does not exist can only be compared by its path. */
static bool is_same_dir(const char *a, const char *b)
{
	struct stat of_a, of_b;

	if (stat(a, &of_a) < 0 || stat(b, &of_b) < 0)
		return strcmp(a, b) == 0;
	return of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

/* The same directory entry, wherever it leads. */
static bool is_same_entry(const char *a, const char *b)
{
	AUTO_FREE char *dir_of_a = path_dirname(a);
	AUTO_FREE char *dir_of_b = path_dirname(b);

	return strcmp(path_basename(a), path_basename(b)) == 0 && is_same_dir(dir_of_a, dir_of_b);
}

/* Is the file or directory inside `dir`, or `dir` itself, when all links are followed? */
static bool leads_into(const char *path, const char *dir)
{
	AUTO_FREE char *real = realpath(path, NULL);
	AUTO_FREE char *real_dir = realpath(dir, NULL);
	AUTO_FREE char *inside = NULL;

	if (!real || !real_dir)
		return false;
	inside = path_join(real_dir, "");
	return strcmp(real, real_dir) == 0 || str_starts(real, inside);
}

/* Confs with an id in common are one certificate: `renew` must not order it twice. */
size_t lineage_store_ids(const struct lineage *lineage, struct store_id ret_ids[2])
{
	const char *const dirs[] = {lineage->archive_dir, lineage->live_dir};
	struct stat attributes;
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		if (stat(dirs[i], &attributes) == 0)
			ret_ids[count++] = (struct store_id){attributes.st_dev, attributes.st_ino};
	return count;
}

bool lineage_shares_store(const struct lineage *a, const struct lineage *b)
{
	return is_same_dir(a->archive_dir, b->archive_dir) || is_same_dir(a->live_dir, b->live_dir);
}

static void note_links(const struct lineage *lineage, const struct lineage *other,
		       struct lineage_sharing *ret)
{
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		for (int own = 0; own < STORE_KIND__COUNT; own++)
			if (is_same_entry(lineage->paths[own], other->paths[kind]))
				ret->links |= 1U << own;
		ret->archive |= leads_into(other->paths[kind], lineage->archive_dir);
	}
	ret->archive |= is_same_dir(lineage->archive_dir, other->archive_dir) ||
			leads_into(other->archive_dir, lineage->archive_dir);
}

/* A conf that cannot be read counts as using every file that it mentions. */
static void note_broken(const struct lineage *lineage, const char *conf_path,
			struct lineage_sharing *ret)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;

	if (!file_is_regular(conf_path) ||
	    file_read(conf_path, LINEAGE_MAX_FILE, &text, &unreadable) < 0)
		return;
	if (strstr(text.text, lineage->archive_dir))
		ret->archive = true;
	if (strstr(text.text, lineage->live_dir))
		ret->links = ALL_KINDS;
}

/* Confs are copied by hand to change a name, and archives have been linked to one another. Deleting
 * one of the two must not take the files of the other. */
int lineage_find_sharing(const struct lineage *lineage, struct lineage_sharing *ret,
			 struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (lineage_names(lineage->config_dir, &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++) {
		AUTO(lineage) struct lineage *other = NULL;
		AUTO(error) struct error broken = ERROR_INIT;
		AUTO_FREE char *path = store_renewal_path(lineage->config_dir, names.items[i]);
		struct lineage_sharing found = {.links = 0};

		if (strcmp(names.items[i], lineage->name) == 0)
			continue;
		if (lineage_load(lineage->config_dir, names.items[i], &other, &broken) == 0)
			note_links(lineage, other, &found);
		else
			note_broken(lineage, path, &found);
		ret->links |= found.links;
		ret->archive |= found.archive;
		if (found.links || found.archive)
			strvec_push(&ret->names, names.items[i]);
	}
	return 0;
}

void lineage_sharing_release(struct lineage_sharing *sharing)
{
	strvec_release(&sharing->names);
}
