/*
 * Measures how far away the peer of a connection is.
 */
#ifndef OS_SOCKET_ROUND_TRIP_H
#define OS_SOCKET_ROUND_TRIP_H

#include <stdint.h>

/* Returns the shortest round trip that the kernel has seen on a TCP connection, in microseconds; 0
 * when unknown. Unlike the response time it includes neither the peer's work nor delays by a busy
 * processor. */
int64_t socket_round_trip_us(int fd);

#endif
