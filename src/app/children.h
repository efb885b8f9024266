/*
 * The unprivileged helper processes are this same program, started again with another argv[0].
 */
#ifndef APP_CHILDREN_H
#define APP_CHILDREN_H

#include <stdbool.h>

/* Runs the helper that argv[0] names and sets its exit status. Returns false when argv[0] is not
 * the name of a helper. */
bool children_run(int argc, char **argv, int *ret_status);

#endif
