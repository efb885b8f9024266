/*
 * Sharing (see sharing.h). A lineage belongs to the fleet if its renewal conf has a number, which
 * is written before the certificate is published: if the run is killed in between, the next `renew`
 * completes it.
 */
#include "app/fleet/sharing.h"

#include "app/fleet/member/member.h"
#include "app/fleet/member/shared.h"
#include "app/fleet/member/wish.h"
#include "app/fleet/own/turns.h"
#include "app/fleet/pull/pull.h"
#include "app/issue/identifiers.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "config/services.h"
#include "crypto/key/token.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_conf.h"
#include "store/renewal/fleet_names.h"
#include "store/renewal/renewal_state.h"

/* The state of a name in the store before it is adopted. */
struct claim {
	uint64_t generation; /* the number that the certificate gets */
	struct strbuf want;  /* the options there, sealed; empty: none */
	bool is_published;   /* the fleet has this very certificate, and options for it */
};

static void claim_release(struct claim *claim)
{
	strbuf_release(&claim->want);
}
DEFINE_AUTO(claim, claim_release);

/* Machines that had copies of one certificate before they were a fleet adopt it on each of them.
 * And a machine may have missed a release, and published again what is adopted here. */
static bool is_same_cert(struct lineage *lineage, const struct fleet_record *head)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(error) struct error unread = ERROR_INIT;
	AUTO_FREE char *digest = NULL;

	if (turns_read_cert(lineage, &pem, &unread) < 0)
		return false;
	digest = fleet_record_digest(pem.text);
	return str_eq_or_null(digest, head->digest);
}

/* The fleet may have had a lineage of that name before. A released one no longer counts, but its
 * numbers are not used again: if somebody puts a release back, it must not apply to the new
 * lineage. */
static int claim_name(struct member *member, struct lineage *lineage, struct claim *claim,
		      struct error *err)
{
	AUTO(fleet_record) struct fleet_record head = FLEET_RECORD_INIT, want = FLEET_RECORD_INIT;
	AUTO(strbuf) struct strbuf sealed = STRBUF_INIT;
	struct fleet_place place = member_place(member, FLEET_HEAD, lineage_name(lineage)),
			   want_place = member_place(member, FLEET_WANT, lineage_name(lineage));

	if (member_read(member, &want_place, &want, &claim->want, err) < 0 ||
	    member_read(member, &place, &head, &sealed, err) < 0)
		return err->code;
	claim->generation = 1 +
			    (want.generation > head.generation ? want.generation : head.generation);
	if (head.kind == FLEET_NO_RECORD)
		return 0;
	/* Only the head that was released: another machine may adopt at the same time. */
	if (shared_is_released(&want, head.generation))
		return member_delete(member, &place, &sealed, err);
	if (!is_same_cert(lineage, &head))
		return error_set(err, ERR_EXISTS, "the fleet has another certificate of that name");
	if (want.generation <= head.generation)
		claim->generation = head.generation;
	claim->is_published = want.kind == FLEET_WANT && !shared_is_released(&want, 0);
	return 0;
}

/* Any machine of the fleet must be able to publish a generation, which has the private key in it.
 * Refused before anything is published: the rest of the fleet could do nothing with it, and this
 * machine would no longer renew it for itself. */
static int check_shareable(struct lineage *lineage, struct error *err)
{
	AUTO(fleet_record) struct fleet_record generation = FLEET_RECORD_INIT;
	AUTO(key) struct key *key = NULL;

	if (lineage_second(lineage))
		error_set(err, ERR_REFUSED,
			  "it has two keys (%s is the second), and the machines of a fleet share "
			  "certificates with one",
			  lineage_second_type(lineage_second(lineage)));
	else if (lineage_csr(lineage))
		error_set(err, ERR_REFUSED,
			  "it is renewed from a CSR: its private key, which the machines of a "
			  "fleet share, is not here");
	else if (services_in_conf(lineage_conf(lineage), "dane"))
		error_set(
			err, ERR_REFUSED,
			"its next key is announced by DANE (--dane), and is on this machine only");
	else if (lineage_read_key(lineage, &key, err) == 0 &&
		 key_require_private(key, "a certificate of a fleet", err) == 0)
		return turns_read_generation(lineage, &generation, err);
	if (err->code != ERR_REFUSED)
		return err->code;
	return error_hint(err, "let this machine alone renew it, and copy the certificate to the "
			       "others with a --deploy-hook");
}

static int publish_shared(struct member *member, struct lineage *lineage, const struct claim *claim,
			  bool is_new, struct error *err)
{
	const struct shared_version version = {claim->generation, is_new ? &claim->want : NULL};

	/* Whoever has a copy of the certificate asks for that one, not for other options of the
	 * fleet: those are changed by adopting it again. */
	if (claim->is_published)
		return 0;
	if (shared_publish(member, lineage, &version, err) == 0)
		return 0;
	return err->code == ERR_EXISTS
		       ? error_hint(err, "it has adopted a certificate of that name at the same "
					 "time: certbot fleet status shows whose it is")
		       : err->code;
}

/* Names that are wanted since the last pull here must not be lost with the options before. */
static int keep_wish(struct member *member, struct lineage *lineage, struct error *err)
{
	AUTO(fleet_record) struct fleet_record want = FLEET_RECORD_INIT;
	struct fleet_place place = member_place(member, FLEET_WANT, lineage_name(lineage));

	if (member_read(member, &place, &want, NULL, err) < 0)
		return err->code;
	return wish_is_in(&want) ? wish_note(lineage, &want, err) : 0;
}

/* Each step can be repeated. Killed before the number is written, the certificate is this machine's
 * alone as before; after that, the next `renew` publishes it. */
int sharing_adopt_one(struct plugins *plugins, struct member *member, const char *name,
		      struct error *err)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(claim) struct claim claim = {.want = STRBUF_INIT};
	bool is_new;

	if (lineage_open(settings_config_dir(plugins->host.settings), name, &lineage, err) < 0 ||
	    check_shareable(lineage, err) < 0)
		return err->code;
	claim.generation = renewal_state_generation(lineage_conf(lineage));
	is_new = !claim.generation;
	if (is_new ? claim_name(member, lineage, &claim, err) < 0
		   : keep_wish(member, lineage, err) < 0)
		return err->code;
	if (publish_shared(member, lineage, &claim, is_new, err) < 0 ||
	    turns_number(lineage, claim.generation, err) < 0 ||
	    pull_lineage(plugins, member, name, err) < 0)
		return err->code;
	ui_say(plugins->host.ui, "%s is the fleet's now.", name);
	return 0;
}

/* A renewal may be in progress, so the next generation is released as well. */
static int publish_release(struct member *member, const char *name, uint64_t generation,
			   struct error *err)
{
	AUTO(fleet_record) struct fleet_record head = FLEET_RECORD_INIT;
	struct fleet_place place = member_place(member, FLEET_HEAD, name);

	if (member_read(member, &place, &head, NULL, err) < 0)
		return err->code;
	if (head.generation > generation)
		generation = head.generation;
	return shared_publish_release(member, name, generation + 1, err);
}

static int release_one(struct plugins *plugins, struct member *member, const char *name,
		       struct error *err)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	uint64_t generation;

	if (lineage_open(settings_config_dir(plugins->host.settings), name, &lineage, err) < 0)
		return err->code;
	generation = renewal_state_generation(lineage_conf(lineage));
	if (!generation)
		return error_set(err, ERR_NOT_FOUND, "it is not the fleet's");
	if (publish_release(member, name, generation, err) < 0 || turns_number(lineage, 0, err) < 0)
		return err->code;
	ui_say(plugins->host.ui,
	       "%s is no longer the fleet's: each machine that has it renews it for itself.", name);
	return 0;
}

/* Stops at the first failure. Those before it are done, and repeating them changes nothing. */
static int for_each_name(struct plugins *plugins,
			 int (*act)(struct plugins *plugins, struct member *member,
				    const char *name, struct error *err),
			 struct error *err)
{
	const struct strvec *names = settings_list(plugins->host.settings, "fleet_name");

	result_set(plugins->host.ui, "certificates", json_array_new());
	if (!names->count) {
		error_set(err, ERR_USAGE, "which certificate? None is named");
		return error_hint(err, "certbot certificates lists them");
	}
	if (member_open(plugins->network, plugins->host.settings, &plugins->network->member, err) <
	    0)
		return err->code;
	for (size_t i = 0; i < names->count; i++) {
		result_blame(plugins->host.ui, names->items[i], NULL);
		if (act(plugins, plugins->network->member, names->items[i], err) < 0)
			return error_wrap(err, "%s", names->items[i]);
		result_push(plugins->host.ui, "certificates", json_string_new(names->items[i]));
	}
	return 0;
}

int sharing_adopt(struct app *app, struct error *err)
{
	return for_each_name(app->plugins, sharing_adopt_one, err);
}

int sharing_release(struct app *app, struct error *err)
{
	return for_each_name(app->plugins, release_one, err);
}

/* Puts the names of the command line into the conf. Those that the certificate has take an earlier
 * wish back. */
static int set_names(const struct settings *settings, struct lineage *lineage, struct error *err)
{
	AUTO(acme_identifiers) struct acme_identifiers given = ACME_IDENTIFIERS_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT, present = STRVEC_INIT;
	const struct strvec nothing = STRVEC_INIT;

	identifiers_from_settings(settings, &given);
	identifiers_to_names(&given, &names);
	if (wish_read_cert_names(lineage, &present, err) < 0)
		return err->code;
	fleet_names_set(lineage_conf(lineage),
			strvec_same_set(&names, &present) ? &nothing : &names);
	return 0;
}

/* The store first: what is only in the conf here would be dropped by the next pull. */
static int publish_wish(struct plugins *plugins, struct member *member, const char *name,
			struct strvec *ret_names, struct error *err)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	struct shared_version version = {.guard = NULL};

	if (lineage_open(settings_config_dir(plugins->host.settings), name, &lineage, err) < 0 ||
	    set_names(plugins->host.settings, lineage, err) < 0)
		return err->code;
	version.generation = renewal_state_generation(lineage_conf(lineage));
	(void)fleet_names_read(lineage_conf(lineage), ret_names);
	if (shared_publish(member, lineage, &version, err) < 0)
		return err->code;
	return lineage_save_conf(lineage, err);
}

static int check_shared(const struct settings *settings, const char *name, struct error *err)
{
	AUTO(lineage) struct lineage *lineage = NULL;

	if (lineage_open(settings_config_dir(settings), name, &lineage, err) < 0)
		return err->code;
	if (renewal_state_generation(lineage_conf(lineage)))
		return 0;
	error_set(err, ERR_NOT_FOUND, "%s is not the fleet's", name);
	return error_hint(err, "certbot fleet adopt %s shares it", name);
}

static void tell_wish(const struct ui *ui, const char *name, const struct strvec *names)
{
	AUTO_FREE char *joined = strvec_join(names, ", ");

	result_set_text(ui, "certificate", name);
	result_set_texts(ui, "names", names);
	if (names->count)
		ui_say(ui, "The next certbot renew, on whichever machine, obtains %s for: %s", name,
		       joined);
	else
		ui_say(ui, "%s has these names already; no others are wanted.", name);
}

int sharing_want(struct app *app, struct error *err)
{
	const struct strvec *given = settings_list(app->settings, "fleet_name");
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct member **member = &app->network.member;

	if (given->count != 1)
		return error_set(err, ERR_USAGE, "which certificate? Name one");
	if (!settings_list(app->settings, "domains")->count &&
	    !settings_list(app->settings, "ip_addresses")->count) {
		error_set(err, ERR_USAGE, "which names is %s to have? None are given",
			  given->items[0]);
		return error_hint(err, "-d for each of them, also for those that stay");
	}
	if (check_shared(app->settings, given->items[0], err) < 0 ||
	    member_open(&app->network, app->settings, member, err) < 0 ||
	    pull_lineage(app->plugins, *member, given->items[0], err) < 0 ||
	    publish_wish(app->plugins, *member, given->items[0], &names, err) < 0)
		return err->code;
	tell_wish(app->ui, given->items[0], &names);
	return 0;
}
