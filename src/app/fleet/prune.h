/*
 * `fleet prune`: deletes from the store what no member needs any more.
 */
#ifndef APP_FLEET_PRUNE_H
#define APP_FLEET_PRUNE_H

#include "app/app.h"
#include "app/fleet/member/member.h"

/* Says what it deletes; with --dry-run only that. ERR_NETWORK, ERR_CONFIG, ERR_REFUSED, ERR_IO: as
 * for other commands of a member. */
int prune_run(struct app *app, struct error *err) WARN_UNUSED;
/* The same for a member; a rehearsal deletes nothing. */
int prune_store(struct member *member, const struct ui *ui, bool is_rehearsal,
		struct error *err) WARN_UNUSED;

#endif
