/*
 * The authenticator side of web server plugins: functions for the rows of a plugin whose server
 * answers http-01 challenges, and maybe tls-sni-01.
 */
#ifndef WEBSERVER_CHALLENGE_CHALLENGES_H
#define WEBSERVER_CHALLENGE_CHALLENGES_H

#include "plugin/plugin.h"
#include "webserver/probe.h"

/* The path of a challenge without its token (RFC 8555 section 8.3). */
#define CHALLENGE_PATH "/.well-known/acme-challenge/"

/* authenticator.preference: http-01 only. */
size_t webserver_preference(struct plugin_instance *instance, const struct settings *settings,
			    const struct acme_identifier *identifier,
			    enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT]);
/* The same for tls-sni-01, which comes first as it did in Certbot (a CA has to offer it), and
 * http-01. */
size_t webserver_preference_sni(struct plugin_instance *instance, const struct settings *settings,
				const struct acme_identifier *identifier,
				enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT]);
/* authenticator.present: edits, reloads once and waits until the server answers. If challenges make
 * the server reject its configuration, they are found by bisection and left out. */
int webserver_present(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		      struct error *err);
/* authenticator.cleanup: restores the files. It leaves the reload to the installer if that is for
 * the same server, and to webserver_close() if nothing was installed after all. */
int webserver_cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		      struct error *err);

/* For the kind's `publish`: adds the requests that prove the answer to an http-01 challenge on each
 * of the sockets. */
void webserver_add_proofs(const struct probes *sockets, const struct acme_challenge *challenge,
			  struct probes *ret_probes);

#endif
