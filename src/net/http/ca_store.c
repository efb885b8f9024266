/*
 * The directory of CA certificates (see ca_store.h), in the layout of `openssl rehash`.
 *
 * Debian's has some 150 links: two steps each, and nearly all end in one directory of the package.
 * The sandbox's rule for a file costs five system calls and is copied for each process, which was a
 * tenth of what it takes to obtain a certificate; a rule for that directory costs nothing to speak
 * of. It may be given only where no key and nothing of ours can be.
 *
 * Looking at all links takes as long again (their inodes are in no processor's cache). That is left
 * for later where there are no more links than the package has certificates, as where nobody has
 * added one.
 */
#include "net/http/ca_store.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/error.h"
#include "os/file/file.h"
#include "os/file/folder.h"

enum {
	HASH_LEN = 8, /* hexadecimal digits */
	MAX_FILES = 4096,
	MAX_HOPS = 4,
	/* Links that may lead elsewhere before all are looked at. */
	MAX_FIRST_LOOKS = 4,
};

/* update-ca-certificates takes files of this name only, and nothing else may lie in a public
 * directory. */
static const char certificate_suffix[] = ".crt";

struct store_walk {
	struct folder folder;
	const char *public_root;
	struct strvec private_dirs; /* seen, and not public */
	size_t public_count;        /* files in the last public one */
};

static void store_walk_release(struct store_walk *walk)
{
	folder_release(&walk->folder);
	strvec_release(&walk->private_dirs);
}
DEFINE_AUTO(store_walk, store_walk_release);

void ca_store_release(struct ca_store *store)
{
	strvec_release(&store->files);
	strvec_release(&store->dirs);
}

/* OpenSSL opens HASH.N by the hash of the subject and looks at nothing else in the directory. */
static bool is_hash_name(const char *name)
{
	return strspn(name, "0123456789abcdef") == HASH_LEN && name[HASH_LEN] == '.' &&
	       ascii_is_digit(name[HASH_LEN + 1]);
}

/* Where the links end that stay in the folder: the text of the one that leaves it, or NULL. */
static char *find_way_out(const struct folder *folder, const char *name)
{
	AUTO_FREE char *target = folder_link_target(folder, name);

	for (int hops = 0; target && !strchr(target, '/'); hops++) {
		char *next = hops < MAX_HOPS ? folder_link_target(folder, target) : NULL;

		free(target);
		target = next;
	}
	return STEAL(target);
}

/* Each directory is looked at once: links to it are many. */
static bool is_in_public_dir(struct store_walk *walk, const char *path, struct strvec *dirs)
{
	AUTO_FREE char *dir = path_dirname(path);

	if (!str_starts(path, walk->public_root) || !str_ends(path, certificate_suffix) ||
	    strvec_contains(&walk->private_dirs, dir))
		return false;
	if (strvec_contains(dirs, dir))
		return true;
	if (!dir_is_public(dir, certificate_suffix, &walk->public_count))
		strvec_push(&walk->private_dirs, dir);
	else
		strvec_push(dirs, dir);
	return strvec_contains(dirs, dir);
}

/* Opens the directory and lists it. Without one there is only the file of all certificates. */
static bool open_store(const char *dir, struct store_walk *walk, struct strvec *ret_names)
{
	AUTO(error) struct error absent = ERROR_INIT;

	return folder_open(dir, &walk->folder, &absent) == 0 &&
	       folder_list(&walk->folder, ret_names, &absent) == 0;
}

/* Adds the public directory that a link leads to. Returns false if it leads elsewhere. */
static bool add_public_dir(struct store_walk *walk, const char *name, struct strvec *dirs)
{
	AUTO_FREE char *target = find_way_out(&walk->folder, name);

	return target && is_in_public_dir(walk, target, dirs);
}

void ca_store_add_hashed(struct ca_store *store, const char *dir, const char *public_root)
{
	AUTO(store_walk) struct store_walk walk = {
		.folder = FOLDER_INIT, .public_root = public_root, .private_dirs = STRVEC_INIT};
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (!open_store(dir, &walk, &names))
		return;
	for (size_t i = 0; i < names.count && i < MAX_FILES; i++)
		if (is_hash_name(names.items[i]) &&
		    !add_public_dir(&walk, names.items[i], &store->dirs))
			strvec_give(&store->files, path_join(dir, names.items[i]));
}

bool ca_store_add_package(struct ca_store *store, const char *dir, const char *public_root)
{
	AUTO(store_walk) struct store_walk walk = {
		.folder = FOLDER_INIT, .public_root = public_root, .private_dirs = STRVEC_INIT};
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(strvec) struct strvec dirs = STRVEC_INIT;
	size_t links = 0;

	if (!open_store(dir, &walk, &names))
		return false;
	for (size_t i = 0; i < names.count; i++) {
		if (!is_hash_name(names.items[i]))
			continue;
		if (links++ < MAX_FIRST_LOOKS && !dirs.count)
			add_public_dir(&walk, names.items[i], &dirs);
	}
	if (dirs.count != 1 || links > walk.public_count)
		return false;
	strvec_extend(&store->dirs, &dirs);
	return true;
}
