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
	struct ini *conf;
	struct strbuf conf_text; /* as it is on disk */
	struct cert *cert;       /* NULL: not read yet */
	struct folder live; /* directory of the links, while a walk looks at them; else closed */
};

/* Reads conf and paths; links are not looked at. Same errors as lineage_open(). */
int lineage_load(const char *config_dir, const char *name, struct lineage **ret_lineage,
		 struct error *err) WARN_UNUSED;
/* Parses a conf that is named otherwise, such as that of an unfinished lineage. */
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

/* Number of an archive file of the kind ("cert12.pem": 12); 0 for any other name. */
unsigned store_version_of(const char *file_name, enum store_kind kind);
/* Name of such a file. Heap. */
char *store_version_name(enum store_kind kind, unsigned version);

/* The four files of a generation in a new archive directory, or in one with others. The key's
 * attributes are given, the rest is 0644 less the umask. A failure leaves none of them. */
struct file_attributes;
int lineage_write_generation(const struct folder *archive, unsigned version,
			     const struct lineage_generation *generation,
			     const struct file_attributes *key_attributes,
			     struct error *err) WARN_UNUSED;
/* ERR_REFUSED unless the key fits the certificate. */
int lineage_check_generation(const struct lineage_generation *generation,
			     struct error *err) WARN_UNUSED;

/* lineage_cert() for who has read the file already. */
int lineage_cert_of(struct lineage *lineage, const struct strbuf *pem, const struct cert **ret_cert,
		    struct error *err) WARN_UNUSED;
/* Reads a certificate or key file. */
int lineage_read_cert_file(const char *path, struct cert **ret_cert, struct error *err) WARN_UNUSED;
int lineage_read_key_file(const char *path, struct key **ret_key, struct error *err) WARN_UNUSED;

/* Removes what renewal/NAME.part names, and then that file: the rest of a lineage that a crash left
 * half made or half deleted. */
int lineage_sweep(const char *config_dir, const char *name, struct error *err) WARN_UNUSED;
/* Removes what a switch of the links that was cut short has left in live/ of a lineage whose conf
 * and archive are gone: Certbot's `delete` does not know the twin. Links that lead somewhere are
 * kept. */
int lineage_sweep_switch(const struct lineage *lineage, struct error *err) WARN_UNUSED;

#endif
