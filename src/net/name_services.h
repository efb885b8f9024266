/*
 * What getaddrinfo() needs of the system: configuration files, and the modules that
 * nsswitch.conf(5) names for hosts.
 */
#ifndef NET_NAME_SERVICES_H
#define NET_NAME_SERVICES_H

#include <stdbool.h>

#include "base/span.h"
#include "base/strvec.h"

/* Takes in what can be had before rights are lost: loads the modules, so that their files need not
 * be opened later, and reads resolv.conf. Appends the files that are still read at each look-up.
 * `ret_has_sockets`: a module or nscd is asked over a local socket. */
void name_services_prepare(struct strvec *ret_files, bool *ret_has_sockets);
/* Modules on the `hosts` line of an nsswitch.conf; none when there is no such line. */
void name_services_parse(struct span nsswitch_conf, struct strvec *ret_modules);

#endif
