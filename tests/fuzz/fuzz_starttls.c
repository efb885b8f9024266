/*
 * What services answer before TLS. The first byte chooses the protocol; the rest comes as one
 * stream and then ends.
 */
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/http/starttls.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO(error) struct error err = ERROR_INIT;
	int fds[2];

	if (!len || len > 65536 || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		return 0;
	if (write(fds[1], bytes + 1, len - 1) == (ssize_t)len - 1 && shutdown(fds[1], SHUT_WR) == 0)
		(void)!starttls_talk((enum starttls)(bytes[0] % STARTTLS__COUNT), fds[0], "a.test",
				     &err);
	close(fds[0]);
	close(fds[1]);
	return 0;
}
