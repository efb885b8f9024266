/*
 * Every path below the config directory comes from here. Names with separators, "." and ".." and
 * empty names are refused, so nothing that came from outside can leave its directory.
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

/* ERR_CONFIG unless the text may name a lineage or an account. */
int store_check_name(const char *name, struct error *err) WARN_UNUSED;

/* All return heap paths. The name must have passed store_check_name(). */
char *store_renewal_dir(const char *config_dir);
char *store_renewal_path(const char *config_dir, const char *name); /* renewal/NAME.conf */
/* renewal/.NAME.part: what is under way with a lineage that is half made or half deleted. */
#define STORE_JOURNAL_SUFFIX ".part"
char *store_journal_path(const char *config_dir, const char *name);
char *store_archive_base(const char *config_dir);                  /* archive */
char *store_archive_dir(const char *config_dir, const char *name); /* archive/NAME */
char *store_live_base(const char *config_dir);                     /* live */
char *store_live_dir(const char *config_dir, const char *name);    /* live/NAME */
char *store_live_path(const char *config_dir, const char *name, enum store_kind kind);
char *store_hooks_dir(const char *config_dir, const char *which); /* renewal-hooks/pre ... */
char *store_accounts_dir(const char *config_dir, const char *server_path);

#endif
