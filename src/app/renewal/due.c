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
#include "store/lineage/lineage.h"

/* As `reconfigure --key-type` leaves it when it names the same two types in the other order. */
static bool has_other_type(struct lineage *lineage)
{
	const struct ini_section *params = lineage_params(lineage);
	const char *type = params ? ini_peek(params, "key_type") : NULL;
	AUTO(error) struct error unreadable = ERROR_INIT;
	const struct cert *cert = NULL;

	return type && lineage_cert(lineage, &cert, &unreadable) == 0 &&
	       strcmp(type, key_kind_option(cert_key_kind(cert))) != 0;
}

/* A second key that lacks the generation of the first is due alone: Certbot has renewed the first,
 * or only that was issued. One that is to be renewed although it has it (the CA gave it a shorter
 * life) takes the first along, for they are numbered together. */
static void decide_second(struct due_item *item, int64_t now)
{
	struct lineage *second = lineage_second(item->lineage);
	struct due_turn turn = {lineage_name(item->lineage), item->window};
	AUTO(error) struct error unreadable = ERROR_INIT;
	const struct cert *cert = NULL;

	if (!second)
		return;
	turn.suffix = lineage_suffix(second);
	if (lineage_second_is_behind(item->lineage) && has_other_type(item->lineage)) {
		due_item_set(item, "its types of key were changed");
	} else if (lineage_second_is_behind(item->lineage)) {
		item->second_only = lineage_second_gap(item->lineage) > 0;
		due_item_set(item, "its second key has no certificate as new as the first");
	} else if (lineage_cert(second, &cert, &unreadable) < 0) {
		due_item_set(item, "the certificate of its second key cannot be read");
	} else {
		struct due_moment moment = due_moment(lineage_conf(item->lineage), cert, &turn,
						      now);

		if (moment.at <= now)
			due_item_set(item, moment.reason);
	}
}

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
	else
		decide_second(item, now);
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

int due_check(struct cas *cas, struct lineage *lineage, struct due_item *ret_item,
	      struct error *err)
{
	struct due_item item = {.lineage = lineage};

	if (due_check_batch(cas, &item, 1, err) < 0) {
		error_release(&item.error);
		return err->code;
	}
	*ret_item = item;
	ret_item->error = (struct error)ERROR_INIT;
	return error_is_set(&item.error) ? error_move(err, &item.error) : 0;
}
