/*
 * The user that runs the program, and facts about other users.
 */
#ifndef OS_USERS_H
#define OS_USERS_H

#include <stdbool.h>
#include <sys/types.h>

/* True when the effective user is root. */
bool users_is_root(void);
/* Returns the home directory from $HOME or the password file, which the caller frees, or NULL. */
char *users_home_dir(void);
/* True when the user is in the group; false for an unknown user. */
bool users_is_member(uid_t user, gid_t group);

#endif
