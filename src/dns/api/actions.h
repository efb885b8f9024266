/*
 * APIs with a single URL: each call names an action ("CreateRecord") and carries its parameters in
 * an object. A provider describes how to send such a call, and the names of its actions and
 * parameters; this code finds zones, and lists, adds and removes records. As in other APIs, the
 * shape of a record is in `record_calls`.
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

/* An action to call. */
struct dns_action {
	const char *what; /* see struct dns_call */
	const char *name;
};

/* A field that all forms of an API have. Its value is the credential `key`, or else `otherwise`. */
struct dns_form_field {
	const char *name, *key, *otherwise;
};

struct dns_action_calls {
	/* Sends the action. May add to the parameters, which are never NULL. */
	int (*send)(struct dns_session *session, const struct dns_action *action,
		    struct json *params, struct dns_reply *ret_reply, struct error *err);
	/* For dns_send_in_session(): {"ACTION": "CreateRecord", "PARAMS": {...}} is posted to `url`,
	 * where `action` and `params` are the names of the two members. */
	const char *url, *action, *params;
	/* Adds parameters that every action has, including the login. May be NULL. */
	void (*fill)(const struct dns_session *session, struct json *params);
	/* The parameter for the session's token; NULL: authorize() sends the token. */
	const char *token;
	/* The error code, as error_shape finds it, that says that the session has ended. */
	const char *over;
	/* For dns_send_form(): the fields of each form; the last row has no name. `action` is the
	 * field for the name of the action; if that is NULL, the name is the path of the URL. */
	const struct dns_form_field *fields;
	unsigned flags;                         /* enum dns_call_flags, for dns_send_form() */
	const char *find, *list, *add, *remove; /* names of actions; find NULL: list_zones() */
	const char *zone;                       /* the parameter for the zone's name */
	const char *find_with[2];               /* another parameter of `find`: name and value */
	const char *list_type; /* the parameter that limits a list to "TXT"; NULL: none */
	const char *list_name; /* the parameter for the name to list; NULL: lists whole zones */
	/* APIs that limit a list: the parameter for the limit, and the most it may be. If longer
	 * lists come in pages: the parameter for the page number, and the member of the answer with
	 * the number of records on all pages. */
	const char *limit;
	int most;
	const char *page, *total;
	bool lists_each_name; /* one call lists one name, never the whole zone */
	const char *path[2];  /* the members that lead to the records in a list; NULL: no more */
	/* Used instead of `path`: adds the listed records to `found`. */
	void (*take)(struct dns_found *found, const struct dns_reply *reply);
	/* The parameter for the id of a record to remove; NULL: the listed record itself is the
	 * parameters. */
	const char *id;
	bool id_is_number;
	bool id_is_enough; /* removing a record does not need the zone */
};

/* The members of struct dns_record_calls for such an API. */
#define DNS_RECORDS_BY_ACTION                                                                      \
	.list = dns_list_by_action, .add = dns_add_by_action, .remove = dns_remove_by_action

/* Posts an action to `action_calls.url`; of `call`, only `what` and the flags are used. A log_in()
 * calls this. */
int dns_post_action(struct dns_session *session, const char *name, struct json *params,
		    struct dns_call call, struct dns_reply *ret_reply,
		    struct error *err) WARN_UNUSED;
/* A send() for sessions whose `state` is a token: logs in if there is none yet, and again, a few
 * times, if an answer says that the session has ended. */
int dns_send_in_session(struct dns_session *session, const struct dns_action *action,
			struct json *params, struct dns_reply *ret_reply,
			struct error *err) WARN_UNUSED;

/* A send() that posts a form with the credentials and the parameters, which may be NULL. It is
 * retried even if it may have arrived: existing records are listed first, so a duplicate does no
 * harm. */
int dns_send_form(struct dns_session *session, const struct dns_action *action, struct json *params,
		  struct dns_reply *ret_reply, struct error *err) WARN_UNUSED;

/* A find_zone() for a provider that has `action_calls`. The three functions below are for its
 * `record_calls`. An API may answer ERR_NOT_FOUND when there is nothing to list. */
int dns_find_zone_by_action(struct dns_session *session, const char *name, char **ret_id,
			    struct error *err);
/* Lists the records of the batch's names, or of the whole zone. */
int dns_list_by_action(struct dns_session *session, struct dns_found *found, struct error *err);
/* Adds a record: the parameters are the object and the zone. */
int dns_add_by_action(struct dns_session *session, const struct dns_zone *zone, struct json *object,
		      struct error *err);
/* Removes a record. */
int dns_remove_by_action(struct dns_session *session, const struct dns_zone *zone, const char *id,
			 struct error *err);

#endif
