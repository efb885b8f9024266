/*
 * The result of a login, which expires: an access token of OAuth 2.0 (RFC 6749), or a session.
 */
#ifndef DNS_API_TOKEN_H
#define DNS_API_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/secret.h"

struct dns_outgoing;
struct dns_session;
struct headers;
struct json;
struct strbuf;

struct dns_token {
	struct secret text;
	int64_t expires; /* Unix seconds; 0: there is no token yet */
	unsigned number; /* how many logins there have been */
};

/* open() and close() for sessions whose `state` is just a token. */
int dns_open_token(struct dns_session *session, struct error *err);
void dns_close_token(struct dns_session *session);
/* Returns true if the token expires within two minutes. */
bool dns_token_ends(const struct dns_session *session, const struct dns_token *token);
/* Makes sure that there is a token that does not expire soon: if necessary, calls the provider's
 * log_in(), on behalf of all workers and without a zone. Returns the errors of log_in(). */
int dns_token_renew(struct dns_session *session, struct dns_token *token,
		    struct error *err) WARN_UNUSED;
/* Forgets a token that the provider no longer accepts. Does nothing if another task has logged in
 * since the login with that number. */
void dns_token_forget(struct dns_token *token, unsigned number);
/* Turns the refusal of a login, however it is worded, into ERR_CONFIG with the row's login_hint:
 * the credentials are wrong. Leaves other errors as they are. */
int dns_token_denied(struct dns_session *session, struct error *err);
/* An authorize() for sessions whose `state` is a token: sends it as dns_add_token() does. */
int dns_authorize_session(struct dns_session *session, const struct dns_outgoing *request,
			  struct headers *headers, struct error *err);
/* Stores a token that is valid for `lifetime` seconds, and hides it in messages. */
void dns_token_set(struct dns_session *session, struct dns_token *token, const char *text,
		   int64_t lifetime);
/* Does the same with a token from the answer to the call `what`. ERR_PROTOCOL: `text` is NULL or
 * "". */
int dns_token_keep(struct dns_session *session, const char *what, const char *text,
		   int64_t lifetime, struct dns_token *ret_token, struct error *err) WARN_UNUSED;
/* Posts a form to a token endpoint, stores the token from the answer, and wipes the form. Returns
 * the errors of dns_call() and dns_token_take(), which do not name a zone. */
int dns_token_fetch(struct dns_session *session, const char *url, struct strbuf *form,
		    struct dns_token *ret_token, struct error *err) WARN_UNUSED;
/* Stores the token in the answer to the call `what`, from "access_token" and "expires_in" (or
 * "expires_on", as in Azure's app services), and hides it in messages. ERR_PROTOCOL. */
int dns_token_take(struct dns_session *session, const char *what, const struct json *answer,
		   struct dns_token *ret_token, struct error *err) WARN_UNUSED;

#endif
