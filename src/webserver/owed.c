/*
 * A note in the work directory from the first write to a server's files until the server has read
 * them: after a crash in between, the next run reloads it, whatever became of the files (what the
 * crash left of them is undone by txn/). It is an empty directory: one system call makes it, and
 * nothing needs to be synchronised, for a machine that crashes starts its servers anew.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "os/file/file.h"
#include "webserver/webserver_parts.h"

/* Enough hex digits to tell the server roots of a machine apart. */
#define ID_LEN 16

static char *note_path(const struct webserver *server)
{
	AUTO_FREE char *real = realpath(server->root, NULL);
	const char *root = real ? real : server->root;
	AUTO(strbuf) struct strbuf id = STRBUF_INIT;
	AUTO_FREE char *name = NULL;

	digest_hex(DIGEST_SHA256, root, strlen(root), &id);
	strbuf_truncate(&id, ID_LEN);
	name = xasprintf("reload-owed-%s-%s", server->kind->name, id.text);
	return path_join(webserver_work_dir(server), name);
}

int owed_note(struct webserver *server, struct error *err)
{
	AUTO_FREE char *path = note_path(server);

	if (server->state & WEBSERVER_NOTED)
		return 0;
	if (file_is_dir(path))
		server->state |= WEBSERVER_UNREAD;
	else if (dir_make(path, 0700, err) < 0)
		return err->code;
	server->state |= WEBSERVER_NOTED;
	return 0;
}

void owed_forget(struct webserver *server)
{
	AUTO_FREE char *path = note_path(server);
	AUTO(error) struct error err = ERROR_INIT;

	if (file_is_dir(path) && dir_remove(path, &err) < 0)
		log_debug("%s", err.text);
	server->state &= ~(unsigned)(WEBSERVER_NOTED | WEBSERVER_UNREAD);
}

void webserver_settle(struct webserver *server)
{
	AUTO_FREE char *path = note_path(server);
	AUTO(error) struct error err = ERROR_INIT;
	bool is_ours = server->state & WEBSERVER_NOTED;

	if (!(server->state & WEBSERVER_UNREAD) && (is_ours || !file_is_dir(path))) {
		webserver_drop_note(server);
		return;
	}
	log_info("An earlier run was stopped before %s had read its configuration again; it is "
		 "reloaded now",
		 server->kind->name);
	if (webserver_reload_now(server, &err) < 0)
		log_warning("cannot reload %s after a run that was stopped: %s", server->kind->name,
			    err.text);
}
