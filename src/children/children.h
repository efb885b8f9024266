/*
 * The unprivileged helper processes are this same program under another argv[0]: forked by a
 * process that was started for that (os/process/zygote.h), or else started themselves.
 */
#ifndef CHILDREN_CHILDREN_H
#define CHILDREN_CHILDREN_H

#include <stdbool.h>

/* Runs the helper that argv[0] names and sets its exit status. Returns false when argv[0] is not
 * the name of a helper. */
bool children_run(int argc, char **argv, int *ret_status);
/* Call these before the first helper is started, and when no more will be. */
void children_begin(void);
void children_end(void);

#endif
