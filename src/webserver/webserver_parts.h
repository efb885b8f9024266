/*
 * The internals of struct webserver. Used by webserver/ only.
 */
#ifndef WEBSERVER_WEBSERVER_PARTS_H
#define WEBSERVER_WEBSERVER_PARTS_H

#include "webserver/webserver.h"

enum staged_kind {
	STAGED_FILE,
	STAGED_LINK,
};

struct staged_file {
	enum staged_kind kind;
	struct strbuf bytes;               /* contents, or the target of a link */
	bool dirty;                        /* not written yet */
	struct file_attributes attributes; /* of a new file */
	bool is_secret; /* an existing file must not have a wider mode than that either */
};

/* What still has to be done for the running server and its files. For owed.c only; the functions
 * below say what each member means. */
struct owed {
	bool test, proof, withdrawal, reload, inherited, is_noted;
};

struct webserver_run {
	const struct plugin *plugin;
	const struct webserver_kind *kind;
	struct map staged;           /* path → struct staged_file */
	struct strvec notes;         /* for the checkpoint, of edits that are staged */
	struct strvec drafted_notes; /* of the edit under way */
	struct map chosen;           /* question → struct chosen_blocks (choice.c) */
	struct txn *permanent;       /* edits until save() */
	struct txn *temporary;       /* challenges */
	struct plugin_task *active;  /* challenges that are published */
	size_t active_count;
	struct webserver_certificates expected; /* expected after the next reload (proof.c) */
	struct probes old_looks;                /* what the server sent before a rollback */
	struct autohsts *aging;                 /* steps of --auto-hsts among the unsaved edits */
	struct owed owed;
};

void staging_init(struct webserver *server);
void staging_release(struct webserver *server);
/* Writes all dirty files in the transaction, which first copies the old ones. */
int staging_write(struct webserver *server, enum txn_kind kind, struct error *err) WARN_UNUSED;

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
/* The files are final, but the running server has not read them. */
void owed_add_reload(struct webserver *server);
/* The running server has read its files. */
void owed_reloaded(struct webserver *server);

/* Writes the note that a reload will be needed, so that the next run does it after a crash. */
int owed_note(struct webserver *server, struct error *err) WARN_UNUSED;
/* Removes the note if everything was undone before the running server read it. */
void owed_drop_note(struct webserver *server);

/* Call after a reload: waits until the server sends what it should (proof.c), and warns if it does
 * not. ERR_NETWORK when something was deployed and it accepts no connections. */
int proof_await(struct webserver *server, struct error *err) WARN_UNUSED;
/* Call before a rollback: notes what the server sends with the present configuration. */
void proof_note_old(struct webserver *server);
/* Forgets what the server should send. */
void proof_forget(struct webserver *server);

/* Adds the model's edits to the staged files. */
void webserver_keep_edits(struct webserver *server);
/* Drops edits of the model that are not staged. */
void webserver_drop_edits(struct webserver *server);
/* Tests the files if they need it. */
int webserver_test(struct webserver *server, struct error *err) WARN_UNUSED;
/* Reloads the server without waiting for proof. Only warns when it is not running. */
int webserver_reload_now(struct webserver *server, struct error *err) WARN_UNUSED;

#endif
