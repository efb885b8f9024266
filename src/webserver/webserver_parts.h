/*
 * The inside of struct webserver, for this folder only.
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
	struct strbuf bytes; /* contents, or the target of a link */
	bool dirty;          /* not written yet */
};

/* What the running server and its files owe each other. For owed.c only; the functions below say
 * what each means. */
struct owed {
	bool test, proof, withdrawal, reload, is_noted;
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
	struct webserver_certificates expected; /* to be shown after the next reload (proof.c) */
	struct probes old_looks;                /* what was shown before a rollback */
	struct autohsts *aging;                 /* steps of --auto-hsts among the unsaved edits */
	struct owed owed;
};

void staging_init(struct webserver *server);
void staging_release(struct webserver *server);
/* Writes all dirty files in the transaction, whose copies of the old ones are made first. */
int staging_write(struct webserver *server, enum txn_kind kind, struct error *err) WARN_UNUSED;
/* The transaction, made at the first call. */
struct txn *staging_txn(struct webserver *server, enum txn_kind kind);

/* Files were written: a test is owed, until the server takes them or they are as before. */
void owed_add_test(struct webserver *server);
bool owed_has_test(const struct webserver *server);
void owed_drop_test(struct webserver *server);
/* Files of deployments were written: the next reload is to be proved, unless they are undone. */
void owed_add_proof(struct webserver *server);
bool owed_has_proof(const struct webserver *server);
void owed_drop_proof(struct webserver *server);
/* The running server answers challenges; it owes their withdrawal, by a reload. */
void owed_add_withdrawal(struct webserver *server);
bool owed_has_withdrawal(const struct webserver *server);
/* Files are as they are to stay, and the running server has not read them. */
void owed_add_reload(struct webserver *server);
/* The running server has read its files. */
void owed_reloaded(struct webserver *server);

/* Notes that a reload is about to be owed, so that a run after a crash pays it. */
int owed_note(struct webserver *server, struct error *err) WARN_UNUSED;
/* Forgets the note, if what was written was undone before the running server read it. */
void owed_drop_note(struct webserver *server);

/* After a reload: waits until the server shows what it should (proof.c), and warns when it does
 * not. ERR_NETWORK: it accepts no connections where something was deployed. */
int proof_await(struct webserver *server, struct error *err) WARN_UNUSED;
/* Before a rollback: what the configuration says is shown. */
void proof_note_old(struct webserver *server);
void proof_forget(struct webserver *server);

/* The model's edits become part of what is staged. */
void webserver_keep_edits(struct webserver *server);
/* The model forgets edits that are not staged. */
void webserver_drop_edits(struct webserver *server);
int webserver_test(struct webserver *server, struct error *err) WARN_UNUSED;
int webserver_reload_now(struct webserver *server, struct error *err) WARN_UNUSED;

#endif
