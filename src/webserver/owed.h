/*
 * Reloads that running servers still need. From the first write to a server's files until the
 * server has read them, a note in the work directory says which plugin reloads it, and with which
 * options. After a crash in between, the next run does the reload, whichever plugins it uses
 * itself; txn/ undoes what the crash left in the files.
 */
#ifndef WEBSERVER_OWED_H
#define WEBSERVER_OWED_H

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"

struct settings;

/* Appends the paths of the notes in the work directory. */
int owed_list(const char *work_dir, struct strvec *ret_paths, struct error *err) WARN_UNUSED;
/* Reads a note: the plugin's name, which the caller frees, and the options of the run that wrote
 * the note, which replace those in `settings`. ERR_PARSE when the file is not such a note. */
int owed_read(const char *path, struct settings *settings, char **ret_plugin,
	      struct error *err) WARN_UNUSED;

#endif
