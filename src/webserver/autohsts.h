/*
 * HSTS with a lifetime that grows by steps (--auto-hsts). Which step a block has reached is kept in
 * Certbot's own file, so that either program goes on where the other stopped.
 *
 * The caller's part is to find a block by its id and to change the header's value.
 */
#ifndef WEBSERVER_AUTOHSTS_H
#define WEBSERVER_AUTOHSTS_H

#include <stdbool.h>

#include "webserver/webserver.h"

struct json;

/* The storage file, and in it the object of one plugin's entries. */
struct autohsts {
	char *path;
	struct json *document;
	struct json *entries; /* id → {"laststep", "timestamp"}; borrowed */
};

#define AUTOHSTS_INIT                                                                              \
	{                                                                                          \
		.path = NULL                                                                       \
	}
void autohsts_release(struct autohsts *autohsts);
DEFINE_AUTO(autohsts, autohsts_release);

/* Reads the entries of the plugin of that name; a missing file is empty. */
int autohsts_read(const struct webserver *server, const char *plugin, struct autohsts *ret_autohsts,
		  struct error *err) WARN_UNUSED;
int autohsts_write(const struct autohsts *autohsts, struct error *err) WARN_UNUSED;

/* True when the block is under way already. */
bool autohsts_has(const struct autohsts *autohsts, const char *id);
/* Notes that the block has its first value, AUTOHSTS_FIRST_AGE seconds. */
void autohsts_begin(const struct webserver *server, struct autohsts *autohsts, const char *id);
#define AUTOHSTS_FIRST_AGE 60

/* What an installer knows about its blocks. */
struct autohsts_kind {
	const char *plugin; /* "nginx" */
	const char *block;  /* for messages: "server block" */
	/* False: the model has no such block, or it lost its header. Appends the paths of the keys
	 * that it uses. */
	bool (*find_keys)(struct webserver *server, const char *id, struct strvec *ret_keys);
	/* Gives the block's header another lifetime. */
	int (*change)(struct webserver *server, const char *id, int age, struct error *err);
};
/* For installer.update: takes the steps that are due in blocks that use a key of one of the tasks;
 * the last one, a year, when that lineage was renewed. A task whose edit fails gets its error. The
 * entries are kept until the edits are saved. */
int autohsts_update(struct plugin_instance *instance, const struct autohsts_kind *kind,
		    struct deploy_task *tasks, size_t count, const char **ret_title,
		    struct error *err) WARN_UNUSED;
/* Writes the entries that an update left, or drops them with its edits. */
int autohsts_save(struct webserver *server, struct error *err) WARN_UNUSED;
void autohsts_forget(struct webserver *server);

#endif
