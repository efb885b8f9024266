/*
 * Keeping what is in our memory there.
 */
#ifndef OS_PROCESS_SECRECY_H
#define OS_PROCESS_SECRECY_H

/* No core dumps, nobody of the same user may trace this process, and none of its memory is written
 * to swap, where the limit of locked memory allows that (root, as a rule). Programs that are run
 * later are not affected. */
void process_keep_secrets(void);
/* The limit of core dumps as it was, for a program that is about to be run, and ours again. */
void process_core_limit_of_others(void);
void process_core_limit_of_ours(void);

#endif
