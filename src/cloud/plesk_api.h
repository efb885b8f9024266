/*
 * Plesk's XML API (https://docs.plesk.com/en-US/obsidian/api-rpc/about-xml-api.28709/), as far as
 * the plugin plesk needs it. Sessions are those of dns/provider.h.
 */
#ifndef CLOUD_PLESK_API_H
#define CLOUD_PLESK_API_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/secret.h"
#include "dns/provider.h"

/* Plesk writes the configuration of its web servers before it answers. */
#define PLESK_TIMEOUT_S 180

/* The row for dns_session_open(). Its open() finds or makes a secret key; close() deletes one that
 * was made. */
extern const struct dns_provider plesk_api;

/* True when the options or the environment have a key, so that somebody means to use Plesk. */
bool plesk_has_key(const struct settings *settings);

/* A site with its certificates, which belong to its subscription (webspace); texts are heap. */
struct plesk_site {
	char *name;       /* as Plesk shows it: not ASCII for an IDN */
	char *ascii_name; /* lower case */
	char *webspace;   /* name of its subscription; NULL: not told */
	char *id, *guid;  /* of the subscription that it is the main site of, or NULL */
	bool has_hosting; /* it has web hosting here, not a redirection or nothing */
};
struct plesk_sites {
	struct plesk_site *items;
	size_t count, capacity;
	bool is_whole; /* all of them were read */
};
void plesk_sites_release(struct plesk_sites *sites);
/* Where the session keeps the sites that it was told; plesk_list_sites() fills it. */
struct plesk_sites *plesk_sites_of(struct dns_session *session);
/* Lists the sites that the key gives access to. They are the session's, which asks for them once:
 * nothing that we do changes them. */
int plesk_list_sites(struct dns_session *session, const struct plesk_sites **ret_sites,
		     struct error *err) WARN_UNUSED;

/* PEM. Borrowed. */
struct plesk_certificate {
	const char *name; /* what Plesk calls it */
	const char *leaf, *chain;
	const struct secret *key;
};
/* Puts it into the repository of a subscription, in place of the one of that name. */
int plesk_put_certificate(struct dns_session *session, const char *webspace,
			  const struct plesk_certificate *certificate,
			  struct error *err) WARN_UNUSED;
/* Turns on TLS for a site, with the certificate of that name. */
int plesk_use_certificate(struct dns_session *session, const struct plesk_site *site,
			  const char *certificate_name, struct error *err) WARN_UNUSED;

#endif
