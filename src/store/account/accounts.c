/*
 * Finds, loads and deletes accounts (see accounts.h). A change of key that was interrupted is
 * finished first.
 */
#include "store/account/accounts.h"

#include "base/alloc.h"
#include "base/log.h"
#include "codec/url.h"
#include "os/file/file.h"
#include "store/account/account_key.h"
#include "store/account/account_links.h"
#include "store/account/account_parts.h"
#include "store/paths.h"

/* Loads from the server's directory or from that of a predecessor, which is then linked. A changed
 * id is followed: confs written before the change, or restored from a backup, still name the old
 * one. */
static int load_account(const char *config_dir, const char *server_path, const char *id,
			struct account **ret_account, struct error *err)
{
	AUTO_FREE char *base = store_accounts_dir(config_dir, server_path);
	AUTO_FREE char *dir = path_join(base, id);
	AUTO_FREE char *new_id = NULL;
	const char *older = account_predecessor(server_path);

	if (file_is_dir(dir)) {
		if (account_settle_key(config_dir, server_path, id, &new_id, err) < 0)
			return err->code;
		return new_id ? load_account(config_dir, server_path, new_id, ret_account, err)
			      : account_load_from(dir, id, ret_account, err);
	}
	if (!older)
		return error_set(err, ERR_NOT_FOUND, "Account at %s does not exist", dir);
	if (load_account(config_dir, older, id, ret_account, err) < 0)
		return err->code;
	if (account_link_predecessor(config_dir, server_path, id, err) == 0)
		return 0;
	account_free(STEAL(*ret_account));
	return err->code;
}

int account_load(const struct account_place *place, const char *id, struct account **ret_account,
		 struct error *err)
{
	AUTO_FREE char *server_path = url_server_path(place->server_url, err);

	if (!server_path || store_check_name(id, err) < 0)
		return err->code;
	return load_account(place->config_dir, server_path, id, ret_account, err);
}

/* True when the entry is an account that can be loaded. A directory without the files is left over
 * from something, not worth a warning; anything else may be the account that the user expects to be
 * used. */
static bool is_loadable(const char *dir, const char *id)
{
	AUTO_FREE char *path = path_join(dir, id);
	AUTO(account) struct account *account = NULL;
	AUTO(error) struct error broken = ERROR_INIT;

	if (!file_is_dir(path))
		return false;
	if (account_load_from(path, id, &account, &broken) == 0)
		return true;
	/* Without a word, the next thing would be a new account. */
	if (broken.code == ERR_NOT_FOUND)
		log_debug("skipping account: %s", broken.text);
	else
		log_warning("The account '%s' is ignored: %s", id, broken.text);
	return false;
}

static int list_loadable(const char *config_dir, const char *server_path, struct strvec *ret_ids,
			 struct error *err)
{
	AUTO_FREE char *dir = store_accounts_dir(config_dir, server_path);
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	account_sweep(config_dir, server_path);
	if (!file_is_dir(dir))
		return 0;
	if (dir_list(dir, "", &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++) {
		const char *id = names.items[i];
		AUTO_FREE char *new_id = NULL;

		if (id[0] == '.') /* as it is being made */
			continue;
		if (account_settle_key(config_dir, server_path, id, &new_id, err) < 0)
			return err->code;
		if (!new_id && is_loadable(dir, id))
			strvec_push(ret_ids, id);
	}
	return 0;
}

/* The predecessor is asked only if there is none here, as in Certbot. */
static int list_accounts(const char *config_dir, const char *server_path, struct strvec *ret_ids,
			 struct error *err)
{
	const char *older = account_predecessor(server_path);

	if (list_loadable(config_dir, server_path, ret_ids, err) < 0)
		return err->code;
	if (ret_ids->count || !older)
		return 0;
	if (list_accounts(config_dir, older, ret_ids, err) < 0)
		return err->code;
	return ret_ids->count ? account_link_predecessor(config_dir, server_path, NULL, err) : 0;
}

int account_list(const struct account_place *place, struct strvec *ret_ids, struct error *err)
{
	AUTO_FREE char *server_path = url_server_path(place->server_url, err);
	AUTO(strvec) struct strvec ids = STRVEC_INIT;

	if (!server_path || list_accounts(place->config_dir, server_path, &ids, err) < 0)
		return err->code;
	strvec_extend(ret_ids, &ids);
	return 0;
}

int account_delete(const struct account_place *place, const char *id, struct error *err)
{
	AUTO_FREE char *server_path = url_server_path(place->server_url, err);
	AUTO_FREE char *base = NULL, *dir = NULL;

	if (!server_path || store_check_name(id, err) < 0)
		return err->code;
	base = store_accounts_dir(place->config_dir, server_path);
	dir = path_join(base, id);
	if (!file_is_dir(dir))
		return error_set(err, ERR_NOT_FOUND, "Account at %s does not exist", dir);
	return account_remove_dir(place->config_dir, server_path, id, err);
}
