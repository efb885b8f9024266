/*
 * Accounts that two servers share: the directory of a CA's ACME v2 endpoint links to that of its v1
 * endpoint, as a whole or account by account.
 */
#include "store/account/account_links.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/file/file.h"
#include "store/paths.h"

/* An account that is being removed is renamed to this, a hidden name, so that nobody takes it for
 * an account. */
#define LEAVING ".old"

/* Certbot's LE_REUSE_SERVERS: accounts registered with ACME v1 are valid at v2. */
static const struct reuse {
	const char *server, *predecessor;
} reuses[] = {
	{"acme-v02.api.letsencrypt.org/directory", "acme-v01.api.letsencrypt.org/directory"},
	{"acme-staging-v02.api.letsencrypt.org/directory",
	 "acme-staging.api.letsencrypt.org/directory"},
};

const char *account_predecessor(const char *server_path)
{
	for (size_t i = 0; i < ARRAY_LEN(reuses); i++)
		if (strcmp(reuses[i].server, server_path) == 0)
			return reuses[i].predecessor;
	return NULL;
}

/* The inverse of account_predecessor(). */
static const char *successor_of(const char *server_path)
{
	for (size_t i = 0; i < ARRAY_LEN(reuses); i++)
		if (strcmp(reuses[i].predecessor, server_path) == 0)
			return reuses[i].server;
	return NULL;
}

static int replace_by_link(const char *dir, const char *target, struct error *err)
{
	int rc = file_is_symlink(dir) ? file_remove(dir, err) : dir_remove(dir, err);

	return rc < 0 ? rc : file_symlink(target, dir, err);
}

/* As a whole if the newer directory is still empty, so that both programs see one place; else
 * account by account. */
int account_link_predecessor(const char *config_dir, const char *server_path, const char *id,
			     struct error *err)
{
	AUTO_FREE char *dir = store_accounts_dir(config_dir, server_path);
	AUTO_FREE char *older = store_accounts_dir(config_dir, account_predecessor(server_path));
	AUTO_FREE char *target = path_absolute(older);
	AUTO_FREE char *link = NULL, *link_target = NULL;

	if (!file_exists(dir) || dir_is_empty(dir)) {
		AUTO_FREE char *parent = path_dirname(dir);

		if (dir_make(parent, 0700, err) < 0)
			return err->code;
		return replace_by_link(dir, target, err);
	}
	if (!id)
		return 0;
	link = path_join(dir, id);
	link_target = path_join(target, id);
	return file_symlink(link_target, link, err);
}

/* Path of a server's directory (no id) or of one account in it. */
static char *place_of(const char *config_dir, const char *server_path, const char *id)
{
	AUTO_FREE char *dir = store_accounts_dir(config_dir, server_path);
	AUTO_FREE char *path = id ? path_join(dir, id) : STEAL(dir);

	return path_absolute(path);
}

/* Removes the links that lead to the place, from the newest server on, and those by which it leads
 * further; `*ret_target` is the directory at the end. Links from the newer server first: one that
 * is left would lead nowhere. */
static int remove_links(const char *config_dir, const char *server_path, const char *id,
			char **ret_target, struct error *err)
{
	AUTO_FREE char *path = place_of(config_dir, server_path, id);
	const char *newer = successor_of(server_path);
	AUTO_FREE char *newer_path = newer ? place_of(config_dir, newer, id) : NULL;
	AUTO(error) struct error no_link = ERROR_INIT;
	AUTO_FREE char *newer_target = NULL;

	if (newer_path && file_read_link(newer_path, &newer_target, &no_link) == 0 &&
	    strcmp(newer_target, path) == 0)
		REPLACE(path, STEAL(newer_path));
	while (file_is_symlink(path)) {
		char *target = NULL;

		if (file_read_link(path, &target, err) < 0)
			return err->code;
		if (file_remove(path, err) < 0) {
			free(target);
			return err->code;
		}
		REPLACE(path, target);
	}
	*ret_target = STEAL(path);
	return 0;
}

static int remove_empty_server(const char *config_dir, const char *server_path, struct error *err)
{
	AUTO_FREE char *dir = store_accounts_dir(config_dir, server_path);
	AUTO_FREE char *target = NULL;

	if (!dir_is_empty(dir))
		return 0;
	if (remove_links(config_dir, server_path, NULL, &target, err) < 0)
		return err->code;
	return dir_remove(target, err);
}

static char *leaving_path(const char *dir)
{
	AUTO_FREE char *parent = path_dirname(dir);

	return path_join(parent, LEAVING);
}

/* The account goes in one step; its files follow. A rename is one step. Removing file by file would
 * leave, after a crash, an account that cannot be loaded. */
static int remove_account(const char *dir, struct error *err)
{
	AUTO_FREE char *leaving = leaving_path(dir);

	if (dir_remove_tree(leaving, err) < 0 || file_rename(dir, leaving, err) < 0)
		return err->code;
	return dir_remove_tree(leaving, err);
}

int account_remove_dir(const char *config_dir, const char *server_path, const char *id,
		       struct error *err)
{
	AUTO_FREE char *target = NULL;

	if (remove_links(config_dir, server_path, id, &target, err) < 0 ||
	    remove_account(target, err) < 0)
		return err->code;
	return remove_empty_server(config_dir, server_path, err);
}

void account_sweep(const char *config_dir, const char *server_path)
{
	AUTO_FREE char *dir = store_accounts_dir(config_dir, server_path);
	AUTO_FREE char *leaving = path_join(dir, LEAVING);
	AUTO(error) struct error err = ERROR_INIT;

	if (!file_is_dir(leaving))
		return;
	if (dir_remove_tree(leaving, &err) < 0 ||
	    remove_empty_server(config_dir, server_path, &err) < 0)
		log_debug("an account that was removed leaves files: %s", err.text);
}
