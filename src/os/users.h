/*
 * The user that runs the program, and what the system knows of others.
 */
#ifndef OS_USERS_H
#define OS_USERS_H

#include <stdbool.h>
#include <sys/types.h>

bool users_is_root(void);
/* Home directory from $HOME or the password file; heap, or NULL. */
char *users_home_dir(void);
/* False for a user whom the system does not know. */
bool users_is_member(uid_t user, gid_t group);

#endif
