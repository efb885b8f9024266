/*
 * Finds programs by name.
 */
#ifndef OS_PROCESS_PROGRAM_H
#define OS_PROCESS_PROGRAM_H

/* Looks up a program in $PATH and then in /usr/sbin, /usr/local/bin and /usr/local/sbin (Certbot's
 * rule). Returns its path, which the caller frees, or NULL. */
char *program_find(const char *name);

#endif
