/*
 * The user that runs the program, and facts about other users.
 */
#ifndef OS_USERS_H
#define OS_USERS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/macros.h"

/* True when the effective user is root. */
bool users_is_root(void);
/* Returns the home directory from $HOME or the password file, which the caller frees, or NULL. */
char *users_home_dir(void);
/* Returns the name of who runs the program, which the caller frees: of the real user, and if that
 * is root by sudo, "NAME as root". A number when the user has no name. */
char *users_own_name(void);
/* True when the user is in the group; false for an unknown user. */
bool users_is_member(uid_t user, gid_t group);

/* Finds a user by name or number. ERR_NOT_FOUND; ERR_CONFIG: the lists of users cannot be read. */
int users_find(const char *name, uid_t *ret_user, struct error *err) WARN_UNUSED;
/* Finds a group by name or number. Errors as before. */
int users_find_group(const char *name, gid_t *ret_group, struct error *err) WARN_UNUSED;
/* True when this process may give its files to the user. */
bool users_may_give(uid_t user);
/* True when this process may give its files to the group. */
bool users_may_give_group(gid_t group);

#endif
