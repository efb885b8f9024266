/*
 * The config, work and logs directories: made, checked and locked at start-up in Certbot's order.
 */
#ifndef STORE_DIRECTORIES_H
#define STORE_DIRECTORIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "os/clock.h"

struct directories_request {
	const char *config_dir, *work_dir, *logs_dir;
	bool strict_permissions;
	int64_t lock_timeout_ms; /* how long to wait for a busy lock */
	const struct clock *clock;
};

struct directories;

/* Makes and locks the three directories and makes renewal-hooks/{pre,deploy,post}. The caller frees
 * the result. ERR_BUSY names the process that holds the lock; the hint of ERR_IO says what to do
 * (run as root, or set the three directories). */
int directories_prepare(const struct directories_request *request, struct directories **ret,
			struct error *err) WARN_UNUSED;
/* For commands that only ask, and make no directories: ERR_IO, with the same hint, when the
 * configuration's directories are there and this user may not look into them. */
int directories_check_readable(const char *config_dir, struct error *err) WARN_UNUSED;
/* Releases the locks; accepts NULL. */
void directories_free(struct directories *directories);
DEFINE_AUTO_PTR(directories, directories_free);
/* Releases the locks for a while (during the random sleep of `renew`). */
void directories_unlock(struct directories *directories);
/* Takes the locks again. On error none is held. */
int directories_lock_again(struct directories *directories, struct error *err) WARN_UNUSED;

#endif
