/*
 * The accounts of a CA.
 */
#ifndef STORE_ACCOUNT_ACCOUNTS_H
#define STORE_ACCOUNT_ACCOUNTS_H

#include "store/account/account.h"

/* Appends the ids of the loadable accounts of a server in byte order, searching the predecessor
 * server's directory as Certbot does. Accounts that cannot be loaded are skipped (log_debug). */
int account_list(const struct account_place *place, struct strvec *ret_ids,
		 struct error *err) WARN_UNUSED;
/* Loads an account, which the caller frees. ERR_NOT_FOUND; ERR_PARSE names the file. */
int account_load(const struct account_place *place, const char *id, struct account **ret_account,
		 struct error *err) WARN_UNUSED;
/* Removes the account and the symbolic links to it in directories of other servers. */
int account_delete(const struct account_place *place, const char *id,
		   struct error *err) WARN_UNUSED;

#endif
