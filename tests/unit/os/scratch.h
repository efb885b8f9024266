/*
 * A directory of its own for every test: the set-up makes it and enters it, the tear-down leaves it
 * and removes it.
 */
#ifndef TESTS_OS_SCRATCH_H
#define TESTS_OS_SCRATCH_H

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file/file.h"

static char scratch_dir[] = "/tmp/certbot-test-XXXXXX";

static int scratch_enter(void **state)
{
	memcpy(scratch_dir + sizeof(scratch_dir) - 7, "XXXXXX", 6);
	umask(022);
	return mkdtemp(scratch_dir) && chdir(scratch_dir) == 0 ? 0 : -1;
}

static int scratch_leave(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	return chdir("/") == 0 && dir_remove_tree(scratch_dir, &err) == 0 ? 0 : -1;
}

#define scratch_test(function)                                                                     \
	cmocka_unit_test_setup_teardown(function, scratch_enter, scratch_leave)

#endif
