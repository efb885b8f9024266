/*
 * The directory of CA certificates (see ca_store.h), in the layout of `openssl rehash`.
 */
#include "net/http/ca_store.h"

#include <string.h>

#include "base/ascii.h"
#include "base/error.h"
#include "os/file/file.h"

enum {
	HASH_LEN = 8, /* hexadecimal digits */
	MAX_FILES = 4096,
};

/* OpenSSL opens HASH.N by the hash of the subject and looks at nothing else in the directory. */
static bool is_hash_name(const char *name)
{
	return strspn(name, "0123456789abcdef") == HASH_LEN && name[HASH_LEN] == '.' &&
	       ascii_is_digit(name[HASH_LEN + 1]);
}

/* The sandbox needs the files by name: allowing the directory would allow what it links to only if
 * that is inside. */
void ca_store_list_hashed(const char *dir, struct strvec *ret_files)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error absent = ERROR_INIT;

	if (dir_list(dir, "", &names, &absent) < 0)
		error_release(&absent);
	for (size_t i = 0; i < names.count && i < MAX_FILES; i++)
		if (is_hash_name(names.items[i]))
			strvec_give(ret_files, path_join(dir, names.items[i]));
}
