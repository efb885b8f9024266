/*
 * Addresses as <VirtualHost> and Listen write them: "*:80", "192.0.2.1", "[2001:db8::1]:443",
 * "_default_:443", "host.example:8080"; Listen may have the port alone.
 */
#ifndef CONFEDIT_APACHE_APACHE_ADDRESS_H
#define CONFEDIT_APACHE_APACHE_ADDRESS_H

#include <stdbool.h>

#include "base/macros.h"

struct apache_address {
	char *host;      /* "*" for every address, also for "_default_"; brackets kept */
	char *port;      /* "80", "*" for every port */
	bool is_default; /* written as "_default_" */
};

void apache_address_release(struct apache_address *address);

/* Reads one argument of <VirtualHost>. The caller releases the result. */
void apache_address_of_vhost(const char *text, struct apache_address *ret_address);
/* Reads the first argument of Listen. */
void apache_address_of_listen(const char *text, struct apache_address *ret_address);

/* True when the address has that port or "*" for its port. */
bool apache_address_has_port(const struct apache_address *address, const char *port);
/* "192.0.2.1:443"; the caller frees it. */
char *apache_address_text(const struct apache_address *address) WARN_UNUSED;
/* The argument of <VirtualHost> for the same host as it was written and another port; the caller
 * frees it. */
char *apache_address_with_port(const struct apache_address *address, const char *port) WARN_UNUSED;
/* True when the same connection can match both. */
bool apache_address_overlaps(const struct apache_address *a, const struct apache_address *b);

#endif
