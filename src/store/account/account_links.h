/*
 * Accounts that a server shares with its predecessor: links between their directories. Used by
 * store/ only.
 */
#ifndef STORE_ACCOUNT_ACCOUNT_LINKS_H
#define STORE_ACCOUNT_ACCOUNT_LINKS_H

#include "base/error.h"
#include "base/macros.h"

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

#endif
