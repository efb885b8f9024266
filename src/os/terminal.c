/*
 * The terminal (see terminal.h). Lines are read byte by byte: what stands behind the line belongs
 * to whoever reads standard input next.
 */
#include "os/terminal.h"

#include <errno.h>
#include <poll.h>
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
	int status;

	while ((status = read_byte(&byte)) == 1 && byte != '\n')
		strbuf_addc(&line, byte);
	if (status == -EINTR)
		return error_set(err, ERR_CANCELLED, "a signal ended the input");
	if (status < 0)
		return error_set_errno(err, -status, "cannot read standard input");
	if (status == 0 && !line.len)
		return error_set(err, ERR_CANCELLED, "standard input is at its end");
	if (strbuf_overflowed(&line))
		return error_set(err, ERR_PARSE, "a line of standard input is too long");
	if (line.len && line.text[line.len - 1] == '\r')
		strbuf_truncate(&line, line.len - 1);
	*ret_line = strbuf_detach(&line);
	return 0;
}
