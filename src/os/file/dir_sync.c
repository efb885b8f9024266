/*
 * Making changes in a directory durable (fd_sync_dir() in file_parts.h). Threads that store
 * certificates at the same time all wait for the same two directories: one fsync serves all whose
 * changes were made before it began.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macros.h"
#include "os/file/file_parts.h"

/* Directories that are being synced at one time; a thread that finds no free place syncs alone. */
#define MOST_SHARED 8

/* A directory that at least one thread is about to sync. */
struct dir_sync {
	dev_t device;
	ino_t inode;
	unsigned users;      /* 0: the place is free */
	uint64_t begun, end; /* syncs that were started, and the last that has succeeded */
	bool is_running;
};

static struct dir_sync shared_syncs[MOST_SHARED];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;

/* Some file systems have no fsync of a directory, nor anything better. */
static int sync_alone(int fd, const char *path, struct error *err)
{
	if (fsync(fd) < 0 && errno != EINVAL && errno != ENOTSUP)
		return error_set_errno(err, errno, "cannot sync directory '%s'", path);
	return 0;
}

static struct dir_sync *find_sync(const struct stat *directory)
{
	for (size_t i = 0; i < ARRAY_LEN(shared_syncs); i++) {
		struct dir_sync *sync = &shared_syncs[i];

		if (sync->users && sync->device == directory->st_dev &&
		    sync->inode == directory->st_ino)
			return sync;
	}
	return NULL;
}

/* The place of the directory, a free one if nobody syncs it yet; NULL: all are taken. */
static struct dir_sync *join_sync(const struct stat *directory)
{
	struct dir_sync *sync = find_sync(directory);

	for (size_t i = 0; i < ARRAY_LEN(shared_syncs) && !sync; i++) {
		if (shared_syncs[i].users)
			continue;
		sync = &shared_syncs[i];
		*sync = (struct dir_sync){.device = directory->st_dev, .inode = directory->st_ino};
	}
	if (sync)
		sync->users++;
	return sync;
}

/* Only a sync that begins from now on has our changes. One that fails counts for nobody else: each
 * thread then finds out by itself, with its own descriptor, to which the kernel tells the error. */
static int sync_shared(struct dir_sync *sync, int fd, const char *path, struct error *err)
{
	uint64_t needed = sync->begun + 1, own;
	int rc;

	while (sync->is_running && sync->end < needed)
		pthread_cond_wait(&ended, &lock);
	if (sync->end >= needed)
		return 0;
	sync->is_running = true;
	own = ++sync->begun;
	pthread_mutex_unlock(&lock);
	rc = sync_alone(fd, path, err);
	pthread_mutex_lock(&lock);
	sync->is_running = false;
	if (rc == 0)
		sync->end = own;
	pthread_cond_broadcast(&ended);
	return rc;
}

int fd_sync_dir(int fd, const char *path, struct error *err)
{
	struct dir_sync *sync = NULL;
	struct stat directory;
	int rc;

	if (fstat(fd, &directory) < 0)
		return error_set_errno(err, errno, "cannot sync directory '%s'", path);
	pthread_mutex_lock(&lock);
	sync = join_sync(&directory);
	if (sync) {
		rc = sync_shared(sync, fd, path, err);
		sync->users--;
	}
	pthread_mutex_unlock(&lock);
	return sync ? rc : sync_alone(fd, path, err);
}
