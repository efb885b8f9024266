/*
 * Random numbers that need not be secret but must not be guessable cheaply: jitter, temporary
 * names. Keys come from crypto/.
 */
#ifndef OS_RANDOM_H
#define OS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills the buffer from the kernel's generator; aborts if the kernel has none. */
void random_bytes(void *buffer, size_t len);
/* Uniform in [0, bound); bound > 0. */
uint64_t random_below(uint64_t bound);

#endif
