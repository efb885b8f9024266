/*
 * What the files behind account.h share. Used by store/ only.
 */
#ifndef STORE_ACCOUNT_ACCOUNT_PARTS_H
#define STORE_ACCOUNT_ACCOUNT_PARTS_H

#include "store/account/account.h"

struct folder;
/* Reads a private key (JWK) from `dir`; the caller frees it. ERR_IO, ERR_PARSE. */
int account_read_key(const char *dir, const char *name, struct key **ret_key,
		     struct error *err) WARN_UNUSED;
/* Writes a private key as JWK to a new file with mode 0400. */
int account_write_key(const struct folder *folder, const char *name, const struct key *key,
		      struct error *err) WARN_UNUSED;
/* Writes the three files into a new directory, which gets its name when they are complete. */
int account_save(const char *config_dir, const char *server_path, const struct account *account,
		 struct error *err) WARN_UNUSED;
/* Loads the account with that id from the directory; the caller frees it. */
int account_load_from(const char *dir, const char *id, struct account **ret_account,
		      struct error *err) WARN_UNUSED;

#endif
