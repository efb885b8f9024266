/*
 * Who has a port: one file per platform. Nobody outside os/ includes this.
 */
#ifndef OS_SOCKET_SOCKETS_PARTS_H
#define OS_SOCKET_SOCKETS_PARTS_H

/* "nginx (pid 1234)" for the process that listens on the TCP port; heap, or NULL when that is not
 * to be found out. */
char *sockets_port_owner(int port);

#endif
