/*
 * Recovery after a run that was killed: the next run that may change anything finishes or undoes
 * its changes to certificates and servers, whichever plugins that run uses.
 */
#ifndef APP_VERBS_RECOVERY_H
#define APP_VERBS_RECOVERY_H

#include "app/app.h"
#include "app/plugins/plugins.h"

/* Finishes creations and deletions of lineages, puts the files of servers back, as the work
 * directory says, and reloads the servers that do not have them yet. What cannot be repaired is a
 * warning: it must not stand in the way of other work, and the plugin that needs it fails by
 * itself. */
void recovery_run(struct plugins *plugins);
/* For commands that only ask about servers: warns when recovery_run() would change one, and says
 * which command does it. */
void recovery_mention(const struct app *app);

#endif
