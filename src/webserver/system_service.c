/*
 * Services by their names (see system_service.h).
 */
#include "webserver/system_service.h"

#include <stddef.h>

#include "base/log.h"
#include "os/file/file.h"
#include "webserver/control.h"

/* This directory exists if systemd is the init system (sd_booted(3)). */
static bool has_systemd(void)
{
	return file_exists("/run/systemd/system");
}

int system_service_run(const char *service, const char *action, struct error *err)
{
	const char *const by_systemd[] = {"systemctl", action, service, NULL};
	const char *const by_script[] = {"service", service, action, NULL};

	return control_run(has_systemd() ? by_systemd : by_script, NULL, err);
}

/* By the exit status alone: the output differs between init systems and languages. */
bool system_service_is_running(const char *service)
{
	AUTO(error) struct error ignored = ERROR_INIT;
	const char *action = has_systemd() ? "is-active" : "status";

	return system_service_run(service, action, &ignored) == 0;
}

int system_service_reload(const char *service, struct error *err)
{
	if (system_service_is_running(service))
		return system_service_run(service, "reload", err);
	log_warning("The service '%s' is not running: it will use its new certificate when it is "
		    "started",
		    service);
	return 0;
}
