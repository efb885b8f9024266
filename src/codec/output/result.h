/*
 * What a command tells programs: one JSON document at its end (--json), and events as they happen,
 * a JSON object a line (--json-events). What goes to standard output takes the place of the text.
 *
 * A verb fills it where it speaks to people, through the same `ui`. Without --json these functions
 * do nothing, so nobody has to ask first, except where making a value costs something. cli/ begins
 * the document and ends it with the exit status and the error, the same for every verb. The forms
 * are described in docs/json.
 */
#ifndef CODEC_OUTPUT_RESULT_H
#define CODEC_OUTPUT_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"
#include "base/ui.h"
#include "codec/json.h"

struct result_options {
	const char *verb; /* canonical name; NULL: the command line tells none */
	/* Writes a part of the document to standard output. NULL: none is wanted. */
	void (*write)(void *context, const char *text);
	/* Writes an event, a whole line. NULL: none are wanted. */
	void (*write_event)(void *context, const char *line);
	int64_t (*now)(void *context); /* Unix seconds, for events */
	void *context;
};

enum result_event {
	EVENT_STARTED,   /* the run */
	EVENT_DUE,       /* a certificate will be obtained or renewed */
	EVENT_ORDER,     /* the CA is asked for it */
	EVENT_PRESENTED, /* a challenge is in place, or could not be put there */
	EVENT_VALIDATED, /* the CA has seen all challenges of an order */
	EVENT_ISSUED,    /* a certificate is stored and in use, or would be (a dry run) */
	EVENT_DEPLOYED,  /* an installer has taken it over, or failed to */
	EVENT_HOOK,      /* a hook has ended */
	EVENT_SKIPPED,   /* a certificate stays as it is */
	EVENT_FAILED,    /* something about a certificate failed */
	EVENT_NOTIFIED,  /* somebody was told of it (--notify), or could not be */
	EVENT_SUMMARY,   /* the run has ended */
	RESULT_EVENT__COUNT,
};

/* Begins a document, which ui->result then points to; the caller frees it. */
struct result *result_new(const struct result_options *options) WARN_UNUSED;
void result_free(struct result *result);
DEFINE_AUTO_PTR(result, result_free);

/* True when somebody reads the document. */
bool result_is_wanted(const struct ui *ui);
/* True when somebody reads events. */
bool result_takes_events(const struct ui *ui);

/* Writes an event with these members, which it takes over. From the main thread only. */
void result_event(const struct ui *ui, enum result_event kind, struct json *own_members);

/* Sets a member, replacing an earlier one that is not printed yet. Takes the value over. */
void result_set(const struct ui *ui, const char *name, struct json *own_value);
/* Sets a member to a text; null for NULL. */
void result_set_text(const struct ui *ui, const char *name, const char *text);
/* Sets a member to a number. */
void result_set_int(const struct ui *ui, const char *name, int64_t value);
/* Sets a member to true or false. */
void result_set_bool(const struct ui *ui, const char *name, bool value);
/* Sets a member to an array of texts. */
void result_set_texts(const struct ui *ui, const char *name, const struct strvec *texts);
/* Appends a value to an array that was set under that name, or makes one. */
void result_push(const struct ui *ui, const char *name, struct json *own_value);

/* Begins an array that is printed as it grows, so that a hundred thousand elements are never in
 * memory at the same time. One at a time. */
void result_list_begin(const struct ui *ui, const char *name);
/* Appends an element to that array, if it has begun; NULL: none. */
void result_list_add(const struct ui *ui, struct json *own_element);
void result_list_end(const struct ui *ui);

/* An error as every verb tells it; all texts may be NULL. */
struct result_fault {
	const struct error *error;
	const char *name;    /* of the domain or certificate that it is about */
	const char *problem; /* type of the CA's problem, if the error does not know it */
	const char *cause;   /* what is behind it, for people */
};
/* Sets the member "error" of an object: null if the error is not set. */
void result_set_fault(struct json *object, const struct result_fault *fault);
/* Notes what the error of this command is about, for when it ends with one. */
void result_blame(const struct ui *ui, const char *name, const char *problem);

/* Ends the document and prints what is left of it. Accepts NULL. What was blamed outranks
 * the fault's name, and fills in for a problem that is NULL. */
void result_end(struct result *result, int exit_status, const struct result_fault *fault);

#endif
