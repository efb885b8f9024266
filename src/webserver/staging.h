/*
 * Edited files before they are written. A plugin may edit a file several times, and reads its own
 * edits back; what is written in the end is one change of each file.
 */
#ifndef WEBSERVER_STAGING_H
#define WEBSERVER_STAGING_H

#include "base/span.h"
#include "base/strbuf.h"
#include "os/file/file.h"
#include "txn/txn.h"
#include "webserver/server.h"

/* Appends the contents of the file as the edits so far have left it. */
int webserver_read(struct webserver *server, const char *path, struct strbuf *ret_bytes,
		   struct error *err) WARN_UNUSED;
/* True when the edits so far have created or kept a file with that path. */
bool webserver_has_file(const struct webserver *server, const char *path);
/* Appends the names in a directory, including files that edits create. */
int webserver_list(const struct webserver *server, const char *dir, struct strvec *ret_names,
		   struct error *err) WARN_UNUSED;
/* Appends the paths, sorted, that match a pattern of glob(3), including files that edits create. */
int webserver_glob(const struct webserver *server, const char *pattern, struct strvec *ret_paths,
		   struct error *err) WARN_UNUSED;
/* The path with symbolic links resolved, including links that edits create; the caller frees it.
 * For a file that does not exist yet, the links of its directory are resolved. */
char *webserver_real_path(const struct webserver *server, const char *path) WARN_UNUSED;
/* Stages the new contents of a file; nothing is written yet. An existing file keeps its owner, its
 * mode and the links to it; a new one gets 0644. */
void webserver_stage(struct webserver *server, const char *path, struct span bytes);
/* The same for a file that not everybody may read, such as one with a key or a password. A new one
 * has these attributes before it has contents; an existing one first loses the mode bits that are
 * not among them, and keeps its owner and group. */
void webserver_stage_secret(struct webserver *server, const char *path, struct span bytes,
			    const struct file_attributes *attributes);
/* The same as webserver_stage() for a symbolic link that does not exist yet. */
void webserver_stage_link(struct webserver *server, const char *path, const char *target);
/* Records the command that undoes a step outside the files (a2dismod). Call it before that step. */
int webserver_undo_by(struct webserver *server, enum txn_kind kind, const char *const *argv,
		      struct error *err) WARN_UNUSED;

/* ---- Used by webserver/ only ---- */

void staging_init(struct webserver *server);
void staging_release(struct webserver *server);
/* Writes all dirty files in the transaction, which first copies the old ones. */
int staging_write(struct webserver *server, enum txn_kind kind, struct error *err) WARN_UNUSED;

#endif
