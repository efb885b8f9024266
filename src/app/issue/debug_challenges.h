/*
 * --debug-challenges: waits after the challenges are in place, before the CA is told.
 */
#ifndef APP_ISSUE_DEBUG_CHALLENGES_H
#define APP_ISSUE_DEBUG_CHALLENGES_H

#include "plugin/plugin.h"

/* A driver_presented_fn whose context is the struct network. With -v it lists what the CA will look
 * up. Does nothing when nobody can press Enter. */
int debug_challenges_pause(void *network, struct plugin_task *tasks, size_t count,
			   struct error *err);

#endif
