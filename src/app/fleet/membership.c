/*
 * Membership (see membership.h). Each step can be repeated: after an interruption between the key
 * and the record, or between the record and fleet/state, the same command goes on.
 */
#include "app/fleet/membership.h"

#include "app/fleet/member/member.h"
#include "app/fleet/member/member_files.h"
#include "app/fleet/member/shared.h"
#include "app/fleet/own/turns.h"
#include "app/fleet/pull/pull.h"
#include "app/fleet/rekey.h"
#include "base/alloc.h"
#include "base/log.h"
#include "crypto/aead.h"
#include "os/file/file.h"
#include "store/lineage/lineage.h"

/* If etcd does not ask for authentication, anybody who reaches it can delete the fleet's data. */
static void warn_of_store(struct member *member)
{
	AUTO(strvec) struct strvec warnings = STRVEC_INIT;

	member_inspect(member, &warnings);
	if (!settings_string(member->settings, "fleet_user") &&
	    !settings_string(member->settings, "fleet_cert"))
		strvec_push(
			&warnings,
			"etcd is asked without a user and without a client certificate: whoever "
			"reaches it can delete what the fleet has there (--fleet-user, "
			"--fleet-cert)");
	for (size_t i = 0; i < warnings.count; i++)
		log_warning("%s", warnings.items[i]);
}

static int note_fleet(struct member *member, const char *fleet, struct error *err)
{
	ini_set(ini_root(member->state), "fleet", fleet);
	member_enter(member, fleet);
	return member_save_state(member, err);
}

static int check_no_member(const struct member *member, struct error *err)
{
	if (!ini_peek(ini_root(member->state), "fleet"))
		return 0;
	error_set(err, ERR_EXISTS, "this machine is a member of a fleet already");
	return error_hint(err, "certbot fleet status shows it");
}

/* Reads the fleet's record; its kind tells whether the store has one. */
static int read_meta(struct member *member, struct fleet_record *ret_meta, struct error *err)
{
	struct fleet_place place = member_place(member, FLEET_META, "");

	return member_read(member, &place, ret_meta, NULL, err);
}

/* Makes the key of a fleet, unless this machine has one already. */
static int make_key(const struct settings *settings, bool *ret_made, struct error *err)
{
	AUTO(secret) struct secret key = SECRET_INIT;
	AUTO_FREE char *path = member_files_path(settings, "key");

	*ret_made = !file_exists(path);
	if (!*ret_made)
		return 0;
	aead_make_key(&key);
	return member_files_write_key(settings, &key, err);
}

static int write_meta(struct member *member, struct error *err)
{
	AUTO(fleet_record) struct fleet_record meta = FLEET_RECORD_INIT;
	AUTO(strbuf) struct strbuf nothing = STRBUF_INIT;
	struct fleet_place place = member_place(member, FLEET_META, "");

	meta.kind = FLEET_META;
	meta.id = fleet_session_nonce(&member->session);
	meta.node = xstrdup(member->node);
	if (member_write(member, &place, &meta, &nothing, err) < 0)
		return err->code;
	return note_fleet(member, meta.id, err);
}

static void say_how_to_join(const struct ui *ui, const struct member *member)
{
	AUTO_FREE char *endpoints = strvec_join(settings_list(member->settings, "fleet_endpoints"),
						",");
	AUTO_FREE char *path = member_files_path(member->settings, "key");
	AUTO_FREE char *cli_ini = path_join(settings_config_dir(member->settings), "cli.ini");

	ui_say(ui, "This machine, %s, has begun a fleet.\n", member->node);
	if (settings_origin(member->settings, "fleet_endpoints") != ORIGIN_CONFIG_FILE)
		ui_say(ui,
		       "So that each command knows of it, put into %s:\n  fleet-endpoints = %s\n",
		       cli_ini, endpoints);
	ui_say(ui,
	       "Keep a copy of %s where you keep other secrets: without it, nobody can read "
	       "what the fleet has in etcd.\n\n"
	       "On each further machine:\n"
	       "  copy %s there, readable by root only, and the lines of cli.ini\n"
	       "  certbot fleet join\n\n"
	       "To share a certificate of this machine:\n"
	       "  certbot fleet adopt NAME",
	       path, path);
}

/* A fleet that our key opens is ours: an earlier attempt was interrupted. */
static int begin_fleet(struct member *member, struct error *err)
{
	AUTO(fleet_record) struct fleet_record meta = FLEET_RECORD_INIT;
	AUTO(error) struct error unread = ERROR_INIT;

	if (read_meta(member, &meta, &unread) < 0) {
		if (unread.code == ERR_NETWORK || unread.code == ERR_IO)
			return error_move(err, &unread);
		error_set(err, ERR_EXISTS,
			  "there is something under this prefix in etcd already: %s", unread.text);
		return error_hint(err,
				  "to join a fleet, copy its key to this machine: certbot fleet "
				  "join; for another fleet use another --fleet-prefix");
	}
	if (meta.kind == FLEET_META)
		return note_fleet(member, meta.id, err);
	return write_meta(member, err);
}

int membership_init(struct app *app, struct error *err)
{
	AUTO(member) struct member *member = NULL;
	bool made = false;

	if (member_files_check_endpoints(app->settings, err) < 0 ||
	    make_key(app->settings, &made, err) < 0 ||
	    member_connect(&app->network, app->settings, &member, err) < 0 ||
	    check_no_member(member, err) < 0)
		return err->code;
	warn_of_store(member);
	if (begin_fleet(member, err) < 0) {
		AUTO_FREE char *path = member_files_path(app->settings, "key");
		AUTO(error) struct error ignored = ERROR_INIT;

		/* Removes a key that was just made and has sealed nothing yet. */
		if (made && err->code == ERR_EXISTS)
			(void)!file_remove(path, &ignored);
		return err->code;
	}
	if (member_sign(member, 0, err) < 0)
		return err->code;
	result_set_text(app->ui, "node", member->node);
	say_how_to_join(app->ui, member);
	return 0;
}

static int warn_of_namesake(struct member *member, struct error *err)
{
	AUTO(fleet_record) struct fleet_record other = FLEET_RECORD_INIT;
	struct fleet_place place = member_place(member, FLEET_NODE, member->node);

	if (member_read(member, &place, &other, NULL, err) < 0)
		return err->code;
	if (other.kind == FLEET_NODE)
		log_warning("The fleet has a member named %s already. If that is another machine, "
			    "give this one another name (--fleet-node) and join again.",
			    member->node);
	return 0;
}

static void tell_pulled(const struct ui *ui, const struct pulled *pulled)
{
	result_set_int(ui, "taken", (int64_t)pulled->taken);
	result_set_int(ui, "failed", (int64_t)pulled->failed);
}

/* New certificates make hooks and reloads necessary here, which `renew` carries out. A machine that
 * joins need not wait for its timer: it has everything when the command ends. */
static int pull_all(struct plugins *plugins, struct member *member, struct error *err)
{
	struct pulled pulled;

	if (pull_run(plugins, member, &pulled, err) < 0)
		return err->code;
	tell_pulled(plugins->host.ui, &pulled);
	if (pulled.taken)
		ui_say(plugins->host.ui,
		       "Certificates are in %s/live now. certbot renew runs the deploy hooks of this "
		       "machine for them.",
		       settings_config_dir(member->settings));
	if (pulled.failed)
		return error_set(err, ERR_REFUSED,
				 "%zu certificates of the fleet could not be taken over",
				 pulled.failed);
	return 0;
}

int membership_join(struct app *app, struct error *err)
{
	AUTO(member) struct member *member = NULL;
	AUTO(fleet_record) struct fleet_record meta = FLEET_RECORD_INIT;

	if (member_connect(&app->network, app->settings, &member, err) < 0 ||
	    check_no_member(member, err) < 0)
		return err->code;
	if (read_meta(member, &meta, err) < 0)
		return err->code;
	if (meta.kind != FLEET_META) {
		error_set(err, ERR_NOT_FOUND, "there is no fleet under the prefix '%s' in etcd",
			  settings_string(app->settings, "fleet_prefix"));
		return error_hint(err, "certbot fleet init begins one, on the first machine");
	}
	warn_of_store(member);
	member_enter(member, meta.id);
	if (warn_of_namesake(member, err) < 0 || note_fleet(member, meta.id, err) < 0 ||
	    member_sign(member, 0, err) < 0)
		return err->code;
	ui_say(app->ui, "%s is a member of the fleet now.", member->node);
	result_set_text(app->ui, "node", member->node);
	return pull_all(app->plugins, member, err);
}

/* Whatever fails here fails again in the pull, which says so. A change of the fleet's key has work
 * of its own (rekey.h). */
bool membership_has_no_news(struct plugins *plugins)
{
	struct network *network = plugins->network;
	const struct pulled nothing = {.taken = 0};
	AUTO(error) struct error failure = ERROR_INIT;
	bool has_none = false;

	if (member_open(network, plugins->host.settings, &network->member, &failure) < 0 ||
	    network->member->ring.count > 1 ||
	    pull_is_current(network->member, &has_none, &failure) < 0 || !has_none)
		return false;
	tell_pulled(plugins->host.ui, &nothing);
	return true;
}

int membership_pull(struct app *app, struct error *err)
{
	if ((!app->network.member &&
	     member_open(&app->network, app->settings, &app->network.member, err) < 0) ||
	    rekey_finish(app->network.member, app->ui, err) < 0)
		return err->code;
	return pull_all(app->plugins, app->network.member, err);
}

/* Lineages without a number belong to this machine alone. */
static int forget_numbers(const struct settings *settings, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (lineage_names(settings_config_dir(settings), &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++) {
		AUTO(lineage) struct lineage *lineage = NULL;
		AUTO(error) struct error broken = ERROR_INIT;

		if (lineage_open(settings_config_dir(settings), names.items[i], &lineage, &broken) <
		    0) {
			log_warning("%s: %s", names.items[i], broken.text);
			continue;
		}
		if (turns_number(lineage, 0, err) < 0)
			return err->code;
	}
	return 0;
}

/* Leaving must work even if the store no longer exists. */
static void sign_off(struct network *network)
{
	AUTO(member) struct member *member = NULL;
	AUTO(error) struct error failure = ERROR_INIT;
	struct fleet_place place;

	if (member_open(network, network->settings, &member, &failure) == 0) {
		place = member_place(member, FLEET_NODE, member->node);
		/* The others forget it at their next pull, and no longer wait for it. */
		if (member_delete(member, &place, NULL, &failure) == 0 &&
		    shared_bump_tip(member, &failure) == 0)
			return;
	}
	log_warning("The fleet was not told: %s", failure.text);
}

int membership_leave(struct app *app, struct error *err)
{
	AUTO_FREE char *key = member_files_path(app->settings, "key");
	AUTO_FREE char *state = member_files_path(app->settings, "state");

	sign_off(&app->network);
	if (forget_numbers(app->settings, err) < 0 || file_remove(state, err) < 0)
		return err->code;
	result_set_text(app->ui, "key", key);
	ui_say(app->ui,
	       "This machine has left the fleet. Its certificates stay here, and it renews them for "
	       "itself.\nThe fleet's key is still in %s: remove it, unless this was the last member.",
	       key);
	return 0;
}
