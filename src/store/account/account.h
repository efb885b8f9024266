/*
 * Accounts on disk, byte for byte as Certbot keeps them.
 */
#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"
#include "crypto/key.h"

struct account {
	char *id;  /* 32 hex digits */
	char *uri; /* account URL ("kid") */
	struct key *key;
	char *creation_host;
	char *creation_time; /* as stored: 2025-01-02T03:04:05Z */
};
void account_free(struct account *account);
DEFINE_AUTO_PTR(account, account_free);

/* Certbot's account id: the hex MD5 of the public key PEM. The caller frees it. */
char *account_id_of_key(const struct key *key);

/* Where the accounts of one CA are stored. */
struct account_place {
	const char *config_dir;
	const char *server_url;
};

/* Appends the ids of the loadable accounts of a server in byte order, searching the predecessor
 * server's directory as Certbot does. Accounts that cannot be loaded are skipped (log_debug). */
int account_list(const struct account_place *place, struct strvec *ret_ids,
		 struct error *err) WARN_UNUSED;
/* Loads an account, which the caller frees. ERR_NOT_FOUND; ERR_PARSE names the file. */
int account_load(const struct account_place *place, const char *id, struct account **ret_account,
		 struct error *err) WARN_UNUSED;
/* Stores the key of an account before the CA is asked for it. If the answer is lost, the next run
 * can ask again, because the CA identifies the account by its key. */
int account_keep_key(const struct account_place *place, const struct key *key,
		     struct error *err) WARN_UNUSED;
/* The key kept by an interrupted registration, or NULL; the caller frees it. */
struct key *account_kept_key(const struct account_place *place) WARN_UNUSED;
/* Removes the kept key after the CA has refused the account, and directories that are then
 * empty. */
void account_forget_key(const struct account_place *place);
/* Saves a new account: directories 0700, private_key.json 0400, then meta.json and regr.json, each
 * durable. After a crash in between, the next run ignores the incomplete account and replaces it.
 * Takes over `own_key`, also on error. */
int account_save_new(const struct account_place *place, struct key *own_key, const char *uri,
		     struct account **ret_account, struct error *err) WARN_UNUSED;
/* Rewrites regr.json after an update. It stores {"body": {}, "uri"}, not the body that the CA
 * sent. */
int account_save_again(const struct account_place *place, const struct account *account,
		       struct error *err) WARN_UNUSED;
/* Key rollover takes three steps, and a crash may follow any of them. First, this stores the new
 * key durably in addition to the old one. Then the CA is asked to accept it. */
int account_stage_key(const struct account_place *place, const struct account *account,
		      const struct key *key, struct error *err) WARN_UNUSED;
/* Reads the staged key, which the caller frees; NULL when there is none. If one is found when the
 * account is loaded, the CA may or may not have accepted it: ask the CA, then call one of the next
 * two. */
int account_staged_key(const struct account_place *place, const struct account *account,
		       struct key **ret_key, struct error *err) WARN_UNUSED;
/* Removes the staged key, because the CA does not use it. */
int account_drop_staged_key(const struct account_place *place, const struct account *account,
			    struct error *err) WARN_UNUSED;
/* Moves the account to the id of the new key and updates all renewal confs that name it; the old
 * directory is removed last. If it is interrupted, account_list() and account_load() finish it.
 * Takes over `own_key`. */
int account_replace_key(const struct account_place *place, struct account *account,
			struct key *own_key, struct error *err) WARN_UNUSED;
/* Removes the account and the symbolic links to it in directories of other servers. */
int account_delete(const struct account_place *place, const char *id,
		   struct error *err) WARN_UNUSED;

#endif
