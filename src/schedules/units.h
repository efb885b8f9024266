/*
 * systemd's unit files on this machine, and systemctl.
 */
#ifndef SCHEDULES_UNITS_H
#define SCHEDULES_UNITS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/strvec.h"
#include "confedit/timers/unit_file.h"

/* Where administrators put their units, which override all others. */
#define UNITS_OWN_DIR "/etc/systemd/system"

/* True if this machine runs systemd, by the test of sd_booted(3). */
bool units_systemd_runs(void);
/* Appends the names of all timers that exist, each once. */
void units_list_timers(struct strvec *ret_names);
/* Reads the effective file of the unit with its drop-ins; the caller frees its path. NULL: there is
 * no such unit, or it is masked. ERR_IO. */
int units_read(const char *name, struct unit_file *ret_unit, char **ret_path,
	       struct error *err) WARN_UNUSED;
/* True if there is such a unit, even a masked one. */
bool units_exists(const char *name);
/* True if there is one that is not masked. */
bool units_may_start(const char *name);
/* Appends the links that enable the unit and may be changed, and tells whether there are others. */
void units_find_links(const char *name, struct strvec *ret_links, bool *ret_is_static);
/* Asks systemd whether the unit is running. ERR_PLUGIN; ERR_CANCELLED. */
int units_is_active(const char *name, bool *ret_is_active, struct error *err) WARN_UNUSED;
/* Runs `systemctl VERB UNIT`; the unit may be NULL. ERR_PLUGIN has its message. */
int units_control(const char *verb, const char *unit, struct error *err) WARN_UNUSED;

#endif
