/*
 * The file of events (see events_file.h). Each event is one write(), so that a reader sees whole
 * lines and sees them at once. The file is appended to: several runs may share one.
 */
#include "cli/events_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/log.h"
#include "os/clock.h"

enum {
	/* For a reader of a pipe. A run holds locks and has challenges in place, so it cannot wait
	 * for one that is stuck. */
	READER_MS = 5000,
	OPEN_PAUSE_MS = 50,
};

/* The one file of the process. */
static struct {
	int fd;
	bool is_file; /* a write to it does not wait for anybody */
	bool has_failed;
} events = {.fd = -1};

/* Writes as much as needs no wait: poll() promises PIPE_BUF bytes of a pipe. Returns what write()
 * does. */
static ssize_t write_some(const char *bytes, size_t len)
{
	struct pollfd reader = {.fd = events.fd, .events = POLLOUT};
	int ready;

	if (events.is_file)
		return write(events.fd, bytes, len);
	ready = poll(&reader, 1, READER_MS);
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready > 0 ? write(events.fd, bytes, len < PIPE_BUF ? len : PIPE_BUF) : -1;
}

/* A reader that has gone, or does not read, must not end a renewal: it is said once, and the run
 * goes on. */
static void write_event(void *context, const char *line)
{
	size_t left = strlen(line);

	while (left && !events.has_failed) {
		ssize_t count = write_some(line, left);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0) {
			events.has_failed = true;
			log_warning("cannot write the events of --json-events: %s",
				    strerror(errno));
			return;
		}
		line += count;
		left -= (size_t)count;
	}
}

static int64_t now(void *context)
{
	return clock_now_seconds(clock_system());
}

/* Opens a file or a pipe by its name. A pipe that nobody reads is waited for a little: the reader
 * may be starting at the same time. */
static int open_named(const char *path)
{
	/* For the administrator and the group: failures are told in the CA's words. */
	int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	int fd = open(path, flags, 0640);

	for (int waited = 0; fd < 0 && errno == ENXIO && waited < READER_MS;
	     waited += OPEN_PAUSE_MS) {
		poll(NULL, 0, OPEN_PAUSE_MS);
		fd = open(path, flags, 0640);
	}
	if (fd >= 0)
		fcntl(fd, F_SETFL, O_APPEND);
	return fd;
}

/* A descriptor may be a socket, which cannot be opened by its path. The copy is not inherited. */
static int open_path(const char *path)
{
	static const char inherited[] = "/dev/fd/";
	int64_t fd;

	if (strcmp(path, "-") == 0)
		return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (str_starts(path, inherited) && str_to_int64(path + strlen(inherited), 0, 1 << 20, &fd))
		return fcntl((int)fd, F_DUPFD_CLOEXEC, 3);
	return open_named(path);
}

int events_file_open(const char *path, struct result_options *options, struct error *err)
{
	struct stat status;

	events.fd = open_path(path);
	if (events.fd < 0 && errno == ENXIO)
		return error_set(err, ERR_CONFIG,
				 "cannot write to '%s' for --json-events: nobody reads from it",
				 path);
	if (events.fd < 0)
		return error_set_errno(err, errno, "cannot open '%s' for --json-events", path);
	events.is_file = fstat(events.fd, &status) == 0 && S_ISREG(status.st_mode);
	options->write_event = write_event;
	options->now = now;
	return 0;
}
