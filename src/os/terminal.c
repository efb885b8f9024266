/*
 * The terminal (see terminal.h). Lines are read byte by byte: what follows the line belongs to
 * whoever reads standard input next.
 */
#include "os/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "os/signals.h"

enum {
	DEFAULT_WIDTH = 80,
	MAX_LINE_LEN = 65536,
};

bool terminal_is_interactive(int fd)
{
	return isatty(fd);
}

int terminal_width(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : DEFAULT_WIDTH;
}

bool terminal_has_sequences(void)
{
	const char *term = getenv("TERM");

	return term && term[0] && strcmp(term, "dumb") != 0;
}

/* The first that is set decides, as in setlocale(3), which this program does not call. */
static bool names_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *value = getenv(names[i]);

		if (value && value[0])
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

/* NO_COLOR: https://no-color.org; any value but the empty one counts. */
struct terminal_screen terminal_screen_of(int fd)
{
	const char *no_color = getenv("NO_COLOR");

	if (!terminal_is_interactive(fd))
		return (struct terminal_screen){.columns = 0};
	return (struct terminal_screen){
		.columns = terminal_width(fd),
		.has_colours = terminal_has_sequences() && !(no_color && no_color[0]),
		.has_symbols = names_utf8(),
	};
}

/* One byte: 1, or 0 at the end of the input, or a negative errno. Ends early for a signal. */
static int read_byte(char *ret_byte)
{
	struct pollfd polled[] = {
		{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = signals_fd(), .events = POLLIN},
	};

	while (!signals_pending()) {
		ssize_t count;

		if (poll(polled, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (!polled[0].revents)
			continue;
		count = read(STDIN_FILENO, ret_byte, 1);
		if (count >= 0)
			return (int)count;
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
	}
	return -EINTR;
}

int terminal_read_line(char **ret_line, struct error *err)
{
	AUTO(strbuf) struct strbuf line = STRBUF_INIT_CAPPED(MAX_LINE_LEN);
	char byte = '\0';
	int rc;

	while ((rc = read_byte(&byte)) == 1 && byte != '\n')
		strbuf_addc(&line, byte);
	if (rc == -EINTR)
		return error_set(err, ERR_CANCELLED, "input was interrupted by a signal");
	if (rc < 0)
		return error_set_errno(err, -rc, "cannot read standard input");
	if (rc == 0 && !line.len)
		return error_set(err, ERR_CANCELLED, "end of standard input");
	if (strbuf_overflowed(&line))
		return error_set(err, ERR_PARSE, "a line of standard input is too long");
	if (line.len && line.text[line.len - 1] == '\r')
		strbuf_truncate(&line, line.len - 1);
	*ret_line = strbuf_detach(&line);
	return 0;
}

/* Once /dev/null has its number, a closed stream cannot be told from one that was sent there. */
static bool output_was_closed;

bool terminal_output_was_closed(void)
{
	return output_was_closed;
}

void terminal_open_streams(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		output_was_closed |= fd == STDOUT_FILENO;
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int terminal_flush(struct error *err)
{
	int reason;

	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	/* errno of an earlier failure is lost by now; writing one more byte brings it back. */
	reason = write(STDOUT_FILENO, "\n", 1) < 0 ? errno : EIO;
	if (reason == EPIPE)
		return error_set(err, ERR_CANCELLED, "standard output was closed");
	return error_set_errno(err, reason, "cannot write to standard output");
}
