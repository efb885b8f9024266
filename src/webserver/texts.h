/*
 * The model of a server whose configuration is edited as text: a few files, in a fixed order. The
 * `load` of its kind calls texts_load(); texts_unload() and texts_stage() are callbacks of struct
 * webserver_kind as they are.
 */
#ifndef WEBSERVER_TEXTS_H
#define WEBSERVER_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "base/strbuf.h"
#include "webserver/server.h"

struct server_text {
	char *path;
	struct strbuf bytes;
	bool is_changed; /* set by whoever edits the bytes */
};

/* Loads the next file into the model; the first call makes that. A file that does not exist is
 * empty if it may be missing. */
int texts_load(struct webserver *server, const char *path, bool may_be_missing,
	       struct error *err) WARN_UNUSED;
/* The file that was loaded as number `index`, from 0; borrowed, until the model is unloaded. */
struct server_text *texts_at(const struct webserver *server, size_t index);
/* How many files were loaded. */
size_t texts_count(const struct webserver *server);
/* The bytes of the file, borrowed until they change. */
struct span texts_span(const struct webserver *server, size_t index);
/* Replaces the bytes of a file. False when it has them already. */
bool texts_set(struct webserver *server, size_t index, struct span bytes);

void texts_unload(struct webserver *server);
/* Stages what was changed, the last file first: a file that names others is loaded before those,
 * and must never be on disk without them. */
void texts_stage(struct webserver *server);

#endif
