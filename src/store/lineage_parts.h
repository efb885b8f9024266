/*
 * What the files behind lineage.h share; nobody outside store/ includes this.
 */
#ifndef STORE_LINEAGE_PARTS_H
#define STORE_LINEAGE_PARTS_H

#include <stdbool.h>

#include "os/file/folder.h"
#include "store/lineage.h"

/* Far above any certificate, key or conf. */
#define LINEAGE_MAX_FILE ((size_t)1 << 20)

struct lineage {
	char *config_dir;
	char *name;
	char *conf_path;
	char *archive_dir;
	char *live_dir;
	char *paths[STORE_KIND__COUNT];   /* of the links, from the conf */
	char *targets[STORE_KIND__COUNT]; /* their texts */
	unsigned current;                 /* generation that all links show, at least; 0: none */
	bool is_mixed;                    /* the links show files of different generations */
	bool is_unborn;                   /* to be made: there is no conf yet */
	bool has_journal;                 /* ours, of this run */
	bool made_key_draft;              /* in this run, for a certificate that is not there */
	struct ini *conf;
	struct strbuf conf_text; /* as it is on disk */
	struct cert *cert;       /* NULL: not read yet */
	struct folder live; /* directory of the links, while a walk looks at them; else closed */
};

/* Reads conf and paths; links are not looked at. Same errors as lineage_open(). */
int lineage_load(const char *config_dir, const char *name, struct lineage **ret_lineage,
		 struct error *err) WARN_UNUSED;
/* Parses a conf that is named otherwise, such as the record of an unfinished lineage. */
int lineage_load_from(const char *config_dir, const char *name, const char *conf_path,
		      struct lineage **ret_lineage, struct error *err) WARN_UNUSED;
/* lineage_open() for one that needs no repair; NULL in *ret_lineage: it may need it. Changes and
 * logs nothing, so that several threads may do this at once. `live` is left open: the caller
 * releases it. `unchecked`: bits of the kinds (1 << STORE_CERT) whose links may lead nowhere; the
 * caller reads the files, and where that fails asks lineage_read_links() for the reason. */
int lineage_open_clean(const char *config_dir, const char *name, unsigned unchecked,
		       struct lineage **ret_lineage, struct error *err) WARN_UNUSED;
/* Reads the four links again and checks that they lead to files. ERR_PARSE. */
int lineage_read_links(struct lineage *lineage, struct error *err) WARN_UNUSED;

/* The conf of a lineage: version, archive_dir and paths where they are missing. ERR_CONFIG for a
 * path that a conf cannot express. */
int lineage_fill_conf(struct lineage *lineage, struct error *err) WARN_UNUSED;
/* Mode and owner of the present conf. */
int lineage_conf_attributes(const struct lineage *lineage, struct file_attributes *ret,
			    struct error *err) WARN_UNUSED;
/* Replaces the conf file, or makes it. */
int lineage_write_conf(const struct lineage *lineage, const struct strbuf *text,
		       const struct file_attributes *attributes, struct error *err) WARN_UNUSED;

/* Number of an archive file of the kind ("cert12.pem": 12); 0 for any other name. */
unsigned store_version_of(const char *file_name, enum store_kind kind);
/* Name of such a file. Heap. */
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
int inventory_take(const char *archive_dir, struct inventory *ret, struct error *err) WARN_UNUSED;
/* The highest version of which there is any file; 0: none. */
unsigned inventory_highest(const struct inventory *inventory);

/* What a file is called until all four are there: a name for each kind, so that what a crash leaves
 * is found. Heap. */
char *lineage_draft_name(enum store_kind kind);
bool lineage_is_draft(const char *file_name);
#define LINEAGE_README "README"
/* Is there nothing in a directory below live/ but, at most, what says what it is for? */
bool lineage_has_only_readme(const char *live_dir);
/* What holds room for everything that is not a draft. */
#define LINEAGE_BALLAST ".room.new"
/* Removes the drafts and the ballast. The key's stays: it may be that of a certificate that was
 * issued and could not be stored. */
int lineage_remove_open_drafts(const struct folder *archive, struct error *err) WARN_UNUSED;
/* Makes the draft of the key, unless it is there already (*ret_made: false). Another key's, if it
 * is whole, gets another name. */
int lineage_draft_key(const struct folder *archive, const struct secret *key,
		      const struct file_attributes *attributes, bool *ret_made,
		      struct error *err) WARN_UNUSED;
/* Rights of the next key: those of the present one. */
int lineage_key_attributes(const struct lineage *lineage, struct file_attributes *ret,
			   struct error *err) WARN_UNUSED;
/* True for an empty directory, too. */
bool lineage_has_only_drafts(const char *archive_dir);

/* The four files of a generation in a new archive directory, or in one with others. The key's
 * attributes are given, the rest is 0644 less the umask. After a failure lineage_settle() goes on
 * from what is there. */
int lineage_write_generation(const struct folder *archive, unsigned version,
			     const struct lineage_generation *generation,
			     const struct file_attributes *key_attributes,
			     struct error *err) WARN_UNUSED;
/* Gives the drafts that were left by a crash or an error their names when they make a whole
 * generation, perhaps with files that have theirs; else removes them, but for the key's. */
int lineage_settle(const char *archive_dir, struct error *err) WARN_UNUSED;
/* ERR_REFUSED unless the key fits the certificate. */
int lineage_check_generation(const struct lineage_generation *generation,
			     struct error *err) WARN_UNUSED;

/* lineage_cert() for who has read the file already. */
int lineage_cert_of(struct lineage *lineage, const struct strbuf *pem, const struct cert **ret_cert,
		    struct error *err) WARN_UNUSED;
/* Reads a certificate or key file. */
int lineage_read_cert_file(const char *path, struct cert **ret_cert, struct error *err) WARN_UNUSED;
int lineage_read_key_file(const char *path, struct key **ret_key, struct error *err) WARN_UNUSED;

/* What is under way with a lineage, on record in renewal/.NAME.part before its first file changes.
 * Every record ends with lineage_journal_remove(). */
enum lineage_task {
	LINEAGE_CREATION,
	LINEAGE_DELETION,
};
/* ERR_EXISTS: there is a file of that name. */
int lineage_journal_write(const struct lineage *lineage, enum lineage_task task,
			  const struct file_attributes *attributes, struct error *err) WARN_UNUSED;
/* The lineage as it is or was meant to be. ERR_NOT_FOUND, ERR_PARSE: the file does not prove by
 * what it says that we wrote it about the lineage of this name. */
int lineage_journal_read(const char *config_dir, const char *name, struct lineage **ret_lineage,
			 enum lineage_task *ret_task, struct error *err) WARN_UNUSED;
int lineage_journal_remove(const struct lineage *lineage, struct error *err) WARN_UNUSED;

/* What other lineages use of one's files. */
struct lineage_sharing {
	unsigned links;      /* bits of kinds */
	bool archive;        /* its directory or something in it */
	struct strvec names; /* of those lineages */
};
void lineage_sharing_release(struct lineage_sharing *sharing);
DEFINE_AUTO(lineage_sharing, lineage_sharing_release);
int lineage_find_sharing(const struct lineage *lineage, struct lineage_sharing *ret,
			 struct error *err) WARN_UNUSED;

/* Makes whole what is on record as begun, or, where the certificate is not on disk, takes it back
 * but for the key. *ret_stored: which of the two. */
int lineage_finish_creation(struct lineage *lineage, bool *ret_stored,
			    struct error *err) WARN_UNUSED;
/* Removes the files of a lineage whose conf is gone, and then the record. */
int lineage_finish_deletion(const struct lineage *lineage, struct strvec *ret_sharers,
			    struct error *err) WARN_UNUSED;
/* Removes the four links, and their directory if nothing else is in it. */
int lineage_remove_live(const struct lineage *lineage, struct error *err) WARN_UNUSED;

/* Removes what a switch of the links that was cut short has left in live/ of a lineage whose conf
 * and archive are gone: Certbot's `delete` does not know the twin. Links that lead somewhere are
 * kept. */
int lineage_sweep_switch(const struct lineage *lineage, struct error *err) WARN_UNUSED;

#endif
