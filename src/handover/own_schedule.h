/*
 * How this program renews automatically: by a timer where systemd runs, else by a cron line.
 */
#ifndef HANDOVER_OWN_SCHEDULE_H
#define HANDOVER_OWN_SCHEDULE_H

#include "config/settings.h"
#include "handover/changes.h"
#include "schedules/schedules.h"

/* Plans whatever is missing for that. Directories and configuration files of this command line are
 * passed on to the scheduled runs. ERR_REFUSED: there is neither systemd nor cron, a path cannot be
 * quoted, or a handover with other paths is on record. ERR_EXISTS. */
int own_schedule_plan(const struct settings *settings, const struct schedules *schedules,
		      struct changes *changes, struct error *err) WARN_UNUSED;

#endif
