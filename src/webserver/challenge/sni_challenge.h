/*
 * The files of a tls-sni-01 challenge that a web server answers: "<work>/TOKEN.crt" and ".pem", of the
 * same transaction as the edits that name them.
 */
#ifndef WEBSERVER_CHALLENGE_SNI_CHALLENGE_H
#define WEBSERVER_CHALLENGE_SNI_CHALLENGE_H

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"

struct acme_challenge;
struct plugin_task;
struct probes;
struct webserver;

struct sni_challenge {
	const char *server_name; /* borrowed from the challenge */
	char *cert_path, *key_path;
	struct strbuf cert_pem;
};

struct sni_challenges {
	struct sni_challenge *items;
	size_t count, capacity;
};

#define SNI_CHALLENGES_INIT                                                                        \
	{                                                                                          \
		.items = NULL                                                                      \
	}
void sni_challenges_release(struct sni_challenges *list);
DEFINE_AUTO(sni_challenges, sni_challenges_release);

/* Makes certificates for those of the tasks that are tls-sni-01, and stages their files. */
int sni_challenges_stage(struct webserver *server, const struct plugin_task *tasks, size_t count,
			 struct sni_challenges *ret_list, struct error *err) WARN_UNUSED;
/* The port where they are answered: --tls-sni-01-port or, without that, --https-port. */
unsigned sni_challenges_port(const struct webserver *server);
/* Adds looks at the certificates on each of the sockets. */
void sni_challenges_add_proofs(const struct sni_challenges *list, const struct probes *sockets,
			       struct probes *ret_probes);

#endif
