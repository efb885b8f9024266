/*
 * Listening sockets.
 */
#ifndef OS_SOCKET_SOCKETS_H
#define OS_SOCKET_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct sockaddr;
struct strvec;

/* Binds and listens on `port` (0: a free one, the same for both families). With an empty address
 * tries IPv6, then IPv4, and needs only one of them (as Certbot's standalone plugin); with an
 * address or a name of this host uses only its family. Sets up to two blocking, close-on-exec
 * descriptors, which the caller closes, and the real port. ERR_BUSY: the port is taken; the text
 * names process and pid if /proc tells. ERR_IO: EACCES and the like. */
int sockets_listen(const char *address, int port, int ret_fds[2], size_t *ret_count, int *ret_port,
		   struct error *err) WARN_UNUSED;

/* True when an interface of this machine has the IPv4 or IPv6 address (the port is ignored), so
 * that connections to it stay here. False when unknown. */
bool sockets_is_local(const struct sockaddr *address);
/* The first address that a name (or an address) stands for and that this machine has, in digits;
 * NULL: there is none. The caller frees it. `family` is AF_INET, AF_INET6 or AF_UNSPEC (both). */
char *sockets_own_address(const char *name, int family) WARN_UNUSED;

/* Appends this machine's addresses as text, of whichever interface, without loopback addresses
 * (127.0.0.0/8, ::1) and those of a link. `ret_public`: it has one that is not private, of IPv4 and
 * of IPv6. */
void sockets_own_addresses(struct strvec *ret_addresses, bool ret_public[2]);

/* True for an address in digits that cannot be reached from outside: private, shared, unique local,
 * loopback or link. False for other texts. */
bool sockets_is_private(const char *digits);

/* Appends the names ("nginx") of the programs that listen on the TCP port at any address, each
 * once; none where that is unknown. */
void sockets_listeners(int port, struct strvec *ret_names);

#endif
