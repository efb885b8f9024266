/*
 * The user that runs the program.
 */
#ifndef OS_USERS_H
#define OS_USERS_H

#include <stdbool.h>

bool users_is_root(void);
/* Home directory from $HOME or the password file; heap, or NULL. */
char *users_home_dir(void);

#endif
