/*
 * How this program renews by itself: a timer where systemd runs, else a cron line.
 */
#ifndef HANDOVER_OWN_SCHEDULE_H
#define HANDOVER_OWN_SCHEDULE_H

#include "config/settings.h"
#include "handover/changes.h"
#include "schedules/schedules.h"

/* Plans what is lacking for that. Directories and configuration files that the command line gives
 * are used by what renews, too. ERR_REFUSED: there is neither systemd nor cron, a path cannot be
 * quoted, or a handover with others is on record. ERR_EXISTS. */
int own_schedule_plan(const struct settings *settings, const struct schedules *schedules,
		      struct changes *changes, struct error *err) WARN_UNUSED;

#endif
