/*
 * Reloads that running servers still need. From the first write to a server's files until the
 * server has read them, a note in the work directory says which plugin reloads it, and with which
 * options. After a crash in between, the next run does the reload, whichever plugins it uses
 * itself; txn/ undoes what the crash left in the files.
 */
#ifndef WEBSERVER_OWED_H
#define WEBSERVER_OWED_H

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"
#include "webserver/server.h"

/* Appends the paths of the notes in the work directory. */
int owed_list(const char *work_dir, struct strvec *ret_paths, struct error *err) WARN_UNUSED;
/* Reads a note: the plugin's name, which the caller frees, and the options of the run that wrote
 * the note, which replace those in `settings`. ERR_PARSE when the file is not such a note. */
int owed_read(const char *path, struct settings *settings, char **ret_plugin,
	      struct error *err) WARN_UNUSED;

/* The last step of plugin.prepare: takes over a reload that an earlier run did not get to. */
void webserver_settle(struct webserver *server);

/* ---- Used by webserver/ only ---- */

/* Files were written, so they need a test, until the server accepts them or they are restored. */
void owed_add_test(struct webserver *server);
/* True when the files need a test. */
bool owed_has_test(const struct webserver *server);
/* The server accepted the files, or they were restored. */
void owed_drop_test(struct webserver *server);
/* Files of deployments were written, so the next reload must be proved, unless they are undone. */
void owed_add_proof(struct webserver *server);
/* True when the next reload must be proved. */
bool owed_has_proof(const struct webserver *server);
/* No proof is needed any more. */
void owed_drop_proof(struct webserver *server);
/* The running server answers challenges; a reload must end that. */
void owed_add_withdrawal(struct webserver *server);
/* True when a reload must end the answers to challenges. */
bool owed_has_withdrawal(const struct webserver *server);
/* True when a reload that webserver_settle() took over from an earlier run is still to be done.
 * Where several instances belong to one server, the first that reloads it removes the note. */
bool owed_has_inherited(const struct webserver *server);
/* True when any of these needs a reload, or files are final that the server has not read. */
bool owed_has_reload(const struct webserver *server);
/* The files are final, but the running server has not read them. */
void owed_add_reload(struct webserver *server);
/* The running server has read its files. */
void owed_reloaded(struct webserver *server);
/* Writes the note that a reload will be needed, so that the next run does it after a crash. */
int owed_note(struct webserver *server, struct error *err) WARN_UNUSED;
/* Removes the note if everything was undone before the running server read it. */
void owed_drop_note(struct webserver *server);

#endif
