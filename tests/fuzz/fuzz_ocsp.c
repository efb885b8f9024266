/*
 * OCSP responses about one certificate. Seeds: tests/fixtures/crypto/ocsp-*.der, which are about
 * this one.
 */
#include <stdint.h>
#include <stdlib.h>

#include "crypto/cert/ocsp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* clang-format off */
static const char leaf_pem[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIICnjCCAYagAwIBAgIFAIdlQyEwDQYJKoZIhvcNAQELBQAwEjEQMA4GA1UEAwwH\n"
	"VGVzdCBDQTAeFw0yNjAxMDEwMDAwMDBaFw0yNjA0MDEwMDAwMDBaMBQxEjAQBgNV\n"
	"BAMMCWIuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOG65h0XXsgo\n"
	"vw6sfvRh39sr5li2/Z6a7fyVGJExdWnIQQzNC8HMDPdyBKGFI+k8Jwt1zTPt17O5\n"
	"2BaniujaNNSjgcMwgcAwRAYDVR0RBD0wO4IJYi5leGFtcGxlggsqLmEuZXhhbXBs\n"
	"ZYEJYUBleGFtcGxlhwTAAAIHhxAgAQ24AAAAAAAAAAAAAAAHMFcGCCsGAQUFBwEB\n"
	"BEswSTAkBggrBgEFBQcwAoYYaHR0cDovL2NhLmV4YW1wbGUvY2EuY3J0MCEGCCsG\n"
	"AQUFBzABhhVodHRwOi8vb2NzcC5leGFtcGxlL3gwHwYDVR0jBBgwFoAUaYhba4dG\n"
	"QEHhs3uEe6CuLN4ByNQwDQYJKoZIhvcNAQELBQADggEBAEEkJCUH6ZnckXts1W8K\n"
	"EYx5gYnYT2+VxbW4lsR1f6ukLbo8dGA1a3ToV6qlHyai3JtWb4mvC5X18qz1pabI\n"
	"jTU1q6JlIdJAV6cPOcWQzREi8bEmNQDpJpKaamwM+9M1KxIPJfwGtv3NNsKsRyR0\n"
	"hE6W4BS+Pdg0DeWzEWwPdD/DfhH4xWt7K0Px5sDekjSCCqNzrSac4LzBvh++sh6q\n"
	"MLDSb7fZ/4qfsQb1skVDBrgRbr1H0UgV6/Jq0aTd7Jjflgn/kGoysVei35jUULy+\n"
	"JRfY276Sj4Bxj42V0RioPjtljQxv1PNcESKzO2QuDvzRODUaNZT1n38/KVYPdh1g\n"
	"ByI=\n"
	"-----END CERTIFICATE-----\n";

static const char ca_pem[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIICMDCCAbWgAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlUZXN0IFJv\n"
	"b3QwHhcNMjYwMTAxMDAwMDAwWhcNMzQwMzIwMDAwMDAwWjASMRAwDgYDVQQDDAdU\n"
	"ZXN0IENBMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAmRqpbgNzAaT+\n"
	"qD33gmtR/vSdt+liPIdsFwqihTuQXGmh0Fz+GHGSvZETiDsXEK+/h+bmUGsGptVj\n"
	"tY342Lmhqtj1uYaxMEH54fafjyYOoOdnTbF81TD73q9dfCS8tkouYft9a/n240lg\n"
	"LgLeeR7He61OrMdqnwXLBXTZrKvOuHB5w6gRe7Fjv0LQmL8zPsGv9wvnlF2WdtNI\n"
	"8WYN8NWdmALtC3rQj8YgdrC0zHjuILw2DjlRUS617pQL6OIiqz0hWTh0wM3RBbMT\n"
	"b51Y/X4LREjNPNC+LxvYCdtUaFFNmIPu7faZzqTQg72dnoUuXmQqJPByce7hztSG\n"
	"+YtOoYZ5pQIDAQABoy8wLTAMBgNVHRMEBTADAQH/MB0GA1UdDgQWBBQ/eNuafsPL\n"
	"X7QWu4D+MDKPo9ItPjAKBggqhkjOPQQDAgNpADBmAjEAkNEqKUhlk69GrMEEFiKh\n"
	"EKlri+rIrUPEEvmjqMMIYTS7gRUZaHUlO+18VclRFEIQAjEArBqIMv7k3UR3gTLD\n"
	"UTmaKLAOCC/u8Y+AF256nCdjZrHMSrrS1eKiqaI6R7PFuvzE\n"
	"-----END CERTIFICATE-----\n";
/* clang-format on */

static struct cert *parsed(const char *pem, size_t len)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct cert *cert = NULL;

	if (cert_from_pem(pem, len, &cert, &err) < 0)
		abort();
	return cert;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct cert *leaf, *ca;
	struct ocsp_question question = {.now_seconds = INT64_C(1768089660)};
	AUTO(error) struct error err = ERROR_INIT;
	enum ocsp_status status;

	if (!leaf) {
		leaf = parsed(leaf_pem, sizeof(leaf_pem) - 1);
		ca = parsed(ca_pem, sizeof(ca_pem) - 1);
	}
	question.cert = leaf;
	question.issuer = ca;
	question.response_der = span_make((const char *)bytes, len);
	(void)!ocsp_response(&question, &status, &err);
	return 0;
}
