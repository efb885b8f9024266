/*
 * The journal's native protocol (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/) is so small that
 * libsystemd would be a dependency for a loop: a datagram of "NAME=value" lines. A value with a
 * line end in it has its length in front.
 *
 * syslog's is a line (RFC 3164 4.1). syslog(3) is not used because it waits without limit for a
 * daemon that does not read, and does not say that nobody listens.
 */
#include "os/system_log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "os/clock.h"

#define IDENTIFIER "certbot"

const struct system_log system_log_usual = {
	.journal = "/run/systemd/journal/socket",
	.syslog = "/dev/log",
	.patience_s = 5,
};

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

/* Where an entry goes. */
struct reader {
	const char *path, *name;
	int patience_s;
};

/* Returns the descriptor, or -1 with errno. The limit is for connect() too, which waits where a
 * queue of connections is full. */
static int open_reader(const struct reader *reader, int type)
{
	const struct timeval patience = {.tv_sec = reader->patience_s};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0), cause;

	if (fd < 0)
		return -1;
	memcpy(address.sun_path, reader->path, strlen(reader->path));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0 &&
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	cause = errno;
	close(fd);
	errno = cause;
	return -1;
}

static int report_unread(const struct reader *reader, int cause, struct error *err)
{
	if (cause == EAGAIN)
		return error_set(err, ERR_IO, "%s took nothing within %d s", reader->name,
				 reader->patience_s);
	error_set_errno(err, cause, "cannot write to %s", reader->name);
	return err->code;
}

/* Sends an entry as a datagram, or where a daemon wants a stream, with a null byte behind it, as
 * syslog(3) does. A stream that takes only a part within the limit has no reader. */
static int send_entry(const struct reader *reader, const struct strbuf *entry, struct error *err)
{
	size_t len = entry->len;
	ssize_t sent;
	int fd;

	if (strlen(reader->path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return error_set(err, ERR_CONFIG, "the path '%s' is too long for a socket",
				 reader->path);
	fd = open_reader(reader, SOCK_DGRAM);
	if (fd < 0 && errno == EPROTOTYPE) {
		fd = open_reader(reader, SOCK_STREAM);
		len++;
	}
	if (fd < 0)
		return report_unread(reader, errno, err);
	sent = send(fd, entry->text, len, MSG_NOSIGNAL);
	if (sent != (ssize_t)len)
		report_unread(reader, sent < 0 ? errno : EAGAIN, err);
	close(fd);
	return err->code;
}

/* The names of months are English in the C locale, which this program never leaves. */
static void add_syslog_line(int level, const char *message, struct strbuf *out)
{
	time_t now = (time_t)clock_now_seconds(clock_system());
	char at[32] = "";
	struct tm local;

	if (localtime_r(&now, &local) && !strftime(at, sizeof(at), "%b %e %H:%M:%S ", &local))
		at[0] = '\0';
	strbuf_addf(out, "<%d>%s" IDENTIFIER "[%d]: %s", LOG_DAEMON | level, at, (int)getpid(),
		    message);
}

int system_log_write(const struct system_log *log, int level, const char *message,
		     const struct system_log_field *fields, size_t count, struct error *err)
{
	AUTO(strbuf) struct strbuf entry = STRBUF_INIT;
	struct reader reader = {log->journal, "the journal", log->patience_s};

	if (access(log->journal, W_OK) < 0) {
		reader.path = log->syslog;
		reader.name = "syslog";
		if (access(log->syslog, W_OK) < 0)
			return error_set(err, ERR_NOT_FOUND,
					 "there is neither a journal nor a syslog on this machine");
		add_syslog_line(level, message, &entry);
		return send_entry(&reader, &entry, err);
	}
	add_log_field(&entry, "MESSAGE", message);
	strbuf_addf(&entry, "PRIORITY=%d\n", level);
	add_log_field(&entry, "SYSLOG_IDENTIFIER", IDENTIFIER);
	for (size_t i = 0; i < count; i++)
		add_log_field(&entry, fields[i].name, fields[i].value);
	return send_entry(&reader, &entry, err);
}
