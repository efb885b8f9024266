/*
 * What the files behind lineage.h share. Used by store/ only.
 */
#ifndef STORE_LINEAGE_PARTS_H
#define STORE_LINEAGE_PARTS_H

#include <stdbool.h>

#include "os/file/folder.h"
#include "store/lineage/lineage.h"

/* Far above any certificate, key or conf. */
#define LINEAGE_MAX_FILE ((size_t)1 << 20)

struct lineage {
	char *config_dir;
	char *name;
	char *conf_path;
	char *archive_dir;
	char *live_dir;
	char *paths[STORE_KIND__COUNT];   /* paths of the links, from the conf */
	char *targets[STORE_KIND__COUNT]; /* their texts */
	unsigned current;    /* the oldest generation that the links point to; 0: none */
	bool is_mixed;       /* the links point to different generations */
	bool is_unborn;      /* being created: there is no conf yet */
	bool has_journal;    /* ours, of this run */
	bool made_key_draft; /* in this run, for a certificate that is not there */
	struct ini *conf;
	struct strbuf conf_text; /* as it is on disk */
	struct cert *cert;       /* NULL: not read yet */
	struct folder live; /* directory of the links, while a walk looks at them; else closed */
};

/* Reads the conf and its paths, but not the links. The caller frees the lineage. Errors as for
 * lineage_open(). */
int lineage_load(const char *config_dir, const char *name, struct lineage **ret_lineage,
		 struct error *err) WARN_UNUSED;
/* The same from another file, such as the record of an unfinished lineage. */
int lineage_load_from(const char *config_dir, const char *name, const char *conf_path,
		      struct lineage **ret_lineage, struct error *err) WARN_UNUSED;
/* Like lineage_open() if no repair is needed; sets *ret_lineage to NULL if one may be. Changes and
 * logs nothing, so several threads may call it at once. Leaves `live` open for the caller to
 * release. `unchecked` has a bit per kind (1 << STORE_CERT) whose link may dangle; the caller reads
 * those files and, if that fails, gets the reason from lineage_read_links(). */
int lineage_open_clean(const char *config_dir, const char *name, unsigned unchecked,
		       struct lineage **ret_lineage, struct error *err) WARN_UNUSED;
/* Reads the four links again and checks that they point to files. ERR_PARSE. */
int lineage_read_links(struct lineage *lineage, struct error *err) WARN_UNUSED;

/* Sets the error for a link that is gone or is no link, with what to do about it. */
int lineage_refuse_link(const struct lineage *lineage, enum store_kind kind, struct error *err);
/* The text of a link to a file in the archive, which the caller frees. */
char *lineage_archive_target(const struct lineage *lineage, enum store_kind kind,
			     unsigned version) WARN_UNUSED;
/* Makes the directory of the links if it is gone. */
int lineage_make_live_dir(const struct lineage *lineage, struct error *err) WARN_UNUSED;

/* Sets version, archive_dir and paths in the conf where they are missing. ERR_CONFIG for a path
 * that a conf cannot express. */
int lineage_fill_conf(struct lineage *lineage, struct error *err) WARN_UNUSED;
/* Mode and owner of the existing conf. */
int lineage_conf_attributes(const struct lineage *lineage, struct file_attributes *ret,
			    struct error *err) WARN_UNUSED;
/* Writes the conf file, replacing an existing one. */
int lineage_write_conf(const struct lineage *lineage, const struct strbuf *text,
		       const struct file_attributes *attributes, struct error *err) WARN_UNUSED;

/* The version in the name of an archive file of that kind ("cert12.pem": 12); 0 for any other
 * name. */
unsigned store_version_of(const char *file_name, enum store_kind kind);
/* The inverse: makes such a name, which the caller frees. */
char *store_version_name(enum store_kind kind, unsigned version);

/* Which kinds of file each version in an archive has. */
#define ALL_KINDS ((1U << STORE_KIND__COUNT) - 1)
struct inventory {
	struct inventory_entry {
		unsigned version, kinds; /* one bit per kind */
	} * entries;
	size_t count, capacity;
};
#define INVENTORY_INIT                                                                             \
	{                                                                                          \
		.count = 0                                                                         \
	}
void inventory_release(struct inventory *inventory);
DEFINE_AUTO(inventory, inventory_release);
/* Adds all files of the archive directory to `ret`, which the caller releases. */
int inventory_take(const char *archive_dir, struct inventory *ret, struct error *err) WARN_UNUSED;
/* The highest version that has any file; 0: none. */
unsigned inventory_highest(const struct inventory *inventory);

/* The name of a file until all four are complete. It is fixed for each kind, so that drafts left by
 * a crash can be found. The caller frees it. */
char *lineage_draft_name(enum store_kind kind);
/* True for the name of a draft, of a key draft that was set aside, or of the ballast. */
bool lineage_is_draft(const char *file_name);
#define LINEAGE_README "README"
/* True when a directory below live/ is empty, or holds only the README. */
bool lineage_has_only_readme(const char *live_dir);
/* A file that reserves disk space for everything that is not a draft. */
#define LINEAGE_BALLAST ".room.new"
/* Removes the ballast and the drafts other than the key's. That one stays, because a certificate
 * for it may have been issued but not stored. */
int lineage_remove_open_drafts(const struct folder *archive, struct error *err) WARN_UNUSED;
/* Writes the draft of the key; if it is there already, sets *ret_made to false. A complete draft of
 * another key is renamed. */
int lineage_draft_key(const struct folder *archive, const struct secret *key,
		      const struct file_attributes *attributes, bool *ret_made,
		      struct error *err) WARN_UNUSED;
/* Mode and owner for the next key: those of the current key. */
int lineage_key_attributes(const struct lineage *lineage, struct file_attributes *ret,
			   struct error *err) WARN_UNUSED;
/* True when the directory holds nothing but drafts, or nothing at all. */
bool lineage_has_only_drafts(const char *archive_dir);

/* Writes the four files of a generation into an archive directory. The key gets the given
 * attributes, the other files 0644 less the umask. After a failure lineage_settle() continues. */
int lineage_write_generation(const struct folder *archive, unsigned version,
			     const struct lineage_generation *generation,
			     const struct file_attributes *key_attributes,
			     struct error *err) WARN_UNUSED;
/* Handles drafts left by a crash or an error. If they make a complete generation, perhaps with
 * files that have their names already, they get theirs; otherwise they are removed, except the
 * key's. */
int lineage_settle(const char *archive_dir, struct error *err) WARN_UNUSED;
/* ERR_REFUSED unless the key matches the certificate. */
int lineage_check_generation(const struct lineage_generation *generation,
			     struct error *err) WARN_UNUSED;

/* Like lineage_cert(), for callers that have already read the file. */
int lineage_cert_of(struct lineage *lineage, const struct strbuf *pem, const struct cert **ret_cert,
		    struct error *err) WARN_UNUSED;
/* Reads a certificate file; the caller frees the result. */
int lineage_read_cert_file(const char *path, struct cert **ret_cert, struct error *err) WARN_UNUSED;
/* Reads a key file; the caller frees the result. */
int lineage_read_key_file(const char *path, struct key **ret_key, struct error *err) WARN_UNUSED;

/* An unfinished operation on a lineage, recorded in renewal/.NAME.part before the first file
 * changes. lineage_journal_remove() ends it. */
enum lineage_task {
	LINEAGE_CREATION,
	LINEAGE_DELETION,
};
/* Records the start of a task. ERR_EXISTS when there is a file of that name. */
int lineage_journal_write(const struct lineage *lineage, enum lineage_task task,
			  const struct file_attributes *attributes, struct error *err) WARN_UNUSED;
/* Reads the record: the lineage as it is or was meant to be, which the caller frees. ERR_NOT_FOUND;
 * ERR_PARSE when the contents do not prove that we wrote the file about this lineage. */
int lineage_journal_read(const char *config_dir, const char *name, struct lineage **ret_lineage,
			 enum lineage_task *ret_task, struct error *err) WARN_UNUSED;
/* Removes the record. */
int lineage_journal_remove(const struct lineage *lineage, struct error *err) WARN_UNUSED;

/* Which files of a lineage are used by other lineages. */
struct lineage_sharing {
	unsigned links;      /* bits of kinds */
	bool archive;        /* its directory or something in it */
	struct strvec names; /* of those lineages */
};
void lineage_sharing_release(struct lineage_sharing *sharing);
DEFINE_AUTO(lineage_sharing, lineage_sharing_release);
/* Finds out which files of the lineage others use. Adds to `ret`, which the caller releases. */
int lineage_find_sharing(const struct lineage *lineage, struct lineage_sharing *ret,
			 struct error *err) WARN_UNUSED;

/* Completes a recorded creation or, if the certificate is not on disk, undoes all of it except the
 * key. *ret_stored says which. */
int lineage_finish_creation(struct lineage *lineage, bool *ret_stored,
			    struct error *err) WARN_UNUSED;
/* Removes the files of a lineage whose conf is gone, then the record. */
int lineage_finish_deletion(const struct lineage *lineage, struct strvec *ret_sharers,
			    struct error *err) WARN_UNUSED;
/* Removes the four links, and their directory if it holds nothing else. */
int lineage_remove_live(const struct lineage *lineage, struct error *err) WARN_UNUSED;

/* Removes what an interrupted switch left in live/ of a lineage whose conf and archive are gone;
 * Certbot's `delete` does not know our twin directory. Links that point to something are kept. */
int lineage_sweep_switch(const struct lineage *lineage, struct error *err) WARN_UNUSED;

#endif
