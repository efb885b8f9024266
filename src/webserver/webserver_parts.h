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

void staging_init(struct webserver *server);
void staging_release(struct webserver *server);
/* Writes all dirty files in the transaction, whose copies of the old ones are made first. */
int staging_write(struct webserver *server, enum txn_kind kind, struct error *err) WARN_UNUSED;
/* The transaction, made at the first call. */
struct txn *staging_txn(struct webserver *server, enum txn_kind kind);

/* Notes that the server is about to owe a reload, so that a run after a crash pays it (owed.c). */
int owed_note(struct webserver *server, struct error *err) WARN_UNUSED;
/* Forgets the note unless the running server has read what was undone since. */
void webserver_drop_note(struct webserver *server);
/* The running server has the files as they are. */
void owed_forget(struct webserver *server);

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
