/*
 * A run's connections to other machines: its unprivileged children, which are started at first use,
 * the sandboxes it requires of them, and for those who wait for an answer the clock and the user
 * interface to show progress.
 */
#ifndef CHILDREN_NETWORK_H
#define CHILDREN_NETWORK_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/ui.h"
#include "config/settings.h"
#include "net/confined_child.h"
#include "os/clock.h"

struct changes;
struct dns_client;
struct fleet_view;
struct http_client;
struct member;

/* Must not be moved: the children's clients point to it. */
struct network {
	const struct settings *settings; /* of the run; borrowed, as are the next two */
	const struct ui *ui;
	const struct clock *clock;
	struct confinement confinement; /* for all children */
	bool was_warned;                /* the warning about an unconfined child was printed */
	struct dns_client *dns;
	struct http_client *http;          /* talks to CAs and OCSP responders */
	struct http_client *provider_http; /* talks to DNS providers */
	struct member *member; /* of a fleet (app/fleet); NULL: of none, or not looked at yet */
	/* Looks at what the fleet has of a lineage (app/fleet/look.h); NULL: nobody can. */
	void (*look_at_fleet)(struct network *network, const char *name, bool asks,
			      struct fleet_view *ret_view);
	size_t orders;           /* made so far in this run: events number them */
	struct changes *changes; /* the run's record of what it changes; borrowed, or NULL */
};

/* Fills it in; no child is started yet. network_release() stops them. */
void network_init(struct network *network, const struct settings *settings, const struct ui *ui,
		  const struct clock *clock);
void network_release(struct network *network);

/* Returns the HTTP client for CAs, borrowed. The first call makes it, together with the one for DNS
 * providers. */
int network_http(struct network *network, struct http_client **ret_http,
		 struct error *err) WARN_UNUSED;

/* Makes a client with a process of its own, for servers that have nothing to do with the CA and
 * must not share one with the secrets of DNS providers. The caller frees it. */
int network_new_http(struct network *network, struct http_client **ret_http,
		     struct error *err) WARN_UNUSED;

/* Returns the current time in Unix seconds. */
int64_t network_now(const struct network *network);

#endif
