/*
 * Every path below the config directory comes from here. Empty names, "." and "..", and names with
 * separators are refused, so that no name from outside can escape its directory.
 */
#ifndef STORE_PATHS_H
#define STORE_PATHS_H

#include "base/error.h"

/* The four files of a lineage. */
enum store_kind {
	STORE_CERT,
	STORE_PRIVKEY,
	STORE_CHAIN,
	STORE_FULLCHAIN,
	STORE_KIND__COUNT,
};
/* "cert", "privkey", "chain", "fullchain"; static. */
const char *store_kind_name(enum store_kind kind);

/* The version in the name of an archive file of that kind ("cert12.pem": 12); 0 for any other
 * name. */
unsigned store_version_of(const char *file_name, enum store_kind kind);
/* The inverse: makes such a name, which the caller frees. */
char *store_version_name(enum store_kind kind, unsigned version);
/* The same for the files of a second key (store/lineage/second.c), whose names have a suffix:
 * "cert-rsa12.pem". With the suffix "" they are the two above. */
unsigned store_suffixed_version_of(const char *file_name, enum store_kind kind, const char *suffix);
/* The inverse of that; the caller frees the name. */
char *store_suffixed_version_name(enum store_kind kind, const char *suffix, unsigned version);

/* ERR_CONFIG unless the text can name a lineage or an account. */
int store_check_name(const char *name, struct error *err) WARN_UNUSED;

/* The following return paths that the caller frees. Names must have passed store_check_name(). */
char *store_renewal_dir(const char *config_dir);
/* renewal/NAME.conf */
char *store_renewal_path(const char *config_dir, const char *name);
/* The record of a lineage that is half created or half deleted. */
#define STORE_JOURNAL_SUFFIX ".part"
/* renewal/.NAME.part */
char *store_journal_path(const char *config_dir, const char *name);
/* archive */
char *store_archive_base(const char *config_dir);
/* archive/NAME */
char *store_archive_dir(const char *config_dir, const char *name);
/* live */
char *store_live_base(const char *config_dir);
/* live/NAME */
char *store_live_dir(const char *config_dir, const char *name);
/* live/NAME/KIND.pem */
char *store_live_path(const char *config_dir, const char *name, enum store_kind kind);
/* renewal-hooks/WHICH, where `which` is "pre", "deploy" or "post". */
char *store_hooks_dir(const char *config_dir, const char *which);
/* accounts/SERVER_PATH */
char *store_accounts_dir(const char *config_dir, const char *server_path);

#endif
