/*
 * POSIX tells nothing about the sockets of others.
 */
#include "os/socket/sockets_parts.h"

#include <stddef.h>

#include "os/socket/sockets.h"

char *sockets_port_owner(int port)
{
	return NULL;
}

void sockets_listeners(int port, struct strvec *ret_names)
{
}
