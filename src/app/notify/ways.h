/*
 * The ways to send a message, a row each; internal to app/notify.
 */
#ifndef APP_NOTIFY_WAYS_H
#define APP_NOTIFY_WAYS_H

#include "app/notify/digest.h"
#include "children/network.h"
#include "base/span.h"

struct notify_way;

struct notify_target {
	const char *given; /* the whole value, which names it in the record and in messages */
	const struct notify_way *way;
	const char *value; /* behind the colon; "" for a way that takes none */
};

/* All messages of one round have this in common. */
struct notify_round {
	struct network *network;  /* borrowed */
	struct http_client *http; /* made when the first target needs it */
	bool may_have_arrived;    /* the message that could not be sent */
};

/* The limits of the ways in seconds. Until then, and some time more, a message counts as under way
 * (notified.h), so a way that takes longer would have it sent twice. */
enum {
	NOTIFY_LOCAL_S = 60, /* a renewal must not hang on a message */
	NOTIFY_WEB_S = 30,
	/* Above the limits of the steps: a server may look at a message for ten minutes. */
	NOTIFY_SMTP_S = 15 * 60,
};

struct notify_way {
	const char *name;
	int longest_s;     /* one of those above */
	const char *takes; /* what its value is, for messages; NULL: it takes none */
	/* NULL: any text that is printable will do. */
	int (*check)(const char *value, struct error *err);
	int (*send)(const struct notify_target *target, struct notify_round *round,
		    const struct digest *digest, struct error *err);
};

/* These are values of notify_way.send: a program, the journal or syslog, the local sendmail. Each
 * fails with an error that does not name the target. */
int way_program_send(const struct notify_target *target, struct notify_round *round,
		     const struct digest *digest, struct error *err) WARN_UNUSED;
int way_log_send(const struct notify_target *target, struct notify_round *round,
		 const struct digest *digest, struct error *err) WARN_UNUSED;
int way_mail_send(const struct notify_target *target, struct notify_round *round,
		  const struct digest *digest, struct error *err) WARN_UNUSED;
/* A webhook by the form of that name, and a mail server: the value names a file (way_file.h). */
int way_web_send(const struct notify_target *target, struct notify_round *round,
		 const struct digest *digest, struct error *err) WARN_UNUSED;
int way_smtp_send(const struct notify_target *target, struct notify_round *round,
		  const struct digest *digest, struct error *err) WARN_UNUSED;
/* Makes round->http, unless it is there. */
int notify_round_http(struct notify_round *round, struct error *err) WARN_UNUSED;
/* Runs a program with these bytes on standard input, for a minute at most. ERR_PLUGIN: it failed,
 * or did not end; ERR_NOT_FOUND; ERR_IO; ERR_CANCELLED. */
int way_run(const char *const *argv, const struct strvec *variables, struct span input,
	    struct error *err) WARN_UNUSED;
/* Checks the address of a mail. ERR_CONFIG. */
int way_mail_check(const char *value, struct error *err) WARN_UNUSED;

#endif
