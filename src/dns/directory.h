/*
 * Finds the zone that a name belongs to, asking each question once per session. Internal to dns/.
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
	struct error error; /* ERR_NOT_FOUND, maybe with a hint, or the reason it is unknown */
};

/* Returns true when the zone is the name or one of its parents. */
bool dns_is_in_zone(const char *name, const char *zone);

/* Makes an empty directory, freed by dns_directory_free(). */
struct dns_directory *dns_directory_new(void);

/* Frees the directory and its zones. NULL is allowed. */
void dns_directory_free(struct dns_directory *directory);

/* A name whose zone is wanted. */
struct dns_wanted {
	const char *name;
	const char *hint; /* the zone that it is in according to DNS, or NULL */
};
/* Finds the zones of all names at the same time, so that dns_find_zone() need not ask; that
 * function reports the failures. The hint is tried first, and so is the common parent of many
 * names: if it is a zone, the names themselves are assumed not to be. ERR_CANCELLED. */
int dns_learn_zones(struct dns_session *session, const struct dns_wanted *wanted, size_t count,
		    struct error *err) WARN_UNUSED;
/* Returns the zone that holds `name`: the first of the name and its parents that the provider has.
 * Borrowed from the session. ERR_CONFIG: there is none; the text lists the names tried. */
int dns_find_zone(struct dns_session *session, const char *name, const struct dns_zone **ret_zone,
		  struct error *err) WARN_UNUSED;

#endif
