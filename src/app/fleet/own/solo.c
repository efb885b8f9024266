/*
 * Decides whose turn it is (see solo.h). All machines see the same certificate expire, so each
 * one's time depends on its rank among the members last seen. After the first has renewed, the
 * others find its certificate once the store is back, or renew when their turn comes.
 */
#include "app/fleet/own/solo.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/datetime.h"
#include "net/http/http.h"
#include "os/signals.h"
#include "webserver/probe.h"

enum {
	DAY_S = 24 * 3600,
	STEP_S = 6 * 3600,
	HOUR_S = 3600,
	/* Names that are asked: the balancer behind each leads to some machine. */
	MAX_LOOKS = 3,
	/* Names that did not answer in this run: each costs seconds, and a network that is down is
	 * down for all. */
	MAX_SILENT = 6,
	/* Hours of the last day among which the machines are spread; the rest is for retries. */
	MAX_STAGGER = 18,
};

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

int solo_ask_served(struct network *network, const char *name, struct cert_chain *ret_chain,
		    struct error *err)
{
	AUTO_FREE char *host = xstrdup(name);
	const struct probe probe = {.address = host, .port = 443, .host = host, .is_named = true};
	struct probe_means means = {.clock = network->clock};
	AUTO(content) struct content content = CONTENT_INIT;
	AUTO_FREE char *pem = NULL;

	if (network_http(network, &means.http, err) < 0 ||
	    probe_shown(&probe, &means, &pem, err) < 0)
		return err->code;
	http_parse(means.http, CONTENT_CHAIN, span_of(pem), &content);
	if (error_is_set(&content.fault))
		return error_move(err, &content.fault);
	cert_chain_copy(ret_chain, &content.chain);
	return 0;
}

static void add_cert_names(const struct cert *cert, struct strvec *ret_names)
{
	strvec_extend(ret_names, cert_dns_names(cert));
	strvec_extend(ret_names, cert_ip_addresses(cert));
}

/* Asks for one name. Returns 1 for a certificate with the very same names as ours that ends later:
 * that of a machine which has renewed it alone, too. */
static int look_at_served(struct member *member, const char *name, const struct cert *cert,
			  struct error *err)
{
	AUTO(cert_chain) struct cert_chain served = CERT_CHAIN_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error unread = ERROR_INIT;
	int rc = member->ask_served(member->network, name, &served, &unread);

	/* A look that was cut short must not count as "nobody has renewed it". */
	if (signals_pending())
		return error_set(err, ERR_CANCELLED, "stopped by a signal");
	if (rc < 0) {
		member->silent_names++;
		log_debug("%s", unread.text);
		return 0;
	}
	add_cert_names(cert, &names);
	return served.leaf_not_after > cert_not_after(cert) &&
	       strvec_same_set(&served.leaf_names, &names);
}

/* Returns 1 if another machine serves a newer one. */
static int find_newer(struct member *member, const struct cert *cert, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	size_t looks = 0;
	int rc = 0;

	add_cert_names(cert, &names);
	for (size_t i = 0; rc == 0 && i < names.count && member->ask_served; i++) {
		if (str_starts(names.items[i], "*."))
			continue;
		if (looks++ == MAX_LOOKS || member->silent_names >= MAX_SILENT)
			break;
		rc = look_at_served(member, names.items[i], cert, err);
	}
	return rc;
}

/* Whoever stands between may show anything, so on its last day nothing that is served counts: for
 * the first machine from its beginning, for each further one an hour later, so that not all of them
 * renew at once what one of them has renewed already. */
static int check_served(struct member *member, const struct cert *cert, struct error *err)
{
	size_t rank = rank_among(member);
	int64_t hours = rank < MAX_STAGGER ? (int64_t)rank : MAX_STAGGER;
	int rc;

	if (member_now(member).unix_s >= cert_not_after(cert) - DAY_S + hours * HOUR_S)
		return 0;
	rc = find_newer(member, cert, err);
	if (rc <= 0)
		return rc;
	return error_set(
		err, ERR_REFUSED,
		"another machine serves a newer certificate for the same names: it has "
		"renewed it without the fleet. Bring etcd back, and this one gets it, too");
}

int solo_may_renew(struct member *member, struct lineage *lineage, struct error *err)
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
		return check_served(member, cert, err);
	when = datetime_rfc3339(turn);
	return error_set(
		err, ERR_REFUSED,
		"bring etcd back; else this machine renews the certificate without the fleet "
		"after %s (--fleet-solo-days)",
		when);
}
