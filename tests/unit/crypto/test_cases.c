/* Everything under tests/cases/ that crypto/ reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>

#include "../codec/cases.h"
#include "codec/datetime.h"
#include "crypto/cert/cert.h"
#include "crypto/cert/csr.h"
#include "crypto/key/jws.h"

static void add_list(struct strbuf *out, const char *name, const struct strvec *items)
{
	for (size_t i = 0; i < items->count; i++)
		strbuf_addf(out, "%s: %s\n", name, items->items[i]);
}

static void add_time(struct strbuf *out, const char *name, int64_t seconds)
{
	AUTO_FREE char *text = datetime_rfc3339(seconds);

	strbuf_addf(out, "%s: %s\n", name, text);
}

static int render_cert(const struct strbuf *input, struct strbuf *out, struct error *err)
{
	AUTO(cert) struct cert *cert = NULL;
	int status = cert_from_pem(input->text, input->len, &cert, err);

	assert_int_equal(ERR_peek_error(), 0);
	if (status < 0)
		return status;
	strbuf_addf(out, "serial: %s\n", cert_serial_hex(cert));
	strbuf_addf(out, "key: %s\n", key_kind_label(cert_key_kind(cert)));
	strbuf_addf(out, "subject: %s\n", cert_subject_cn(cert));
	strbuf_addf(out, "issuer: %s\n", cert_issuer_cn(cert));
	add_time(out, "from", cert_not_before(cert));
	add_time(out, "until", cert_not_after(cert));
	add_list(out, "dns", cert_dns_names(cert));
	add_list(out, "ip", cert_ip_addresses(cert));
	if (cert_ocsp_url(cert))
		strbuf_addf(out, "ocsp: %s\n", cert_ocsp_url(cert));
	return 0;
}

/* Subject of every certificate in PEM text that has nothing else. */
static void add_subjects(struct strbuf *out, const char *name, const struct strbuf *pem)
{
	static const char end[] = "-----END CERTIFICATE-----\n";
	const char *next = pem->text;

	assert_null(strchr(next, '\r'));
	while (*next) {
		const char *stop = strstr(next, end);
		AUTO(cert) struct cert *cert = NULL;
		AUTO(error) struct error err = ERROR_INIT;

		assert_non_null(stop);
		stop += strlen(end);
		assert_true(strncmp(next, "-----BEGIN CERTIFICATE-----\n", 28) == 0);
		assert_int_equal(cert_from_pem(next, (size_t)(stop - next), &cert, &err), 0);
		strbuf_addf(out, "%s: %s\n", name, cert_subject_cn(cert));
		next = stop;
	}
}

static int render_chain(const struct strbuf *input, struct strbuf *out, struct error *err)
{
	AUTO(cert_chain) struct cert_chain chain = CERT_CHAIN_INIT;
	int status = cert_chain_parse(input->text, input->len, &chain, err);

	assert_int_equal(ERR_peek_error(), 0);
	if (status < 0)
		return status;
	add_subjects(out, "leaf", &chain.leaf_pem);
	add_subjects(out, "rest", &chain.rest_pem);
	strbuf_addf(out, "top issuer: %s\n", chain.top_issuer_cn.text);
	if (chain.oddities & CERT_CHAIN_OUT_OF_ORDER)
		strbuf_adds(out, "they were out of order\n");
	if (chain.oddities & CERT_CHAIN_HAD_OTHERS)
		strbuf_adds(out, "others were among them\n");
	return 0;
}

static int render_csr(const struct strbuf *input, struct strbuf *out, struct error *err)
{
	AUTO(csr_contents) struct csr_contents contents = CSR_CONTENTS_INIT;
	int status = csr_read(input->text, input->len, &contents, err);

	assert_int_equal(ERR_peek_error(), 0);
	if (status < 0)
		return status;
	add_list(out, "dns", &contents.dns_names);
	add_list(out, "ip", &contents.ip_addresses);
	return 0;
}

static void add_key(struct strbuf *out, const struct key *key)
{
	AUTO_FREE char *thumbprint = jwk_thumbprint(key);

	strbuf_addf(out, "kind: %s\nbits: %d\n", key_kind_option(key_kind(key)), key_bits(key));
	if (key_curve(key))
		strbuf_addf(out, "curve: %s\n", key_curve(key));
	strbuf_addf(out, "thumbprint: %s\n", thumbprint);
}

static int render_key(const struct strbuf *input, struct strbuf *out, struct error *err)
{
	AUTO(key) struct key *key = NULL;
	int status = key_from_pem(input->text, input->len, &key, err);

	assert_int_equal(ERR_peek_error(), 0);
	if (status < 0)
		return status;
	add_key(out, key);
	return 0;
}

/* What is written is the same key again, with all its numbers. */
static void assert_survives_writing(const struct key *key)
{
	AUTO(secret) struct secret written = SECRET_INIT, pem = SECRET_INIT,
				   pem_again = SECRET_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(key) struct key *again = NULL;

	key_to_jwk(key, &written);
	assert_int_equal(key_from_jwk(written.bytes, written.len, &again, &err), 0);
	key_to_pem(key, &pem);
	key_to_pem(again, &pem_again);
	assert_string_equal(pem.bytes, pem_again.bytes);
}

static int render_jwk(const struct strbuf *input, struct strbuf *out, struct error *err)
{
	AUTO(key) struct key *key = NULL;
	int status = key_from_jwk(input->text, input->len, &key, err);

	assert_int_equal(ERR_peek_error(), 0);
	if (status < 0)
		return status;
	assert_survives_writing(key);
	add_key(out, key);
	return 0;
}

static void test_certificates(void **state)
{
	cases_run("crypto-cert", render_cert);
}

static void test_chains(void **state)
{
	cases_run("crypto-chain", render_chain);
}

static void test_requests(void **state)
{
	cases_run("crypto-csr", render_csr);
}

static void test_private_keys(void **state)
{
	cases_run("crypto-key", render_key);
}

static void test_json_web_keys(void **state)
{
	cases_run("crypto-jwk", render_jwk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificates),  cmocka_unit_test(test_chains),
		cmocka_unit_test(test_requests),      cmocka_unit_test(test_private_keys),
		cmocka_unit_test(test_json_web_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
