/*
 * The unprivileged helpers are this same program started again under another argv[0].
 */
#ifndef APP_CHILDREN_H
#define APP_CHILDREN_H

#include <stdbool.h>

/* Runs the helper that argv[0] names; false when it names none. */
bool children_run(int argc, char **argv, int *ret_status);

#endif
