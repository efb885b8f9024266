/*
 * Finds servers that still use a certificate's files, by searching the server configurations on
 * this machine.
 */
#ifndef APP_VERBS_SERVER_USES_H
#define APP_VERBS_SERVER_USES_H

#include "base/strvec.h"
#include "config/settings.h"

/* Appends "file:line" for each configuration line, except comments, that names a file below `dir`
 * (a live directory, absolute), or one of the further paths. Searches where the options of plugins
 * say that their servers have configurations, and in the usual places of other servers. Files that
 * cannot be read are skipped. */
void server_uses_find(const struct settings *settings, const char *dir, const struct strvec *paths,
		      struct strvec *ret_places);

#endif
