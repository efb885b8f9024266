/*
 * Listening sockets and who has a port.
 */
#ifndef OS_SOCKET_SOCKETS_H
#define OS_SOCKET_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct sockaddr;

/* Binds and listens on `port` (0: a free one, the same for both families): with an empty address on
 * IPv6 first, then IPv4, content with at least one (Certbot's standalone); with an address (or a
 * name of this host) on its family only. Fills up to two descriptors and the real port; they block,
 * and are not inherited.
 * ERR_BUSY: the port is taken; the text names process and pid where /proc tells. ERR_IO: EACCES and
 * the like. */
int sockets_listen(const char *address, int port, int ret_fds[2], size_t *ret_count, int *ret_port,
		   struct error *err) WARN_UNUSED;

/* True when an interface of this machine has the IPv4 or IPv6 address, whatever its port: what is
 * sent there stays here. False where that cannot be told. */
bool sockets_is_local(const struct sockaddr *address);

#endif
