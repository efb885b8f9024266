/*
 * A directory of its own for every test: the set-up makes it and enters it, the tear-down leaves it
 * and removes it.
 */
#ifndef TESTS_OS_SCRATCH_H
#define TESTS_OS_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file/file.h"

static char scratch_dir[sizeof("/dev/shm/certbot-test-XXXXXX")];

static inline int scratch_enter_below(const char *parent)
{
	snprintf(scratch_dir, sizeof(scratch_dir), "%s/certbot-test-XXXXXX", parent);
	umask(022);
	return mkdtemp(scratch_dir) && chdir(scratch_dir) == 0 ? 0 : -1;
}

static inline int scratch_enter(void **state)
{
	return scratch_enter_below("/tmp");
}

/* For a test that syncs thousands of times: it would spend minutes waiting for a disk. */
static inline int scratch_enter_memory(void **state)
{
	return scratch_enter_below(access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
}

static int scratch_leave(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	return chdir("/") == 0 && dir_remove_tree(scratch_dir, &err) == 0 ? 0 : -1;
}

#define scratch_test(function)                                                                     \
	cmocka_unit_test_setup_teardown(function, scratch_enter, scratch_leave)
#define scratch_test_in_memory(function)                                                           \
	cmocka_unit_test_setup_teardown(function, scratch_enter_memory, scratch_leave)

#endif
