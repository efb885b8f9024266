/*
 * Our own timer (see own_schedule.h). Its name must not clash: packages of Certbot and of this
 * program bring a certbot.timer, and may be installed or removed while ours is in use. If such a
 * package of this program has enabled its timer, nothing needs to be added.
 */
#include "handover/own_schedule.h"

#include <string.h>

#include "schedules/units.h"
#include "base/alloc.h"
#include "base/strbuf.h"
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

/* Options that say where a run looks for certificates. If the command line of the handover has
 * them, the timer needs them too; it would otherwise renew the usual directories. */
static const struct {
	const char *dest, *option;
} places[] = {
	{"config_dir", "--config-dir"},
	{"work_dir", "--work-dir"},
	{"logs_dir", "--logs-dir"},
};

/* The limits in the packaged service are left out: hooks on this machine have worked without them
 * so far. */
static char *make_service(const char *command)
{
	return xasprintf(WRITTEN_BY "[Unit]\n"
				    "Description=Renew the TLS certificates that are due\n"
				    "Documentation=man:certbot(1)\n"
				    "Wants=network-online.target\n"
				    "After=network-online.target\n"
				    "\n"
				    "[Service]\n"
				    "Type=oneshot\n"
				    "ExecStart=%s --no-random-sleep-on-renew\n"
				    "PrivateTmp=true\n",
			 command);
}

static char *make_crontab(const char *command)
{
	return xasprintf(WRITTEN_BY "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
				    "/sbin:/bin\n"
				    "\n"
				    "0 */12 * * * root %s\n",
			 command);
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

/* Appends a word in quotes. Refuses characters that would end the quotes in a unit, a crontab or a
 * shell. */
static int add_word(struct strbuf *command, char quote, const char *word, struct error *err)
{
	if (!word || strpbrk(word, "\"'\\%$\n"))
		return error_set(err, ERR_REFUSED,
				 "the path '%s' cannot be used in a timer: it contains a character "
				 "that is special there",
				 word ? word : "");
	strbuf_addf(command, "%c%s%c", quote, word, quote);
	return 0;
}

static bool is_given(const struct settings *settings, const char *dest)
{
	return settings_origin(settings, dest) == ORIGIN_COMMAND_LINE;
}

static bool has_places(const struct settings *settings)
{
	bool has = is_given(settings, "config_file");

	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		has = has || is_given(settings, places[i].dest);
	return has;
}

static int add_places(const struct settings *settings, char quote, struct strbuf *command,
		      struct error *err)
{
	const struct strvec *files = settings_list(settings, "config_file");

	for (size_t i = 0; is_given(settings, "config_file") && i < files->count; i++) {
		AUTO_FREE char *path = path_absolute(files->items[i]);

		strbuf_adds(command, " --config ");
		if (add_word(command, quote, path, err) < 0)
			return err->code;
	}
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (!is_given(settings, places[i].dest))
			continue;
		strbuf_addf(command, " %s ", places[i].option);
		if (add_word(command, quote, settings_string(settings, places[i].dest), err) < 0)
			return err->code;
	}
	return 0;
}

static int make_command(const struct settings *settings, bool for_systemd,
			struct strbuf *ret_command, struct error *err)
{
	AUTO_FREE char *program = schedules_own_program();
	char quote = for_systemd ? '"' : '\'';

	if (add_word(ret_command, quote, program, err) < 0)
		return err->code;
	strbuf_adds(ret_command, " -q renew");
	return add_places(settings, quote, ret_command, err);
}

/* With a handover on record, its timer or cron line exists or is about to be created. */
static int check_recorded(const struct changes *changes, const char *text, struct error *err)
{
	for (size_t i = 0; i < changes->count; i++)
		if (strcmp(changes->items[i].after.contents.text, text) == 0)
			return 0;
	error_set(err, ERR_REFUSED,
		  "a handover with other directories or configuration files is on record");
	return error_hint(err, "only one can be: run 'certbot handback' first");
}

static int plan_timer(const char *service_text, struct changes *changes, struct error *err)
{
	static const char service[] = UNITS_OWN_DIR "/" SERVICE, timer[] = UNITS_OWN_DIR "/" TIMER;

	if (changes_add_file(changes, service, service_text, err) < 0 ||
	    changes_add_file(changes, timer, timer_text, err) < 0 ||
	    changes_add_link(changes, UNITS_OWN_DIR "/timers.target.wants/" TIMER, timer, err) < 0)
		return err->code;
	changes->own_timer = xstrdup(TIMER);
	strvec_push(&changes->enabled, TIMER);
	return 0;
}

static int plan_cron_line(const char *text, struct changes *changes, struct error *err)
{
	if (!file_is_dir("/etc/cron.d")) {
		error_set(err, ERR_REFUSED,
			  "there is neither systemd nor /etc/cron.d, so nothing "
			  "would renew by itself");
		return error_hint(err, "install cron, or have 'certbot -q renew' run every day by "
				       "other means");
	}
	strvec_push(&changes->enabled, CRONTAB);
	return changes_add_file(changes, CRONTAB, text, err);
}

int own_schedule_plan(const struct settings *settings, const struct schedules *schedules,
		      struct changes *changes, struct error *err)
{
	AUTO(strbuf) struct strbuf command = STRBUF_INIT;
	AUTO_FREE char *text = NULL;

	if (make_command(settings, schedules->has_systemd, &command, err) < 0)
		return err->code;
	text = schedules->has_systemd ? make_service(command.text) : make_crontab(command.text);
	if (changes->enabled.count)
		return check_recorded(changes, text, err);
	if (is_ours_enabled(schedules) && !has_places(settings))
		return 0;
	return schedules->has_systemd ? plan_timer(text, changes, err)
				      : plan_cron_line(text, changes, err);
}
