/*
 * The file of events (see events_file.h). Each event is one write(), so that a reader sees whole
 * lines and sees them at once. The file is appended to: several runs may share one.
 */
#include "cli/events_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/log.h"
#include "os/clock.h"

/* The one file of the process. */
static struct {
	int fd;
	bool has_failed;
} events = {.fd = -1};

/* A reader that has gone must not end a renewal: it is said once, and the run goes on. */
static void write_event(void *context, const char *line)
{
	size_t left = strlen(line);

	while (left && !events.has_failed) {
		ssize_t count = write(events.fd, line, left);

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

/* A descriptor may be a socket, which cannot be opened by its path. The copy is not inherited. */
static int open_path(const char *path)
{
	static const char inherited[] = "/dev/fd/";
	int64_t fd;

	if (strcmp(path, "-") == 0)
		return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (str_starts(path, inherited) && str_to_int64(path + strlen(inherited), 0, 1 << 20, &fd))
		return fcntl((int)fd, F_DUPFD_CLOEXEC, 3);
	/* For the administrator and the group: failures are told in the CA's words. */
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
}

int events_file_open(const char *path, struct result_options *options, struct error *err)
{
	events.fd = open_path(path);
	if (events.fd < 0)
		return error_set_errno(err, errno, "cannot open '%s' for --json-events", path);
	options->write_event = write_event;
	options->now = now;
	return 0;
}
