/*
 * What the machines of a fleet share about a lineage besides its certificate: the account, and the
 * options that say how to renew it. Hooks, webroots, installers and outputs stay local to each
 * machine: write access to the store must not be enough to run a command.
 */
#ifndef APP_FLEET_MEMBER_SHARED_H
#define APP_FLEET_MEMBER_SHARED_H

#include "app/fleet/member/member.h"
#include "store/lineage/lineage.h"

/* A generation that a lineage has, or is about to get; and the sealed options that the store must
 * still have (empty: none; NULL: any), so that of two machines which adopt a name one is told. */
struct shared_version {
	uint64_t generation;
	const struct strbuf *guard;
};

/* Publishes the options and account of a lineage. ERR_EXISTS: the store has other options now. */
int shared_publish(struct member *member, struct lineage *lineage,
		   const struct shared_version *version, struct error *err) WARN_UNUSED;
/* Makes the other machines look at everything at their next pull. */
int shared_bump_tip(struct member *member, struct error *err) WARN_UNUSED;
/* Publishes that a lineage has left the fleet, as of that generation. */
int shared_publish_release(struct member *member, const char *name, uint64_t generation,
			   struct error *err) WARN_UNUSED;
/* True if a record of options (NULL: there is none) says that a lineage of that generation (0: any)
 * has left. A lineage that was adopted again has a higher number than its release, which anybody
 * with write access to the store could put back. */
bool shared_is_released(const struct fleet_record *want, uint64_t generation);
/* Applies published options to settings that nobody has set, and stores the account that they name
 * if it is not known here. */
int shared_apply(struct member *member, const char *options, struct settings *settings,
		 struct error *err) WARN_UNUSED;

#endif
