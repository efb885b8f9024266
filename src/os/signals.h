/*
 * Signals as a flag. Handlers only note the number; loops look at signals_pending() at their safe
 * points, unwind and clean up, and cli/ ends the process by the same signal.
 */
#ifndef OS_SIGNALS_H
#define OS_SIGNALS_H

#include <stdbool.h>

/* Installs handlers for SIGINT, SIGTERM and (unless ignored at start) SIGHUP, SIGQUIT, SIGXCPU;
 * ignores SIGPIPE and SIGXFSZ, which write() reports. A second signal during cleanup is only
 * noted, except that a second SIGTERM, half a second or more after the first, ends the process. */
void signals_install(void);
/* The first signal that came, or 0. */
int signals_pending(void);
/* True when that signal came from the kernel, as a key of the terminal does: then every process of
 * the foreground group, our children among them, has it already. */
bool signals_came_from_terminal(void);
/* Descriptor that becomes readable when a signal comes; for poll loops. -1 before
 * signals_install(), which poll() passes over. */
int signals_fd(void);
/* Restores the default action of `signal_number` and raises it. */
void signals_reraise(int signal_number);

#endif
