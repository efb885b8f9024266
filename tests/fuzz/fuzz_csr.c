/*
 * The file of --csr, PEM or DER. Seeds: tests/cases/crypto-csr.
 */
#include <stdint.h>
#include <stdlib.h>

#include "crypto/cert/csr.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO(csr_contents) struct csr_contents contents = CSR_CONTENTS_INIT,
					       again = CSR_CONTENTS_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (csr_read((const char *)bytes, len, &contents, &err) < 0)
		return 0;
	/* The DER form that goes to the CA says the same. */
	if (csr_read(contents.der.text, contents.der.len, &again, &err) < 0 ||
	    !strvec_same_set(&contents.dns_names, &again.dns_names) ||
	    !strvec_same_set(&contents.ip_addresses, &again.ip_addresses))
		abort();
	return 0;
}
