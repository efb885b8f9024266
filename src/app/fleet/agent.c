/*
 * The agent (see agent.h). It waits for a change of one key, and starts this program again for all
 * that is to be done: `fleet pull` at once, and `renew`, with hooks, outputs and reloads, a few
 * seconds later, so that two hundred certificates are one reload. Each of these takes the locks for
 * as long as it runs and no longer, as a timer's would.
 *
 * So the process that stays has nothing to lose: it opens no value of the store, parses no byte
 * (docs/children.md), and knows of an account only the thumbprint.
 */
#include "app/fleet/agent.h"

#include <string.h>

#include "app/fleet/backoff.h"
#include "app/fleet/member/member.h"
#include "app/fleet/member/member_files.h"
#include "app/fleet/pull/pull.h"
#include "app/issue/ca.h"
#include "base/alloc.h"
#include "base/log.h"
#include "crypto/key/jws.h"
#include "net/responder/responder.h"
#include "os/process/process.h"
#include "os/signals.h"
#include "store/account/account_key.h"
#include "store/directories.h"

enum {
	/* A watch that was silent for this long is started again, after a look: after a compaction
	 * etcd's stay silent forever. */
	WATCH_MS = 25 * 1000,
	/* The shortest time between two looks. */
	PAUSE_MS = 500,
	/* From the first certificate that was taken over to the reload for all of them. */
	WINDOW_MS = 5 * 1000,
	/* How long a dead responder may go unnoticed: a CA waits ten seconds. */
	TEND_MS = 1000,
	/* How long to wait for another certbot: the timer starts with the machine, too. */
	LOCK_WAIT_MS = 60 * 1000,
	MAX_OUTPUT = 64 * 1024,
};

struct agent {
	struct app *app;
	struct member *member;
	struct responder *responder; /* NULL: without --fleet-answer */
	char *tip;                   /* digest of the one that was pulled, or tried, last */
	struct error loss;           /* why there is none any more, seen while a command ran */
	/* Something could not be taken over, or another certbot is at work. What keeps failing is
	 * tried at growing intervals until somebody publishes something. */
	struct backoff retry;
	int64_t deploy_ms; /* monotonic: when to deploy; 0: nothing to deploy */
	int64_t taken;     /* certificates that were taken over; a higher number: deploy */
	bool is_away;      /* the store was, and that has been said */
};

static void agent_release(struct agent *agent)
{
	/* First the one that may tend the other. */
	member_free(agent->member);
	responder_free(agent->responder);
	error_release(&agent->loss);
	free(agent->tip);
}
DEFINE_AUTO(agent, agent_release);

static int64_t now_ms(const struct agent *agent)
{
	return member_now(agent->member).mono_ms;
}

/* The directories and files that this process was given on its command line. */
static void add_places(const struct settings *settings, struct strvec *words)
{
	static const char *const places[][2] = {{"--config-dir", "config_dir"},
						{"--work-dir", "work_dir"},
						{"--logs-dir", "logs_dir"}};
	const struct strvec *files = settings_list(settings, "config_file");

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		strvec_push(words, places[i][0]);
		strvec_push(words, settings_string(settings, places[i][1]));
	}
	for (size_t i = 0; i < files->count; i++) {
		strvec_push(words, "--config");
		strvec_push(words, files->items[i]);
	}
}

/* One word each, so that no value is taken for an option. */
static void add_store_option(const struct settings *settings, const struct option *row,
			     struct strvec *words)
{
	AUTO_FREE char *name = option_long_name(row);

	if (row->type == OPTION_COMMA_LIST) {
		AUTO_FREE char *items = strvec_join(settings_list(settings, row->dest), ",");

		strvec_pushf(words, "%s=%s", name, items);
	} else if (row->type == OPTION_UINT) {
		strvec_pushf(words, "%s=%lld", name, (long long)settings_int(settings, row->dest));
	} else {
		strvec_pushf(words, "%s=%s", name, settings_string(settings, row->dest));
	}
}

/* The store that is watched is the one to pull from. The command reads cli.ini itself. Other
 * options of the agent are about its responder (--server, --http-01-port), and would be orders
 * to renew. */
static void add_store(const struct settings *settings, struct strvec *words)
{
	const struct option *row;

	for (size_t i = 0; (row = settings_set_row(settings, i)); i++)
		if (option_has_topic(row, "fleet") &&
		    settings_origin(settings, row->dest) == ORIGIN_COMMAND_LINE)
			add_store_option(settings, row, words);
}

/* Prints the output of a command as our own. */
static void pass_output_on(const struct ui *ui, const struct process_result *result)
{
	if (result->output.len)
		ui_say(ui, "%s", result->output.text);
	if (result->error_output.len)
		log_warning("%s", result->error_output.text);
}

static int tend(struct agent *agent, struct error *err)
{
	return agent->responder ? responder_tend(agent->responder, err) : 0;
}

/* A command may take minutes, and a store that is silent many seconds. */
static void tend_meanwhile(void *context)
{
	struct agent *agent = context;

	if (!error_is_set(&agent->loss) && tend(agent, &agent->loss) < 0)
		log_debug("%s", agent->loss.text);
}

/* Runs this program with those words. An exit status other than 0 is a result: what failed was
 * said. */
static int run_own(struct agent *agent, const char *const *given, int *ret_status,
		   struct error *err)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	AUTO(process_result) struct process_result result;
	AUTO_FREE char *program = process_own_program();
	struct process_request request = {
		.max_output = MAX_OUTPUT, .waiting = tend_meanwhile, .context = agent};

	if (!program)
		return error_set(err, ERR_REFUSED, "cannot find the file of this program");
	strvec_push(&words, program);
	for (size_t i = 0; given[i]; i++)
		strvec_push(&words, given[i]);
	add_places(agent->app->settings, &words);
	add_store(agent->app->settings, &words);
	request.argv = (const char *const *)words.items;
	process_result_init(&result);
	if (process_run(&request, &result, err) < 0)
		return err->code;
	pass_output_on(agent->app->ui, &result);
	if (error_is_set(&agent->loss))
		return error_move(err, &agent->loss);
	*ret_status = result.exit_status;
	return 0;
}

/* How many certificates this machine has taken over, ever; fleet/state tells. */
static int64_t count_taken(const struct agent *agent)
{
	AUTO(ini) struct ini *state = NULL;
	AUTO(error) struct error unread = ERROR_INIT;

	if (member_files_read_state(agent->app->settings, &state, &unread) < 0)
		return 0;
	return pull_count_taken(state);
}

static void plan_deployment(struct agent *agent)
{
	if (!agent->deploy_ms)
		agent->deploy_ms = now_ms(agent) + WINDOW_MS;
}

/* A pull that failed may have been cut short: it counts certificates only at its end, but live/
 * shows those that it stored before, while servers still have the old ones. The log is not
 * rotated for it: those of renewals would be gone within hours. */
static int pull_now(struct agent *agent, struct error *err)
{
	static const char *const words[] = {
		"fleet", "pull", "-n", "--lock-timeout", "10", "--max-log-backups", "0", NULL};
	int64_t taken;
	int status = 0;

	if (run_own(agent, words, &status, err) < 0)
		return err->code;
	backoff_note(&agent->retry, status != 0, now_ms(agent));
	taken = count_taken(agent);
	if (status || taken != agent->taken)
		plan_deployment(agent);
	agent->taken = taken;
	return 0;
}

/* Runs the hooks and reloads that this machine owes for them. A certificate that is due is renewed
 * on this occasion, as by the timer. What fails is still owed, and is left to the timer: otherwise
 * one certificate that cannot be renewed would make the agent try without end. */
static int deploy_now(struct agent *agent, struct error *err)
{
	static const char *const words[] = {"renew",          "-q",  "--no-random-sleep-on-renew",
					    "--lock-timeout", "300", NULL};
	int status = 0;

	agent->deploy_ms = 0;
	return run_own(agent, words, &status, err);
}

/* Says once that the store is away, and once that it is back. */
static void note_store(struct agent *agent, const struct error *failure)
{
	bool is_away = error_is_set(failure);

	if (is_away && !agent->is_away)
		log_warning("%s", failure->text);
	if (!is_away && agent->is_away)
		ui_say(agent->app->ui, "The fleet's store answers again.");
	agent->is_away = is_away;
}

/* Pulls if the store has another tip than it had. The value need not be opened for that: who pulls
 * does. */
static int look_at_tip(struct agent *agent, struct error *err)
{
	AUTO(error) struct error failure = ERROR_INIT;
	AUTO(strbuf) struct strbuf tip = STRBUF_INIT;
	bool is_new;

	if (member_peek_tip(agent->member, &tip, &failure) < 0) {
		if (error_is_set(&agent->loss))
			return error_move(err, &agent->loss);
		note_store(agent, &failure);
		return 0;
	}
	/* A pull that failed because the store was away need not wait any longer. */
	if (agent->is_away)
		backoff_hasten(&agent->retry, now_ms(agent));
	note_store(agent, &failure);
	is_new = !agent->tip || strcmp(agent->tip, tip.text) != 0;
	if (!is_new && !backoff_is_due(&agent->retry, now_ms(agent)))
		return 0;
	if (is_new)
		backoff_restart(&agent->retry);
	REPLACE(agent->tip, strbuf_detach(&tip));
	return pull_now(agent, err);
}

static int64_t until(const struct agent *agent, int64_t at_ms, int64_t longest)
{
	int64_t left = at_ms ? at_ms - now_ms(agent) : longest;

	return left < 1 ? 1 : left < longest ? left : longest;
}

/* Waits in slices, between which it tends the responder. A watch that was not silent to its end may
 * have told of something. Nothing is missed between two: each begins where the last look ended. */
static int await_change(struct agent *agent, int64_t longest, struct error *err)
{
	struct fleet_engine *engine = agent->member->engine;
	int64_t end = now_ms(agent) + longest, begin, slice;

	do {
		begin = now_ms(agent);
		slice = agent->responder ? until(agent, end, TEND_MS) : longest;
		if (tend(agent, err) < 0 || engine->ops->await(engine, "tip", slice, err) < 0)
			return err->code;
	} while (now_ms(agent) >= begin + slice && now_ms(agent) < end && !signals_pending());
	return 0;
}

/* Waits until something happens, or has to be done. Looks are kept apart by a pause, however fast
 * watches end. */
static int wait_for_news(struct agent *agent, struct error *err)
{
	const struct fleet_engine *engine = agent->member->engine;
	const struct clock *clock = agent->app->network.clock;
	int64_t pause_end = now_ms(agent) + PAUSE_MS;
	int64_t longest = until(agent, agent->deploy_ms,
				until(agent, agent->retry.due_ms, WATCH_MS));

	/* A request that is begun after a signal is not ended by it. */
	if (signals_pending())
		return error_set(err, ERR_CANCELLED, "stopped by a signal");
	if (engine->ops->await && await_change(agent, longest, err) < 0)
		return err->code;
	if (clock->sleep_until(clock->context, pause_end) < 0)
		return error_set(err, ERR_CANCELLED, "stopped by a signal");
	return 0;
}

static int turn_agent(struct agent *agent, struct error *err)
{
	if (look_at_tip(agent, err) < 0)
		return err->code;
	if (agent->deploy_ms && now_ms(agent) >= agent->deploy_ms && deploy_now(agent, err) < 0)
		return err->code;
	if (tend(agent, err) < 0)
		return err->code;
	return wait_for_news(agent, err);
}

/* With the locks, for as long as this takes: whoever opens an account completes what was begun with
 * it, and must not do so while a rollover of its key is under way. */
static int read_thumbprint(struct agent *agent, char **ret_thumbprint, struct error *err)
{
	const struct settings *settings = agent->app->settings;
	const struct directories_request request = {
		.config_dir = settings_config_dir(settings),
		.work_dir = settings_string(settings, "work_dir"),
		.logs_dir = settings_string(settings, "logs_dir"),
		.strict_permissions = settings_flag(settings, "strict_permissions"),
		.lock_timeout_ms = settings_origin(settings, "lock_timeout") == ORIGIN_DEFAULT
					   ? LOCK_WAIT_MS
					   : settings_int(settings, "lock_timeout") * 1000,
		.clock = agent->app->network.clock,
	};
	AUTO(directories) struct directories *directories = NULL;
	struct ca *ca = NULL;

	if (directories_prepare(&request, &directories, err) < 0)
		return err->code;
	if (ca_open_existing(agent->app->cas, agent->app->settings, &ca, err) < 0)
		return error_hint(err,
				  "the agent answers for the account of the fleet: certbot fleet "
				  "join brings it here");
	*ret_thumbprint = jwk_thumbprint(ca_account(ca)->key);
	return 0;
}

/* Any token is answered: with the thumbprint of this account, whoever asks can prove nothing but
 * that the account has control. */
static int start_answering(struct agent *agent, struct error *err)
{
	const struct settings *settings = agent->app->settings;
	const struct responder_options options = {
		.protocol = RESPONDER_HTTP,
		.address = settings_string(settings, "http01_address"),
		.port = (int)settings_int(settings, "http01_port"),
		.confinement = &agent->app->network.confinement,
	};
	AUTO_FREE char *thumbprint = NULL;

	if (!settings_flag(settings, "fleet_answer"))
		return 0;
	if (read_thumbprint(agent, &thumbprint, err) < 0 ||
	    responder_start(&options, &agent->responder, err) < 0 ||
	    responder_publish_any(agent->responder, thumbprint, err) < 0)
		return err->code;
	ui_say(agent->app->ui, "Answering http-01 challenges on port %d.",
	       responder_port(agent->responder));
	return 0;
}

int agent_run(struct app *app, struct error *err)
{
	AUTO(agent) struct agent agent = {.app = app};
	int rc = 0;

	if (member_open(&app->network, app->settings, &agent.member, err) < 0 ||
	    start_answering(&agent, err) < 0)
		return err->code;
	/* Members of the store that are silent take seconds each. */
	agent.member->engine->waiting = tend_meanwhile;
	agent.member->engine->context = &agent;
	backoff_restart(&agent.retry);
	ui_say(app->ui, "Watching the fleet as %s.", agent.member->node);
	/* The one before may have ended between a pull and its deployment. */
	agent.taken = count_taken(&agent);
	plan_deployment(&agent);
	while (rc == 0 && !signals_pending())
		rc = turn_agent(&agent, err);
	/* That is how it ends. */
	if (signals_pending())
		error_release(err);
	return signals_pending() ? 0 : rc;
}
