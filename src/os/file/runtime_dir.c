/*
 * The directory in memory (see runtime_dir.h).
 */
#include "os/file/runtime_dir.h"

#include <stdlib.h>

#include "os/file/file.h"
#include "os/users.h"

/* Root's variable may be that of the user who called sudo, and timers have none. */
char *runtime_dir_path(void)
{
	const char *parent = users_is_root() ? "/run" : getenv("XDG_RUNTIME_DIR");

	return parent && parent[0] == '/' && file_is_dir(parent) ? path_join(parent, "certbot")
								 : NULL;
}
