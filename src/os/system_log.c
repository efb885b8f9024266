/*
 * The journal's native protocol (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/) is so small that
 * libsystemd would be a dependency for a loop: a datagram of "NAME=value" lines. A value with a
 * line end in it has its length in front.
 */
#include "os/system_log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "base/strbuf.h"

#define SYSLOG_SOCKET "/dev/log"
#define IDENTIFIER "certbot"

enum { PATIENCE_S = 5 };

static void add_log_field(struct strbuf *out, const char *name, const char *value)
{
	uint64_t len = strlen(value);

	strbuf_adds(out, name);
	if (!strchr(value, '\n')) {
		strbuf_addf(out, "=%s\n", value);
		return;
	}
	strbuf_addc(out, '\n');
	for (int i = 0; i < 8; i++) /* little endian on every machine */
		strbuf_addc(out, (char)(len >> 8 * i & 0xff));
	strbuf_add(out, value, len);
	strbuf_addc(out, '\n');
}

static int send_datagram(const char *path, const struct strbuf *datagram, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	ssize_t sent;

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(err, ERR_CONFIG, "the path '%s' is too long for a socket", path);
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set_errno(err, errno, "cannot make a socket");
	/* A journal that is stopped leaves its queue full: a renewal must not wait for it. */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	sent = sendto(fd, datagram->text, datagram->len, MSG_NOSIGNAL,
		      (const struct sockaddr *)&address, sizeof(address));
	if (sent < 0 && errno == EAGAIN)
		error_set(err, ERR_IO, "the journal took nothing within %d s", PATIENCE_S);
	else if (sent < 0)
		error_set_errno(err, errno, "cannot write to the journal");
	close(fd);
	return err->code;
}

static int write_syslog(int level, const char *message, struct error *err)
{
	if (access(SYSLOG_SOCKET, W_OK) < 0)
		return error_set(err, ERR_NOT_FOUND,
				 "there is neither a journal nor a syslog on this machine");
	openlog(IDENTIFIER, LOG_PID, LOG_DAEMON);
	syslog(level, "%s", message);
	closelog();
	return 0;
}

int system_log_write(const char *journal, int level, const char *message,
		     const struct system_log_field *fields, size_t count, struct error *err)
{
	AUTO(strbuf) struct strbuf datagram = STRBUF_INIT;

	if (access(journal, W_OK) < 0)
		return write_syslog(level, message, err);
	add_log_field(&datagram, "MESSAGE", message);
	strbuf_addf(&datagram, "PRIORITY=%d\n", level);
	add_log_field(&datagram, "SYSLOG_IDENTIFIER", IDENTIFIER);
	for (size_t i = 0; i < count; i++)
		add_log_field(&datagram, fields[i].name, fields[i].value);
	return send_datagram(journal, &datagram, err);
}
