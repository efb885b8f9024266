/*
 * Keeps the contents of our memory secret.
 */
#ifndef OS_PROCESS_PROCESS_SECRECY_H
#define OS_PROCESS_PROCESS_SECRECY_H

/* Disables core dumps and tracing by the same user, and keeps our memory out of swap if the limit
 * for locked memory allows it (usually only for root). Locked memory stays with us when it is
 * freed, so threads started from here on share their heaps. Programs that we run later are not
 * affected. */
void process_keep_secrets(void);
/* Restores the original limit for core dumps, for a program that is about to be run. */
void process_core_limit_of_others(void);
/* Sets our own limit again. */
void process_core_limit_of_ours(void);

#endif
