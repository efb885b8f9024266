/*
 * POSIX has nothing beyond the change of user and root directory.
 */
#include "os/sandbox/sandbox_parts.h"

int sandbox_make_rules(const struct sandbox_request *request, struct strvec *missing)
{
	(void)request;
	strvec_push(missing, "restriction of file access");
	return -1;
}

void sandbox_hold_capabilities(void)
{
}

bool sandbox_drop_capabilities(bool keeps_reading)
{
	return !keeps_reading;
}

unsigned sandbox_restrict(const struct sandbox_request *request, int rules, struct strvec *missing)
{
	(void)request;
	(void)rules;
	strvec_push(missing, "a filter of system calls");
	return 0;
}
