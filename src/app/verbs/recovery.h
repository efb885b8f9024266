/*
 * Recovery after a run that was killed: the next run that may change anything finishes or undoes
 * its changes to certificates and servers, whichever plugins that run uses.
 */
#ifndef APP_VERBS_RECOVERY_H
#define APP_VERBS_RECOVERY_H

#include "app/app.h"
#include "instances/plugins.h"

/* Finishes creations and deletions of lineages, restores the files of servers from the backups in
 * the work directory, and reloads the servers that have not read them yet. If something cannot be
 * repaired it only warns: other work must not be held up, and the plugin concerned fails by
 * itself. */
void recovery_run(struct plugins *plugins);
/* After the plugins are closed: an error if a server still has to be reloaded, which names the note
 * about it. */
int recovery_check(const struct settings *settings, struct error *err) WARN_UNUSED;
/* For commands that must not change anything: warns if recovery_run() would change a server, and
 * names the command that does. */
void recovery_mention(const struct app *app);

#endif
