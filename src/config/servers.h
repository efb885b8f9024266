/*
 * ACME servers whose addresses have a meaning: the default, the one that --staging selects, and the
 * old ones that renewal confs of early versions name.
 */
#ifndef CONFIG_SERVERS_H
#define CONFIG_SERVERS_H

#include <stdbool.h>

#define SERVER_LETSENCRYPT "https://acme-v02.api.letsencrypt.org/directory"
#define SERVER_LETSENCRYPT_STAGING "https://acme-staging-v02.api.letsencrypt.org/directory"
#define SERVER_LETSENCRYPT_V1 "https://acme-v01.api.letsencrypt.org/directory"
#define SERVER_LETSENCRYPT_STAGING_V1 "https://acme-staging.api.letsencrypt.org/directory"

/* True for the two servers of Let's Encrypt. */
bool servers_is_letsencrypt(const char *url);
/* True for a server whose certificates are for tests: Certbot recognizes it by the word "staging" in
 * the URL, so confs depend on it. NULL is not one. */
bool servers_is_test(const char *url);
/* Returns the successor of an ACME v1 server's URL; other URLs are returned unchanged. Static or
 * borrowed. */
const char *servers_present(const char *url);

#endif
