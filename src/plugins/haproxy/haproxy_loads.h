/*
 * Which files HAProxy loads by its configuration, as far as that can be told by reading it: values
 * of `crt` and `crt-list`, on bind lines, on those of servers and in stores.
 */
#ifndef PLUGINS_HAPROXY_HAPROXY_LOADS_H
#define PLUGINS_HAPROXY_HAPROXY_LOADS_H

#include <stdbool.h>

#include "base/macros.h"
#include "base/map.h"
#include "plugins/haproxy/haproxy_site.h"

struct haproxy_loads {
	struct map files, dirs; /* real paths */
	bool is_partial;        /* something may be loaded that cannot be seen here */
};

#define HAPROXY_LOADS_INIT                                                                         \
	{                                                                                          \
		.files = MAP_INIT(NULL), .dirs = MAP_INIT(NULL)                                    \
	}
void haproxy_loads_release(struct haproxy_loads *loads);
DEFINE_AUTO(haproxy_loads, haproxy_loads_release);

/* Reads the configuration into `ret`, which is HAPROXY_LOADS_INIT. */
void haproxy_loads_read(const struct haproxy_confs *confs, struct haproxy_loads *ret);
/* Returns true when the file is loaded for sure, by itself or with its directory. */
bool haproxy_loads_file(const struct haproxy_loads *loads, const char *path);

#endif
