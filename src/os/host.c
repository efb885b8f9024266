/*
 * This machine's own name (see host.h), as it was given: DNS is not asked for more of it.
 */
#include "os/host.h"

#include <unistd.h>

#include "base/alloc.h"

enum { MAX_HOST = 256 };

char *host_name(void)
{
	char name[MAX_HOST] = "";

	if (gethostname(name, sizeof(name) - 1) < 0 || !name[0])
		return xstrdup("localhost");
	return xstrdup(name);
}
