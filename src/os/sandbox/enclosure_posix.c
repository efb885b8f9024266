/*
 * POSIX has no namespaces (see enclosure.h).
 */
#include "os/sandbox/enclosure.h"

int enclosure_enter(const char *dir, struct enclosure **ret, struct error *err)
{
	return error_set(err, ERR_REFUSED, "this system has no namespaces");
}

void enclosure_free(struct enclosure *enclosure)
{
}
