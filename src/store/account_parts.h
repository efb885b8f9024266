/*
 * What the files behind account.h share; nobody outside store/ includes this.
 */
#ifndef STORE_ACCOUNT_PARTS_H
#define STORE_ACCOUNT_PARTS_H

#include <stdbool.h>

#include "store/account.h"

/* The server whose accounts this one may use (spec: state.md 3.4), as a server path; NULL: none. */
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

#endif
