/*
 * A CA gives thousands of certificates the same chain. So the store has each chain once, under a
 * key named by its digest, and a generation in the store has that name in the place of the chain.
 */
#ifndef FLEET_CHAIN_H
#define FLEET_CHAIN_H

#include <stdbool.h>

#include "fleet/records.h"

/* Returns the name of a chain in PEM; the caller frees it. NULL if there is no chain. */
char *fleet_chain_name(const char *chain_pem) WARN_UNUSED;
/* True if a generation, as read from the store, has the name of its chain instead of the chain. */
bool fleet_chain_is_apart(const struct fleet_record *generation);
/* Replaces the name in a generation by the chain. False: it is not the chain of that name. */
bool fleet_chain_join(struct fleet_record *generation,
		      const struct fleet_record *chain) WARN_UNUSED;

#endif
