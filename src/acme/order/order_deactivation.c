/*
 * States of an order in which authorizations are deactivated (RFC 8555 section 7.5.2): those that a
 * dry run would leave valid, and those that an order leaves pending which cannot be fulfilled.
 */
#include "acme/order/order_steps.h"
#include "base/log.h"

void acme_order_start_deactivation(struct acme_order *order, size_t index)
{
	const struct acme_order_post post = {
		.url = order->authzs[index].url,
		.payload = order->flow->deactivation,
		.flags = ACME_CALL_REPEATABLE,
		.subject = index,
	};

	acme_order_post(order, &post);
}

static bool is_pending(const struct acme_authz *authz)
{
	return authz->pending;
}

/* No challenge of some name can be used: deactivates what the order left pending, of which a CA
 * allows only so many (RFC 8555 section 7.5.2), and fails. */
int acme_order_withdraw(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	int progress = acme_order_round(order, is_pending, acme_order_start_deactivation);

	return progress == ACME_PROGRESS_END ? error_move(err, &order->invalid) : progress;
}

/* An authorization that stays valid is a pity, not an error: it expires by itself. */
int acme_order_deactivation_answered(struct acme_order *order, struct acme_answer *answer,
				     struct error *err)
{
	AUTO(error) struct error reason = ERROR_INIT;

	if (answer->kind == ACME_ANSWER_OK)
		return ACME_PROGRESS_AGAIN;
	acme_answer_to_error(answer, "deactivate an authorization", NULL, &reason);
	log_debug("%s", reason.text);
	order->left_valid++;
	return ACME_PROGRESS_AGAIN;
}

/* Only dry runs get here. The authorizations of a test order would otherwise make the next dry run
 * of these names skip its challenges. */
int acme_order_deactivate(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	int progress = acme_order_round(order, NULL, acme_order_start_deactivation);

	if (progress != ACME_PROGRESS_END)
		return progress;
	acme_order_enter(order, ACME_STATE_DONE);
	return ACME_PROGRESS_AGAIN;
}
