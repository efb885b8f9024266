/*
 * The layout of the config directory (see paths.h), which is Certbot's.
 */
#include "store/paths.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "os/file/file.h"

const char *store_kind_name(enum store_kind kind)
{
	static const char *const names[] = {
		[STORE_CERT] = "cert",
		[STORE_PRIVKEY] = "privkey",
		[STORE_CHAIN] = "chain",
		[STORE_FULLCHAIN] = "fullchain",
	};

	STATIC_ASSERT(ARRAY_LEN(names) == STORE_KIND__COUNT, "one name per kind");
	return names[kind];
}

/* "cert01.pem" is not a version. Pruning and deletion go by this function, so a file that the user
 * made must not look like one of ours. */
unsigned store_suffixed_version_of(const char *file_name, enum store_kind kind, const char *suffix)
{
	const char *prefix = store_kind_name(kind);
	size_t len = strlen(file_name), head = strlen(prefix) + strlen(suffix);
	AUTO_FREE char *digits = NULL;
	int64_t version = 0;

	if (!str_starts(file_name, prefix) || !str_starts(file_name + strlen(prefix), suffix) ||
	    !str_ends(file_name, ".pem") || len <= head + strlen(".pem"))
		return 0;
	digits = xstrndup(file_name + head, len - head - strlen(".pem"));
	if (digits[0] == '0') /* not a number of ours, nor a name that store_version_name() makes */
		return 0;
	return str_to_int64(digits, 1, INT32_MAX, &version) ? (unsigned)version : 0;
}

char *store_suffixed_version_name(enum store_kind kind, const char *suffix, unsigned version)
{
	return xasprintf("%s%s%u.pem", store_kind_name(kind), suffix, version);
}

unsigned store_version_of(const char *file_name, enum store_kind kind)
{
	return store_suffixed_version_of(file_name, kind, "");
}

char *store_version_name(enum store_kind kind, unsigned version)
{
	return store_suffixed_version_name(kind, "", version);
}

/* Names come from the command line and from files in renewal/; each becomes part of a path that is
 * written and removed. */
int store_check_name(const char *name, struct error *err)
{
	if (name[0] && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
		return 0;
	return error_set(err, ERR_CONFIG, "'%s' cannot be used as a name", name);
}

/* BASE/FOLDER, or BASE/FOLDER/NAME with a suffix. */
static char *below(const char *base, const char *folder, const char *name, const char *suffix)
{
	AUTO_FREE char *dir = path_join(base, folder);
	AUTO_FREE char *entry = name ? xasprintf("%s%s", name, suffix) : NULL;

	return entry ? path_join(dir, entry) : STEAL(dir);
}

char *store_renewal_dir(const char *config_dir)
{
	return below(config_dir, "renewal", NULL, "");
}

char *store_renewal_path(const char *config_dir, const char *name)
{
	return below(config_dir, "renewal", name, ".conf");
}

char *store_journal_path(const char *config_dir, const char *name)
{
	AUTO_FREE char *hidden = xasprintf(".%s", name);

	return below(config_dir, "renewal", hidden, STORE_JOURNAL_SUFFIX);
}

char *store_archive_base(const char *config_dir)
{
	return below(config_dir, "archive", NULL, "");
}

char *store_archive_dir(const char *config_dir, const char *name)
{
	return below(config_dir, "archive", name, "");
}

char *store_live_base(const char *config_dir)
{
	return below(config_dir, "live", NULL, "");
}

char *store_live_dir(const char *config_dir, const char *name)
{
	return below(config_dir, "live", name, "");
}

char *store_live_path(const char *config_dir, const char *name, enum store_kind kind)
{
	AUTO_FREE char *dir = store_live_dir(config_dir, name);
	AUTO_FREE char *entry = xasprintf("%s.pem", store_kind_name(kind));

	return path_join(dir, entry);
}

char *store_hooks_dir(const char *config_dir, const char *which)
{
	return below(config_dir, "renewal-hooks", which, "");
}

char *store_accounts_dir(const char *config_dir, const char *server_path)
{
	return below(config_dir, "accounts", server_path, "");
}
