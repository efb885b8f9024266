/*
 * Secrecy of memory (see process_secrecy.h): what POSIX has, and where the platform's part is
 * called.
 */
#include "os/process/process_secrecy.h"

#include <stdbool.h>
#include <sys/resource.h>

#include "os/process/process_parts.h"

/* The limit as we found it; what a hook starts may want dumps. */
static struct rlimit core_limit;
static bool is_lowered;

void process_core_limit_of_ours(void)
{
	const struct rlimit none = {.rlim_cur = 0, .rlim_max = core_limit.rlim_max};

	if (is_lowered)
		setrlimit(RLIMIT_CORE, &none);
}

void process_core_limit_of_others(void)
{
	if (is_lowered)
		setrlimit(RLIMIT_CORE, &core_limit);
}

void process_keep_secrets(void)
{
	is_lowered = getrlimit(RLIMIT_CORE, &core_limit) == 0;
	process_core_limit_of_ours();
	process_hide_memory();
	process_limit_heaps();
}
