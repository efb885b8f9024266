/*
 * Which zone a name belongs to, each question asked once per session. Internal to dns/.
 */
#ifndef DNS_DIRECTORY_H
#define DNS_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"

struct dns_directory;
struct dns_session;
struct dns_zone;

/* A name that may be a zone. */
struct dns_guess {
	const char *name;
	bool found;
	char *id;           /* heap, or NULL */
	struct error error; /* ERR_NOT_FOUND, maybe with a hint, or why it cannot be told */
};

/* True when the zone is the name or one of its parents. */
bool dns_is_in_zone(const char *name, const char *zone);

struct dns_directory *dns_directory_new(void);
void dns_directory_free(struct dns_directory *directory);

/* A name whose zone is wanted. */
struct dns_wanted {
	const char *name;
	const char *hint; /* the zone that it is in according to DNS, or NULL */
};
/* Finds out at the same time which zones hold the names, so that dns_find_zone() need not ask; what
 * fails is reported by that. A hint is asked for first, and so is the common parent of many names:
 * where it is a zone, the names themselves are taken not to be. ERR_CANCELLED. */
int dns_learn_zones(struct dns_session *session, const struct dns_wanted *wanted, size_t count,
		    struct error *err) WARN_UNUSED;
/* The zone that holds `name`: the first of name, its parent, ... that the provider has. Borrowed
 * from the session. ERR_CONFIG: none; the text lists the names tried. */
int dns_find_zone(struct dns_session *session, const char *name, const struct dns_zone **ret_zone,
		  struct error *err) WARN_UNUSED;

#endif
