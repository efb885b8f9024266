/*
 * etcd as the store of a fleet, through its JSON gateway (etcd 3.4 and later). The network process
 * sends the requests and the parser process parses the answers; only values arrive here.
 *
 * Several endpoints are members of one cluster. If one cannot be reached, the next is tried; a
 * write is tried again only if nothing can have been sent, because a write may take effect without
 * being acknowledged.
 */
#ifndef FLEET_ETCD_ETCD_H
#define FLEET_ETCD_ETCD_H

#include "base/secret.h"
#include "base/strvec.h"
#include "fleet/engine.h"

struct http_client;

struct etcd_options {
	struct http_client
		*http; /* borrowed; its options name the CA of the members' certificates */
	const struct strvec *endpoints; /* "https://a.example:2379"; copied, at least one */
	const char *prefix;             /* of all keys: "certbot/"; copied */
	const char *user;               /* NULL: no authentication; copied */
	const struct secret *password;  /* of the user; copied */
};

/* Returns true if nobody between here and that member can read the traffic: it uses TLS or is on
 * the loopback interface. */
bool etcd_is_private(const char *endpoint);
/* Creates the engine, freed by its ops->free(). Sends no request yet. */
struct fleet_engine *etcd_new(const struct etcd_options *options) WARN_UNUSED;

#endif
