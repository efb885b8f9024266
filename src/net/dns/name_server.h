/*
 * Addresses of name servers, and those that the system uses.
 */
#ifndef NET_DNS_NAME_SERVER_H
#define NET_DNS_NAME_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"

struct name_server {
	struct sockaddr_storage address;
	socklen_t len;
};

/* "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353", "fe80::53%eth0"; the default
 * port where none is given. ERR_CONFIG: not an address literal, or no such interface. */
int name_server_parse(const char *text, int default_port, struct name_server *ret_server,
		      struct error *err) WARN_UNUSED;
/* Appends the address; with its port when that is not 53, and with the number of its interface when
 * it has one. name_server_parse() reads it back. */
void name_server_print(const struct name_server *server, struct strbuf *out);
bool name_server_equal(const struct name_server *a, const struct name_server *b);
bool name_server_is_loopback(const struct name_server *server);
void name_server_set_port(struct name_server *server, int port);
int name_server_port(const struct name_server *server);

#define NAME_SERVER_MAX_SYSTEM 3
/* The servers of /etc/resolv.conf, at most three as for the C library; 127.0.0.1 when it has none.
 * What cannot be used goes to the debug log. */
size_t name_server_system(const char *resolv_conf,
			  struct name_server ret_servers[static NAME_SERVER_MAX_SYSTEM]);

#endif
