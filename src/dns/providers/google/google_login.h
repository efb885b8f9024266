/*
 * Logging in at Google: from credentials to access tokens, and to the project that they belong to
 * (https://cloud.google.com/docs/authentication/application-default-credentials).
 */
#ifndef DNS_PROVIDERS_GOOGLE_GOOGLE_LOGIN_H
#define DNS_PROVIDERS_GOOGLE_GOOGLE_LOGIN_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "dns/api/token.h"

struct dns_reply;
struct dns_session;
struct headers;
struct json;
struct key;

/* A log-in; its members are for the two files behind this header. */
struct google_login {
	struct json *file; /* NULL: the machine's account */
	bool is_external;  /* the file is about another identity provider */
	struct key *key;   /* of a service account */
	char *project;
	struct dns_token token;
};

/* Finds credentials: the file at `path`; when that is NULL, the file that
 * GOOGLE_APPLICATION_CREDENTIALS names, gcloud's own, or the service account of the machine.
 * ERR_CONFIG: there are none, or not of a kind that we know. */
int google_login_new(struct dns_session *session, const char *path, struct google_login **ret_login,
		     struct error *err) WARN_UNUSED;

/* Frees the log-in and its key. NULL is allowed. */
void google_login_free(struct google_login *login);
DEFINE_AUTO_PTR(google_login, google_login_free);

/* The project named in the credentials, borrowed, or NULL. */
const char *google_login_project(const struct google_login *login);
/* Adds the fields that log a request in; gets a new access token when the last one ends soon. */
int google_login_authorize(struct dns_session *session, struct google_login *login,
			   struct headers *headers, struct error *err) WARN_UNUSED;

/* Asks the metadata service, which most machines do not have, for the path. */
int google_ask_machine(struct dns_session *session, const char *path, struct dns_reply *ret_reply,
		       struct error *err) WARN_UNUSED;

#endif
