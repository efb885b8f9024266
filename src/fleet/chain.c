/*
 * Chains in the store (see chain.h). Their names are digests, so a chain is what its generation
 * meant, whoever has put it there.
 */
#include "fleet/chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

char *fleet_chain_name(const char *chain_pem)
{
	return chain_pem && chain_pem[0] ? fleet_record_digest(chain_pem) : NULL;
}

/* Some CAs issue from a root, without a chain. */
bool fleet_chain_is_apart(const struct fleet_record *generation)
{
	return generation->chain && generation->chain[0];
}

bool fleet_chain_join(struct fleet_record *generation, const struct fleet_record *chain)
{
	AUTO_FREE char *name = fleet_chain_name(chain->chain);

	if (!name || strcmp(name, generation->chain) != 0)
		return false;
	REPLACE(generation->chain, xstrdup(chain->chain));
	return true;
}
