/*
 * How far away the peer of a connection is.
 */
#ifndef OS_SOCKET_ROUND_TRIP_H
#define OS_SOCKET_ROUND_TRIP_H

#include <stdint.h>

/* Microseconds of the shortest round trip that the kernel has seen on a TCP connection. Unlike the
 * time that an answer takes, neither the peer's work nor a busy processor lengthens it. 0: not
 * known. */
int64_t socket_round_trip_us(int fd);

#endif
