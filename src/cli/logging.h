/*
 * Where log records go: all of them to the log file, the important ones to standard error (spec:
 * state.md 12, flows.md 2).
 */
#ifndef CLI_LOGGING_H
#define CLI_LOGGING_H

#include <stdbool.h>

#include "base/error.h"
#include "base/log.h"

/* Installs the sink. Records are kept in memory until logging_open() names the file; console output
 * begins at once. */
void logging_start(enum log_level console_level);
/* What the console shows; LOG_LEVEL_ERROR with -q. */
enum log_level logging_console_level(void);
/* Opens LOGS/letsencrypt.log after rotating older ones (0 backups: appends). What was kept in
 * memory is written first. */
int logging_open(const char *logs_dir, int max_backups, struct error *err) WARN_UNUSED;
/* Logs what was said to the person, at DEBUG and in Certbot's words; the console has it already. */
void logging_note_said(const char *text);
/* Where the log is, or NULL while there is none. When the program ends without having opened one,
 * and something went wrong, logging_rescue() writes the kept records to a private temporary
 * file. */
const char *logging_path(void);
void logging_rescue(void);
/* Closes the file and removes the sink. */
void logging_stop(void);

#endif
