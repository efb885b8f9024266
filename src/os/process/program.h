/*
 * Finding programs by name.
 */
#ifndef OS_PROCESS_PROGRAM_H
#define OS_PROCESS_PROGRAM_H

/* Finds a program as the shell would, in $PATH and then /usr/sbin, /usr/local/bin,
 * /usr/local/sbin (Certbot's rule). Heap path, or NULL. */
char *program_find(const char *name);

#endif
