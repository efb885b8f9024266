/*
 * Autorenew first, then what the CA and OCSP say, then the rules of store/renewal/due_moment.
 */
#include "app/renewal/due.h"

#include <string.h>

#include "app/renewal/renewal_info.h"
#include "store/renewal/due_moment.h"
#include "app/renewal/revocation_check.h"
#include "base/alloc.h"
#include "base/log.h"

/* The rules that need only the lineage and its recorded state. */
static void decide_from_disk(struct due_item *item, int64_t now)
{
	const struct ini *conf = lineage_conf(item->lineage);
	const struct cert *cert = NULL;
	const struct due_turn turn = {lineage_name(item->lineage), item->window};
	struct due_moment moment;

	if (lineage_cert(item->lineage, &cert, &item->error) < 0)
		return;
	moment = due_moment(conf, cert, &turn, now);
	if (moment.is_bad_interval)
		log_warning("%s: ignoring renew_before_expiry = %s: expected an interval such as "
			    "'30 days'",
			    lineage_conf_path(item->lineage),
			    ini_peek(ini_root(conf), "renew_before_expiry"));
	if (moment.at <= now)
		due_item_set(item, moment.reason);
}

bool due_has_questions(struct lineage *lineage, int64_t now_seconds)
{
	return renewal_info_is_stale(lineage, now_seconds) ||
	       revocation_check_is_stale(lineage, now_seconds);
}

/* A decision that an answer has already made stays. */
void due_decide(int64_t now, struct due_item *item)
{
	if (!item->due && !error_is_set(&item->error) &&
	    !due_is_switched_off(lineage_conf(item->lineage)))
		decide_from_disk(item, now);
}

/* All questions are asked first and together; after that the rules need only the disk. */
int due_check_batch(struct cas *cas, struct due_item *items, size_t count, struct error *err)
{
	if (renewal_info_refresh(cas, items, count, err) < 0 ||
	    revocation_check_refresh(cas->network, items, count, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++)
		due_decide(network_now(cas->network), &items[i]);
	return 0;
}

int due_check(struct cas *cas, struct lineage *lineage, bool *ret_due, struct error *err)
{
	struct due_item item = {.lineage = lineage};

	if (due_check_batch(cas, &item, 1, err) < 0) {
		error_release(&item.error);
		return err->code;
	}
	*ret_due = item.due;
	return error_is_set(&item.error) ? error_move(err, &item.error) : 0;
}
