/*
 * DNS client: questions to name servers, any number at the same time.
 *
 * Messages of name servers are received and read by a child process that holds no key and no rights
 * (dns_child.c); what crosses to us are plain values within bounds. Keys stay here: messages are
 * signed before they are handed over, and signatures of answers are checked over bytes that the
 * child has cut out (dns_tsig.h). Where no child can be started, the client says so and works in
 * this process.
 */
#ifndef NET_DNS_DNS_CLIENT_H
#define NET_DNS_DNS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "net/dns/dns_question.h"

struct confinement;
struct dns_client;

struct dns_client_options {
	const struct confinement *confinement; /* of the child (net/confined_child.h), or NULL */
	bool in_process;                       /* no child: for tests */
};

/* Starts nothing yet: the child comes with the first question. */
struct dns_client *dns_client_new(const struct dns_client_options *options);
void dns_client_free(struct dns_client *client);
DEFINE_AUTO_PTR(dns_client, dns_client_free);

/* Asks all that have no error yet; each gets its results, or an error, within timeout_ms.
 * ERR_CANCELLED: a signal came. */
int dns_client_ask(struct dns_client *client, struct dns_question *questions, size_t count,
		   int64_t timeout_ms, struct error *err) WARN_UNUSED;

/* Entry of the child: serves the channel (fd 3) until it closes. Returns an exit status. */
int dns_child_main(char *const *argv);
/* argv[0] by which main() recognises the child. */
#define DNS_CHILD_NAME "certbot: resolver"

#endif
