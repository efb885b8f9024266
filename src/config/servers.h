/*
 * ACME servers whose addresses mean something: defaults, what --staging stands for, and what became
 * of servers that renewal confs of old versions name.
 */
#ifndef CONFIG_SERVERS_H
#define CONFIG_SERVERS_H

#define SERVER_LETSENCRYPT "https://acme-v02.api.letsencrypt.org/directory"
#define SERVER_LETSENCRYPT_STAGING "https://acme-staging-v02.api.letsencrypt.org/directory"
#define SERVER_LETSENCRYPT_V1 "https://acme-v01.api.letsencrypt.org/directory"
#define SERVER_LETSENCRYPT_STAGING_V1 "https://acme-staging.api.letsencrypt.org/directory"

/* The server that took over from one of the first version of the protocol; other addresses as they
 * are. Static or borrowed. */
const char *servers_present(const char *url);

#endif
