/*
 * The system's log: systemd's journal with fields, or syslog where there is none.
 */
#ifndef OS_SYSTEM_LOG_H
#define OS_SYSTEM_LOG_H

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"

/* Where the journal listens (systemd-journald.service(8)). */
#define SYSTEM_LOG_JOURNAL "/run/systemd/journal/socket"

struct system_log_field {
	const char *name; /* upper case */
	const char *value;
};

/* Writes an entry of that level (3: error, 4: warning, 5: notice, as in syslog(3)) from "certbot".
 * `journal` is the path of its socket. syslog keeps the message alone. ERR_NOT_FOUND: neither is
 * here; ERR_IO. */
int system_log_write(const char *journal, int level, const char *message,
		     const struct system_log_field *fields, size_t count,
		     struct error *err) WARN_UNUSED;

#endif
