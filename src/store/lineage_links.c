/*
 * Repairs links after files were moved by hand (see lineage.h).
 */
#include "base/alloc.h"
#include "os/file/file.h"
#include "store/lineage_parts.h"
#include "store/live.h"

/* Target of a link in the archive directory, with the file name that it has now. */
static int moved_target(const struct lineage *lineage, enum store_kind kind, char **ret_target,
			struct error *err)
{
	AUTO_FREE char *dir = path_dirname(lineage->paths[kind]);
	AUTO_FREE char *absolute_dir = path_absolute(dir);
	AUTO_FREE char *archive = path_absolute(lineage->archive_dir);
	AUTO_FREE char *relative = path_relative(absolute_dir, archive);
	AUTO_FREE char *target = NULL;
	AUTO(error) struct error no_link = ERROR_INIT;

	if (file_read_link(lineage->paths[kind], &target, &no_link) < 0)
		return error_set(err, ERR_PARSE, "expected %s to be a symlink",
				 lineage->paths[kind]);
	*ret_target = path_join(relative, path_basename(target));
	return 0;
}

int lineage_update_symlinks(const char *config_dir, const char *name, struct error *err)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	char *targets[STORE_KIND__COUNT] = {NULL};
	int rc = 0;

	if (lineage_load(config_dir, name, &lineage, err) < 0 ||
	    live_recover(lineage->paths, err) < 0)
		return err->code;
	for (int kind = 0; kind < STORE_KIND__COUNT && rc == 0; kind++)
		rc = moved_target(lineage, (enum store_kind)kind, &targets[kind], err);
	if (rc == 0 && !live_shows(lineage->paths, targets))
		rc = live_switch(lineage->paths, targets, err);
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++)
		free(targets[kind]);
	return rc < 0 ? rc : lineage_read_links(lineage, err);
}
