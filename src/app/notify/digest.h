/*
 * One message to one target: what is new to it, what it knows already, and what is over. Made once
 * a run, if anything is new or over.
 */
#ifndef APP_NOTIFY_DIGEST_H
#define APP_NOTIFY_DIGEST_H

#include "app/notify/notices.h"
#include "base/strbuf.h"
#include "codec/json.h"

enum digest_state {
	DIGEST_NEW,
	DIGEST_KNOWN, /* is still so */
	DIGEST_OVER,
	DIGEST_STATE__COUNT,
};
extern const char *const digest_state_ids[DIGEST_STATE__COUNT];

struct digest_item {
	const struct notice_row *row;
	enum digest_state state;
	char *name, *text;
	bool is_again; /* known, but told so long ago that it is told again */
};

struct digest {
	struct digest_item *items; /* in the order of the states */
	size_t count, capacity;
	size_t counts[DIGEST_STATE__COUNT];
	struct strvec told; /* keys for the record: of what is new or known, */
	struct strvec over; /* and of what is over */
	const char *host;   /* of this machine; borrowed */
	int64_t now;
	const struct status_list *list; /* of all lineages, borrowed; NULL: a test */
	bool is_of_run;                 /* made by a run about all certificates */
	bool is_reminder;               /* something known is told again */
	bool has_deleted;               /* something is over because its lineage is gone */
};
#define DIGEST_INIT                                                                                \
	{                                                                                          \
		.items = NULL, .told = STRVEC_INIT, .over = STRVEC_INIT                            \
	}
void digest_release(struct digest *digest);
DEFINE_AUTO(digest, digest_release);

/* Fills the digest, of which host, time and run are set, with what this target is to be told. What
 * another process is telling it at this moment counts as known. With the record NULL everything is
 * new. */
void digest_fill(struct digest *digest, const struct notices *notices,
		 const struct notified *record, const char *target);
/* True when there is a reason to send it. */
bool digest_is_news(const struct digest *digest);
/* True when it tells, or reminds of, something that clients see. */
bool digest_is_urgent(const struct digest *digest);
/* Returns its subject, "certbot on www: 2 new problems, 1 over", which the caller frees. */
char *digest_subject(const struct digest *digest) WARN_UNUSED;
/* Returns its text of `most` bytes at most (0: any number), which the caller frees. */
char *digest_text(const struct digest *digest, size_t most) WARN_UNUSED;
/* Returns the document for programs (docs/json/notification.schema.json), which the caller
 * frees. */
struct json *digest_document(const struct digest *digest) WARN_UNUSED;

#endif
