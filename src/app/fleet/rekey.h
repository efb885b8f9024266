/*
 * `fleet rekey`: another key for the fleet, while it works.
 *
 * A machine without the new key could open nothing any more, so there are two steps. First all
 * machines get the key as fleet/key.next, from people and never through the store; each shows that
 * it has it by sealing its own record with it. Then the fleet's record is sealed with it, by which
 * all machines know that they have to seal with it from their next run on. Each of them drops the
 * old key as soon as it has found nothing in the store that is sealed with that one.
 */
#ifndef APP_FLEET_REKEY_H
#define APP_FLEET_REKEY_H

#include "app/app.h"
#include "app/fleet/member/member.h"

/* Goes as far as it can, and says what is to be done on which machine. ERR_BUSY: machines have not
 * shown the new key yet. */
int rekey_run(struct app *app, struct error *err) WARN_UNUSED;
/* The same for a member; does not wait for those machines that are gone. */
int rekey_member(struct member *member, const struct strvec *gone, const struct ui *ui,
		 struct error *err) WARN_UNUSED;
/* Appends the machines that have not shown the new key yet: none unless a change waits for them.
 * Changes nothing. */
int rekey_list_missing(struct member *member, struct strvec *ret_names,
		       struct error *err) WARN_UNUSED;
/* Seals again what is sealed with the old key, and drops that one, if the fleet has changed to the
 * new one and this machine has both. Until then, shows the fleet the newest key that this machine
 * has, if its record there is sealed with another one. Must be called with the run's locks held: no
 * other process of this machine can then seal anything with the old key. */
int rekey_finish(struct member *member, const struct ui *ui, struct error *err) WARN_UNUSED;

#endif
