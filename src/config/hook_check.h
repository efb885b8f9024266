/*
 * Checks that the program of a hook's shell command exists, as Certbot does.
 */
#ifndef CONFIG_HOOK_CHECK_H
#define CONFIG_HOOK_CHECK_H

#include "base/error.h"

/* Looks for the first word of `command` as a program. ERR_CONFIG; `name` says which hook ("pre") in
 * the text. An empty command is fine. */
int hook_check(const char *name, const char *command, struct error *err) WARN_UNUSED;

#endif
