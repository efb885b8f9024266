/* Requests as Certbot makes them. Reading is tested by tests/cases/crypto-csr. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/pem.h"
#include "crypto/cert/csr.h"
#include "fixtures.h"

struct names {
	struct strvec dns_names, addresses;
};

static void names_release(struct names *names)
{
	strvec_release(&names->dns_names);
	strvec_release(&names->addresses);
}
DEFINE_AUTO(names, names_release);

#define NAMES_INIT                                                                                 \
	{                                                                                          \
		.dns_names = STRVEC_INIT, .addresses = STRVEC_INIT                                 \
	}

/* RSA signatures are the same each time, so the whole request must be the same bytes. */
static void assert_is_certbots(const struct names *names, bool must_staple, const char *file)
{
	AUTO(key) struct key *key = fixture_key("rsa.pem");
	const struct csr_request request = {&names->dns_names, &names->addresses, must_staple};
	AUTO(strbuf) struct strbuf der = STRBUF_INIT, pem = STRBUF_INIT, expected = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(csr_make(key, &request, &der, &err), 0);
	pem_encode(&pem, "CERTIFICATE REQUEST", der.text, der.len);
	fixture_read(file, &expected);
	assert_string_equal(pem.text, expected.text);
}

static void test_requests_are_the_bytes_that_certbot_makes(void **state)
{
	AUTO(names) struct names plain = NAMES_INIT;
	AUTO(names) struct names other = NAMES_INIT;

	strvec_push(&plain.dns_names, "b.example");
	strvec_push(&plain.dns_names, "a.example");
	strvec_push(&plain.dns_names, "*.b.example");
	assert_is_certbots(&plain, false, "csr-plain.pem");
	strvec_push(&other.dns_names, "a.example");
	assert_is_certbots(&other, true, "csr-staple.pem");
	strvec_push(&other.addresses, "192.0.2.7");
	strvec_push(&other.addresses, "2001:db8::7");
	assert_is_certbots(&other, false, "csr-addresses.pem");
}

static void test_requests_can_be_read_back(void **state)
{
	static const char *const files[] = {"p256.pem", "p384.pem", "p521.pem", "rsa.pem"};
	AUTO(names) struct names names = NAMES_INIT;
	const struct csr_request request = {&names.dns_names, &names.addresses, true};

	strvec_push(&names.dns_names, "b.example");
	strvec_push(&names.dns_names, "a.example");
	strvec_push(&names.addresses, "2001:db8::7");
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO(key) struct key *key = fixture_key(files[i]);
		AUTO(csr_contents) struct csr_contents contents = CSR_CONTENTS_INIT;
		AUTO(strbuf) struct strbuf der = STRBUF_INIT;
		AUTO(error) struct error err = ERROR_INIT;
		AUTO_FREE char *read_names = NULL;

		assert_int_equal(csr_make(key, &request, &der, &err), 0);
		assert_int_equal(csr_read(der.text, der.len, &contents, &err), 0);
		assert_int_equal(contents.der.len, der.len);
		assert_memory_equal(contents.der.text, der.text, der.len);
		read_names = strvec_join(&contents.dns_names, " ");
		assert_string_equal(read_names, "b.example a.example");
		assert_int_equal(contents.ip_addresses.count, 1);
		assert_string_equal(contents.ip_addresses.items[0], "2001:db8::7");
	}
}

static void assert_refused(const char *dns_name, const char *address, const char *reason)
{
	AUTO(key) struct key *key = fixture_key("p256.pem");
	AUTO(names) struct names names = NAMES_INIT;
	const struct csr_request request = {&names.dns_names, &names.addresses, false};
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (dns_name)
		strvec_push(&names.dns_names, dns_name);
	if (address)
		strvec_push(&names.addresses, address);
	assert_int_equal(csr_make(key, &request, &der, &err), ERR_CONFIG);
	assert_string_equal(err.text, reason);
	assert_int_equal(der.len, 0);
}

static void test_requests_need_names_that_are_names(void **state)
{
	assert_refused(NULL, NULL, "cannot create a request without names");
	assert_refused("", NULL, "cannot use '': it is not a DNS name");
	assert_refused("a b", NULL, "cannot use 'a b': it is not a DNS name");
	assert_refused("b\xc3\xbc.example", NULL,
		       "cannot use 'b\xc3\xbc.example': it is not a DNS name");
	assert_refused(NULL, "192.0.2", "cannot use '192.0.2' as an IP address");
	assert_refused("a.example", "::g", "cannot use '::g' as an IP address");
}

static void test_failed_reading_leaves_old_contents(void **state)
{
	AUTO(csr_contents) struct csr_contents contents = CSR_CONTENTS_INIT;
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	fixture_read("csr-plain.pem", &pem);
	assert_int_equal(csr_read(pem.text, pem.len, &contents, &err), 0);
	assert_int_equal(csr_read("x", 1, &contents, &err), ERR_PARSE);
	assert_int_equal(contents.dns_names.count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_are_the_bytes_that_certbot_makes),
		cmocka_unit_test(test_requests_can_be_read_back),
		cmocka_unit_test(test_requests_need_names_that_are_names),
		cmocka_unit_test(test_failed_reading_leaves_old_contents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
