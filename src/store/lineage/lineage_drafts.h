/*
 * The files of a generation before they have their names. Used by store/ only.
 */
#ifndef STORE_LINEAGE_LINEAGE_DRAFTS_H
#define STORE_LINEAGE_LINEAGE_DRAFTS_H

#include <stdbool.h>

#include "os/file/folder.h"
#include "store/lineage/lineage.h"

/* The name of a file until all four are complete. It is fixed for each kind and key, so that drafts
 * left by a crash can be found. The caller frees it. */
char *lineage_draft_name(enum store_kind kind, const char *suffix);
/* True for the name of a draft, or of a key draft that was set aside. */
bool lineage_is_draft(const char *file_name);
/* Removes the drafts with that suffix other than the key's. That one stays, because a certificate
 * for it may have been issued but not stored. */
int lineage_remove_open_drafts(const struct folder *archive, const char *suffix,
			       struct error *err) WARN_UNUSED;
/* Writes the draft of the generation's key; if it is there already, sets *ret_made to false. A
 * complete draft of another key is renamed. */
int lineage_draft_key(const struct folder *archive, const struct lineage_generation *generation,
		      const struct file_attributes *attributes, bool *ret_made,
		      struct error *err) WARN_UNUSED;
/* Mode and owner for the next key: those of the current key. A second key that has none yet gets
 * those of the first. */
int lineage_key_attributes(const struct lineage *lineage, struct file_attributes *ret,
			   struct error *err) WARN_UNUSED;
/* True when the directory holds nothing but drafts, or nothing at all. */
bool lineage_has_only_drafts(const char *archive_dir);

/* Writes the four files of a generation as drafts. The key gets the given attributes, the other
 * files 0644 less the umask. */
int lineage_write_drafts(const struct folder *archive, const struct lineage_generation *generation,
			 const struct file_attributes *key_attributes,
			 struct error *err) WARN_UNUSED;
/* Gives the drafts of the first key their names, except those of the kinds whose bits `named`
 * has. */
int lineage_name_drafts(const struct folder *archive, unsigned version, unsigned named,
			struct error *err) WARN_UNUSED;
/* Writes the four files of a generation, and those of its second key, into an archive directory.
 * The keys get the given attributes, the other files 0644 less the umask. After a failure
 * lineage_settle() continues. */
int lineage_write_generation(const struct folder *archive, unsigned version,
			     const struct lineage_generation *generation,
			     const struct file_attributes *key_attributes,
			     struct error *err) WARN_UNUSED;
/* Handles drafts left by a crash or an error. If they make a complete generation, perhaps with
 * files that have their names already, they get theirs; otherwise they are removed, except the
 * keys'. */
int lineage_settle(const struct lineage *lineage, struct error *err) WARN_UNUSED;

#endif
