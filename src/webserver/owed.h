/*
 * Reloads that running servers are owed. From the first write to a server's files until the server
 * has read them, a note in the work directory says which plugin, with which options, reloads it.
 * After a crash in between, the next run pays the debt, whichever plugins it uses itself: what the
 * crash left of the files is undone by txn/.
 */
#ifndef WEBSERVER_OWED_H
#define WEBSERVER_OWED_H

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"

struct settings;

/* Appends the paths of the notes in the work directory. */
int owed_list(const char *work_dir, struct strvec *ret_paths, struct error *err) WARN_UNUSED;
/* Reads a note: the plugin's name (heap), and its options as the run that wrote the note had them,
 * which replace those in `settings`. ERR_PARSE: the file is no such note. */
int owed_read(const char *path, struct settings *settings, char **ret_plugin,
	      struct error *err) WARN_UNUSED;

#endif
