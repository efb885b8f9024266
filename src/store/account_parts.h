/*
 * What the files behind account.h share; nobody outside store/ includes this.
 */
#ifndef STORE_ACCOUNT_PARTS_H
#define STORE_ACCOUNT_PARTS_H

#include <stdbool.h>

#include "store/account.h"

/* The server whose accounts this one may use (Let's Encrypt's ACME v2 endpoints reuse those of v1),
 * as a server path; NULL: none. */
const char *account_predecessor(const char *server_path);
/* The other way round. */
const char *account_successor(const char *server_path);

/* Links the accounts of the predecessor into the server's directory: all of them where it is empty
 * or a link, else the one with this id (NULL: then nothing). */
int account_link_predecessor(const char *config_dir, const char *server_path, const char *id,
			     struct error *err) WARN_UNUSED;
/* Removes the account's directory, links to it, and a server directory that became empty. */
int account_remove_dir(const char *config_dir, const char *server_path, const char *id,
		       struct error *err) WARN_UNUSED;

/* What account_key.c needs of account.c. */
struct folder;
int account_read_key(const char *dir, const char *name, struct key **ret_key,
		     struct error *err) WARN_UNUSED;
int account_write_key(const struct folder *folder, const char *name, const struct key *key,
		      struct error *err) WARN_UNUSED;
/* The three files in a new directory, which appears when they are complete. */
int account_save(const char *config_dir, const char *server_path, const struct account *account,
		 struct error *err) WARN_UNUSED;
/* Finishes a change of key that a crash cut short; then *ret_new_id is where the account is now,
 * else NULL. Costs one look when there is none. */
int account_settle_key(const char *config_dir, const char *server_path, const char *id,
		       char **ret_new_id, struct error *err) WARN_UNUSED;

#endif
