/*
 * Checks that a hook's command refers to an existing program.
 */
#ifndef CONFIG_HOOK_CHECK_H
#define CONFIG_HOOK_CHECK_H

#include "base/error.h"

/* Looks up the first word of `command` as a program. ERR_CONFIG when there is no such program; the
 * text names the hook by `name` ("pre"). An empty command is fine. */
int hook_check(const char *name, const char *command, struct error *err) WARN_UNUSED;

#endif
