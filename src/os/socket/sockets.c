/*
 * Listening sockets (see sockets.h), with Certbot's rule for its standalone plugin: IPv6 first and
 * then IPv4 on the same port, and one that works is enough. An IPv6 socket takes IPv4 as well where
 * the system says so (net.ipv6.bindv6only); then the second bind fails, and that is fine.
 */
#include "os/socket/sockets.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/file/file.h"
#include "os/socket/sockets_parts.h"
#include "os/system_files.h"

static void address_list_free(struct addrinfo **list)
{
	if (*list)
		freeaddrinfo(*list);
}
#define AUTO_FREEADDRINFO __attribute__((cleanup(address_list_free)))

static const int families[] = {AF_INET6, AF_INET};

struct listen_attempt {
	const char *address; /* "": any */
	int port;
	int errno_value;  /* the most telling failure so far */
	int lookup_error; /* of getaddrinfo() */
};

static void note_errno(struct listen_attempt *attempt, int errno_value)
{
	if (attempt->errno_value != EADDRINUSE)
		attempt->errno_value = errno_value;
}

static int bound_port(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in ipv4;
		struct sockaddr_in6 ipv6;
	} bound;
	socklen_t len = sizeof(bound);

	if (getsockname(fd, &bound.any, &len) < 0)
		return -1;
	return ntohs(bound.any.sa_family == AF_INET6 ? bound.ipv6.sin6_port : bound.ipv4.sin_port);
}

/* A listening socket at the address, or -1 with errno. */
static int listen_at(const struct addrinfo *at)
{
	AUTO_CLOSE int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, at->ai_addr, at->ai_addrlen) < 0 || listen(fd, SOMAXCONN) < 0)
		return -1;
	return STEAL_FD(fd);
}

/* Listens in one family; -1 when that does not work. */
static int listen_in_family(struct listen_attempt *attempt, int family)
{
	struct addrinfo hints = {
		.ai_family = family,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};
	AUTO_FREEADDRINFO struct addrinfo *found = NULL;
	AUTO_FREE char *service = xasprintf("%d", attempt->port);
	const char *node = attempt->address[0] ? attempt->address : NULL;
	int failure = getaddrinfo(node, service, &hints, &found);
	int fd;

	if (failure) {
		attempt->lookup_error = failure;
		return -1;
	}
	fd = listen_at(found);
	if (fd < 0)
		note_errno(attempt, errno);
	else if (!attempt->port)
		attempt->port = bound_port(fd);
	return fd;
}

static int report_listening(const struct listen_attempt *attempt, struct error *err)
{
	const char *address = attempt->address;
	AUTO_FREE char *where = xasprintf("%s%sport %d", address, address[0] ? " " : "",
					  attempt->port);
	AUTO_FREE char *owner = NULL;

	if (!attempt->errno_value)
		return error_set(err, ERR_IO, "cannot listen on %s: %s", where,
				 gai_strerror(attempt->lookup_error));
	if (attempt->errno_value != EADDRINUSE)
		return error_set_errno(err, attempt->errno_value, "cannot listen on %s", where);
	owner = sockets_port_owner(attempt->port);
	error_set(err, ERR_BUSY, "cannot listen on %s: it is in use by %s", where,
		  owner ? owner : "another process");
	err->sys_errno = EADDRINUSE;
	return ERR_BUSY;
}

int sockets_listen(const char *address, int port, int ret_fds[2], size_t *ret_count, int *ret_port,
		   struct error *err)
{
	struct listen_attempt attempt = {.address = address, .port = port};
	size_t count = 0;

	*ret_count = 0;
	/* The address may be a name. */
	if (address[0] && system_files_check(SYSTEM_HOSTS, err) < 0)
		return error_wrap(err, "cannot listen on %s port %d", address, port);
	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		int fd = listen_in_family(&attempt, families[i]);

		if (fd >= 0)
			ret_fds[count++] = fd;
	}
	*ret_count = count;
	*ret_port = attempt.port;
	return count ? 0 : report_listening(&attempt, err);
}
