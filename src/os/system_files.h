/*
 * Files that the C library opens by itself when it is asked for names. It waits for somebody to
 * write to one that is a FIFO, forever, as it would for a terminal. So who asks it looks first.
 */
#ifndef OS_SYSTEM_FILES_H
#define OS_SYSTEM_FILES_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"

enum system_question {
	SYSTEM_HOSTS,    /* getaddrinfo() */
	SYSTEM_SERVICES, /* getservbyname() */
	SYSTEM_USERS,    /* getpwnam(), getgrnam() and the like */
	SYSTEM_TIME,     /* localtime_r() */
};

/* Returns the paths of the files for such a question, which end with NULL. */
const char *const *system_files(enum system_question question);
/* ERR_CONFIG, which names the file: one of them is there, but neither file nor directory, so that
 * reading it may not end. A missing one is fine. */
int system_files_check(enum system_question question, struct error *err) WARN_UNUSED;
/* The same for one path, of a file that another library opens. */
int system_file_check(const char *path, struct error *err) WARN_UNUSED;
/* True when the question can be asked; otherwise the log says why not. */
bool system_files_are_usable(enum system_question question);

#endif
