/*
 * glibc closes descriptors in the child by one close_range().
 */
#include "os/process/process_parts.h"

int spawn_plan_close_from(struct spawn_plan *plan, int first_fd)
{
	return posix_spawn_file_actions_addclosefrom_np(&plan->actions, first_fd);
}
