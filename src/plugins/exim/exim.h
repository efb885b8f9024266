/*
 * The Exim installer: certificates of Exim's SMTP server, in Debian's configuration, split or not,
 * and in one without Debian's parts. One is the default; those for further names are chosen by the
 * name that the client sends.
 *
 * Exim reads them as its own user, for each connection, so it gets copies that its group may read.
 */
#ifndef PLUGINS_EXIM_EXIM_H
#define PLUGINS_EXIM_EXIM_H

#include "webserver/webserver.h"

extern const struct webserver_plugin exim_plugin;

#endif
