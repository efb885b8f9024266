/*
 * The enclosure (see enclosure.h) by namespaces: a network of its own, in which there is nothing,
 * and the same files, of which all but one folder are mounted read-only.
 */
#include "os/sandbox/enclosure.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/file/file.h"

/* Of <linux/mount.h>, which cannot be included next to the C library's header. */
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#define ATTR_RDONLY 1ULL
#define WITH_ALL_BELOW 0x8000U

/* The way back. */
struct enclosure {
	int mounts, network, folder;
};

struct attributes {
	uint64_t set, clear, propagation, user_namespace;
};

static int set_attributes(const char *path, unsigned flags, struct attributes attributes)
{
	return (int)syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &attributes,
			    sizeof(attributes));
}

/* Asks for nothing, which only a kernel that does not know the call refuses: nothing may be changed
 * before all of it is known to be possible. */
static bool knows_attributes(void)
{
	return set_attributes("/", 0, (struct attributes){.set = 0}) == 0;
}

/* The folder becomes a mount of its own first, which can then be made writable again alone. Nothing
 * of this reaches the mounts of other processes. */
static bool protect_files(const char *dir)
{
	return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount(dir, dir, NULL, MS_BIND, NULL) == 0 &&
	       set_attributes("/", WITH_ALL_BELOW, (struct attributes){.set = ATTR_RDONLY}) == 0 &&
	       set_attributes(dir, 0, (struct attributes){.clear = ATTR_RDONLY}) == 0;
}

static void close_way_back(struct enclosure *enclosure)
{
	auto_close(&enclosure->mounts);
	auto_close(&enclosure->network);
	auto_close(&enclosure->folder);
	free(enclosure);
}

/* Joining a mount namespace leads to its root directory. */
void enclosure_free(struct enclosure *enclosure)
{
	if (!enclosure)
		return;
	if (setns(enclosure->mounts, CLONE_NEWNS) < 0 ||
	    setns(enclosure->network, CLONE_NEWNET) < 0 || fchdir(enclosure->folder) < 0)
		BUG("cannot leave the namespaces that this process has made");
	close_way_back(enclosure);
}

int enclosure_enter(const char *dir, struct enclosure **ret, struct error *err)
{
	struct enclosure *enclosure = XNEW(struct enclosure);

	enclosure->mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	enclosure->network = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	/* Before the namespaces are new: it is to be the folder of the old ones. */
	enclosure->folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (enclosure->mounts < 0 || enclosure->network < 0 || enclosure->folder < 0 ||
	    !knows_attributes() || unshare(CLONE_NEWNS | CLONE_NEWNET) < 0) {
		close_way_back(enclosure);
		return error_set(err, ERR_REFUSED, "no namespaces can be made here");
	}
	if (!protect_files(dir)) {
		error_set(err, ERR_REFUSED, "the file system cannot be made read-only: %s",
			  strerror(errno));
		enclosure_free(enclosure);
		return err->code;
	}
	*ret = enclosure;
	return 0;
}
