/*
 * Addresses of this machine's own interfaces (see sockets.h). Binding to an address proves nothing:
 * with net.ipv4.ip_nonlocal_bind, as keepalived wants it, that works with another node's too.
 */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/strvec.h"
#include "os/socket/sockets.h"
#include "os/system_files.h"

static bool is_same(const struct sockaddr *a, const struct sockaddr *b)
{
	if (a->sa_family != b->sa_family)
		return false;
	if (a->sa_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	return a->sa_family == AF_INET6 &&
	       memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
		      &((const struct sockaddr_in6 *)b)->sin6_addr, sizeof(struct in6_addr)) == 0;
}

/* 127.0.0.0/8 is the loopback interface's as a whole, if that interface has any IPv4 address. */
static bool is_same_loopback(const struct sockaddr *a, const struct sockaddr *b)
{
	if (a->sa_family != AF_INET || b->sa_family != AF_INET)
		return false;
	return ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET &&
	       ntohl(((const struct sockaddr_in *)b)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

bool sockets_is_local(const struct sockaddr *address)
{
	struct ifaddrs *list = NULL;
	bool found = false;

	if (getifaddrs(&list) < 0)
		return false;
	for (const struct ifaddrs *one = list; one && !found; one = one->ifa_next)
		found = one->ifa_addr && (is_same(one->ifa_addr, address) ||
					  is_same_loopback(one->ifa_addr, address));
	freeifaddrs(list);
	return found;
}

char *sockets_own_address(const char *name, int family)
{
	const struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	char digits[INET6_ADDRSTRLEN];
	char *own = NULL;

	if (!system_files_are_usable(SYSTEM_HOSTS) || getaddrinfo(name, NULL, &hints, &found) != 0)
		return NULL;
	for (const struct addrinfo *one = found; one && !own; one = one->ai_next)
		if (sockets_is_local(one->ai_addr) &&
		    getnameinfo(one->ai_addr, one->ai_addrlen, digits, sizeof(digits), NULL, 0,
				NI_NUMERICHOST) == 0)
			own = xstrdup(digits);
	freeaddrinfo(found);
	return own;
}

/* Not from outside: private (RFC 1918), shared (RFC 6598), unique local (RFC 4193). */
static bool is_private(const struct sockaddr *address)
{
	const unsigned char *bytes;
	uint32_t ipv4;

	if (address->sa_family == AF_INET6) {
		bytes = ((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr;
		return (bytes[0] & 0xfe) == 0xfc;
	}
	ipv4 = ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr);
	return ipv4 >> 24 == 10 || ipv4 >> 20 == 0xac1 || ipv4 >> 16 == 0xc0a8 ||
	       ipv4 >> 22 == (100u << 2 | 1);
}

/* Not from other machines, or only from those on the same link (169.254.0.0/16 is RFC 3927's). The
 * interface does not tell: behind a load balancer that passes packets on as they came, and with
 * anycast, the public address of a server is that of its loopback interface. */
static bool is_of_loopback_or_link(const struct sockaddr *address)
{
	const struct in6_addr *ipv6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
	uint32_t ipv4;

	if (address->sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(ipv6) || IN6_IS_ADDR_LINKLOCAL(ipv6);
	ipv4 = ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr);
	return ipv4 >> 24 == IN_LOOPBACKNET || ipv4 >> 16 == 0xa9fe;
}

bool sockets_is_private(const char *digits)
{
	struct sockaddr_in ipv4 = {.sin_family = AF_INET};
	struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
	const struct sockaddr *address;

	if (inet_pton(AF_INET, digits, &ipv4.sin_addr) == 1)
		address = (const struct sockaddr *)&ipv4;
	else if (inet_pton(AF_INET6, digits, &ipv6.sin6_addr) == 1)
		address = (const struct sockaddr *)&ipv6;
	else
		return false;
	return is_private(address) || is_of_loopback_or_link(address);
}

static bool is_of_network(const struct ifaddrs *one)
{
	const struct sockaddr *address = one->ifa_addr;

	return address && (address->sa_family == AF_INET || address->sa_family == AF_INET6) &&
	       !is_of_loopback_or_link(address);
}

void sockets_own_addresses(struct strvec *ret_addresses, bool ret_public[2])
{
	struct ifaddrs *list = NULL;
	char digits[INET6_ADDRSTRLEN];

	ret_public[0] = ret_public[1] = false;
	if (getifaddrs(&list) < 0)
		return;
	for (const struct ifaddrs *one = list; one; one = one->ifa_next) {
		socklen_t len;

		if (!is_of_network(one))
			continue;
		len = one->ifa_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
							   : sizeof(struct sockaddr_in);
		if (getnameinfo(one->ifa_addr, len, digits, sizeof(digits), NULL, 0,
				NI_NUMERICHOST) == 0)
			strvec_push_unique(ret_addresses, digits);
		ret_public[one->ifa_addr->sa_family == AF_INET6] |= !is_private(one->ifa_addr);
	}
	freeifaddrs(list);
}
