/*
 * Brings files of a server's configuration back to an earlier state, as a transaction of its own:
 * it becomes a checkpoint, which `rollback` can undo in turn.
 */
#ifndef WEBSERVER_RESTORE_H
#define WEBSERVER_RESTORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strvec.h"
#include "plugin/plugin.h"

/* A file as it is to be. */
struct webserver_image {
	const char *path;
	unsigned mode;     /* as st_mode, of a file or a link; 0: there is to be none */
	struct span bytes; /* contents, or the link's target */
};

/* Makes the files so, and runs the commands, last one first (words joined by newlines). Needs no
 * `prepare`, since a broken configuration must not stop its own repair. All is done, or nothing
 * is; after a kill the next recovery takes back what was begun. A reload is owed afterwards. */
int webserver_restore(struct plugin_instance *instance, const struct webserver_image *images,
		      size_t count, const struct strvec *commands, const char *title,
		      struct error *err) WARN_UNUSED;
/* Sets the command that takes back what this one does, in the same form, which the caller frees.
 * False: it is not known. */
bool webserver_inverse_command(const char *command, char **ret_inverse);

#endif
