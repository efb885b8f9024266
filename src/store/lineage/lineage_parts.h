/*
 * What the files behind lineage.h share. Used by store/ only.
 */
#ifndef STORE_LINEAGE_LINEAGE_PARTS_H
#define STORE_LINEAGE_LINEAGE_PARTS_H

#include <stdbool.h>

#include "os/file/folder.h"
#include "store/lineage/lineage.h"
#include "store/lineage/live.h"

/* Far above any certificate, key or conf. */
#define LINEAGE_MAX_FILE ((size_t)1 << 20)

struct lineage {
	char *config_dir;
	char *name;
	char *conf_path;
	char *archive_dir;
	char *live_dir;
	const char *suffix;               /* of its files' names; static */
	struct lineage *second;           /* its companion (second.c); NULL: none */
	const struct lineage *first;      /* of a companion: whose it is, and whose conf it has */
	char *paths[STORE_KIND__COUNT];   /* paths of the links, from the conf */
	char *targets[STORE_KIND__COUNT]; /* their texts */
	unsigned current;    /* the oldest generation that the links point to; 0: none */
	unsigned added;      /* generation that was added in this run; 0: none */
	bool is_mixed;       /* the links point to different generations */
	bool is_unborn;      /* being created: there is no conf yet */
	bool has_journal;    /* ours, of this run */
	bool made_key_draft; /* in this run, for a certificate that is not there */
	bool syncs_later;    /* one of many that are made together (lineage_page.h) */
	mode_t file_mode;    /* of its new files but the key; 0: lineage_file_mode() asks */
	struct ini *conf;
	struct strbuf conf_text;      /* as it is on disk */
	struct cert *cert;            /* NULL: not read yet */
	struct lineage_observer made; /* who has not been told yet that it exists */
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
 * those files and, if that fails, gets the reason from lineage_read_links(). With LINEAGE_AS_IT_IS,
 * no repair is thought of: traces of an interrupted switch are not looked for. */
#define LINEAGE_AS_IT_IS (1U << STORE_KIND__COUNT)
int lineage_open_clean(const char *config_dir, const char *name, unsigned unchecked,
		       struct lineage **ret_lineage, struct error *err) WARN_UNUSED;
/* Its links, and those of its companion: what live.h takes. */
struct live_links lineage_links_of(const struct lineage *lineage);
/* live_recover() of them. */
int lineage_recover_links(const struct lineage *lineage, struct error *err) WARN_UNUSED;
/* Reads the links again and checks that the first four point to files. ERR_PARSE. */
int lineage_read_links(struct lineage *lineage, struct error *err) WARN_UNUSED;

/* Opens a directory for changes that belong to the lineage. The caller releases it. */
int lineage_open_folder(const struct lineage *lineage, const char *path, struct folder *ret_folder,
			struct error *err) WARN_UNUSED;
/* Mode of a new file other than the key: 0644 less the umask. */
mode_t lineage_file_mode(const struct lineage *lineage);
/* Mode of a new conf or record: the same, but for the owner only when an option in it is secret. */
mode_t lineage_conf_mode(const struct lineage *lineage);
/* This mode, without the rights of others when the conf holds a secret. */
mode_t lineage_close_mode(const struct lineage *lineage, mode_t mode);

/* Suffixes of all files of lineages, the first's "" before the others; ends with NULL. */
extern const char *const lineage_suffixes[];
/* Makes the companion that the conf names (second.c), without reading its links. */
void lineage_attach_second(struct lineage *lineage);
/* Reads the companion's links. Whatever is wrong with them, the first is not: a companion that
 * cannot be used has no generation. */
void lineage_read_second(struct lineage *lineage);
/* The newest whole generation of the companion that goes with that one of the first; 0: none. */
unsigned lineage_second_version(const struct lineage *lineage, unsigned version);

/* Sets the error for a link that is missing or not a link, with what to do about it. */
int lineage_refuse_link(const struct lineage *lineage, enum store_kind kind, struct error *err);
/* The text of a link to a file in the archive, which the caller frees. */
char *lineage_archive_target(const struct lineage *lineage, enum store_kind kind,
			     unsigned version) WARN_UNUSED;

/* Like lineage_cert(), for callers that have already read the file. */
int lineage_cert_of(struct lineage *lineage, const struct strbuf *pem, const struct cert **ret_cert,
		    struct error *err) WARN_UNUSED;
/* Reads a certificate file into an empty buffer and parses it; the caller frees the certificate. */
int lineage_read_cert_file(const char *path, struct strbuf *ret_pem, struct cert **ret_cert,
			   struct error *err) WARN_UNUSED;
/* Reads a key file; the caller frees the result. */
int lineage_read_key_file(const char *path, struct key **ret_key, struct error *err) WARN_UNUSED;

#endif
