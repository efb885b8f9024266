/*
 * Questions on sockets of the file system (see local_socket.h).
 */
#include "os/socket/local_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/file/file.h"

static int set_limits(int fd, int64_t limit_ms, struct error *err)
{
	const struct timeval limit = {.tv_sec = limit_ms / 1000, .tv_usec = limit_ms % 1000 * 1000};

	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		return error_set_errno(err, errno, "cannot set time limits of a socket");
	return 0;
}

/* Reports the failure of a step by its errno. */
static int report_step(const char *path, const char *step, struct error *err)
{
	int cause = errno;

	if (cause == EINTR)
		return error_set(err, ERR_CANCELLED, "stopped by a signal");
	if (cause == EAGAIN || cause == EWOULDBLOCK)
		return error_set(err, ERR_IO, "cannot %s '%s': it took too long", step, path);
	error_set_errno(err, cause, "cannot %s '%s'", step, path);
	return cause == ENOENT || cause == ECONNREFUSED ? error_recode(err, ERR_NOT_FOUND)
							: error_recode(err, ERR_IO);
}

static int connect_to(const char *path, int64_t limit_ms, int *ret_fd, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	AUTO_CLOSE int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(err, ERR_IO, "cannot connect to '%s': the path is too long", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set_errno(err, errno, "cannot make a socket");
	if (set_limits(fd, limit_ms, err) < 0)
		return err->code;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return report_step(path, "connect to", err);
	*ret_fd = STEAL_FD(fd);
	return 0;
}

/* A service may close the connection before it has read everything, with its answer already
 * sent. */
static int send_all(int fd, const char *path, struct span rest, struct error *err)
{
	while (rest.len) {
		ssize_t sent = send(fd, rest.ptr, rest.len, MSG_NOSIGNAL);

		if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
			return 0;
		if (sent < 0)
			return report_step(path, "write to", err);
		rest = span_drop(rest, (size_t)sent);
	}
	return 0;
}

static int receive_all(int fd, const char *path, struct strbuf *ret_answer, struct error *err)
{
	char bytes[8192];
	ssize_t len;

	while ((len = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
		strbuf_add(ret_answer, bytes, (size_t)len);
		if (strbuf_overflowed(ret_answer))
			return error_set(err, ERR_PARSE, "the answer from '%s' is too long", path);
	}
	if (len < 0 && errno != ECONNRESET)
		return report_step(path, "read from", err);
	return 0;
}

int local_socket_ask(const char *path, struct span request, int64_t limit_ms,
		     struct strbuf *ret_answer, struct error *err)
{
	AUTO_CLOSE int fd = -1;

	if (connect_to(path, limit_ms, &fd, err) < 0 || send_all(fd, path, request, err) < 0)
		return err->code;
	return receive_all(fd, path, ret_answer, err);
}
