/*
 * The state directories at the start of a run.
 */
#ifndef APP_STARTUP_H
#define APP_STARTUP_H

#include "base/error.h"
#include "config/settings.h"

struct directories;

struct startup {
	struct directories *directories;
};
/* Releases the locks. */
void startup_release(struct startup *startup);
DEFINE_AUTO(startup, startup_release);

/* Makes, checks and locks the directories that the settings name. ERR_BUSY: another process has
 * locked one; the text says which. */
int startup_prepare(const struct settings *settings, struct startup *ret_startup,
		    struct error *err) WARN_UNUSED;

#endif
