/*
 * What starts renewals on this machine (see gather_parts.h). Only systemd and cron are known, so
 * "none" means none of these. systemd is not asked: it may be what is broken, and a timer that was
 * started by hand does not survive the next boot.
 */
#include <string.h>

#include "app/why/gather_parts.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "os/file/file.h"
#include "schedules/schedules.h"

/* Crontabs of other users, and calls that name a configuration, renew other certificates. */
static bool is_about_others(const struct schedule *schedule)
{
	return (str_starts(schedule->path, "/var/spool/cron/") &&
		strcmp(path_basename(schedule->path), "root") != 0) ||
	       (schedule->options && strstr(schedule->options, "--config-dir"));
}

/* Units and cron lines may outlive the program that they start. */
static bool does_something(const struct schedules *schedules, const struct schedule *schedule)
{
	return schedule_is_enabled(schedule) && !schedule->is_idle &&
	       (schedule->kind == SCHEDULE_CRON || schedules->has_systemd) &&
	       file_exists(schedule->program);
}

/* The first of each kind is kept. */
static void take_schedule(const struct schedules *schedules, const struct schedule *schedule,
			  struct fact_timers *ret)
{
	if (!does_something(schedules, schedule)) {
		if (schedule->is_ours && schedule->kind == SCHEDULE_TIMER &&
		    schedules->has_systemd && !ret->disabled)
			ret->disabled = xstrdup(schedule->name);
	} else if (schedule->is_ours) {
		if (!ret->ours)
			ret->ours = xstrdup(schedule->name);
	} else if (!ret->other && !is_about_others(schedule)) {
		ret->other = xstrdup(schedule->name);
		ret->other_client = xstrdup(schedule->program);
	}
}

void gather_timers(struct fact_timers *ret)
{
	AUTO(schedules) struct schedules schedules = SCHEDULES_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;

	ret->is_known = schedules_read(&schedules, &unreadable) == 0;
	for (size_t i = 0; i < schedules.count; i++)
		take_schedule(&schedules, &schedules.items[i], ret);
}
