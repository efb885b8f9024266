/*
 * Who still uses a certificate's files? Looks through the configurations of servers on this
 * machine.
 */
#ifndef APP_VERBS_SERVER_USES_H
#define APP_VERBS_SERVER_USES_H

#include "app/app.h"
#include "base/strvec.h"

/* Appends "file:line" for each configuration line, comments apart, that names a file below `dir`
 * (a live directory, absolute). Looks below the server roots of the nginx and Apache options and
 * the usual places of other servers. What cannot be read is passed over. */
void server_uses_find(const struct app *app, const char *dir, struct strvec *ret_places);

#endif
