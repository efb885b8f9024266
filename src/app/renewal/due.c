/*
 * The due rules in their order (see due.h): autorenew, revocation by `revoke`, ARI, revocation
 * according to OCSP, renew_before_expiry, lifetime.
 */
#include "app/renewal/due.h"

#include <string.h>

#include "app/renewal/renewal_info.h"
#include "app/debts/renewal_state.h"
#include "app/renewal/revocation_check.h"
#include "base/alloc.h"
#include "base/log.h"
#include "codec/datetime.h"

/* Certificates that live shorter than this renew at half their life (seconds). Certbot's rule: a
 * third of the lifetime is too late for a certificate of six days, whose last two days a weekend
 * can use up. */
#define SHORT_LIFETIME (10 * 86400)

/* Revocation outranks all others: whoever revoked the certificate wants another one. The CA's
 * window outranks the user's interval, and that the fraction of the lifetime; a window in the
 * future means that the CA knows better than the fraction. */
struct due_moment due_moment(const struct ini *conf, const struct cert *cert, int64_t now)
{
	const char *interval = ini_peek(ini_root(conf), "renew_before_expiry");
	int64_t ari_time = renewal_state_ari_time(conf), end = cert_not_after(cert);
	int64_t lifetime = end - cert_not_before(cert), limit;
	bool is_bad_interval = false;

	if (renewal_state_may_be_revoked(conf, cert))
		return (struct due_moment){
			0, DUE_REVOKED,
			renewal_state_is_revoked(conf, cert)
				? "it has been revoked"
				: "its revocation was asked for, with unknown result",
			false};
	if (ari_time && ari_time <= now)
		return (struct due_moment){ari_time, DUE_RENEWAL_INFO,
					   "the CA suggests renewing it now", false};
	/* Months are of the calendar, so the moment is exact only when it comes; the interval must
	 * have begun, hence the second. */
	if (interval && datetime_add_interval(interval, now, &limit))
		return (struct due_moment){end - (limit - now) + 1, DUE_INTERVAL,
					   "within renew_before_expiry of its expiry", false};
	is_bad_interval = interval != NULL;
	if (ari_time)
		return (struct due_moment){ari_time, DUE_RENEWAL_INFO,
					   "the CA suggests renewing it then", is_bad_interval};
	if (lifetime < SHORT_LIFETIME)
		return (struct due_moment){cert_not_before(cert) + lifetime / 2, DUE_LIFETIME,
					   "half of its short lifetime has passed",
					   is_bad_interval};
	return (struct due_moment){end - lifetime / 3, DUE_LIFETIME,
				   "two thirds of its lifetime have passed", is_bad_interval};
}

/* The rules that need only the lineage and its recorded state. */
static void decide_from_disk(struct due_item *item, int64_t now)
{
	const struct ini *conf = lineage_conf(item->lineage);
	const struct cert *cert = NULL;
	struct due_moment moment;

	if (lineage_cert(item->lineage, &cert, &item->error) < 0)
		return;
	moment = due_moment(conf, cert, now);
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
	if (!item->due && !error_is_set(&item->error) && !due_item_is_switched_off(item->lineage))
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
