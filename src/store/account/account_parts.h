/*
 * What the files behind account.h share. Used by store/ only.
 */
#ifndef STORE_ACCOUNT_PARTS_H
#define STORE_ACCOUNT_PARTS_H

#include <stdbool.h>

#include "store/account/account.h"

/* The path of the server whose accounts this server may use too, static; NULL when there is none.
 * (Let's Encrypt's ACME v2 endpoints reuse accounts of its v1 endpoints.) */
const char *account_predecessor(const char *server_path);

/* Links accounts of the predecessor into the server's directory: all of them if that is empty or a
 * link itself, otherwise only the one with this id (nothing when `id` is NULL). */
int account_link_predecessor(const char *config_dir, const char *server_path, const char *id,
			     struct error *err) WARN_UNUSED;
/* Removes the account's directory, links to it, and the server's directory if that is empty
 * afterwards. */
int account_remove_dir(const char *config_dir, const char *server_path, const char *id,
		       struct error *err) WARN_UNUSED;
/* Removes what an interrupted account_remove_dir() left of its files. Failures are only logged. */
void account_sweep(const char *config_dir, const char *server_path);

/* Helpers in account.c that account_key.c needs. */
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
/* Finishes a key rollover that a crash interrupted. Sets *ret_new_id to the account's new id, which
 * the caller frees, or to NULL when there is nothing to finish (a cheap check). */
int account_settle_key(const char *config_dir, const char *server_path, const char *id,
		       char **ret_new_id, struct error *err) WARN_UNUSED;

#endif
