/*
 * Connects commands with the fleet (see seam.h). Without --fleet-endpoints and without a lineage in
 * a fleet, all of this costs no more than a look at an empty list.
 */
#include "app/fleet/seam.h"

#include "app/fleet/member/member_files.h"
#include "app/fleet/own/fence.h"
#include "app/fleet/own/solo.h"
#include "app/fleet/own/turns.h"
#include "app/fleet/pull/account_keys.h"
#include "app/fleet/pull/pull.h"
#include "app/fleet/rekey.h"
#include "base/alloc.h"
#include "base/log.h"
#include "os/file/file.h"
#include "store/renewal/renewal_state.h"

static int open_member(struct plugins *plugins, struct error *err)
{
	struct network *network = plugins->network;

	if (!network->member &&
	    member_open(network, plugins->host.settings, &network->member, err) < 0)
		return err->code;
	network->member->ask_served = solo_ask_served;
	return 0;
}

int seam_pull(struct plugins *plugins, struct error *err)
{
	struct pulled pulled;

	if (!member_is_configured(plugins->host.settings) ||
	    settings_flag(plugins->host.settings, "dry_run"))
		return 0;
	if (open_member(plugins, err) < 0 ||
	    rekey_finish(plugins->network->member, plugins->host.ui, err) < 0 ||
	    pull_run(plugins, plugins->network->member, &pulled, err) < 0)
		return err->code;
	if (!pulled.failed)
		return 0;
	return error_set(err, ERR_REFUSED, "%zu certificates of the fleet could not be taken over",
			 pulled.failed);
}

/* fleet/state loses the tip first: a run that is killed after the CA has accepted a key leaves a
 * pull that publishes it. */
int seam_settle_accounts(struct plugins *plugins, struct error *err)
{
	const struct settings *settings = plugins->host.settings;
	AUTO_FREE char *state = member_files_path(settings, "state");
	bool owes = false;

	if (!member_is_configured(settings) || !file_exists(state))
		return 0;
	if (open_member(plugins, err) < 0)
		return err->code;
	member_forget_tip(plugins->network->member);
	return account_keys_settle(plugins->network->member, plugins->host.ui, &owes, err);
}

/* Drops the number of a lineage that cannot be the fleet's: its private key is not here, so no
 * machine can have published it. An adoption that stopped half way has left the number. Returns
 * true if it was such a one. */
static bool mend_half_adoption(struct lineage *lineage)
{
	AUTO(error) struct error failure = ERROR_INIT;

	if (!lineage_csr(lineage))
		return false;
	if (turns_number(lineage, 0, &failure) < 0)
		log_debug("%s", failure.text);
	log_warning("%s is renewed from a CSR and was never the fleet's, though it had a number of "
		    "it: this machine renews it for itself.",
		    lineage_name(lineage));
	return true;
}

/* A lineage of a fleet is never renewed as if it belonged to this machine alone. If somebody has
 * removed the options or the key, it is unknown what the other machines do. */
static int guard_one(struct plugins *plugins, struct issue_request *request, struct error *err)
{
	if (!member_is_configured(plugins->host.settings)) {
		error_set(err, ERR_CONFIG,
			  "it belongs to a fleet, and no fleet is configured here");
		return error_hint(err,
				  "put fleet-endpoints into cli.ini; or, if this machine is to "
				  "renew its certificates alone: certbot fleet leave");
	}
	if (open_member(plugins, err) < 0)
		return err->code;
	fence_put(request, plugins->network->member);
	return 0;
}

void seam_guard(struct plugins *plugins, struct issue_request *const *requests, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct issue_request *request = requests[i];

		if (!request->lineage ||
		    !renewal_state_generation(lineage_conf(request->lineage)) ||
		    settings_flag(request->settings, "dry_run") || error_is_set(&request->error) ||
		    mend_half_adoption(request->lineage) ||
		    guard_one(plugins, request, &request->error) == 0)
			continue;
		request->is_unready = true;
	}
}

void seam_unguard(struct issue_request *const *requests, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fence_drop(requests[i]);
}
