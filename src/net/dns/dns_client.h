/*
 * DNS client: sends questions to name servers, any number at the same time.
 *
 * A child process without keys or rights (dns_child.c) receives and parses the messages of name
 * servers and sends back bounded plain values. Keys stay in this process: it signs messages before
 * it passes them to the child, and checks signatures over bytes that the child has extracted
 * (dns_tsig.h). If no child can be started, the client reports that and works in this process.
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
	const struct confinement *confinement; /* for the child (net/confined_child.h), or NULL */
	bool in_process;                       /* no child: for tests */
};

/* Makes a client, which the caller frees. The child is started when the first question is asked. */
struct dns_client *dns_client_new(const struct dns_client_options *options);

/* Stops the child. NULL is allowed. */
void dns_client_free(struct dns_client *client);
DEFINE_AUTO_PTR(dns_client, dns_client_free);

/* Asks all questions that have no error yet. Each one gets its results or an error within
 * timeout_ms. ERR_CANCELLED: a signal arrived. */
int dns_client_ask(struct dns_client *client, struct dns_question *questions, size_t count,
		   int64_t timeout_ms, struct error *err) WARN_UNUSED;

/* Entry point of the child: serves the channel (fd 3) until it is closed. Returns an exit
 * status. */
int dns_child_main(char *const *argv);
/* argv[0] by which main() recognises the child. */
#define DNS_CHILD_NAME "certbot: resolver"

#endif
