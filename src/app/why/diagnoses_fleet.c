/*
 * Causes between this machine and its fleet (see diagnoses.h). A lineage that is in a fleet is
 * renewed through the fleet's store only, so what keeps a machine from the store keeps it from
 * renewing.
 */
#include "app/why/diagnoses.h"
#include "base/alloc.h"
#include "codec/datetime.h"

/* Somebody took the options away, or copied the lineage to a machine of its own. */
static bool fleet_is_not_configured(const struct facts *facts, struct finding *finding)
{
	if (!facts->fleet.here || facts->fleet.is_configured)
		return false;
	strbuf_adds(&finding->cause,
		    "it belongs to a fleet of machines, and no fleet is configured "
		    "here: it is not renewed");
	return true;
}

static bool fleet_is_not_joined(const struct facts *facts, struct finding *finding)
{
	if (!facts->fleet.is_configured || facts->fleet.is_member)
		return false;
	strbuf_adds(&finding->cause,
		    "a fleet is configured here (fleet-endpoints), and this machine "
		    "has not joined it");
	return true;
}

/* The first one says which error it is about: several have words of their own. */
static bool fleet_error_is(const struct facts *facts, enum err_code code, struct finding *finding)
{
	const struct error *error = &facts->fleet.error;

	if (!error_is_set(error) || error->code != code)
		return false;
	strbuf_addf(&finding->cause, "this machine cannot use the fleet's store: %s", error->text);
	return true;
}

/* The key is missing, others can read it, or it does not open what the store has. */
static bool fleet_key_is_wrong(const struct facts *facts, struct finding *finding)
{
	return fleet_error_is(facts, ERR_CONFIG, finding) ||
	       fleet_error_is(facts, ERR_NOT_FOUND, finding);
}

static bool fleet_store_is_away(const struct facts *facts, struct finding *finding)
{
	return fleet_error_is(facts, ERR_NETWORK, finding);
}

/* Somebody without the key has written there; or etcd refuses its user, or is full. */
static bool fleet_store_is_unusable(const struct facts *facts, struct finding *finding)
{
	if (!error_is_set(&facts->fleet.error))
		return false;
	return fleet_error_is(facts, facts->fleet.error.code, finding);
}

/* An adoption stopped, or the store has lost it: the next run publishes it. */
static bool fleet_has_none(const struct facts *facts, struct finding *finding)
{
	const struct fleet_view *fleet = &facts->fleet;

	if (!fleet->is_looked || !fleet->here || fleet->there)
		return false;
	strbuf_adds(&finding->cause,
		    "it is the fleet's by its files, and the fleet's store does not "
		    "have it: its adoption was not finished, or etcd has lost it");
	return true;
}

static bool fleet_has_another(const struct facts *facts, struct finding *finding)
{
	const struct fleet_view *fleet = &facts->fleet;

	if (!fleet->is_looked || fleet->here || !fleet->there || fleet->is_released)
		return false;
	strbuf_adds(&finding->cause,
		    "the fleet has a certificate of that name, and the one here is "
		    "this machine's alone");
	return true;
}

static bool fleet_has_newer(const struct facts *facts, struct finding *finding)
{
	const struct fleet_view *fleet = &facts->fleet;

	if (!fleet->is_looked || !fleet->here || fleet->there <= fleet->here)
		return false;
	strbuf_addf(&finding->cause,
		    "another machine of the fleet has renewed it: the fleet has generation %llu, "
		    "this machine %llu",
		    (unsigned long long)fleet->there, (unsigned long long)fleet->here);
	return true;
}

/* Normal for as long as an order takes; of a machine that has died, for a minute more. */
static bool fleet_is_at_work(const struct facts *facts, struct finding *finding)
{
	if (!facts->fleet.owner || !(facts_are_trouble(facts) || facts_is_due(facts)))
		return false;
	strbuf_addf(&finding->cause, "another machine of the fleet, %s, is renewing it now",
		    facts->fleet.owner);
	strbuf_adds(&finding->object, facts->fleet.owner);
	return true;
}

static bool fleet_has_failed(const struct facts *facts, struct finding *finding)
{
	const struct fleet_view *fleet = &facts->fleet;
	AUTO_FREE char *when = NULL;

	if (!fleet->failed_on || fleet->next_try <= facts->machine->now || facts->failure.text ||
	    !facts_is_due(facts))
		return false;
	when = datetime_rfc3339(fleet->next_try);
	strbuf_addf(&finding->cause,
		    "the last try of the fleet failed on %s, and no machine tries again before %s: "
		    "%s",
		    fleet->failed_on, when, fleet->problem);
	strbuf_adds(&finding->object, fleet->failed_on);
	return true;
}

const struct diagnosis diagnoses_fleet[] = {
	{"fleet-not-configured", DIAGNOSIS_ALWAYS, fleet_is_not_configured,
	 "put the fleet-endpoints of the other machines into cli.ini; or, for certificates of this "
	 "machine alone: certbot fleet leave"},
	{"fleet-not-joined", DIAGNOSIS_ALWAYS, fleet_is_not_joined,
	 "copy fleet/key from a machine of the fleet, then: certbot fleet join"},
	{"fleet-key", DIAGNOSIS_ALWAYS, fleet_key_is_wrong,
	 "copy fleet/key from a machine of the fleet, readable by root only; then: certbot fleet "
	 "status"},
	{"fleet-store-away", DIAGNOSIS_ALWAYS, fleet_store_is_away,
	 "bring etcd back, and see: certbot fleet status. Meanwhile the certificate is served; "
	 "shortly before it expires, one machine renews it alone (--fleet-solo-days)"},
	{"fleet-store-unusable", DIAGNOSIS_ALWAYS, fleet_store_is_unusable,
	 "see what it says of the cluster: certbot fleet status"},
	{"fleet-half-adopted", DIAGNOSIS_ALWAYS, fleet_has_none,
	 "certbot fleet adopt {lineage}"},
	{"fleet-name-taken", DIAGNOSIS_ALWAYS, fleet_has_another,
	 "if it is the same certificate: certbot fleet adopt {lineage}; else delete the one here, and "
	 "the fleet's takes its place: certbot delete --cert-name {lineage}"},
	{"fleet-older", DIAGNOSIS_ALWAYS, fleet_has_newer, "certbot renew takes it over"},
	{"fleet-busy", DIAGNOSIS_ALWAYS, fleet_is_at_work,
	 "wait a minute or two, then: certbot renew; what {object} does is in its log"},
	{"fleet-failed", DIAGNOSIS_ALWAYS, fleet_has_failed,
	 "on {object}: certbot why {lineage}; to try at once: certbot renew --cert-name {lineage}"},
	{.id = NULL},
};
