/*
 * HSTS with a lifetime that grows step by step (--auto-hsts). The step that each block has reached
 * is kept in Certbot's own file, so that either program can continue where the other stopped.
 *
 * The caller finds a block by its id and changes the value of its header.
 */
#ifndef WEBSERVER_AUTOHSTS_H
#define WEBSERVER_AUTOHSTS_H

#include <stdbool.h>

#include "webserver/autohsts_file.h"
#include "webserver/server.h"

/* An installer's functions for its blocks. */
struct autohsts_kind {
	const char *plugin; /* "nginx" */
	const char *block;  /* for messages: "server block" */
	/* Appends the paths of the keys that the block uses. False when the model has no such
	 * block, or it no longer has the header. */
	bool (*find_keys)(struct webserver *server, const char *id, struct strvec *ret_keys);
	/* Changes the lifetime in the block's header. */
	int (*change)(struct webserver *server, const char *id, int age, struct error *err);
};
/* For installer.update: takes the steps that are due in blocks that use a key of one of the tasks.
 * The last step, a year, is taken only when that lineage was renewed. A task whose edit fails gets
 * its error. The entries are kept in memory until the edits are saved. */
int autohsts_update(struct plugin_instance *instance, const struct autohsts_kind *kind,
		    struct deploy_task *tasks, size_t count, const char **ret_title,
		    struct error *err) WARN_UNUSED;

#endif
