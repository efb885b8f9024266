/* Listening sockets: families, ports, and the name of whoever was faster. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "os/file/file.h"
#include "os/socket/round_trip.h"
#include "os/socket/sockets.h"

static bool ipv4_is_taken;

int __real_bind(int fd, const struct sockaddr *address, socklen_t len);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t len);

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t len)
{
	if (ipv4_is_taken && address->sa_family == AF_INET) {
		errno = EADDRINUSE;
		return -1;
	}
	return __real_bind(fd, address, len);
}

/* What the machine has, if the test says so. */
static struct ifaddrs *interfaces;

int __real_getifaddrs(struct ifaddrs **ret_list);
int __wrap_getifaddrs(struct ifaddrs **ret_list);
void __real_freeifaddrs(struct ifaddrs *list);
void __wrap_freeifaddrs(struct ifaddrs *list);

int __wrap_getifaddrs(struct ifaddrs **ret_list)
{
	*ret_list = interfaces;
	return interfaces ? 0 : __real_getifaddrs(ret_list);
}

void __wrap_freeifaddrs(struct ifaddrs *list)
{
	if (list != interfaces)
		__real_freeifaddrs(list);
}

struct listener {
	int fds[2];
	size_t count;
	int port;
};

static void listener_close(struct listener *listener)
{
	for (size_t i = 0; i < listener->count; i++)
		close(listener->fds[i]);
}

static int open_listener(const char *address, int port, struct listener *ret_listener,
			 struct error *err)
{
	return sockets_listen(address, port, ret_listener->fds, &ret_listener->count,
			      &ret_listener->port, err);
}

static int connect_to(const char *ipv4, int port)
{
	AUTO_CLOSE int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	inet_pton(AF_INET, ipv4, &address.sin_addr);
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

static void test_any_address_is_reached_over_ipv4(void **state)
{
	struct listener listener = {.count = 0};
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(open_listener("", 0, &listener, &err), 0);
	assert_in_range(listener.count, 1, 2);
	assert_in_range(listener.port, 1024, 65535);
	assert_int_equal(connect_to("127.0.0.1", listener.port), 0);
	assert_int_equal(connect_to("127.0.0.2", listener.port), 0);
	listener_close(&listener);
}

static void test_one_address_is_the_only_one(void **state)
{
	struct listener listener = {.count = 0};
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(open_listener("127.0.0.1", 0, &listener, &err), 0);
	assert_int_equal(listener.count, 1);
	assert_int_equal(connect_to("127.0.0.1", listener.port), 0);
	assert_int_equal(connect_to("127.0.0.2", listener.port), -ECONNREFUSED);
	listener_close(&listener);
}

static void test_a_taken_port_names_its_owner(void **state)
{
	struct listener first = {.count = 0}, second = {.count = 0};
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf expected = STRBUF_INIT;

	assert_int_equal(open_listener("", 0, &first, &err), 0);
	assert_int_equal(open_listener("", first.port, &second, &err), ERR_BUSY);
	assert_int_equal(second.count, 0);
	assert_int_equal(err.sys_errno, EADDRINUSE);
	strbuf_addf(&expected, "cannot listen on port %d: it is in use by test_os_sockets (pid %d)",
		    first.port, (int)getpid());
	assert_string_equal(err.text, expected.text);
	listener_close(&first);
	error_release(&err);
	assert_int_equal(open_listener("127.0.0.1", first.port, &second, &err), 0);
	listener_close(&second);
}

static bool machine_has_ipv6(void)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6};
	AUTO_CLOSE int fd = socket(AF_INET6, SOCK_STREAM, 0);

	return fd >= 0 && __real_bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0;
}

/* Certbot's rule: the CA may come over either. */
static void test_ipv6_alone_is_enough_when_ipv4_is_taken(void **state)
{
	struct listener listener = {.count = 0};
	AUTO(error) struct error err = ERROR_INIT;
	int status;

	ipv4_is_taken = true;
	status = open_listener("", 0, &listener, &err);
	ipv4_is_taken = false;
	assert_int_equal(status, machine_has_ipv6() ? 0 : ERR_BUSY);
	assert_int_equal(listener.count, machine_has_ipv6() ? 1 : 0);
	if (listener.count) {
		struct sockaddr_in6 bound;
		socklen_t len = sizeof(bound);

		assert_int_equal(getsockname(listener.fds[0], (struct sockaddr *)&bound, &len), 0);
		assert_int_equal(bound.sin6_family, AF_INET6);
		assert_int_equal(ntohs(bound.sin6_port), listener.port);
	}
	listener_close(&listener);
}

static void test_an_address_of_another_host_is_refused(void **state)
{
	struct listener listener = {.count = 0};
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(open_listener("192.0.2.1", 8080, &listener, &err), ERR_IO);
	assert_int_equal(err.sys_errno, EADDRNOTAVAIL);
	assert_string_equal(err.text, "cannot listen on 192.0.2.1 port 8080: "
				      "Cannot assign requested address");
}

static void test_a_name_has_only_addresses_of_this_machine(void **state)
{
	static const struct {
		const char *name, *own; /* NULL: none */
		int family;
	} cases[] = {
		{"localhost", "127.0.0.1", AF_INET},
		{"127.0.0.7", "127.0.0.7", AF_UNSPEC},
		{"127.0.0.1", NULL, AF_INET6},
		{"192.0.2.1", NULL, AF_UNSPEC},
		{"", NULL, AF_UNSPEC},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *own = sockets_own_address(cases[i].name, cases[i].family);

		if (cases[i].own)
			assert_string_equal(own, cases[i].own);
		else
			assert_null(own);
	}
}

static void test_round_trip_of_a_connection_is_known(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	assert_int_equal(socket_round_trip_us(client), 0);
	assert_int_equal(connect(client, (struct sockaddr *)&address, size), 0);
	assert_in_range(socket_round_trip_us(client), 1, 1000 * 1000);
	close(client);
	assert_int_equal(socket_round_trip_us(client), 0);
	close(listener);
}

static void test_private_addresses_are_known(void **state)
{
	static const char *const private[] = {"10.1.2.3",   "172.16.0.1", "192.168.1.1",
					      "100.64.0.1", "127.0.0.1",  "169.254.1.1",
					      "fd00::1",    "fe80::1",    "::1"};
	static const char *const others[] = {"192.0.2.1",   "172.32.0.1", "100.128.0.1",
					     "2001:db8::1", "a.test",     ""};

	for (size_t i = 0; i < sizeof(private) / sizeof(private[0]); i++)
		assert_true(sockets_is_private(private[i]));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(sockets_is_private(others[i]));
}

struct own_address {
	unsigned flags; /* of its interface */
	const char *digits;
	bool is_own, is_public;
};

static struct sockaddr_storage address_of(const char *digits)
{
	struct sockaddr_storage storage = {.ss_family = AF_INET};
	struct sockaddr_in *ipv4 = (struct sockaddr_in *)&storage;
	struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&storage;

	if (strchr(digits, ':')) {
		ipv6->sin6_family = AF_INET6;
		assert_int_equal(inet_pton(AF_INET6, digits, &ipv6->sin6_addr), 1);
	} else {
		assert_int_equal(inet_pton(AF_INET, digits, &ipv4->sin_addr), 1);
	}
	return storage;
}

/* The last is what getifaddrs() has for an interface without addresses. */
static void test_own_addresses_are_told_by_address_and_not_by_interface(void **state)
{
	static const struct own_address cases[] = {
		{IFF_LOOPBACK, "127.0.0.1", false, false},
		{IFF_LOOPBACK, "127.8.0.1", false, false},
		{IFF_LOOPBACK, "::1", false, false},
		{IFF_LOOPBACK, "203.0.113.5", true, true},
		{IFF_LOOPBACK, "2001:db8::5", true, true},
		{IFF_LOOPBACK, "10.0.0.5", true, false},
		{0, "169.254.3.4", false, false},
		{0, "fe80::1", false, false},
		{0, "198.51.100.7", true, true},
		{0, "fd00::7", true, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO(strvec) struct strvec own = STRVEC_INIT;
		struct sockaddr_storage address = address_of(cases[i].digits);
		struct ifaddrs bare = {.ifa_flags = cases[i].flags};
		struct ifaddrs one = {.ifa_next = &bare,
				      .ifa_flags = cases[i].flags,
				      .ifa_addr = (struct sockaddr *)&address};
		bool is_public[2];

		interfaces = &one;
		sockets_own_addresses(&own, is_public);
		interfaces = NULL;
		assert_int_equal(own.count, cases[i].is_own);
		assert_true(!own.count || strcmp(own.items[0], cases[i].digits) == 0);
		assert_int_equal(is_public[0] || is_public[1], cases[i].is_public);
		assert_false(is_public[address.ss_family == AF_INET]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_private_addresses_are_known),
		cmocka_unit_test(test_own_addresses_are_told_by_address_and_not_by_interface),
		cmocka_unit_test(test_any_address_is_reached_over_ipv4),
		cmocka_unit_test(test_one_address_is_the_only_one),
		cmocka_unit_test(test_a_taken_port_names_its_owner),
		cmocka_unit_test(test_ipv6_alone_is_enough_when_ipv4_is_taken),
		cmocka_unit_test(test_an_address_of_another_host_is_refused),
		cmocka_unit_test(test_a_name_has_only_addresses_of_this_machine),
		cmocka_unit_test(test_round_trip_of_a_connection_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
