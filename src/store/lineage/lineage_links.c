/*
 * Repairs links after files were moved by hand (see lineage_links.h).
 */
#include "store/lineage/lineage_links.h"

#include "base/alloc.h"
#include "os/file/file.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_parts.h"
#include "store/lineage/live.h"

/* Targets of the links in the archive directory, with the file names that they have now. The bits
 * of `ret_missing`: links that are gone. */
static int moved_targets(const struct lineage *lineage, char *ret_targets[STORE_KIND__COUNT],
			 unsigned *ret_missing, struct error *err)
{
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		const char *path = lineage->paths[kind];
		AUTO_FREE char *target = NULL, *sample = NULL, *dir = NULL;
		AUTO(error) struct error no_link = ERROR_INIT;

		if (file_read_link(path, &target, &no_link) == 0) {
			sample = lineage_archive_target(lineage, (enum store_kind)kind, 1);
			dir = path_dirname(sample);
			ret_targets[kind] = path_join(dir, path_basename(target));
			continue;
		}
		if (file_exists(path))
			return lineage_refuse_link(lineage, (enum store_kind)kind, err);
		*ret_missing |= 1U << kind;
	}
	return 0;
}

/* The generation that the links which are there agree on; 0: none. Only if all agree: with a
 * mixture nobody can say which generation was meant. */
static unsigned common_version(char *const *targets)
{
	unsigned common = 0;

	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		unsigned version;

		if (!targets[kind])
			continue;
		version = store_version_of(path_basename(targets[kind]), (enum store_kind)kind);
		if (!version || (common && version != common))
			return 0;
		common = version;
	}
	return common;
}

/* A link that is gone leads to the generation that the others show. Another one is for `renew`,
 * which runs the hooks that a change of the certificate owes. */
static int fill_missing(const struct lineage *lineage, char *targets[STORE_KIND__COUNT],
			unsigned missing, struct error *err)
{
	unsigned version = common_version(targets);

	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		AUTO_FREE char *name = store_version_name((enum store_kind)kind, version);
		AUTO_FREE char *file = path_join(lineage->archive_dir, name);

		if (!(missing & 1U << kind))
			continue;
		if (!version || !file_exists(file))
			return lineage_refuse_link(lineage, (enum store_kind)kind, err);
		targets[kind] = lineage_archive_target(lineage, (enum store_kind)kind, version);
	}
	return 0;
}

/* A companion whose links are not all there is for `renew`. */
static bool has_second_targets(const struct lineage *lineage, char *ret_targets[STORE_KIND__COUNT])
{
	AUTO(error) struct error ignored = ERROR_INIT;
	unsigned missing = 0;

	return lineage->second &&
	       moved_targets(lineage->second, ret_targets, &missing, &ignored) == 0 && !missing;
}

/* Nothing is written if the links are right, so the command can be repeated. */
int lineage_update_symlinks(const char *config_dir, const char *name, struct error *err)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	char *targets[LIVE_LINKS_MAX] = {NULL};
	struct live_links links;
	unsigned missing = 0;
	int rc;

	if (lineage_load(config_dir, name, &lineage, err) < 0 ||
	    lineage_recover_links(lineage, err) < 0)
		return err->code;
	links = lineage_links_of(lineage);
	if (!has_second_targets(lineage, targets + STORE_KIND__COUNT))
		links.count = STORE_KIND__COUNT;
	rc = moved_targets(lineage, targets, &missing, err);
	if (rc == 0)
		rc = fill_missing(lineage, targets, missing, err);
	if (rc == 0 && !live_shows(&links, targets))
		rc = live_switch(&links, targets, err);
	for (size_t i = 0; i < LIVE_LINKS_MAX; i++)
		free(targets[i]);
	return rc < 0 ? rc : lineage_read_links(lineage, err);
}
