/*
 * Random numbers from the kernel (see random.h), by getentropy(): in glibc, musl and the BSDs.
 */
#include "os/random.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

/* Most bytes that one getentropy() gives. */
enum { MAX_REQUEST = 256 };

void random_bytes(void *buffer, size_t len)
{
	unsigned char *bytes = buffer;

	while (len) {
		size_t count = len < MAX_REQUEST ? len : MAX_REQUEST;

		if (getentropy(bytes, count) < 0)
			BUG("cannot get random bytes from the kernel: %s", strerror(errno));
		bytes += count;
		len -= count;
	}
}

uint64_t random_below(uint64_t bound)
{
	/* Values from the incomplete last block of `bound` numbers would favour the small ones. */
	uint64_t biased, value;

	if (!bound)
		BUG("no number is below 0");
	biased = (UINT64_MAX % bound + 1) % bound;
	do {
		random_bytes(&value, sizeof(value));
	} while (value > UINT64_MAX - biased);
	return value % bound;
}
