/*
 * An account: three JSON files in a directory named by the key (see account.h). A new directory is
 * filled under a temporary name and renamed when it is complete.
 */
#include "store/account/account.h"

#include <string.h>

#include "base/alloc.h"
#include "codec/datetime.h"
#include "codec/json.h"
#include "codec/url.h"
#include "crypto/digest.h"
#include "os/clock.h"
#include "os/file/folder.h"
#include "os/host.h"
#include "store/account/account_parts.h"
#include "store/paths.h"

#define KEY_FILE "private_key.json"
#define REGISTRATION_FILE "regr.json"
#define META_FILE "meta.json"
#define NEW_AUTHZ "new_authzr_uri"
/* Where a new account is assembled; hidden, so that it is not taken for an account. */
#define DRAFT ".new"

/* Far above any of the files. */
enum { MAX_FILE = 1 << 20 };

void account_free(struct account *account)
{
	if (!account)
		return;
	free(account->id);
	free(account->uri);
	free(account->new_authzr_uri);
	key_free(account->key);
	free(account->creation_host);
	free(account->creation_time);
	free(account);
}

/* MD5 of the public key's PEM text is Certbot's rule. It only names a directory, and confs refer to
 * it. */
char *account_id_of_key(const struct key *key)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(strbuf) struct strbuf id = STRBUF_INIT;

	key_public_pem(key, &pem);
	digest_hex(DIGEST_MD5, pem.text, pem.len, &id);
	return strbuf_detach(&id);
}

static int read_json(const char *dir, const char *name, struct json **ret_json, struct error *err)
{
	AUTO_FREE char *path = path_join(dir, name);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (file_read(path, MAX_FILE, &text, err) < 0)
		return err->code;
	if (json_parse(text.text, text.len, path, ret_json, err) < 0)
		return err->code;
	if (json_is_object(*ret_json))
		return 0;
	json_free(STEAL(*ret_json));
	return error_set(err, ERR_PARSE, "cannot use '%s': not a JSON object", path);
}

/* Only the URI is used. Certbot's own files have more, which CAs have changed over the years. */
static int read_registration(const char *dir, struct account *account, struct error *err)
{
	AUTO(json) struct json *json = NULL;
	AUTO_FREE char *path = path_join(dir, REGISTRATION_FILE);
	const char *uri = NULL;

	if (read_json(dir, REGISTRATION_FILE, &json, err) < 0 ||
	    json_get_string(json, path, "uri", &uri, err) < 0)
		return err->code;
	account->uri = xstrdup(uri);
	account->new_authzr_uri = xstrdup_or_null(json_text(json_member(json, NEW_AUTHZ)));
	return 0;
}

static int read_meta(const char *dir, struct account *account, struct error *err)
{
	AUTO(json) struct json *json = NULL;
	AUTO_FREE char *path = path_join(dir, META_FILE);
	const char *host = NULL, *time = NULL;

	if (read_json(dir, META_FILE, &json, err) < 0 ||
	    json_get_string(json, path, "creation_dt", &time, err) < 0 ||
	    json_get_string(json, path, "creation_host", &host, err) < 0)
		return err->code;
	account->creation_host = xstrdup(host);
	account->creation_time = xstrdup(time);
	return 0;
}

int account_read_key(const char *dir, const char *name, struct key **ret_key, struct error *err)
{
	AUTO_FREE char *path = path_join(dir, name);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	int rc = file_read(path, MAX_FILE, &text, err);

	if (rc == 0 && key_from_jwk(text.text, text.len, ret_key, err) < 0)
		rc = error_wrap(err, "cannot use '%s'", path);
	secret_wipe(text.text, text.len);
	return rc;
}

/* All three files are needed: without meta.json Certbot could not load it either. */
int account_load_from(const char *dir, const char *id, struct account **ret_account,
		      struct error *err)
{
	AUTO(account) struct account *account = XNEW(struct account);

	account->id = xstrdup(id);
	if (read_registration(dir, account, err) < 0 ||
	    account_read_key(dir, KEY_FILE, &account->key, err) < 0 ||
	    read_meta(dir, account, err) < 0)
		return error_wrap(err, "cannot load account '%s'", id);
	*ret_account = STEAL(account);
	return 0;
}

static void print_registration(const struct account *account, struct strbuf *out)
{
	AUTO(json) struct json *json = json_object_new();

	json_set(json, "body", json_object_new());
	json_set_string(json, "uri", account->uri);
	if (account->new_authzr_uri)
		json_set_string(json, NEW_AUTHZ, account->new_authzr_uri);
	json_print(json, JSON_PYTHON, out);
}

static void print_meta(const struct account *account, struct strbuf *out)
{
	AUTO(json) struct json *json = json_object_new();

	json_set_string(json, "creation_dt", account->creation_time);
	json_set_string(json, "creation_host", account->creation_host);
	json_print(json, JSON_PYTHON, out);
}

/* 0400 as in Certbot: nothing ever changes it in place. */
int account_write_key(const struct folder *folder, const char *name, const struct key *key,
		      struct error *err)
{
	const struct file_attributes attributes = {.mode = 0400};
	AUTO(secret) struct secret jwk = SECRET_INIT;

	key_to_jwk(key, &jwk);
	return folder_create(folder, name, span_make(secret_peek(&jwk), jwk.len), &attributes, err);
}

static int write_open_file(const struct folder *folder, const char *name,
			   const struct account *account,
			   void (*print)(const struct account *, struct strbuf *),
			   struct error *err)
{
	const struct file_attributes attributes = {.mode = folder_cut_by_umask(0644)};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	print(account, &text);
	return folder_create(folder, name, span_make(text.text, text.len), &attributes, err);
}

/* Makes the draft with the key, unless it is there with this key. A draft with the same key is that
 * of a registration that was interrupted after the CA had been asked: it is completed and not made
 * again. */
static int make_draft(const char *draft, const struct key *key, struct folder *ret_folder,
		      struct error *err)
{
	AUTO(key) struct key *kept = NULL;
	AUTO(error) struct error absent = ERROR_INIT;

	if (account_read_key(draft, KEY_FILE, &kept, &absent) == 0) {
		AUTO_FREE char *id = account_id_of_key(key);
		AUTO_FREE char *kept_id = account_id_of_key(kept);

		if (strcmp(id, kept_id) == 0)
			return folder_open(draft, ret_folder, err);
	}
	if (dir_remove_tree(draft, err) < 0 || dir_make(draft, 0700, err) < 0 ||
	    folder_open(draft, ret_folder, err) < 0 ||
	    account_write_key(ret_folder, KEY_FILE, key, err) < 0)
		return err->code;
	return folder_sync(ret_folder, err);
}

/* The key is on the disk before the CA is asked; the other two need its answer. The rename that
 * makes the account visible comes last, so an account is whole or not there. */
static int fill_draft(const char *draft, const struct account *account, struct error *err)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;

	if (make_draft(draft, account->key, &folder, err) < 0 ||
	    folder_remove(&folder, META_FILE, err) < 0 ||
	    folder_remove(&folder, REGISTRATION_FILE, err) < 0 ||
	    write_open_file(&folder, META_FILE, account, print_meta, err) < 0 ||
	    write_open_file(&folder, REGISTRATION_FILE, account, print_registration, err) < 0)
		return err->code;
	return folder_sync(&folder, err);
}

/* Directory of the server's accounts; NULL, with an error, for an address that names none. */
static char *base_of(const struct account_place *place, struct error *err)
{
	AUTO_FREE char *server_path = url_server_path(place->server_url, err);

	return server_path ? store_accounts_dir(place->config_dir, server_path) : NULL;
}

int account_keep_key(const struct account_place *place, const struct key *key, struct error *err)
{
	AUTO_FREE char *base = base_of(place, err);
	AUTO_FREE char *draft = base ? path_join(base, DRAFT) : NULL;
	AUTO(folder) struct folder folder = FOLDER_INIT;

	if (!draft || make_draft(draft, key, &folder, err) < 0)
		return error_wrap(err, "cannot store the key of the new account");
	return 0;
}

struct key *account_kept_key(const struct account_place *place)
{
	AUTO(error) struct error none = ERROR_INIT;
	AUTO_FREE char *base = base_of(place, &none);
	AUTO_FREE char *draft = base ? path_join(base, DRAFT) : NULL;
	struct key *key = NULL;

	return draft && account_read_key(draft, KEY_FILE, &key, &none) == 0 ? key : NULL;
}

/* Directories that only this attempt made go, too: an empty one would look like a server with
 * accounts. */
void account_forget_key(const struct account_place *place)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *accounts = store_accounts_dir(place->config_dir, "");
	AUTO_FREE char *dir = base_of(place, &err);
	AUTO_FREE char *draft = dir ? path_join(dir, DRAFT) : NULL;

	if (!draft || dir_remove_tree(draft, &err) < 0)
		return;
	while (strlen(dir) > strlen(accounts) && dir_is_empty(dir) && dir_remove(dir, &err) == 0)
		REPLACE(dir, path_dirname(dir));
}

int account_save(const char *config_dir, const char *server_path, const struct account *account,
		 struct error *err)
{
	AUTO_FREE char *base = store_accounts_dir(config_dir, server_path);
	AUTO_FREE char *draft = path_join(base, DRAFT);
	AUTO_FREE char *dir = path_join(base, account->id);

	if (fill_draft(draft, account, err) == 0 && file_rename(draft, dir, err) == 0)
		return 0;
	/* The draft stays: the CA knows its key, which the next registration uses. */
	return error_wrap(err, "cannot save account '%s'", account->id);
}

int account_save_new(const struct account_place *place, struct key *own_key,
		     const struct account_urls *urls, struct account **ret_account,
		     struct error *err)
{
	AUTO(account) struct account *account = XNEW(struct account);
	AUTO_FREE char *server_path = NULL;

	account->key = own_key;
	account->id = account_id_of_key(own_key);
	account->uri = xstrdup(urls->uri);
	account->new_authzr_uri = xstrdup_or_null(urls->new_authzr_uri);
	account->creation_host = host_name(); /* for the menu of accounts */
	account->creation_time = datetime_rfc3339(clock_now_seconds(clock_system()));
	server_path = url_server_path(place->server_url, err);
	if (!server_path || account_save(place->config_dir, server_path, account, err) < 0)
		return err->code;
	*ret_account = STEAL(account);
	return 0;
}

/* Only regr.json changes with the account at the CA. Key and creation stay. */
int account_save_again(const struct account_place *place, const struct account *account,
		       struct error *err)
{
	AUTO_FREE char *server_path = url_server_path(place->server_url, err);
	AUTO_FREE char *base = NULL, *dir = NULL, *path = NULL;
	const struct file_attributes attributes = {.mode = folder_cut_by_umask(0644)};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (!server_path)
		return err->code;
	base = store_accounts_dir(place->config_dir, server_path);
	dir = path_join(base, account->id);
	path = path_join(dir, REGISTRATION_FILE);
	print_registration(account, &text);
	return file_replace(path, text.text, text.len, &attributes, err);
}
