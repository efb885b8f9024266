/*
 * Finds programs by name, and says whether they can be trusted.
 */
#ifndef OS_PROCESS_PROGRAM_H
#define OS_PROCESS_PROGRAM_H

#include <stdbool.h>

#include "base/error.h"

/* Looks up a program in $PATH and then in /usr/sbin, /usr/local/bin and /usr/local/sbin (Certbot's
 * rule). Returns its path, which the caller frees, or NULL. */
char *program_find(const char *name);

/* A program that runs with our rights: fails (ERR_REFUSED) when every user may change it, and says
 * how to revoke that right. `what` names its role in the error, such as "the handler". */
int program_check_rights(const char *what, const char *path, struct error *err);

/* True when nobody but root and this process's user can have put that program there: the file that
 * the path leads to and all directories above it belong to them, and no other may write there. One
 * that a crontab of another user names must not run with our rights otherwise. */
bool program_is_trusted(const char *path);

#endif
