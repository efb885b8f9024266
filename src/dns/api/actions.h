/*
 * APIs that have one address for everything: a call names what is to be done ("CreateRecord") and
 * has its parameters in an object. A provider says how such a call is sent and what its actions and
 * parameters are called; finding a zone, listing, adding and removing records are here. Records
 * have the shape of `record_calls`, as everywhere.
 */
#ifndef DNS_API_ACTIONS_H
#define DNS_API_ACTIONS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "dns/provider.h"

struct dns_call;
struct dns_found;
struct dns_reply;
struct json;

/* An action that is about to be called. */
struct dns_action {
	const char *what; /* see struct dns_call */
	const char *name;
};

/* A field that all forms of an API have: the credential, or the text in its place. */
struct dns_form_field {
	const char *name, *key, *otherwise;
};

struct dns_action_calls {
	/* Sends the action. May add to the parameters, which are never NULL. */
	int (*send)(struct dns_session *session, const struct dns_action *action,
		    struct json *params, struct dns_reply *ret_reply, struct error *err);
	/* Or, for dns_send_in_session(): the URL that {"ACTION": "CreateRecord", "PARAMS": {...}} is
	 * posted to, and these two members; what adds to the parameters of every action, log-ins
	 * too; the one that has the session's token, NULL: authorize() sends it; and the code in
	 * the error, as error_shape says, that means that the session is over. */
	const char *url, *action, *params;
	void (*fill)(const struct dns_session *session, struct json *params);
	const char *token, *over;
	/* Or, for dns_send_form(): these fields (the last has no name), `action` if one of the
	 * fields names it (else its name is the path), and of enum dns_call_flags. */
	const struct dns_form_field *fields;
	unsigned flags;
	const char *find, *list, *add, *remove; /* names of actions; find NULL: list_zones() */
	const char *zone;                       /* the parameter that has the zone's name */
	const char *find_with[2];               /* one more to find a zone: name and value */
	const char *list_type; /* the one that says "TXT" when listing; NULL: there is none */
	const char *list_name; /* the one for a single name; NULL: lists are of the whole zone */
	/* Where lists have limits: the parameter, and what is the most; where that makes pages, the
	 * number of a page, and the member of the answer that counts the records of all. */
	const char *limit;
	int most;
	const char *page, *total;
	bool lists_each_name; /* a list is of one name, not of all that the zone has */
	const char *path[2];  /* the members that lead to the records in a list; NULL: no more */
	/* In place of it: takes notice of what an answer lists. */
	void (*take)(struct dns_found *found, const struct dns_reply *reply);
	const char *id; /* when removing; NULL: the record as listed has the parameters */
	bool id_is_number;
	bool id_is_enough; /* without the zone */
};

/* The members of struct dns_record_calls for such an API. */
#define DNS_RECORDS_BY_ACTION                                                                      \
	.list = dns_list_by_action, .add = dns_add_by_action, .remove = dns_remove_by_action

/* Posts an action to `action_calls.url`; `call` has `what` and flags: for log-ins. */
int dns_post_action(struct dns_session *session, const char *name, struct json *params,
		    struct dns_call call, struct dns_reply *ret_reply,
		    struct error *err) WARN_UNUSED;
/* A send() for sessions whose `state` is a token: logs in when there is none, and again, several
 * times, when an answer says that the session is over. */
int dns_send_in_session(struct dns_session *session, const struct dns_action *action,
			struct json *params, struct dns_reply *ret_reply,
			struct error *err) WARN_UNUSED;

/* A send() that posts a form with the credentials and the parameters, which may be NULL. Arriving
 * twice does no harm: what is there is looked at first. */
int dns_send_form(struct dns_session *session, const struct dns_action *action, struct json *params,
		  struct dns_reply *ret_reply, struct error *err) WARN_UNUSED;

/* A find_zone(), and the functions of `record_calls`, for a provider that has `action_calls`.
 * Nothing to list may be said by ERR_NOT_FOUND. */
int dns_find_zone_by_action(struct dns_session *session, const char *name, char **ret_id,
			    struct error *err);
/* Lists what the names of the batch have, or all of the zone. */
int dns_list_by_action(struct dns_session *session, struct dns_found *found, struct error *err);
/* Adds a record: the object, with the zone, has the parameters. */
int dns_add_by_action(struct dns_session *session, const struct dns_zone *zone, struct json *object,
		      struct error *err);
/* Removes a record. */
int dns_remove_by_action(struct dns_session *session, const struct dns_zone *zone, const char *id,
			 struct error *err);

#endif
