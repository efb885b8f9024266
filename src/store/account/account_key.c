/*
 * Changing the key of an account, which changes its id (see account_key.h). The new key waits as
 * next_key.json in the old directory. Once the directory of the new id exists, the CA has accepted
 * the key, and the rest needs no network: updating the confs, then removing the old directory.
 */
#include "store/account/account_key.h"

#include <string.h>

#include "base/alloc.h"
#include "codec/url.h"
#include "os/file/folder.h"
#include "store/account/account_links.h"
#include "store/account/account_parts.h"
#include "store/lineage/lineage_conf.h"
#include "store/paths.h"

/* Certbot ignores a file that it does not know, so it goes on using the old key until the change is
 * finished. */
#define STAGED_FILE "next_key.json"

static char *dir_of(const char *config_dir, const char *server_path, const char *id)
{
	AUTO_FREE char *base = store_accounts_dir(config_dir, server_path);

	return path_join(base, id);
}

static int open_account_dir(const struct account_place *place, const struct account *account,
			    struct folder *ret_folder, struct error *err)
{
	AUTO_FREE char *server_path = url_server_path(place->server_url, err);
	AUTO_FREE char *dir = NULL;

	if (!server_path)
		return err->code;
	dir = dir_of(place->config_dir, server_path, account->id);
	return folder_open(dir, ret_folder, err);
}

/* Durable before the CA is asked: once it has accepted the new key, the old one is refused, and
 * without the new one the account would be lost. */
int account_stage_key(const struct account_place *place, const struct account *account,
		      const struct key *key, struct error *err)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;

	if (open_account_dir(place, account, &folder, err) < 0 ||
	    folder_remove(&folder, STAGED_FILE, err) < 0 ||
	    account_write_key(&folder, STAGED_FILE, key, err) < 0)
		return err->code;
	return folder_sync(&folder, err);
}

int account_staged_key(const struct account_place *place, const struct account *account,
		       struct key **ret_key, struct error *err)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(error) struct error broken = ERROR_INIT;

	*ret_key = NULL;
	if (open_account_dir(place, account, &folder, err) < 0)
		return err->code;
	if (!folder_has(&folder, STAGED_FILE) ||
	    account_read_key(folder.path, STAGED_FILE, ret_key, &broken) == 0)
		return 0;
	/* Only partly written: the CA was not asked yet. */
	return broken.code == ERR_PARSE ? account_drop_staged_key(place, account, err)
					: error_move(err, &broken);
}

int account_drop_staged_key(const struct account_place *place, const struct account *account,
			    struct error *err)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;

	if (open_account_dir(place, account, &folder, err) < 0 ||
	    folder_remove(&folder, STAGED_FILE, err) < 0)
		return err->code;
	return folder_sync(&folder, err);
}

/* Confs first: with the old directory gone and a conf that still names it, renewals of that lineage
 * would fail. */
static int leave_old_id(const char *config_dir, const char *server_path, const char *old_id,
			const char *new_id, struct error *err)
{
	const struct lineage_account_change change = {server_path, old_id, new_id};

	if (lineage_change_account(config_dir, &change, err) < 0 ||
	    account_remove_dir(config_dir, server_path, old_id, err) < 0)
		return error_wrap(err, "cannot finish changing the account key");
	return 0;
}

/* The new directory makes the change final (see above). What follows is repeated by
 * account_settle_key() if it is cut short. */
int account_replace_key(const struct account_place *place, struct account *account,
			struct key *own_key, struct error *err)
{
	AUTO(key) struct key *old_key = account->key;
	AUTO_FREE char *old_id = account->id;
	AUTO_FREE char *server_path = NULL;

	account->key = own_key;
	account->id = account_id_of_key(own_key);
	server_path = url_server_path(place->server_url, err);
	if (!server_path || account_save(place->config_dir, server_path, account, err) < 0)
		return err->code;
	return leave_old_id(place->config_dir, server_path, old_id, account->id, err);
}

/* Needs no network. While the new directory does not exist the CA has to be asked, which is done
 * when the account is opened (ca.c). */
int account_settle_key(const char *config_dir, const char *server_path, const char *id,
		       char **ret_new_id, struct error *err)
{
	AUTO_FREE char *dir = dir_of(config_dir, server_path, id);
	AUTO_FREE char *staged = path_join(dir, STAGED_FILE);
	AUTO_FREE char *new_id = NULL, *new_dir = NULL;
	AUTO(key) struct key *key = NULL;
	AUTO(error) struct error broken = ERROR_INIT;

	*ret_new_id = NULL;
	if (!file_exists(staged) || account_read_key(dir, STAGED_FILE, &key, &broken) < 0)
		return 0;
	new_id = account_id_of_key(key);
	new_dir = dir_of(config_dir, server_path, new_id);
	if (!file_is_dir(new_dir))
		return 0;
	if (leave_old_id(config_dir, server_path, id, new_id, err) < 0)
		return err->code;
	*ret_new_id = STEAL(new_id);
	return 0;
}
