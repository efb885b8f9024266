/*
 * Changes the key of an account, which changes its id.
 */
#ifndef STORE_ACCOUNT_ACCOUNT_KEY_H
#define STORE_ACCOUNT_ACCOUNT_KEY_H

#include "store/account/account.h"

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

/* ---- Used by store/ only ---- */

/* Finishes a key rollover that a crash interrupted. Sets *ret_new_id to the account's new id, which
 * the caller frees, or to NULL when there is nothing to finish (a cheap check). */
int account_settle_key(const char *config_dir, const char *server_path, const char *id,
		       char **ret_new_id, struct error *err) WARN_UNUSED;

#endif
