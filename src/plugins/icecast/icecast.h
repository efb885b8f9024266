/*
 * The Icecast installer. Icecast wants certificate and key in one file that its own user can read,
 * and has one certificate for all names. Release 2.4 reads it only when it starts: a renewal is a
 * restart, which ends the listeners' connections.
 */
#ifndef PLUGINS_ICECAST_ICECAST_H
#define PLUGINS_ICECAST_ICECAST_H

#include "webserver/webserver.h"

extern const struct webserver_plugin icecast_plugin;

#endif
