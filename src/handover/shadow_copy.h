/*
 * The private copy of a configuration directory, for programs that may think that it is theirs. No
 * key is copied: the files in its archive/ are links to the real ones.
 */
#ifndef HANDOVER_SHADOW_COPY_H
#define HANDOVER_SHADOW_COPY_H

#include "base/error.h"
#include "base/macros.h"

/* Copies renewal/, live/ and archive/ of the directory to `copy`, which is made; paths of the
 * directory in confs and links become those of the copy. Hooks and accounts stay behind: nobody is
 * to run or use them. ERR_IO. */
int shadow_copy(const char *config_dir, const char *copy, struct error *err) WARN_UNUSED;

#endif
