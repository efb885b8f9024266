/* Tests of webserver/looks: where a server is looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "crypto/cert/cert.h"
#include "net/http/http_message.h"
#include "os/scratch.h"
#include "webserver/looks.h"
#include "webserver/probe.h"

static void test_every_spelling_of_an_address_is_reached(void **state)
{
	static const struct {
		const char *host, *reached;
		int family;
	} cases[] = {
		{"*", "127.0.0.1", AF_UNSPEC},
		{"*", "::1", AF_INET6},
		{"0.0.0.0", "127.0.0.1", AF_UNSPEC},
		{"::", "::1", AF_UNSPEC},
		{"[::]", "::1", AF_UNSPEC},
		{"::0", "::1", AF_UNSPEC},
		{"[2001:db8::25]", "2001:db8::25", AF_UNSPEC},
		{"192.0.2.25", "192.0.2.25", AF_UNSPEC},
		{"localhost", "127.0.0.1", AF_INET},
		{"nowhere.invalid", "nowhere.invalid", AF_UNSPEC},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *reached = looks_address(cases[i].host, cases[i].family);

		assert_string_equal(reached, cases[i].reached);
	}
}

static void test_services_are_ports(void **state)
{
	static const struct {
		const char *service;
		unsigned port;
	} cases[] = {
		{"smtp", 25},   {"submission", 587}, {"submissions", 465},
		{"smtps", 465}, {"imaps", 993},      {"2525", 2525},
		{"0", 0},       {"65536", 0},        {"nothing-such", 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(looks_smtp_port(cases[i].service), cases[i].port);
}

/* ---- Servers with several chain files ---- */

static void write_certificate(const char *path, enum key_kind kind, struct key **rsa)
{
	const struct file_attributes plain = {.mode = 0600};
	const struct cert_alpn_request alpn = {.identifier = "a.test", .key_authorization = "t.k"};
	const struct cert_sni_request sni = {.sni_name = "a.test", .now = 1700000000};
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(secret) struct secret key_pem = SECRET_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (kind == KEY_EC)
		assert_int_equal(cert_make_alpn(&alpn, &pem, &key_pem, &err), 0);
	else
		assert_int_equal(cert_make_sni(&sni, rsa, &pem, &key_pem, &err), 0);
	assert_int_equal(file_replace(path, pem.text, pem.len, &plain, &err), 0);
}

/* Each row: the files of a server, those that are asked for, and what is looked at. */
static const struct {
	const char *loaded[4], *asked[3], *shown[3];
} several[] = {
	{{"ec1"}, {"ec1"}, {"ec1 any"}},
	{{"ec1"}, {"rsa1"}, {NULL}},
	{{"ec1", "rsa1"}, {"ec1", "rsa1"}, {"rsa1 rsa", "ec1 ecdsa"}},
	{{"rsa1", "ec1"}, {"ec1"}, {"ec1 ecdsa"}},
	{{"ec1", "rsa1", "ec2"}, {"ec1", "rsa1"}, {"rsa1 rsa"}},
	{{"ec1", "rsa1", "ec2"}, {"ec2", "rsa1"}, {"rsa1 rsa", "ec2 ecdsa"}},
	{{"ec1", "rsa1", "none"}, {"ec1", "rsa1"}, {NULL}},
	{{"none"}, {"none"}, {NULL}},
};

static const char *key_word(unsigned key)
{
	return key == HTTP_RSA_ONLY ? "rsa" : key == HTTP_ECDSA_ONLY ? "ecdsa" : "any";
}

static bool is_file(const char *path, const char *pem)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	return file_read(path, 1 << 16, &text, &err) == 0 && probe_is_same_pem(text.text, pem);
}

static void check_several(size_t row)
{
	AUTO(strvec) struct strvec loaded = STRVEC_INIT;
	struct webserver_certificates which = WEBSERVER_CERTIFICATES_INIT;
	AUTO(shown_leaves) struct shown_leaves leaves = {.count = 0};
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(several[row].loaded) && several[row].loaded[i]; i++)
		strvec_push(&loaded, several[row].loaded[i]);
	for (size_t i = 0; i < ARRAY_LEN(several[row].asked) && several[row].asked[i]; i++)
		strvec_push(i ? &which.seconds : &which.paths, several[row].asked[i]);
	leaves = shown_leaves_of(&loaded, &which);
	for (; count < ARRAY_LEN(several[row].shown) && several[row].shown[count]; count++) {
		AUTO(strvec) struct strvec words = STRVEC_INIT;

		strvec_split(&words, several[row].shown[count], " ");
		assert_in_range(count, 0, leaves.count - 1);
		assert_true(is_file(words.items[0], leaves.items[count].pem));
		assert_string_equal(key_word(leaves.items[count].key), words.items[1]);
	}
	assert_int_equal(leaves.count, count);
	strvec_release(&which.paths);
	strvec_release(&which.seconds);
}

static void test_of_several_files_the_last_of_each_kind_is_shown(void **state)
{
	struct key *rsa = NULL;

	write_certificate("ec1", KEY_EC, NULL);
	write_certificate("ec2", KEY_EC, NULL);
	write_certificate("rsa1", KEY_RSA, &rsa);
	key_free(rsa);
	for (size_t row = 0; row < ARRAY_LEN(several); row++)
		check_several(row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_spelling_of_an_address_is_reached),
		cmocka_unit_test(test_services_are_ports),
		scratch_test(test_of_several_files_the_last_of_each_kind_is_shown),
	};

	return cmocka_run_group_tests_name("looks", tests, NULL, NULL);
}
