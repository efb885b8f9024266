/*
 * What becomes of the fleet's accounts when one machine changes the key of one
 * (`update_account --new-account-key`). The id of an account is made from its key, so the store has
 * the newest key under each id that the account has had: whoever still has an old one finds it.
 */
#ifndef APP_FLEET_PULL_ACCOUNT_KEYS_H
#define APP_FLEET_PULL_ACCOUNT_KEYS_H

#include "app/fleet/member/member.h"
#include "base/ui.h"

/* Takes over the keys that other machines have given accounts of this one, and publishes those that
 * this machine has given them. Renewal confs read before may name an id that is gone. Sets
 * *ret_owes when something is left for the next pull. ERR_NETWORK: the store does not answer. */
int account_keys_settle(struct member *member, const struct ui *ui, bool *ret_owes,
			struct error *err) WARN_UNUSED;

#endif
