/*
 * The authenticator side of web server plugins (see challenges.h). Challenges are always published
 * as one set on top of the original files: a second batch replaces the edits of the first with
 * edits for both.
 */
#include "webserver/challenge/challenges.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "plugin/registry.h"
#include "webserver/server_parts.h"
#include "webserver/webserver.h"

/* For a reload that cannot be watched; Certbot's own pause. */
#define BLIND_WAIT_MS 1000

/* tls-alpn-01 would need the server to hand its TLS handshakes over, which these servers do not
 * do. */
size_t webserver_preference(struct plugin_instance *instance, const struct settings *settings,
			    const struct acme_identifier *identifier,
			    enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	ret_types[0] = ACME_HTTP_01;
	return 1;
}

size_t webserver_preference_sni(struct plugin_instance *instance, const struct settings *settings,
				const struct acme_identifier *identifier,
				enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	ret_types[0] = ACME_TLS_SNI_01;
	ret_types[1] = ACME_HTTP_01;
	return 2;
}

/* Puts the files back; the running server does not know yet. Without a reload: when this is part of
 * another publication, the reload follows anyway, and each costs the server its workers. */
static int withdraw_challenges(struct webserver *server, struct error *err)
{
	AUTO(txn) struct txn *txn = STEAL(server->run->temporary);

	webserver_forget(server);
	if (txn && txn_abort(txn, err) < 0)
		return err->code;
	owed_drop_note(server);
	return 0;
}

/* Makes the configuration on disk answer exactly these. From the original files each time, so the
 * edits of two waves cannot pile up or be undone in the wrong order. */
static int publish_challenges(struct webserver *server, const struct plugin_task *tasks,
			      size_t count, struct probes *ret_probes, struct error *err)
{
	probes_release(ret_probes);
	if (withdraw_challenges(server, err) < 0 || webserver_load(server, err) < 0 ||
	    server->run->kind->publish(server, tasks, count, ret_probes, err) < 0)
		return err->code;
	webserver_keep_edits(server);
	return staging_write(server, TXN_TEMPORARY, err);
}

/* True when the answers needed edits: then the server must read them, and later read that they are
 * gone. */
static bool has_edits(const struct webserver *server)
{
	return server->run->temporary && txn_has_changes(server->run->temporary);
}

static int reload_if_edited(struct webserver *server, struct error *err)
{
	if (!has_edits(server))
		return 0;
	return webserver_reload_now(server, err);
}

static void activate(struct webserver *server, const struct plugin_task *tasks, size_t count)
{
	server->run->active = xreallocarray(server->run->active, server->run->active_count + count,
					    sizeof(*server->run->active));
	memcpy(server->run->active + server->run->active_count, tasks, count * sizeof(*tasks));
	server->run->active_count += count;
}

/* Adds what the server takes to the active tasks, by halves; the rest get their errors. One name
 * with a block that cannot be edited must not keep the others of its batch from being validated. */
static int activate_halving(struct webserver *server, const struct plugin_task *tasks, size_t count,
			    struct error *err)
{
	AUTO(probes) struct probes unused = PROBES_INIT;
	AUTO(error) struct error refused = ERROR_INIT;
	size_t before = server->run->active_count;

	activate(server, tasks, count);
	if (publish_challenges(server, server->run->active, server->run->active_count, &unused,
			       &refused) == 0 &&
	    webserver_test(server, &refused) == 0)
		return 0;
	server->run->active_count = before;
	if (withdraw_challenges(server, err) < 0)
		return err->code;
	if (count == 1) {
		error_move(&tasks[0].challenge->present_error, &refused);
		return 0;
	}
	if (activate_halving(server, tasks, count / 2, err) < 0)
		return err->code;
	return activate_halving(server, tasks + count / 2, count - count / 2, err);
}

/* The set was refused as a whole: finds whose fault it is and publishes the others. Nothing was
 * published, and nothing was before: the error is that of the batch. */
static int publish_without_culprits(struct webserver *server, const struct plugin_task *tasks,
				    size_t count, struct probes *ret_probes, struct error *err)
{
	size_t before = server->run->active_count;

	if (activate_halving(server, tasks, count, err) < 0)
		return err->code;
	if (server->run->active_count == before && !before)
		return error_copy(err, &tasks[0].challenge->present_error);
	if (publish_challenges(server, server->run->active, server->run->active_count, ret_probes,
			       err) < 0)
		return err->code;
	return reload_if_edited(server, err);
}

/* The usual case is one write, one test and one reload for all; only a refusal leads to the
 * search. */
static int publish_and_reload(struct webserver *server, const struct plugin_task *tasks,
			      size_t count, struct probes *ret_probes, struct error *err)
{
	AUTO(error) struct error refused = ERROR_INIT;
	size_t before = server->run->active_count;

	activate(server, tasks, count);
	if (publish_challenges(server, server->run->active, server->run->active_count, ret_probes,
			       &refused) == 0 &&
	    reload_if_edited(server, &refused) == 0)
		return 0;
	server->run->active_count = before;
	if (withdraw_challenges(server, err) < 0)
		return err->code;
	log_debug("%s refuses the challenges: %s", server->run->kind->name, refused.text);
	return publish_without_culprits(server, tasks, count, ret_probes, err);
}

/* Certbot would start the server. A server that somebody has stopped stays stopped: it may be down
 * for maintenance, or another one may have its port. */
static int refuse_stopped(const struct webserver *server, struct error *err)
{
	error_set(err, ERR_PLUGIN,
		  "%s is not running, so it cannot answer the CA; nothing was started or changed",
		  server->run->kind->name);
	return error_hint(err, "start %s, or use --standalone while it is stopped",
			  server->run->kind->name);
}

void webserver_add_proofs(const struct probes *sockets, const struct acme_challenge *challenge,
			  struct probes *ret_probes)
{
	AUTO_FREE char *path = xasprintf(CHALLENGE_PATH "%s", challenge->token);

	for (size_t i = 0; i < sockets->count; i++) {
		struct probe probe = sockets->items[i];

		probe.host = challenge->identifier.value;
		probe.path = path;
		probe.body = challenge->key_authorization;
		probes_add(ret_probes, &probe);
	}
}

/* Waits until the server answers. Where nothing can be asked from here, the reload gets the time
 * that it usually takes: for a CA that asks too early, the challenge has failed. */
static int await_answers(const struct webserver *server, const struct probes *probes,
			 struct error *err)
{
	const struct clock *clock = server->host->clock;
	const struct probe_means means = {clock, server->host->http};
	size_t open = 0;

	if (probes_can_tell(probes))
		return probes_wait(probes, &means, server->proof_limit_ms, &open, err);
	if (clock->sleep_until(clock->context, clock_mono_ms(clock) + BLIND_WAIT_MS) < 0)
		return error_set(err, ERR_CANCELLED, "stopped by a signal");
	return 0;
}

/* The withdrawal is owed before the answers are waited for: a signal during the wait must not leave
 * the server with rules of challenges. */
int webserver_present(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		      struct error *err)
{
	struct webserver *server = webserver_of(instance);
	AUTO(probes) struct probes probes = PROBES_INIT;
	AUTO(error) struct error unproven = ERROR_INIT;

	if (!server->run->kind->is_running(server))
		return refuse_stopped(server, err);
	if (publish_and_reload(server, tasks, count, &probes, err) < 0) {
		AUTO(error) struct error undo_error = ERROR_INIT;

		server->run->active_count = 0;
		if (withdraw_challenges(server, &undo_error) < 0)
			error_hint(err, "%s", undo_error.text);
		return err->code;
	}
	if (has_edits(server))
		owed_add_withdrawal(server);
	if (await_answers(server, &probes, &unproven) == 0)
		return 0;
	if (unproven.code == ERR_CANCELLED)
		return error_move(err, &unproven);
	/* A server that this machine cannot reach may still answer the CA. */
	log_warning("%s does not serve a challenge correctly: %s", server->run->kind->name,
		    unproven.text);
	return 0;
}

static void deactivate(struct webserver *server, const struct plugin_task *task)
{
	for (size_t i = 0; i < server->run->active_count; i++)
		if (server->run->active[i].challenge == task->challenge)
			server->run->active[i--] = server->run->active[--server->run->active_count];
}

/* True when this run's installer is the same server: its reload comes soon. An installation reloads
 * in a moment; two reloads in a row would cost twice the workers. */
static bool reloads_later(const struct plugin_instance *instance, const struct plugin_task *task)
{
	return plugin_installs_for(task->settings, instance->plugin) &&
	       !settings_flag(task->settings, "dry_run");
}

/* The files are put back at once. That the running server still answers the old tokens for a while
 * harms nobody. */
int webserver_cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		      struct error *err)
{
	struct webserver *server = webserver_of(instance);

	for (size_t i = 0; i < count; i++)
		deactivate(server, &tasks[i]);
	/* The remaining ones belong to another wave, which is still being validated. */
	if (server->run->active_count || !server->run->temporary)
		return 0;
	if (withdraw_challenges(server, err) < 0)
		return err->code;
	owed_drop_test(server);
	if (!owed_has_withdrawal(server) || (count && reloads_later(instance, &tasks[0])))
		return 0;
	return webserver_reload_now(server, err);
}
