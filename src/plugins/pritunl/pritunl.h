/*
 * The Pritunl installer: the certificate of Pritunl's web server, which is in its database. The
 * program pritunl sets it there, for all hosts of the cluster; running servers take it by
 * themselves.
 */
#ifndef PLUGINS_PRITUNL_PRITUNL_H
#define PLUGINS_PRITUNL_PRITUNL_H

#include "plugin/plugin.h"

extern const struct plugin pritunl_plugin;

#endif
