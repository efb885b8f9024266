/*
 * Accounts on disk, byte for byte as Certbot keeps them.
 */
#ifndef STORE_ACCOUNT_ACCOUNT_H
#define STORE_ACCOUNT_ACCOUNT_H

#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"
#include "crypto/key/key.h"

struct account {
	char *id;  /* 32 hex digits */
	char *uri; /* account URL ("kid") */
	/* An older Certbot needs it in regr.json for an account of ACME v1; else NULL. */
	char *new_authzr_uri;
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

/* Stores the key of an account before the CA is asked for it. If the answer is lost, the next run
 * can ask again, because the CA identifies the account by its key. */
int account_keep_key(const struct account_place *place, const struct key *key,
		     struct error *err) WARN_UNUSED;
/* The key kept by an interrupted registration, or NULL; the caller frees it. */
struct key *account_kept_key(const struct account_place *place) WARN_UNUSED;
/* Removes the kept key after the CA has refused the account, and directories that are then
 * empty. */
void account_forget_key(const struct account_place *place);
/* The URLs that a CA gave an account; both as in struct account. */
struct account_urls {
	const char *uri, *new_authzr_uri;
};
/* Saves a new account: directories 0700, private_key.json 0400, then meta.json and regr.json, each
 * durable. After a crash in between, the next run ignores the incomplete account and replaces it.
 * Takes over `own_key`, also on error. */
int account_save_new(const struct account_place *place, struct key *own_key,
		     const struct account_urls *urls, struct account **ret_account,
		     struct error *err) WARN_UNUSED;
/* Rewrites regr.json after an update. It stores {"body": {}, "uri"} and perhaps "new_authzr_uri",
 * not the body that the CA sent. */
int account_save_again(const struct account_place *place, const struct account *account,
		       struct error *err) WARN_UNUSED;

#endif
