/*
 * A place in which a program may look at this machine but change nothing and reach nobody. It
 * guards against what well-behaved programs might do by mistake; it does not hold a hostile
 * program.
 */
#ifndef OS_SANDBOX_ENCLOSURE_H
#define OS_SANDBOX_ENCLOSURE_H

#include "base/error.h"
#include "base/macros.h"

struct enclosure;

/* From now on, this process and those that it starts can write only below `dir`, and have no
 * network. The caller leaves with enclosure_free(). ERR_REFUSED, with nothing changed: the system
 * does not allow it, because we lack the rights or the kernel is too old (before 5.12). It needs
 * root and a process without threads. */
int enclosure_enter(const char *dir, struct enclosure **ret, struct error *err) WARN_UNUSED;
/* Leaves it again; accepts NULL. */
void enclosure_free(struct enclosure *enclosure);
DEFINE_AUTO_PTR(enclosure, enclosure_free);

#endif
