/*
 * Name servers (see name_server.h).
 */
#include "net/dns/name_server.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "base/span.h"
#include "os/file/file.h"
#include "os/system_files.h"

enum {
	DNS_PORT = 53,
	MAX_RESOLV_CONF = 64 * 1024,
};

/* Splits "host:port", "[host]:port" or "host". False: the port is not a number from 1 to 65535. */
static bool split_port(const char *text, char **ret_host, int64_t *ret_port)
{
	const char *colon = strrchr(text, ':');
	bool bracketed = text[0] == '[';
	const char *host_end = text + strlen(text);

	if (bracketed) {
		host_end = strchr(text, ']');
		if (!host_end || (host_end[1] && host_end[1] != ':'))
			return false;
		colon = host_end[1] ? host_end + 1 : NULL;
	} else if (colon && colon == strchr(text, ':')) {
		host_end = colon;
	} else {
		colon = NULL; /* several: an IPv6 address without port */
	}
	if (colon && !str_to_int64(colon + 1, 1, 65535, ret_port))
		return false;
	*ret_host = xstrndup(text + bracketed, (size_t)(host_end - text) - bracketed);
	return true;
}

/* Reads an IPv6 address. A link-local one has its interface after a percent sign (RFC 4007 section
 * 11), by name or by number. */
static bool parse_v6(const char *text, struct sockaddr_in6 *ret_address)
{
	size_t len = strcspn(text, "%");
	AUTO_FREE char *address = xstrndup(text, len);
	int64_t scope = 0;

	if (inet_pton(AF_INET6, address, &ret_address->sin6_addr) != 1)
		return false;
	if (!text[len])
		return true;
	if (!str_to_int64(text + len + 1, 1, UINT32_MAX, &scope))
		scope = if_nametoindex(text + len + 1);
	ret_address->sin6_scope_id = (uint32_t)scope;
	return scope != 0;
}

/* Only addresses: a name would have to be resolved by the servers that it stands for. */
int name_server_parse(const char *text, int default_port, struct name_server *ret_server,
		      struct error *err)
{
	int64_t port = default_port;
	AUTO_FREE char *host = NULL;
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	*ret_server = (struct name_server){.len = 0};
	if (split_port(text, &host, &port) && inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
		memcpy(&ret_server->address, &v4, sizeof(v4));
		ret_server->len = sizeof(v4);
	} else if (host && parse_v6(host, &v6)) {
		memcpy(&ret_server->address, &v6, sizeof(v6));
		ret_server->len = sizeof(v6);
	} else {
		return error_set(err, ERR_CONFIG,
				 "'%s' is not the address of a name server: expected an IPv4 or "
				 "IPv6 address, maybe with :PORT",
				 text);
	}
	name_server_set_port(ret_server, (int)port);
	return 0;
}

/* sockaddr_storage is aligned for all of them. */
static const struct sockaddr_in *v4_of(const struct name_server *server)
{
	return (const struct sockaddr_in *)&server->address;
}

static const struct sockaddr_in6 *v6_of(const struct name_server *server)
{
	return (const struct sockaddr_in6 *)&server->address;
}

void name_server_set_port(struct name_server *server, int port)
{
	if (server->address.ss_family == AF_INET)
		((struct sockaddr_in *)&server->address)->sin_port = htons((uint16_t)port);
	else
		((struct sockaddr_in6 *)&server->address)->sin6_port = htons((uint16_t)port);
}

int name_server_port(const struct name_server *server)
{
	return ntohs(server->address.ss_family == AF_INET ? v4_of(server)->sin_port
							  : v6_of(server)->sin6_port);
}

void name_server_print(const struct name_server *server, struct strbuf *out)
{
	char text[INET6_ADDRSTRLEN] = "";
	bool is_v4 = server->address.ss_family == AF_INET;
	int port = name_server_port(server);
	bool has_brackets = !is_v4 && port != DNS_PORT;

	inet_ntop(server->address.ss_family,
		  is_v4 ? (const void *)&v4_of(server)->sin_addr : &v6_of(server)->sin6_addr, text,
		  sizeof(text));
	strbuf_addf(out, "%s%s", has_brackets ? "[" : "", text);
	if (!is_v4 && v6_of(server)->sin6_scope_id)
		/* The number, because the child that gets this text cannot look up names of
		 * interfaces. */
		strbuf_addf(out, "%%%u", v6_of(server)->sin6_scope_id);
	if (port != DNS_PORT)
		strbuf_addf(out, "%s:%d", has_brackets ? "]" : "", port);
}

/* Member by member: the padding of these structs need not be equal. */
bool name_server_equal(const struct name_server *a, const struct name_server *b)
{
	if (a->address.ss_family != b->address.ss_family)
		return false;
	if (a->address.ss_family == AF_INET)
		return v4_of(a)->sin_port == v4_of(b)->sin_port &&
		       v4_of(a)->sin_addr.s_addr == v4_of(b)->sin_addr.s_addr;
	return v6_of(a)->sin6_port == v6_of(b)->sin6_port &&
	       v6_of(a)->sin6_scope_id == v6_of(b)->sin6_scope_id &&
	       memcmp(&v6_of(a)->sin6_addr, &v6_of(b)->sin6_addr, 16) == 0;
}

bool name_server_is_loopback(const struct name_server *server)
{
	if (server->address.ss_family == AF_INET)
		return ntohl(v4_of(server)->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&v6_of(server)->sin6_addr);
}

/* The address of a "nameserver" line as the C library reads it: the keyword at the very start, a
 * blank, and an address that ends at a blank or a comment. NULL for other lines. Heap. */
static char *address_of_line(struct span line)
{
	size_t len = 0;

	if (!span_skip_prefix(&line, "nameserver") || !line.len ||
	    (*line.ptr != ' ' && *line.ptr != '\t'))
		return NULL;
	line = span_trim(line);
	while (len < line.len && !strchr(" \t\r;#", line.ptr[len]))
		len++;
	return span_dup(span_make(line.ptr, len));
}

/* As the C library: at most three, and this machine where the file names none (resolv.conf(5)). */
size_t name_server_system(const char *resolv_conf,
			  struct name_server ret_servers[static NAME_SERVER_MAX_SYSTEM])
{
	AUTO(error) struct error ignored = ERROR_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct span rest, line;
	size_t count = 0;

	/* A missing file is an empty one, as for the C library; and so is a FIFO, whose writer may
	 * be silent forever. */
	if (system_file_check(resolv_conf, &ignored) < 0 ||
	    file_read(resolv_conf, MAX_RESOLV_CONF, &text, &ignored) < 0)
		error_release(&ignored);
	rest = span_make(text.text, text.len);
	while (count < NAME_SERVER_MAX_SYSTEM && span_take_line(&rest, &line)) {
		AUTO(error) struct error bad = ERROR_INIT;
		AUTO_FREE char *address = address_of_line(line);

		if (!address)
			continue;
		if (name_server_parse(address, DNS_PORT, &ret_servers[count], &bad) == 0)
			count++;
		else
			log_debug("%s: %s", resolv_conf, bad.text);
	}
	if (!count && name_server_parse("127.0.0.1", DNS_PORT, &ret_servers[0], &ignored) == 0)
		count = 1;
	return count;
}
