/*
 * What getaddrinfo() needs from the system: configuration files, and the modules that
 * nsswitch.conf(5) lists for hosts.
 */
#ifndef NET_NAME_SERVICES_H
#define NET_NAME_SERVICES_H

#include <stdbool.h>

#include "base/span.h"
#include "base/strvec.h"

/* Loads what can be loaded before the process gives up its rights: the modules, so that their files
 * need not be opened later, and resolv.conf. Appends the files that each lookup still reads.
 * `ret_has_sockets` is set when a module or nscd is contacted through a local socket. */
void name_services_prepare(struct strvec *ret_files, bool *ret_has_sockets);
/* Appends the modules on the `hosts` line of an nsswitch.conf; none if it has no such line. */
void name_services_parse(struct span nsswitch_conf, struct strvec *ret_modules);

#endif
