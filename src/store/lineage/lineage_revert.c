/*
 * Going back to an earlier state of a lineage (see lineage_revert.h). The switch itself is
 * lineage_show(), the same as that to a new generation.
 */
#include "store/lineage/lineage_revert.h"

#include "base/alloc.h"
#include "os/file/file.h"
#include "store/lineage/lineage_parts.h"

bool lineage_has_version(const struct lineage *lineage, unsigned version)
{
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		AUTO_FREE char *name = store_version_name((enum store_kind)kind, version);
		AUTO_FREE char *path = path_join(lineage->archive_dir, name);

		if (!file_exists(path))
			return false;
	}
	return true;
}

/* The paths stay those that the lineage was opened with: a change of options does not move it. */
int lineage_set_conf(struct lineage *lineage, const struct strbuf *text, struct error *err)
{
	struct ini *conf = NULL;

	if (ini_parse(text->text, text->len, lineage->conf_path, &conf, err) < 0)
		return err->code;
	ini_free(lineage->conf);
	lineage->conf = conf;
	lineage_attach_second(lineage);
	if (lineage->second)
		lineage_read_second(lineage);
	return 0;
}
