/*
 * Heroku's Platform API (https://devcenter.heroku.com/articles/platform-api-reference), as far as
 * the plugin heroku needs it. Sessions are those of dns/provider.h.
 */
#ifndef CLOUD_HEROKU_API_H
#define CLOUD_HEROKU_API_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/secret.h"
#include "base/strvec.h"
#include "dns/provider.h"

/* The row for dns_session_open(). */
extern const struct dns_provider heroku_api;

/* A name of an app; texts are heap. */
struct heroku_domain {
	char *name;     /* lower case */
	char *endpoint; /* id of the SNI endpoint that serves its certificate, or NULL */
};
struct heroku_domains {
	struct heroku_domain *items;
	size_t count, capacity;
};
struct heroku_app {
	char *name;
	bool has_acm; /* Heroku itself gets its certificates (automated certificate management) */
	struct heroku_domains domains;
};
/* Looks an app up. It is the session's, which asks for each once and knows what it changes. */
int heroku_find_app(struct dns_session *session, const char *name, struct heroku_app **ret_app,
		    struct error *err) WARN_UNUSED;

/* PEM. Borrowed. */
struct heroku_certificate {
	const char *chain; /* with the leaf first */
	const struct secret *key;
};
/* Makes an SNI endpoint with the certificate; *ret_id is heap. */
int heroku_add_endpoint(struct dns_session *session, const char *app,
			const struct heroku_certificate *certificate, char **ret_id,
			struct error *err) WARN_UNUSED;
/* Replaces the certificate of an endpoint, by its id or name. */
int heroku_update_endpoint(struct dns_session *session, const char *app, const char *endpoint,
			   const struct heroku_certificate *certificate,
			   struct error *err) WARN_UNUSED;
/* Finds the id (heap) of the endpoint of that name; NULL: there is none. */
int heroku_find_endpoint(struct dns_session *session, const char *app, const char *name,
			 char **ret_id, struct error *err) WARN_UNUSED;
/* The same for the endpoint that has this certificate. */
int heroku_find_certificate(struct dns_session *session, const char *app, const char *chain,
			    char **ret_id, struct error *err) WARN_UNUSED;
/* Makes a domain of the app use an endpoint. */
int heroku_tie_domain(struct dns_session *session, const char *app, struct heroku_domain *domain,
		      const char *endpoint, struct error *err) WARN_UNUSED;

#endif
