/*
 * The budget of orders (fleet/budget.h) beyond one process: what this machine remembers of a CA's
 * count is kept in fleet/state, so that a store that is set back to a backup does not give the
 * fleet its orders a second time.
 */
#ifndef APP_FLEET_OWN_ORDERS_H
#define APP_FLEET_OWN_ORDERS_H

#include "app/fleet/member/member.h"

/* Takes what an earlier process has seen of that CA's count into the session. */
void orders_recall(struct member *member, const char *server);
/* Gives back what was reserved and not used, and keeps what was seen. What fails is left: it counts
 * until the window is over. Costs nothing if no order was counted. */
void orders_settle(struct member *member);

#endif
