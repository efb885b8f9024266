/*
 * A pipe that ties a process to another: the one ends with the other, even while it is stopped and
 * sees nothing of a channel that has ended.
 */
#ifndef OS_LIFE_LINE_H
#define OS_LIFE_LINE_H

/* From now on, the end of the last reader of the pipe kills this process. `fd` is its end for
 * writing, and nothing is done with another kind of descriptor. Ends the process if there is no
 * reader any more. Of no effect where the system has no such signals. */
void life_line_hold(int fd);
/* Holds it again, if it was held, after this process has become another user: the kernel asks
 * whether the user who took it may signal us. */
void life_line_renew(int fd);

#endif
