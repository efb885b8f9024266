/*
 * Our own timer (see own_schedule.h). Its names are those of nobody else: a package of Certbot, or
 * of this program, has a certbot.timer, and may be installed or removed while ours is in use. If a
 * package of this program has enabled its timer, nothing is added.
 */
#include "handover/own_schedule.h"

#include <string.h>

#include "handover/units.h"
#include "base/alloc.h"
#include "os/file/file.h"

#define TIMER "certbot-handover.timer"
#define SERVICE "certbot-handover.service"
#define CRONTAB "/etc/cron.d/certbot-handover"
#define WRITTEN_BY "# Made by certbot handover; certbot handback removes it.\n"

static const char timer_text[] = WRITTEN_BY
	"[Unit]\n"
	"Description=Look hourly for TLS certificates that are due\n"
	"\n"
	"[Timer]\n"
	"OnCalendar=hourly\n"
	"RandomizedDelaySec=3600\n"
	"Persistent=true\n"
	"\n"
	"[Install]\n"
	"WantedBy=timers.target\n";

/* The limits of the service in a package are left out: hooks of this machine have worked without
 * them so far. */
static char *service_text(const char *program)
{
	return xasprintf(WRITTEN_BY "[Unit]\n"
				    "Description=Renew the TLS certificates that are due\n"
				    "Documentation=man:certbot(1)\n"
				    "Wants=network-online.target\n"
				    "After=network-online.target\n"
				    "\n"
				    "[Service]\n"
				    "Type=oneshot\n"
				    "ExecStart=\"%s\" -q renew --no-random-sleep-on-renew\n"
				    "PrivateTmp=true\n",
			 program);
}

static char *crontab_text(const char *program)
{
	return xasprintf(WRITTEN_BY "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
				    "/sbin:/bin\n"
				    "\n"
				    "0 */12 * * * root '%s' -q renew\n",
			 program);
}

static bool is_ours_enabled(const struct schedules *schedules)
{
	enum schedule_kind kind = schedules->has_systemd ? SCHEDULE_TIMER : SCHEDULE_CRON;

	for (size_t i = 0; i < schedules->count; i++)
		if (schedules->items[i].is_ours && schedules->items[i].kind == kind &&
		    schedule_is_enabled(&schedules->items[i]))
			return true;
	return false;
}

/* Refuses characters that would end the word in a unit, in a crontab or in a shell. */
static int check_program(const char *program, struct error *err)
{
	if (program && !strpbrk(program, "\"'\\%$\n"))
		return 0;
	return error_set(err, ERR_REFUSED,
			 "this program's path, '%s', cannot be written into a "
			 "timer",
			 program ? program : "");
}

static int plan_timer(const char *program, struct changes *changes, struct error *err)
{
	static const char service[] = UNITS_OWN_DIR "/" SERVICE, timer[] = UNITS_OWN_DIR "/" TIMER;
	AUTO_FREE char *text = service_text(program);

	if (changes_add_file(changes, service, text, err) < 0 ||
	    changes_add_file(changes, timer, timer_text, err) < 0 ||
	    changes_add_link(changes, UNITS_OWN_DIR "/timers.target.wants/" TIMER, timer, err) < 0)
		return err->code;
	changes->own_timer = xstrdup(TIMER);
	strvec_push(&changes->enabled, TIMER);
	return 0;
}

int own_schedule_plan(const struct schedules *schedules, struct changes *changes, struct error *err)
{
	AUTO_FREE char *program = schedules_own_program(), *text = NULL;

	if (is_ours_enabled(schedules))
		return 0;
	if (check_program(program, err) < 0)
		return err->code;
	if (schedules->has_systemd)
		return plan_timer(program, changes, err);
	if (!file_is_dir("/etc/cron.d")) {
		error_set(err, ERR_REFUSED,
			  "there is neither systemd nor /etc/cron.d, so nothing "
			  "would renew by itself");
		return error_hint(err,
				  "install cron, or have '%s -q renew' run every day by other "
				  "means",
				  program);
	}
	text = crontab_text(program);
	strvec_push(&changes->enabled, CRONTAB);
	return changes_add_file(changes, CRONTAB, text, err);
}
