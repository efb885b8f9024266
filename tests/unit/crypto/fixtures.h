/*
 * Files of tests/fixtures/crypto, read whole; a missing one fails the test.
 */
#ifndef TESTS_CRYPTO_FIXTURES_H
#define TESTS_CRYPTO_FIXTURES_H

#include <string.h>

#include "base/alloc.h"
#include "crypto/cert/cert.h"
#include "crypto/key/key.h"
#include "os/file/file.h"

#define FIXTURES CASES_DIR "/../fixtures/crypto/"

static void fixture_read(const char *name, struct strbuf *ret_text)
{
	AUTO_FREE char *path = xasprintf(FIXTURES "%s", name);
	AUTO(error) struct error err = ERROR_INIT;

	if (file_read(path, 1 << 20, ret_text, &err) < 0)
		fail_msg("%s", err.text);
}

static inline struct key *fixture_key(const char *name)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct key *key = NULL;

	fixture_read(name, &pem);
	if (key_from_pem(pem.text, pem.len, &key, &err) < 0)
		fail_msg("%s: %s", name, err.text);
	return key;
}

static inline struct cert *fixture_cert(const char *name)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct cert *cert = NULL;

	fixture_read(name, &pem);
	if (cert_from_pem(pem.text, pem.len, &cert, &err) < 0)
		fail_msg("%s: %s", name, err.text);
	return cert;
}

#endif
