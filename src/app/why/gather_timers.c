/*
 * Who starts renewals on this machine (see gather_parts.h), from files alone: systemd's timers that
 * have a link in a directory "wants", and lines of cron. Other schedulers are not known, so that
 * "none" is never more than "none of these".
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/why/gather_parts.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "base/strvec.h"
#include "os/file/file.h"

enum { MAX_FILE = 65536 };

/* In systemd's order: what an administrator wrote comes before what packages bring. */
static const char *const unit_dirs[] = {
	"/etc/systemd/system",     "/run/systemd/system", "/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system", "/lib/systemd/system",
};

static const char systemd_runs[] = "/run/systemd/system";
/* Debian's cron, where a crontab sets no PATH. */
static const char cron_path[] = "/usr/bin:/bin";

/* The search for one program's starters below a root. */
struct search {
	const char *root, *program;
	struct fact_timers *timers;
};

static char *below(const struct search *search, const char *path)
{
	return xasprintf("%s%s", search->root, path);
}

static bool is_there(const struct search *search, const char *path)
{
	AUTO_FREE char *full = below(search, path);

	return access(full, F_OK) == 0;
}

/* Links and the two names of a merged /usr lead to one file. */
static bool is_same_file(const char *a, const char *b)
{
	struct stat one, other;

	return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino;
}

/* Notes that `where` starts the program, which need not exist. The first of a kind stays. */
static void note_starter(const struct search *search, const char *where, const char *program)
{
	struct fact_timers *timers = search->timers;
	AUTO_FREE char *full = below(search, program);

	if (is_same_file(full, search->program)) {
		if (!timers->ours)
			timers->ours = xstrdup(where);
	} else if (is_there(search, program) && !timers->other) {
		timers->other = xstrdup(where);
		timers->other_client = xstrdup(program);
	}
}

/* A word of a command line that names a Certbot, as a path; heap, or NULL. Bare names are looked up
 * in `path`. */
static char *program_of_word(const struct search *search, const char *word, const char *path)
{
	const char *base = path_basename(word);
	AUTO(strvec) struct strvec dirs = STRVEC_INIT;

	/* snapd's own unit starts it by a name in the snap's world. */
	if (strcmp(word, "certbot.renew") == 0)
		return xstrdup("/snap/bin/certbot");
	if (strcmp(base, "certbot") != 0 && strcmp(base, "certbot-auto") != 0 &&
	    strcmp(base, "letsencrypt") != 0)
		return NULL;
	if (word[0] == '/')
		return xstrdup(word);
	strvec_split(&dirs, path, ":");
	for (size_t i = 0; i < dirs.count; i++) {
		AUTO_FREE char *full = path_join(dirs.items[i], word);

		if (is_there(search, full))
			return STEAL(full);
	}
	return NULL;
}

/* The last such word: those before it may be of a test whether the program is there. */
static char *program_of_line(const struct search *search, const char *line, const char *path)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	char *found = NULL;

	strvec_split(&words, line, " \t;&|()'\"=");
	for (size_t i = 0; i < words.count; i++) {
		char *program = program_of_word(search, words.items[i], path);

		if (program)
			REPLACE(found, program);
	}
	return found;
}

/* A file that is longer than MAX_FILE does not belong to a timer. */
static bool read_text(const struct search *search, const char *path, struct strbuf *ret_text)
{
	AUTO_FREE char *full = below(search, path);
	AUTO(error) struct error unreadable = ERROR_INIT;

	return file_read(full, MAX_FILE, ret_text, &unreadable) == 0;
}

/* ---- systemd ---- */

/* The file of a unit, heap; NULL: there is none, or it is masked. */
static char *unit_path(const struct search *search, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(unit_dirs); i++) {
		AUTO_FREE char *path = path_join(unit_dirs[i], name);
		AUTO_FREE char *full = below(search, path);
		AUTO_FREE char *target = NULL;
		AUTO(error) struct error no_link = ERROR_INIT;

		if (file_read_link(full, &target, &no_link) == 0 &&
		    strcmp(target, "/dev/null") == 0)
			return NULL;
		if (is_there(search, path))
			return STEAL(path);
	}
	return NULL;
}

/* Links are what systemctl makes; a timer that was started by hand is gone after the next boot. */
static bool is_enabled(const struct search *search, const char *timer)
{
	for (size_t i = 0; i < ARRAY_LEN(unit_dirs); i++) {
		AUTO_FREE char *link = xasprintf("%s%s/timers.target.wants/%s", search->root,
						 unit_dirs[i], timer);

		if (file_exists(link))
			return true;
	}
	return false;
}

/* Returns the program that the service of the timer's name starts; heap, or NULL. */
static char *program_of_timer(const struct search *search, const char *timer)
{
	AUTO_FREE char *service = xasprintf("%.*s.service", (int)(strlen(timer) - strlen(".timer")),
					    timer);
	AUTO_FREE char *path = unit_path(search, service);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct span rest, line;

	if (!path || !read_text(search, path, &text))
		return NULL;
	rest = span_make(text.text, text.len);
	while (span_take_line(&rest, &line)) {
		AUTO_FREE char *copy = span_dup(span_trim(line));

		if (str_starts(copy, "ExecStart="))
			return program_of_line(search, copy + strlen("ExecStart="), cron_path);
	}
	return NULL;
}

static void look_at_timer(const struct search *search, const char *timer)
{
	AUTO_FREE char *path = unit_path(search, timer);
	AUTO_FREE char *program = path ? program_of_timer(search, timer) : NULL;
	AUTO_FREE char *full = program ? below(search, program) : NULL;

	if (!program)
		return;
	if (is_enabled(search, timer))
		note_starter(search, timer, program);
	else if (is_same_file(full, search->program) && !search->timers->disabled)
		search->timers->disabled = xstrdup(timer);
}

/* By their names, as there may be hundreds of timers, and services may start scripts. */
static void look_at_timers(const struct search *search)
{
	AUTO(strvec) struct strvec seen = STRVEC_INIT;

	for (size_t i = 0; i < ARRAY_LEN(unit_dirs); i++) {
		AUTO_FREE char *dir = below(search, unit_dirs[i]);
		AUTO(strvec) struct strvec names = STRVEC_INIT;
		AUTO(error) struct error missing = ERROR_INIT;

		if (dir_list(dir, ".timer", &names, &missing) < 0)
			continue;
		for (size_t j = 0; j < names.count; j++)
			if ((strstr(names.items[j], "certbot") ||
			     strstr(names.items[j], "letsencrypt")) &&
			    strvec_push_unique(&seen, names.items[j]))
				look_at_timer(search, names.items[j]);
	}
}

/* ---- cron ---- */

/* Debian's line tests for systemd, and leaves the work to its timer there. */
static bool is_idle(const struct search *search, const char *line)
{
	return strstr(line, systemd_runs) && is_there(search, systemd_runs);
}

static void look_at_crontab(const struct search *search, const char *path)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO_FREE char *dirs = xstrdup(cron_path);
	struct span rest, line;

	if (!read_text(search, path, &text))
		return;
	rest = span_make(text.text, text.len);
	while (span_take_line(&rest, &line)) {
		AUTO_FREE char *copy = span_dup(span_trim(line));
		AUTO_FREE char *program = NULL;

		if (str_starts(copy, "PATH="))
			REPLACE(dirs, xstrdup(copy + strlen("PATH=")));
		if (copy[0] == '#' || !strstr(copy, "renew") || is_idle(search, copy))
			continue;
		program = program_of_line(search, copy, dirs);
		if (program)
			note_starter(search, path, program);
	}
}

/* Names that cron itself does not take, such as those of a package's old files, count neither. */
static bool is_cron_name(const char *name)
{
	for (; *name; name++)
		if (!ascii_is_alnum(*name) && *name != '-' && *name != '_')
			return false;
	return true;
}

/* Vixie cron's places, and those of cronie and of run-parts. */
static void look_at_cron(const struct search *search)
{
	static const char *const files[] = {"/etc/crontab", "/var/spool/cron/crontabs/root",
					    "/var/spool/cron/root"};
	static const char *const dirs[] = {"/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily",
					   "/etc/cron.weekly"};

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		look_at_crontab(search, files[i]);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		AUTO_FREE char *dir = below(search, dirs[i]);
		AUTO(strvec) struct strvec names = STRVEC_INIT;
		AUTO(error) struct error missing = ERROR_INIT;

		if (dir_list(dir, "", &names, &missing) < 0)
			continue;
		for (size_t j = 0; j < names.count; j++) {
			AUTO_FREE char *path = path_join(dirs[i], names.items[j]);

			if (is_cron_name(names.items[j]))
				look_at_crontab(search, path);
		}
	}
}

void gather_timers(const char *root, const char *program, struct fact_timers *ret)
{
	const struct search search = {root, program, ret};

	/* The crontab of root can be read by root only. */
	ret->is_known = geteuid() == 0;
	if (is_there(&search, systemd_runs))
		look_at_timers(&search);
	look_at_cron(&search);
}
