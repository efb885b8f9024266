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

/* Hex MD5 of the public key PEM: Certbot's account id. Heap. */
char *account_id_of_key(const struct key *key);

/* Where accounts of one CA lie. */
struct account_place {
	const char *config_dir;
	const char *server_url;
};

/* Ids of the loadable accounts of a server in byte order, looking into the predecessor server's
 * directory as Certbot does. Unloadable ones are passed over (log_debug). */
int account_list(const struct account_place *place, struct strvec *ret_ids,
		 struct error *err) WARN_UNUSED;
/* ERR_NOT_FOUND; ERR_PARSE names the file. */
int account_load(const struct account_place *place, const char *id, struct account **ret_account,
		 struct error *err) WARN_UNUSED;
/* Saves a new account: directories 0700, private_key.json 0400, then meta.json and regr.json, each
 * durable; a crash between them leaves an account that the next run passes over and replaces. Takes
 * over `own_key`, also on error. */
/* Keeps the key of an account that is about to be asked for, so that an answer which is lost can be
 * asked for again: the CA knows the account by its key. */
int account_keep_key(const struct account_place *place, const struct key *key,
		     struct error *err) WARN_UNUSED;
/* The key that an interrupted registration has kept, or NULL. */
struct key *account_kept_key(const struct account_place *place) WARN_UNUSED;
/* After the CA has refused the account: nothing is left of it, nor of its empty directories. */
void account_forget_key(const struct account_place *place);
int account_save_new(const struct account_place *place, struct key *own_key, const char *uri,
		     struct account **ret_account, struct error *err) WARN_UNUSED;
/* Rewrites regr.json after an update (body as the CA gave it is not kept: {"body": {}, "uri"}). */
int account_save_again(const struct account_place *place, const struct account *account,
		       struct error *err) WARN_UNUSED;
/* A change of key, in three steps that may each be the last before a crash. First the new key is
 * made durable beside the old one. */
int account_stage_key(const struct account_place *place, const struct account *account,
		      const struct key *key, struct error *err) WARN_UNUSED;
/* Then the CA is asked to take it. NULL in *ret_key: none is staged. One that is there when the
 * account is loaded may or may not be the one that the CA has: ask, then do one of the next two. */
int account_staged_key(const struct account_place *place, const struct account *account,
		       struct key **ret_key, struct error *err) WARN_UNUSED;
int account_drop_staged_key(const struct account_place *place, const struct account *account,
			    struct error *err) WARN_UNUSED;
/* The account moves to the new key's id, and with it all renewal confs that name it; the old
 * directory goes away last. From its beginning on, account_list() and account_load() would finish
 * this. Takes over `own_key`. */
int account_replace_key(const struct account_place *place, struct account *account,
			struct key *own_key, struct error *err) WARN_UNUSED;
/* Removes the account and the symbolic links to it in directories of other servers. */
int account_delete(const struct account_place *place, const char *id,
		   struct error *err) WARN_UNUSED;

#endif
