/*
 * Giving up rights in a helper process. One call, best effort, said once: what the platform lacks
 * is listed in `ret_missing` for the log and the rest is still done.
 */
#ifndef OS_SANDBOX_SANDBOX_H
#define OS_SANDBOX_SANDBOX_H

#include "base/strvec.h"

enum sandbox_flags {
	SANDBOX_NO_FILES = 1 << 0, /* empty root directory, Landlock without any path */
	SANDBOX_READ_SYSTEM =
		1 << 1, /* only reading, only below /etc, /usr, /lib*, /run (resolver) */
	SANDBOX_NO_CONNECT = 1 << 2, /* no new sockets, no programs (where the kernel can say so) */
};

/* Drops to the user `_certbot` if it exists, else `nobody` (only when root), no_new_privs, no
 * dumps, small limits (no new processes among them), and the flags. Open descriptors stay. Never
 * fails the program: what could not be done is appended to `ret_missing`, as in "Landlock (function
 * not implemented)". */
void sandbox_enter(unsigned flags, struct strvec *ret_missing);

#endif
