/* Addresses of name servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "net/dns/name_server.h"
#include "os/scratch.h"

static void test_addresses_are_read_with_and_without_port(void **state)
{
	static const struct {
		const char *text, *printed; /* NULL: refused */
	} cases[] = {
		{"192.0.2.1", "192.0.2.1"},
		{"192.0.2.1:53", "192.0.2.1"},
		{"192.0.2.1:5353", "192.0.2.1:5353"},
		{"2001:db8::1", "2001:db8::1"},
		{"[2001:db8::1]", "2001:db8::1"},
		{"[2001:DB8::1]:5353", "[2001:db8::1]:5353"},
		{"fe80::53%lo", "fe80::53%1"},
		{"fe80::53%7", "fe80::53%7"},
		{"[fe80::53%lo]:5353", "[fe80::53%1]:5353"},
		{"fe80::53%", NULL},
		{"fe80::53%no-such-link", NULL},
		{"192.0.2.1%lo", NULL},
		{"192.0.2.1:", NULL},
		{"192.0.2.1:70000", NULL},
		{"192.0.2", NULL},
		{"[::1", NULL},
		{"[::1]x", NULL},
		{"ns1.example.test", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(strbuf) struct strbuf printed = STRBUF_INIT;
		struct name_server server;
		int rc = name_server_parse(cases[i].text, 53, &server, &err);

		assert_int_equal(rc, cases[i].printed ? 0 : ERR_CONFIG);
		if (rc < 0)
			continue;
		name_server_print(&server, &printed);
		assert_string_equal(printed.text, cases[i].printed);
		assert_true(name_server_equal(&server, &server));
	}
}

/* The servers in a resolv.conf of that text, joined by blanks. Heap. */
static char *servers_in(const char *text)
{
	char path[] = "/tmp/resolv.conf.XXXXXX";
	struct name_server servers[NAME_SERVER_MAX_SYSTEM];
	struct strbuf printed = STRBUF_INIT;
	int fd = mkstemp(path);
	size_t count;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	count = name_server_system(path, servers);
	unlink(path);
	for (size_t i = 0; i < count; i++) {
		strbuf_adds(&printed, i ? " " : "");
		name_server_print(&servers[i], &printed);
	}
	return strbuf_detach(&printed);
}

/* Neither is it waited for when somebody has it open who never writes. */
static void test_a_fifo_is_as_good_as_no_resolv_conf(void **state)
{
	struct name_server servers[NAME_SERVER_MAX_SYSTEM];
	AUTO(strbuf) struct strbuf printed = STRBUF_INIT;
	AUTO_CLOSE int writer = -1;

	assert_int_equal(mkfifo("resolv.conf", 0600), 0);
	writer = open("resolv.conf", O_RDWR | O_CLOEXEC);
	assert_true(writer >= 0);
	assert_int_equal(name_server_system("resolv.conf", servers), 1);
	name_server_print(&servers[0], &printed);
	assert_string_equal(printed.text, "127.0.0.1");
}

static void test_resolv_conf_is_read_as_the_c_library_does(void **state)
{
	static const struct {
		const char *text, *servers;
	} cases[] = {
		{"nameserver 10.0.0.2\n", "10.0.0.2"},
		{"nameserver 10.0.0.2 # the office\n", "10.0.0.2"},
		{"nameserver\t10.0.0.2;x\nnameserver 10.0.0.3\t trailing", "10.0.0.2 10.0.0.3"},
		{"nameserver fe80::53%lo\n", "fe80::53%1"},
		{"nameserver fe80::53%no-such-link\nnameserver ::1\r\n", "::1"},
		{"# nameserver 10.0.0.1\n nameserver 10.0.0.2\nnameserver10.0.0.3\n", "127.0.0.1"},
		{"search a.test\noptions timeout:1\nnameserver\n", "127.0.0.1"},
		{"", "127.0.0.1"},
		{"nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\n"
		 "nameserver 10.0.0.4\n",
		 "10.0.0.1 10.0.0.2 10.0.0.3"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *servers = servers_in(cases[i].text);

		assert_string_equal(servers, cases[i].servers);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_are_read_with_and_without_port),
		scratch_test(test_a_fifo_is_as_good_as_no_resolv_conf),
		cmocka_unit_test(test_resolv_conf_is_read_as_the_c_library_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
