/*
 * A private copy of a configuration directory, which programs may treat as their own. No keys are
 * copied: the files in its archive/ are links to the real ones.
 */
#ifndef HANDOVER_SHADOW_COPY_H
#define HANDOVER_SHADOW_COPY_H

#include "base/error.h"
#include "base/macros.h"

/* Copies renewal/, live/ and archive/ of the directory to `copy`, which is created; confs and links
 * point into the copy afterwards. Hooks and accounts are left out, since neither program may run or
 * use them. ERR_IO. */
int shadow_copy(const char *config_dir, const char *copy, struct error *err) WARN_UNUSED;

#endif
