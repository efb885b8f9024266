/*
 * Addresses of name servers, and the name servers the system is configured to use.
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

/* Parses "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353" or "fe80::53%eth0";
 * default_port is used if the text has no port. ERR_CONFIG: not an IP address, or there is no such
 * interface. */
int name_server_parse(const char *text, int default_port, struct name_server *ret_server,
		      struct error *err) WARN_UNUSED;
/* Appends the address, with its port unless that is 53, and with the number of its interface if it
 * has one. name_server_parse() accepts the result. */
void name_server_print(const struct name_server *server, struct strbuf *out);

/* Returns true if address and port are the same. */
bool name_server_equal(const struct name_server *a, const struct name_server *b);

/* Returns true if the address belongs to the loopback network. */
bool name_server_is_loopback(const struct name_server *server);

/* Replaces the port. */
void name_server_set_port(struct name_server *server, int port);

/* Returns the port. */
int name_server_port(const struct name_server *server);

#define NAME_SERVER_MAX_SYSTEM 3
/* Reads the name servers from the given resolv.conf, at most three, as the C library does;
 * 127.0.0.1 if there are none. Entries that cannot be used go to the debug log. Returns how many
 * there are. */
size_t name_server_system(const char *resolv_conf,
			  struct name_server ret_servers[static NAME_SERVER_MAX_SYSTEM]);

#endif
