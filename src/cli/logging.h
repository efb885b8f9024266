/*
 * Writes log records: all of them to the log file, the important ones also to standard error, as
 * Certbot does.
 */
#ifndef CLI_LOGGING_H
#define CLI_LOGGING_H

#include <stdbool.h>

#include "base/error.h"
#include "base/log.h"

/* Starts logging. Records are kept in memory until logging_open() opens the file; console output
 * begins at once. */
void logging_start(enum log_level console_level);
/* Returns the level that the console shows; LOG_LEVEL_ERROR with -q. */
enum log_level logging_console_level(void);
/* Rotates older logs and opens LOGS/letsencrypt.log (0 backups: appends). Writes the records kept
 * in memory first. */
int logging_open(const char *logs_dir, int max_backups, struct error *err) WARN_UNUSED;
/* Logs a message to the user, at DEBUG and in Certbot's words; the console has shown it already. */
void logging_note_said(const char *text);
/* Returns the path of the log, or NULL while there is none. */
const char *logging_path(void);

/* Writes the kept records to a private temporary file; does nothing when a log was opened or
 * nothing was logged. */
void logging_rescue(void);
/* Has nothing written to a file, whatever comes: for commands that only look. */
void logging_forgo_file(void);
/* Closes the file and stops logging. */
void logging_stop(void);

#endif
