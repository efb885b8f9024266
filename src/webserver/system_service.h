/*
 * Services of the machine by name: through systemctl where systemd runs, else through service(8),
 * which calls an init script.
 */
#ifndef WEBSERVER_SYSTEM_SERVICE_H
#define WEBSERVER_SYSTEM_SERVICE_H

#include <stdbool.h>

#include "base/error.h"

/* "restart", "reload". The errors of control_run(). */
int system_service_run(const char *service, const char *action, struct error *err) WARN_UNUSED;
bool system_service_is_running(const char *service);
/* Reloads it if it runs, else says that it reads its certificate at its start: one that is stopped
 * on purpose must not make renewals fail. */
int system_service_reload(const char *service, struct error *err) WARN_UNUSED;

#endif
