/*
 * What renews certificates on this machine automatically: timers of systemd, and lines of crontabs
 * that call Certbot or this program with `renew`. Looking changes nothing.
 */
#ifndef SCHEDULES_SCHEDULES_H
#define SCHEDULES_SCHEDULES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"

enum schedule_kind { SCHEDULE_TIMER, SCHEDULE_CRON };

struct schedule {
	enum schedule_kind kind;
	char *name;     /* "certbot.timer", "/etc/cron.d/certbot, line 17" */
	char *path;     /* the unit's file, or the crontab */
	size_t line;    /* line number in the crontab */
	char *program;  /* the program that it runs: its path, if it can be found */
	char *verb;     /* "renew", or such as "certonly" */
	char *options;  /* printable options that change what that does; NULL: none */
	bool is_script; /* `path` is a script that run-parts or anacron starts, not a crontab */
	bool is_tied;   /* the line is part of a larger command, so it cannot be disabled alone */
	bool is_ours;   /* it runs this program */
	bool is_idle;   /* a cron line that does nothing where systemd runs, as here */
	/* Of timers: the links below /etc and /run that enable it, whether it has others (which
	 * belong to the system), and whether it is running now. */
	struct strvec links;
	bool is_static, is_active;
};

struct schedules {
	struct schedule *items;
	size_t count, capacity;
	bool has_systemd; /* systemd is running here */
};

#define SCHEDULES_INIT                                                                             \
	{                                                                                          \
		.items = NULL                                                                      \
	}
void schedules_release(struct schedules *schedules);
DEFINE_AUTO(schedules, schedules_release);

/* Finds them by reading files only; `ret` is SCHEDULES_INIT. A file that cannot be read is an
 * error, since it may have one. After an error, `ret` has what was found up to then: timers come
 * first, and users' crontabs, which only root may read, last. ERR_IO. */
int schedules_read(struct schedules *ret, struct error *err) WARN_UNUSED;
/* The same, and asks systemd which of the timers run, which may take a while. ERR_IO; ERR_PLUGIN:
 * systemd does not answer; ERR_CANCELLED. */
int schedules_find(struct schedules *ret, struct error *err) WARN_UNUSED;
/* True when the schedule does something: a timer is enabled or runs. */
bool schedule_is_enabled(const struct schedule *schedule);
/* "systemd" or "cron"; static. */
const char *schedule_kind_name(const struct schedule *schedule);
/* Returns the path of the program of the first enabled schedule that is not ours, borrowed, or
 * NULL. Since it is going to be run, programs that other users could have put there are skipped. */
const char *schedules_other_program(const struct schedules *schedules);
/* Returns the path of this program's own file, which the caller frees. */
char *schedules_own_program(void);

#endif
