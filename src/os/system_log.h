/*
 * The system's log: systemd's journal with fields, or syslog where there is none.
 */
#ifndef OS_SYSTEM_LOG_H
#define OS_SYSTEM_LOG_H

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"

struct system_log {
	const char *journal, *syslog; /* their sockets */
	int patience_s;               /* how long an entry may wait for a reader */
};
/* Where they listen on every machine (systemd-journald.service(8), syslog(3)). A log that nobody
 * reads keeps a caller for five seconds, as a renewal must not wait for it. */
extern const struct system_log system_log_usual;

struct system_log_field {
	const char *name; /* upper case */
	const char *value;
};

/* Writes an entry of that level (3: error, 4: warning, 5: notice, as in syslog(3)) from "certbot".
 * syslog keeps the message alone. ERR_NOT_FOUND: neither is here; ERR_IO: nobody reads it. */
int system_log_write(const struct system_log *log, int level, const char *message,
		     const struct system_log_field *fields, size_t count,
		     struct error *err) WARN_UNUSED;

#endif
