/*
 * Glue to OpenSSL (see evp.h).
 *
 * The library initialises itself at its first use, and then reads openssl.cnf, be it only to look
 * up an object identifier. That costs 0.4 ms, once (OpenSSL 3.0). Only the parser does without it
 * (crypto_library.h): OPENSSL_INIT_NO_LOAD_CONFIG holds for the whole process, TLS included, and
 * disables PKCS#11 and TPM providers and the distribution's crypto policy.
 */
#include "crypto/evp.h"

#include <stdarg.h>

#include <openssl/err.h>

#include "base/alloc.h"

int evp_error(struct error *err, const char *format, ...)
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());
	AUTO_FREE char *text = NULL;
	va_list args;

	ERR_clear_error();
	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	return error_set(err, ERR_INTERNAL, "%s: %s", text, reason ? reason : "unknown reason");
}

int evp_reject(struct error *err, enum err_code code, const char *format, ...)
{
	va_list args;

	ERR_clear_error();
	va_start(args, format);
	error_setv(err, code, format, args);
	va_end(args);
	return code;
}

void evp_must(bool done)
{
	const char *reason;

	if (done)
		return;
	reason = ERR_reason_error_string(ERR_peek_error());
	BUG("OpenSSL failed: %s", reason ? reason : "no reason given");
}

void evp_add_der(struct strbuf *out, const void *object, const ASN1_ITEM *item)
{
	unsigned char *der = NULL;
	int len = ASN1_item_i2d(object, &der, item);

	evp_must(len >= 0);
	strbuf_add(out, der, (size_t)len);
	OPENSSL_clear_free(der, (size_t)len);
}

void *evp_decode_der(struct span der, const ASN1_ITEM *item)
{
	const unsigned char *start = (const unsigned char *)der.ptr, *next = start;
	ASN1_VALUE *object = ASN1_item_d2i(NULL, &next, (long)der.len, item);

	if (object && next != start + der.len) {
		ASN1_item_free(object, item);
		return NULL;
	}
	return object;
}

struct span evp_octets(const ASN1_STRING *string)
{
	return span_make((const char *)ASN1_STRING_get0_data(string),
			 (size_t)ASN1_STRING_length(string));
}
