/*
 * Services of the machine by their names: through systemctl where systemd runs, else through
 * service, which calls an init script.
 */
#ifndef WEBSERVER_SYSTEM_SERVICE_H
#define WEBSERVER_SYSTEM_SERVICE_H

#include <stdbool.h>

#include "base/error.h"

/* "restart", "reload". The errors of control_run(). */
int system_service_run(const char *service, const char *action, struct error *err) WARN_UNUSED;
bool system_service_is_running(const char *service);

#endif
