/*
 * The HAProxy plugin: certificates of its TLS frontends, and answers to http-01 challenges.
 *
 * HAProxy wants key and certificate in one file, which is an output of the lineage. A renewal gives
 * the new pair to the running process by its runtime interface, if it has one for us; otherwise one
 * reload is enough for all.
 */
#ifndef PLUGINS_HAPROXY_HAPROXY_H
#define PLUGINS_HAPROXY_HAPROXY_H

#include "webserver/webserver.h"

extern const struct webserver_plugin haproxy_plugin;

#endif
