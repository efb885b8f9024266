/*
 * How this program renews by itself: a timer where systemd runs, else a cron line.
 */
#ifndef HANDOVER_OWN_SCHEDULE_H
#define HANDOVER_OWN_SCHEDULE_H

#include "handover/changes.h"
#include "handover/schedules.h"

/* Plans what is lacking for that. ERR_REFUSED: there is neither systemd nor cron. ERR_EXISTS. */
int own_schedule_plan(const struct schedules *schedules, struct changes *changes,
		      struct error *err) WARN_UNUSED;

#endif
