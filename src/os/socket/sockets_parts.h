/*
 * Finds the process that uses a port; implemented once per platform. Nobody outside os/ includes
 * this.
 */
#ifndef OS_SOCKET_SOCKETS_PARTS_H
#define OS_SOCKET_SOCKETS_PARTS_H

/* Returns "nginx (pid 1234)" for the process that listens on the TCP port, which the caller frees;
 * NULL when that is unknown. */
char *sockets_port_owner(int port);

#endif
