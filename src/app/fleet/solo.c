/*
 * Decides whose turn it is (see solo.h). All machines see the same certificate expire, so each
 * one's time depends on its rank among the members last seen. After the first has renewed, the
 * others find its certificate once the store is back, or renew when their turn comes.
 */
#include "app/fleet/solo.h"

#include <string.h>

#include "base/alloc.h"
#include "codec/datetime.h"

enum { DAY_S = 24 * 3600, STEP_S = 6 * 3600 };

/* Members that joined since then come last, all at the same time. */
static size_t rank_among(const struct member *member)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error none = ERROR_INIT;
	size_t rank = 0;

	(void)!ini_get_list(ini_root(member->state), "members", &names, &none);
	for (size_t i = 0; i < names.count; i++)
		rank += strcmp(names.items[i], member->node) < 0 ||
			!strvec_contains(&names, member->node);
	return rank;
}

int solo_may_renew(const struct member *member, struct lineage *lineage, struct error *err)
{
	int64_t days = settings_int(member->settings, "fleet_solo_days");
	const struct cert *cert = NULL;
	AUTO_FREE char *when = NULL;
	int64_t turn;

	if (!days)
		return error_set(err, ERR_REFUSED,
				 "etcd must be brought back (--fleet-solo-days 0)");
	if (lineage_cert(lineage, &cert, err) < 0)
		return err->code;
	turn = cert_not_after(cert) - days * DAY_S + (int64_t)rank_among(member) * STEP_S;
	if (member_now(member).unix_s >= turn)
		return 0;
	when = datetime_rfc3339(turn);
	return error_set(
		err, ERR_REFUSED,
		"bring etcd back; else this machine renews the certificate without the fleet "
		"after %s (--fleet-solo-days)",
		when);
}
