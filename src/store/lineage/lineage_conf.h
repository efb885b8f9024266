/*
 * Writes renewal confs. Only what was changed through lineage_conf() changes in the file.
 */
#ifndef STORE_LINEAGE_LINEAGE_CONF_H
#define STORE_LINEAGE_LINEAGE_CONF_H

#include "os/file/file.h"
#include "store/lineage/lineage.h"

/* Writes the conf if it was changed (NAME.conf.new, fsync, rename; the mode is kept). */
int lineage_save_conf(struct lineage *lineage, struct error *err) WARN_UNUSED;
/* An account whose id has changed. */
struct lineage_account_change {
	const char *server_path; /* of its CA, see url_server_path() */
	const char *old_id, *new_id;
};
/* Replaces the account id in all confs that have the old one: as that of their server, of a CA in
 * its place, or of one that has issued. Broken confs are skipped. */
int lineage_change_account(const char *config_dir, const struct lineage_account_change *change,
			   struct error *err) WARN_UNUSED;

/* ---- Used by store/ only ---- */

/* Sets version, archive_dir and paths in the conf where they are missing. ERR_CONFIG for a path
 * that a conf cannot express. */
int lineage_fill_conf(struct lineage *lineage, struct error *err) WARN_UNUSED;
/* Mode and owner of the existing conf. */
int lineage_conf_attributes(const struct lineage *lineage, struct file_attributes *ret,
			    struct error *err) WARN_UNUSED;
/* Writes the conf of a new lineage as a draft, and gives the draft its name. */
int lineage_draft_conf(struct lineage *lineage, struct error *err) WARN_UNUSED;
int lineage_name_conf(const struct lineage *lineage, struct error *err) WARN_UNUSED;
/* Writes the conf file, replacing an existing one. */
int lineage_write_conf(const struct lineage *lineage, const struct strbuf *text,
		       const struct file_attributes *attributes, struct error *err) WARN_UNUSED;

#endif
