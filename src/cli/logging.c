/*
 * The log sink. One per process; its state is the one piece of global data the command line has, as
 * the log is.
 */
#include "cli/logging.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "os/file/file.h"
#include "os/system_files.h"

#define LOG_NAME "letsencrypt.log"
/* A log that grows beyond this within a run is rotated (bytes). Certbot's maxBytes. */
#define ROTATE_AT (1024 * 1024)

static struct {
	pthread_mutex_t lock; /* lines may come from several threads */
	enum log_level console_level;
	int fd;
	char *path;
	int max_backups;
	size_t written;
	bool has_no_file; /* nor gets one */
	bool is_on;       /* between logging_start() and logging_stop() */
	size_t said;      /* of what was said to the person, so much was logged (bytes) */
	struct strbuf kept;
} logging = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1, .kept = STRBUF_INIT_CAPPED(ROTATE_AT)};

static const char *const level_names[] = {
	[LOG_LEVEL_DEBUG] = "DEBUG",
	[LOG_LEVEL_INFO] = "INFO",
	[LOG_LEVEL_WARNING] = "WARNING",
	[LOG_LEVEL_ERROR] = "ERROR",
};

/* "../src/acme/order.c" becomes "certbot.acme.order", like Certbot's logger names, which are
 * modules. */
static void add_logger_name(struct strbuf *line, const char *file)
{
	const char *start = strstr(file, "src/");
	size_t at;

	strbuf_adds(line, "certbot.");
	at = line->len;
	strbuf_adds(line, start ? start + 4 : file);
	if (line->len > at + 2)
		strbuf_truncate(line, line->len - 2);
	for (; at < line->len; at++)
		if (line->text[at] == '/')
			line->text[at] = '.';
}

/* Python's default format for the time, with a comma before the milliseconds: log readers expect
 * it. */
static void format_line(struct strbuf *line, enum log_level level, const char *file,
			const char *text)
{
	struct timespec now;
	struct tm local;
	char stamp[32];

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &local);
	strbuf_addf(line, "%s,%03ld:%s:", stamp, now.tv_nsec / 1000000, level_names[level]);
	add_logger_name(line, file);
	strbuf_addc(line, ':');
	strbuf_adds(line, text); /* may be long, and formatting would take several passes */
	strbuf_addc(line, '\n');
}

/* Writes to a descriptor; a log that cannot be written must not stop the work. */
static void write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t count = write(fd, bytes, len);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return;
		bytes += count;
		len -= (size_t)count;
	}
}

/* Readable for all, as with Certbot; its directory is 0700. */
static int open_log(struct error *err)
{
	/* A link in its place would have us write into whatever it leads to, and a FIFO would have
	 * us wait for its reader. */
	int flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

	logging.fd = open(logging.path, flags, 0644);
	if (logging.fd >= 0) {
		logging.written = 0;
		return 0;
	}
	error_set_errno(err, errno, "cannot open the log '%s'", logging.path);
	if (err->sys_errno != EACCES)
		return err->code;
	return error_hint(err, "either run as root, or set --config-dir, --work-dir, and "
			       "--logs-dir to writeable paths");
}

/* letsencrypt.log becomes .1, .1 becomes .2 and so on, up to the limit. Only the unbroken sequence
 * of numbers has to move, from the last to the first, because rename() overwrites. Each run has a
 * log of its own, as with Certbot. */
static void rotate(void)
{
	int last = 0;

	if (!logging.max_backups || !file_exists(logging.path))
		return;
	while (last < logging.max_backups) {
		AUTO_FREE char *path = xasprintf("%s.%d", logging.path, last + 1);

		if (access(path, F_OK) < 0)
			break;
		last++;
	}
	if (last == logging.max_backups)
		last--;
	for (; last >= 0; last--) {
		AUTO_FREE char *from = last ? xasprintf("%s.%d", logging.path, last)
					    : xstrdup(logging.path);
		AUTO_FREE char *to = xasprintf("%s.%d", logging.path, last + 1);

		if (rename(from, to) < 0)
			return;
	}
}

/* A log that cannot be opened again must not stop a run that is halfway through. */
static void rotate_within_run(void)
{
	AUTO(error) struct error err = ERROR_INIT;

	close(logging.fd);
	logging.fd = -1;
	rotate();
	if (open_log(&err) < 0)
		dprintf(STDERR_FILENO, "%s\n", err.text);
}

/* Writes a line to the file, or keeps it until there is one. The lock is held. Options are parsed
 * before it is known where the log goes. */
static void write_line(const struct strbuf *line)
{
	if (logging.fd < 0) {
		strbuf_add(&logging.kept, line->text, line->len);
		return;
	}
	write_all(logging.fd, line->text, line->len);
	logging.written += line->len;
	if (logging.max_backups && logging.written > ROTATE_AT)
		rotate_within_run();
}

/* Certbot logs what it prints as well. Bounded, since `certificates` may list a hundred thousand
 * lineages. */
void logging_note_said(const char *text)
{
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;
	AUTO(strbuf) struct strbuf note = STRBUF_INIT;

	if (!logging.is_on || logging.said > ROTATE_AT)
		return;
	logging.said += strlen(text);
	strbuf_adds(&note, "Notifying user: ");
	strbuf_adds(&note, text);
	if (logging.said > ROTATE_AT)
		strbuf_adds(&note, "\n(further messages of this run are not logged)");
	format_line(&line, LOG_LEVEL_DEBUG, __FILE__, note.text);
	pthread_mutex_lock(&logging.lock);
	write_line(&line);
	pthread_mutex_unlock(&logging.lock);
}

/* Output printed before the warning must appear before it. */
static void sink(void *context, enum log_level level, const char *file, const char *text)
{
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;

	format_line(&line, level, file, text);
	pthread_mutex_lock(&logging.lock);
	write_line(&line);
	if (level >= logging.console_level) {
		fflush(stdout);
		dprintf(STDERR_FILENO, "%s\n", text);
	}
	pthread_mutex_unlock(&logging.lock);
}

void logging_start(enum log_level console_level)
{
	/* Without a zone that can be read, times are shown as where there is none. */
	if (!system_files_are_usable(SYSTEM_TIME))
		setenv("TZ", "UTC0", 0);
	logging.console_level = console_level;
	logging.is_on = true;
	log_set_sink(sink, NULL);
}

enum log_level logging_console_level(void)
{
	return logging.console_level;
}

/* The lines kept so far are the first of the file. */
int logging_open(const char *logs_dir, int max_backups, struct error *err)
{
	logging.path = path_join(logs_dir, LOG_NAME);
	logging.max_backups = max_backups;
	rotate();
	if (open_log(err) < 0)
		return err->code;
	write_all(logging.fd, logging.kept.text, logging.kept.len);
	strbuf_release(&logging.kept);
	return 0;
}

const char *logging_path(void)
{
	return logging.path;
}

/* In a directory of its own, for a fixed name in /tmp could be somebody's link. Certbot does the
 * same. */
void logging_rescue(void)
{
	const char *tmp = getenv("TMPDIR");
	AUTO_FREE char *dir = xasprintf("%s/certbot-log-XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
	AUTO_FREE char *path = NULL;
	int fd;

	if (logging.fd >= 0 || logging.has_no_file || !logging.kept.len || !mkdtemp(dir))
		return;
	path = path_join(dir, "log");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	write_all(fd, logging.kept.text, logging.kept.len);
	close(fd);
	REPLACE(logging.path, STEAL(path));
}

void logging_forgo_file(void)
{
	logging.has_no_file = true;
}

void logging_stop(void)
{
	log_set_sink(NULL, NULL);
	/* Lines that a library logs while the process exits would come after the file was
	 * closed. */
	logging.is_on = false;
	if (logging.fd >= 0)
		close(logging.fd);
	logging.fd = -1;
	REPLACE(logging.path, NULL);
	strbuf_release(&logging.kept);
}
