/*
 * The Postfix installer: certificates of Postfix's SMTP server. The first one is the default; those
 * for further names are chosen by the name that the client sends (SNI, Postfix 3.4).
 *
 * Postfix reads the files in live/ itself, as root, so it needs no copies, and a renewal no more
 * than a reload.
 */
#ifndef PLUGINS_POSTFIX_POSTFIX_H
#define PLUGINS_POSTFIX_POSTFIX_H

#include "webserver/webserver.h"

extern const struct webserver_plugin postfix_plugin;

#endif
