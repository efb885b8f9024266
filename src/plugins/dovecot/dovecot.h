/*
 * The Dovecot installer: certificates of Dovecot's mail server. One is the default; those for
 * further names are chosen by the name that the client sends.
 *
 * Dovecot reads the files in live/ itself, as root, so it needs no copies, and a renewal no more
 * than a reload.
 */
#ifndef PLUGINS_DOVECOT_DOVECOT_H
#define PLUGINS_DOVECOT_DOVECOT_H

#include "webserver/webserver.h"

extern const struct webserver_plugin dovecot_plugin;

#endif
