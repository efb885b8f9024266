/*
 * etcd as the store of a fleet, through its JSON gateway (etcd 3.4 and later). Requests go out
 * by the network process and answers are taken apart by the parser process: what arrives here
 * are values.
 *
 * Several endpoints are members of one cluster. One that cannot be reached is passed over, for a
 * write only as long as nothing can have been sent: a write may be made although no member said so.
 */
#ifndef FLEET_ETCD_ETCD_H
#define FLEET_ETCD_ETCD_H

#include "base/secret.h"
#include "base/strvec.h"
#include "fleet/engine.h"

struct http_client;

struct etcd_options {
	struct http_client
		*http; /* borrowed; its options say which CA signs the members' certificates */
	const struct strvec *endpoints; /* "https://a.example:2379"; copied, at least one */
	const char *prefix;             /* before all keys: "certbot/"; copied */
	const char *user;               /* NULL: no authentication; copied */
	const struct secret *password;  /* of the user; copied */
};

/* True when nobody on the way to that member can read what is sent: by TLS, or because it is this
 * machine. */
bool etcd_is_private(const char *endpoint);
/* Makes the engine, which its ops free. Nothing is asked yet. */
struct fleet_engine *etcd_new(const struct etcd_options *options) WARN_UNUSED;

#endif
