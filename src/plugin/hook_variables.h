/*
 * The CERTBOT_* variables that programs find which answer challenges: manual's hooks and the
 * external plugin's handler. Names and meaning are those of Certbot's manual plugin.
 */
#ifndef PLUGIN_HOOK_VARIABLES_H
#define PLUGIN_HOOK_VARIABLES_H

#include <stddef.h>

#include "base/strvec.h"
#include "plugin/plugin.h"

/* Appends the variables for the challenge at `index` as "NAME=value" to `env`, and to `unset` the
 * names of those that do not apply to it. CERTBOT_ALL_DOMAINS and CERTBOT_REMAINING_CHALLENGES
 * count the challenges with the same settings only. */
void hook_variables_fill(const struct plugin_task *tasks, size_t count, size_t index,
			 struct strvec *env, struct strvec *unset);
/* Appends one more variable: to `env`, or to `unset` when it has no value (NULL), so that one of an
 * outer run is not taken for ours. */
void hook_variables_set(const char *name, const char *value, struct strvec *env,
			struct strvec *unset);

#endif
