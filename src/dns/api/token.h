/*
 * What a log-in gives and what ends after a while: access tokens of OAuth 2.0 (RFC 6749), sessions.
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
	int64_t expires; /* Unix seconds; 0: there is none yet */
	unsigned number; /* of log-ins so far */
};

/* An open() and a close() for sessions that keep nothing but a token in `state`. */
int dns_open_token(struct dns_session *session, struct error *err);
void dns_close_token(struct dns_session *session);
/* True when a new one is needed: within two minutes. */
bool dns_token_ends(const struct dns_session *session, const struct dns_token *token);
/* Makes sure that there is a token that lasts: calls the provider's log_in(), for all and not about
 * a zone, when a new one is needed. The errors of log_in(). */
int dns_token_renew(struct dns_session *session, struct dns_token *token,
		    struct error *err) WARN_UNUSED;
/* Forgets a token that has ended before its time. One that another task has got since the log-in
 * of that number stays. */
void dns_token_forget(struct dns_token *token, unsigned number);
/* Makes the refusal of a log-in, in whatever words, one of the credentials: ERR_CONFIG, with the
 * row's hint. Other errors stay. */
int dns_token_denied(struct dns_session *session, struct error *err);
/* An authorize() for sessions whose `state` is a token: sends it as dns_add_token() does. */
int dns_authorize_session(struct dns_session *session, const struct dns_outgoing *request,
			  struct headers *headers, struct error *err);
/* Takes over a token that lasts so many seconds, and hides it in messages. */
void dns_token_set(struct dns_session *session, struct dns_token *token, const char *text,
		   int64_t lifetime);
/* Does the same with what an answer to the call `what` has. ERR_PROTOCOL: NULL or "". */
int dns_token_keep(struct dns_session *session, const char *what, const char *text,
		   int64_t lifetime, struct dns_token *ret_token, struct error *err) WARN_UNUSED;
/* Posts a form to a token endpoint and takes the token out of the answer. The form is wiped. What
 * dns_call() and dns_token_take() say; the error is about no zone. */
int dns_token_fetch(struct dns_session *session, const char *url, struct strbuf *form,
		    struct dns_token *ret_token, struct error *err) WARN_UNUSED;
/* Takes "access_token" and "expires_in" (or "expires_on", as Azure's app services have it) out of
 * the answer to the call `what`, and hides the token in messages. ERR_PROTOCOL. */
int dns_token_take(struct dns_session *session, const char *what, const struct json *answer,
		   struct dns_token *ret_token, struct error *err) WARN_UNUSED;

#endif
