/*
 * The internals of struct webserver. Used by webserver/ only.
 */
#ifndef WEBSERVER_SERVER_PARTS_H
#define WEBSERVER_SERVER_PARTS_H

#include "base/map.h"
#include "os/file/file.h"
#include "txn/txn.h"
#include "webserver/server.h"

struct autohsts;
struct key;

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

/* Work that is still to be done for the running server and its files. For owed.c only; the
 * functions below say what each member means. */
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
	struct strvec lineages;      /* names of the certificates that they are for */
	struct txn *temporary;       /* challenges */
	struct plugin_task *active;  /* challenges that are published */
	size_t active_count;
	struct webserver_certificates expected; /* deployed, and expected after the next reload */
	struct strvec shown;                    /* paths of those that were seen (proof.c) */
	struct probes old_looks;                /* what the server sent before a rollback */
	struct autohsts *aging;                 /* steps of --auto-hsts among the unsaved edits */
	struct key *sni_key; /* of the certificates for tls-sni-01; NULL: none was made yet */
	struct owed owed;
};

/* Adds the model's edits to the staged files. */
void webserver_keep_edits(struct webserver *server);
/* Drops edits of the model that are not staged. */
void webserver_drop_edits(struct webserver *server);

#endif
