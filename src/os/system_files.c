/*
 * Files that the C library opens by itself (see system_files.h). What it does with them is its own
 * affair; only their kind is looked at here, by stat(), because opening some devices has effects.
 * Who can put another file there between the look and the use owns the machine.
 */
#include "os/system_files.h"

#include <sys/stat.h>

#include "base/log.h"

static const char nsswitch_conf[] = "/etc/nsswitch.conf";

const char *const *system_files(enum system_question question)
{
	static const char *const hosts[] = {
		nsswitch_conf,   "/etc/resolv.conf", "/etc/hosts",      "/etc/host.conf",
		"/etc/gai.conf", "/etc/services",    "/etc/mdns.allow", NULL,
	};
	static const char *const services[] = {nsswitch_conf, "/etc/services", NULL};
	static const char *const users[] = {nsswitch_conf, "/etc/passwd", "/etc/group", NULL};
	static const char *const time[] = {"/etc/localtime", NULL};
	static const char *const *const files[] = {
		[SYSTEM_HOSTS] = hosts,
		[SYSTEM_SERVICES] = services,
		[SYSTEM_USERS] = users,
		[SYSTEM_TIME] = time,
	};

	return files[question];
}

/* Directories and sockets make open() or read() fail at once, and /dev/null, by which some make
 * such a file empty, ends at once. */
static bool may_block(const char *path)
{
	struct stat found, null;

	if (stat(path, &found) < 0)
		return false;
	if (S_ISCHR(found.st_mode))
		return stat("/dev/null", &null) < 0 || null.st_rdev != found.st_rdev;
	return S_ISFIFO(found.st_mode) || S_ISBLK(found.st_mode);
}

int system_file_check(const char *path, struct error *err)
{
	if (!may_block(path))
		return 0;
	error_set(err, ERR_CONFIG, "cannot read '%s': it is not a file, but a FIFO or a device",
		  path);
	return error_hint(err, "put a file in its place, or remove it");
}

int system_files_check(enum system_question question, struct error *err)
{
	for (const char *const *path = system_files(question); *path; path++)
		if (system_file_check(*path, err) < 0)
			return err->code;
	return 0;
}

bool system_files_are_usable(enum system_question question)
{
	AUTO(error) struct error unusable = ERROR_INIT;

	if (system_files_check(question, &unusable) == 0)
		return true;
	log_debug("%s", unusable.text);
	return false;
}
