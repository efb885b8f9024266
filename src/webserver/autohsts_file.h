/*
 * Which step of --auto-hsts each block has reached. The file is Certbot's own, so that either
 * program can continue where the other stopped.
 */
#ifndef WEBSERVER_AUTOHSTS_FILE_H
#define WEBSERVER_AUTOHSTS_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "webserver/server.h"

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

/* Reads the entries of the plugin of that name; the caller releases them. A missing file counts as
 * empty. */
int autohsts_read(const struct webserver *server, const char *plugin, struct autohsts *ret_autohsts,
		  struct error *err) WARN_UNUSED;
/* Writes the file with the entries. */
int autohsts_write(const struct autohsts *autohsts, struct error *err) WARN_UNUSED;

/* True when the block has an entry already. */
bool autohsts_has(const struct autohsts *autohsts, const char *id);
/* Adds an entry for a block whose header has the first value, AUTOHSTS_FIRST_AGE seconds. */
void autohsts_begin(const struct webserver *server, struct autohsts *autohsts, const char *id);
#define AUTOHSTS_FIRST_AGE 60
/* Records that the header of a block now has the value of that step. */
void autohsts_set(const struct webserver *server, struct autohsts *autohsts, const char *id,
		  size_t step);

/* Writes the entries that an update left in memory, if any. */
int autohsts_save(struct webserver *server, struct error *err) WARN_UNUSED;
/* Drops them, when the edits of the update are undone. */
void autohsts_forget(struct webserver *server);

#endif
