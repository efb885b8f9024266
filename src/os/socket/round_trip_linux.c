/* The distance of a peer (see round_trip.h) by TCP_INFO of Linux 4.9. */
#include "os/socket/round_trip.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

int64_t socket_round_trip_us(int fd)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0 ||
	    size < offsetof(struct tcp_info, tcpi_min_rtt) + sizeof(info.tcpi_min_rtt))
		return 0;
	/* All bits are set before the first sample. A peer on this machine still counts as 1. */
	if (info.tcpi_min_rtt == UINT32_MAX)
		return 0;
	return info.tcpi_min_rtt ? info.tcpi_min_rtt : 1;
}
