/*
 * Directories at start-up (see directories.h). The order is Certbot's: logs, config, work, each
 * made and locked before the next; hook directories last.
 */
#include "store/directories.h"

#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/file/file.h"
#include "os/file/lock.h"
#include "store/paths.h"

/* How often a busy lock is tried again. flock() can wait by itself, but not with a time limit that
 * a signal can interrupt. */
#define RETRY_MS 250

struct place {
	const char *name; /* for errors */
	mode_t mode;
	size_t offset; /* of its path in struct directories_request */
	bool whatever_umask;
};

static const struct place places[] = {
	{"logs", 0700, offsetof(struct directories_request, logs_dir), false},
	{"config", 0755, offsetof(struct directories_request, config_dir), false},
	{"work", 0755, offsetof(struct directories_request, work_dir), true},
};

struct directories {
	char *paths[ARRAY_LEN(places)];
	struct lock *locks[ARRAY_LEN(places)];
	const struct clock *clock;
	int64_t lock_timeout_ms;
};

static const char *path_of(const struct directories_request *request, const struct place *place)
{
	return *(const char *const *)((const char *)request + place->offset);
}

/* --strict-permissions is Certbot's option; without it, a directory is used with the rights that
 * its owner gave it. */
static int check_strictly(const char *path, mode_t mode, struct error *err)
{
	struct stat attributes;

	if (stat(path, &attributes) < 0)
		return error_set_errno(err, errno, "cannot examine directory '%s'", path);
	if ((attributes.st_mode & 07777) == mode && attributes.st_uid == geteuid())
		return 0;
	error_set(err, ERR_CONFIG,
		  "%s exists, but it should be owned by current user with permissions 0o%o", path,
		  (unsigned)mode);
	return error_hint(err, "fix its owner and mode, or omit --strict-permissions");
}

static int make_directory(const char *path, const struct place *place, struct error *err)
{
	mode_t mask;
	int rc;

	if (!place->whatever_umask)
		return dir_make(path, place->mode, err);
	mask = umask(022);
	rc = dir_make(path, place->mode, err);
	umask(mask);
	return rc;
}

/* Certbot's hint, but not for a full disk: other paths may be on the same one. */
static int hint_at_remedy(struct error *err)
{
	if (err->code != ERR_IO)
		return err->code;
	if (err->sys_errno == ENOSPC || err->sys_errno == EDQUOT)
		return error_hint(err,
				  "make room there: df -h shows the space, df -i the number of "
				  "files");
	return error_hint(err,
			  "either run as root, or set --config-dir, --work-dir, and --logs-dir "
			  "to writeable paths");
}

/* Of config_dir itself only the way through is needed. What is missing has no certificates. */
int directories_check_readable(const char *config_dir, struct error *err)
{
	static const struct {
		const char *name;
		int mode;
	} inner[] = {{"", X_OK},
		     {"/renewal", R_OK | X_OK},
		     {"/live", R_OK | X_OK},
		     {"/archive", R_OK | X_OK}};

	for (size_t i = 0; i < ARRAY_LEN(inner); i++) {
		AUTO_FREE char *path = xasprintf("%s%s", config_dir, inner[i].name);

		if (access(path, inner[i].mode) == 0 || errno != EACCES)
			continue;
		error_set_errno(err, errno, "cannot look into '%s'", path);
		return hint_at_remedy(err);
	}
	return 0;
}

/* True when an earlier directory is the same one: a process cannot lock itself out. */
static bool is_locked_already(const struct directories *directories, size_t index)
{
	struct stat mine, other;

	if (stat(directories->paths[index], &mine) < 0)
		return false;
	for (size_t i = 0; i < index; i++)
		if (stat(directories->paths[i], &other) == 0 && mine.st_dev == other.st_dev &&
		    mine.st_ino == other.st_ino)
			return true;
	return false;
}

/* Without --lock-timeout a busy lock is an error at once, as in Certbot: two timers at the same
 * minute should not queue up. */
static int wait_for_lock(struct directories *directories, size_t index, struct error *err)
{
	const struct clock *clock = directories->clock;
	int64_t until = clock_mono_ms(clock) + directories->lock_timeout_ms;

	for (;;) {
		int64_t now;

		if (lock_acquire(directories->paths[index], &directories->locks[index], NULL,
				 err) == 0)
			return 0;
		now = clock_mono_ms(clock);
		if (err->code != ERR_BUSY || now >= until)
			return err->code;
		error_release(err);
		if (clock->sleep_until(clock->context,
				       now + RETRY_MS < until ? now + RETRY_MS : until) < 0)
			return error_set(err, ERR_CANCELLED, "interrupted while waiting for '%s'",
					 directories->paths[index]);
	}
}

/* The sentence is Certbot's, which scripts look for. */
static int lock_one(struct directories *directories, size_t index, struct error *err)
{
	if (is_locked_already(directories, index) || wait_for_lock(directories, index, err) == 0)
		return 0;
	if (err->code == ERR_BUSY)
		return error_wrap(err, "Another instance of Certbot is already running");
	return err->code;
}

/* Each directory is locked before the next is made. Two instances that start together thus meet at
 * the first of them, and neither holds what the other waits for. */
static int prepare_one(const struct directories_request *request, struct directories *directories,
		       size_t index, struct error *err)
{
	const struct place *place = &places[index];
	const char *path = path_of(request, place);
	bool is_old = file_is_dir(path);

	directories->paths[index] = xstrdup(path);
	if (make_directory(path, place, err) < 0)
		return error_wrap(err, "cannot use the %s directory", place->name);
	if (is_old && request->strict_permissions && check_strictly(path, place->mode, err) < 0)
		return err->code;
	return lock_one(directories, index, err);
}

/* They are made empty, so that people see where hooks belong. */
static int make_hook_dirs(const char *config_dir, struct error *err)
{
	static const char *const kinds[] = {"pre", "deploy", "post"};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		AUTO_FREE char *path = store_hooks_dir(config_dir, kinds[i]);

		if (dir_make(path, 0755, err) < 0)
			return err->code;
	}
	return 0;
}

int directories_prepare(const struct directories_request *request, struct directories **ret,
			struct error *err)
{
	AUTO(directories) struct directories *directories = XNEW(struct directories);

	directories->clock = request->clock;
	directories->lock_timeout_ms = request->lock_timeout_ms;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (prepare_one(request, directories, i, err) < 0)
			return hint_at_remedy(err);
	if (make_hook_dirs(request->config_dir, err) < 0)
		return hint_at_remedy(err);
	*ret = STEAL(directories);
	return 0;
}

void directories_unlock(struct directories *directories)
{
	for (size_t i = ARRAY_LEN(places); i-- > 0;) {
		lock_free(directories->locks[i]);
		directories->locks[i] = NULL;
	}
}

/* After the long sleep of `renew`, during which others may use the store. Takes all of them or
 * none: with half of the locks a run could change what another one reads. */
int directories_lock_again(struct directories *directories, struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (lock_one(directories, i, err) < 0) {
			directories_unlock(directories);
			return err->code;
		}
	return 0;
}

void directories_free(struct directories *directories)
{
	if (!directories)
		return;
	directories_unlock(directories);
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		free(directories->paths[i]);
	free(directories);
}
