/*
 * Turns libc calls that this project does not use into compile errors. The compiler includes it in
 * every file (-include), after the system headers below have declared them.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With clang, glibc's fortified sprintf is a macro, which cannot be poisoned. */
#undef sprintf

#pragma GCC poison strcpy strcat strncat strncpy sprintf vsprintf strtok strtok_r atoi atol atof
#pragma GCC poison system popen gets tmpnam mktemp

#endif
