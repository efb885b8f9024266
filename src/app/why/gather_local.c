/*
 * Facts from this machine's own files (see gather_parts.h). Writes, locks and repairs nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/renewal/renewal_state.h"
#include "app/debts/outputs.h"
#include "store/renewal/due_moment.h"
#include "app/why/gather_parts.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/url.h"
#include "config/settings.h"
#include "os/file/file.h"
#include "os/socket/sockets.h"
#include "store/account/accounts.h"

/* A renewal writes four files, a conf, a log, and drafts of some of them. */
#define ENOUGH_BYTES (128 * 1024)
#define ENOUGH_ENTRIES 16

static const char *const own_dirs[] = {"config_dir", "work_dir", "logs_dir"};

/* Each renewal writes to all three; /var is often a file system of its own. */
static void look_for_room(const struct settings *settings, struct fact_machine *machine)
{
	for (size_t i = 0; i < ARRAY_LEN(own_dirs); i++) {
		const char *dir = settings_string(settings, own_dirs[i]);

		if (!machine->full &&
		    (dir_free_bytes(dir) < ENOUGH_BYTES || dir_free_entries(dir) < ENOUGH_ENTRIES))
			machine->full = xstrdup(dir);
		if (!machine->read_only && file_is_dir(dir) && !dir_is_writable(dir) &&
		    errno == EROFS)
			machine->read_only = xstrdup(dir);
	}
}

void gather_machine(const struct settings *settings, int64_t now, struct fact_machine *machine)
{
	machine->now = now;
	sockets_own_addresses(&machine->own, machine->has_public);
	machine->http_port = settings_int(settings, "http01_port");
	sockets_listeners((int)machine->http_port, &machine->on_http);
	look_for_room(settings, machine);
	gather_timers(&machine->timers);
}

/* If this user may not read the file, that is not a fault of the lineage. */
static bool may_read(const char *path)
{
	return geteuid() == 0 || access(path, R_OK) == 0;
}

static void take_failure(const struct ini *conf, struct fact_failure *ret)
{
	const struct renewal_failure recorded = renewal_state_failure(conf);

	ret->count = renewal_state_failures(conf);
	if (!ret->count)
		return;
	/* Earlier versions recorded no text. */
	ret->text = xstrdup(recorded.text   ? recorded.text
			    : recorded.code ? recorded.code
					    : "the reason is not on record");
	ret->code = xstrdup_or_null(recorded.code);
	ret->problem = xstrdup_or_null(recorded.problem);
	ret->identifier = xstrdup_or_null(recorded.name);
	ret->at = recorded.at;
	ret->since = recorded.since;
	ret->next_try = renewal_state_next_try(conf);
}

/* Values that Certbot does not know are in a section that it preserves. */
static void take_state(struct lineage *lineage, struct fact_lineage *ret)
{
	const struct ini *conf = lineage_conf(lineage);

	ret->deploy_owed = renewal_state_deploy_pending(conf);
	ret->reload_owed = renewal_state_reload_pending(conf);
	ret->outputs_owed = outputs_are_owed(lineage);
	ret->proof_owed = renewal_state_proof_pending(conf);
}

/* The sooner of two keys counts. A second that is behind the first, as after a renewal by Certbot,
 * does not wait. */
static int64_t due_at(struct lineage *lineage, int64_t window, int64_t now)
{
	struct lineage *const keys[] = {lineage, lineage_second_shown(lineage)};
	int64_t soonest = INT64_MAX;

	if (lineage_second_is_behind(lineage))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(keys) && keys[i]; i++) {
		const struct due_turn turn = {lineage_name(lineage), window,
					      lineage_suffix(keys[i])};
		AUTO(error) struct error unreadable = ERROR_INIT;
		const struct cert *cert = NULL;
		int64_t at;

		if (lineage_cert(keys[i], &cert, &unreadable) < 0)
			continue;
		at = due_moment(lineage_conf(lineage), cert, &turn, now).at;
		soonest = at < soonest ? at : soonest;
	}
	return soonest;
}

static void take_second(struct lineage *lineage, struct fact_second *ret)
{
	struct lineage *second = lineage_second_shown(lineage);
	AUTO(error) struct error unreadable = ERROR_INIT;
	const struct cert *cert = NULL;

	ret->type = lineage_second_type(lineage_second(lineage));
	ret->left = lineage_second_left(lineage);
	ret->remedy = lineage_second_remedy(lineage);
	if (!second || lineage_cert(second, &cert, &unreadable) < 0)
		return;
	ret->not_after = cert_not_after(cert);
	ret->is_revoked = renewal_state_is_revoked(lineage_conf(lineage), cert);
}

/* An unprivileged user cannot see a file in a private directory. */
static void take_csr(const struct lineage *lineage, struct fact_lineage *ret)
{
	const char *path = lineage_csr(lineage);

	if (path && access(path, F_OK) < 0 && errno == ENOENT)
		ret->csr = xstrdup(path);
}

void gather_lineage(struct plugins *plugins, const struct settings *settings,
		    struct lineage_opened *opened, struct facts *facts)
{
	struct fact_lineage *ret = &facts->lineage;
	struct lineage *lineage = opened->lineage;
	AUTO(error) struct error unreadable = ERROR_INIT;
	const struct cert *cert = NULL;

	ret->key_path = xstrdup(lineage_live_path(lineage, STORE_PRIVKEY));
	if (may_read(ret->key_path))
		strvec_extend(&ret->faults, &opened->faults);
	if (lineage_cert(lineage, &cert, &unreadable) == 0) {
		ret->has_cert = true;
		ret->not_before = cert_not_before(cert);
		ret->not_after = cert_not_after(cert);
		ret->is_revoked = renewal_state_is_revoked(lineage_conf(lineage), cert);
		ret->due_at = due_at(lineage, settings_int(settings, "renew_window") * 86400,
				     facts->machine->now);
	} else if (!ret->faults.count) {
		strvec_push(&ret->faults, unreadable.text);
	}
	take_second(lineage, &ret->second);
	take_csr(lineage, ret);
	facts->fleet.here = renewal_state_generation(lineage_conf(lineage));
	ret->is_off = !settings_flag(settings, "autorenew");
	take_state(lineage, ret);
	take_failure(lineage_conf(lineage), &facts->failure);
	if (facts->failure.count)
		facts->failure.next_try = due_next_try(lineage_conf(lineage), ret->due_at,
						       facts->machine->now);
	gather_plugins(plugins, settings, facts);
}

void gather_account(const struct settings *settings, struct facts *facts)
{
	const struct account_place place = {settings_config_dir(settings),
					    settings_string(settings, "server")};
	const char *id = settings_string(settings, "account");
	AUTO(account) struct account *account = NULL;
	AUTO(strvec) struct strvec ids = STRVEC_INIT;
	AUTO(error) struct error failed = ERROR_INIT;
	AUTO(url) struct url url = {.port = -1};
	AUTO(error) struct error bad_url = ERROR_INIT;

	facts->ca.url = xstrdup(place.server_url);
	facts->ca.host = url_parse(place.server_url, &url, &bad_url) == 0 ? STEAL(url.host)
									  : xstrdup("the CA");
	if (!may_read(place.config_dir) || geteuid() != 0)
		return;
	if (!id && (account_list(&place, &ids, &failed) < 0 || ids.count != 1))
		return;
	if (account_load(&place, id ? id : ids.items[0], &account, &failed) == 0)
		facts->ca.account_uri = xstrdup_or_null(account->uri);
	else
		facts->ca.account_error = xstrdup(failed.text);
}
