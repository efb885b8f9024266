/*
 * Signals as a flag. Handlers only record the number; loops call signals_pending() where they can
 * safely stop, unwind and clean up, and cli/ ends the process with the same signal.
 */
#ifndef OS_SIGNALS_H
#define OS_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

/* Installs handlers for SIGINT, SIGTERM and (unless ignored at start) SIGHUP, SIGQUIT, SIGXCPU;
 * ignores SIGPIPE and SIGXFSZ, which write() reports. A second signal during cleanup is only
 * recorded, except that a second SIGTERM at least half a second after the first ends the
 * process. */
void signals_install(void);
/* Returns the first signal that came, or 0. */
int signals_pending(void);
/* Returns how long ago that was, in milliseconds (to a tenth of a second), or -1. */
int64_t signals_age_ms(void);
/* True when that signal came from the kernel, as after a key press at the terminal: then every
 * process of the foreground group, including our children, has received it. */
bool signals_came_from_terminal(void);
/* Returns a descriptor that becomes readable when a signal comes, for poll loops; -1, which poll()
 * ignores, before signals_install(). */
int signals_fd(void);
/* Restores the default action of `signal_number` and raises it. */
void signals_reraise(int signal_number);

#endif
