/*
 * The authenticator "external": a handler program of the administrator's answers the challenges. It
 * takes the place of the letsencrypt-external plugin that Certbot's User Guide names; its calls are
 * those of that plugin's documentation, which had tls-sni-01 only. Plugins that are programs of
 * their own are something else: see plugins/external/.
 *
 * The handler runs once for each command of a fixed sequence, with the command as its only argument
 * and what it concerns in environment variables:
 *
 * 	pre-perform, perform for each challenge, post-perform
 * 	pre-cleanup, cleanup for each challenge, post-cleanup
 *
 * To commands that it does not need, it answers with the line "NotImplemented" and a non-zero
 * status.
 */
#include "base/alloc.h"
#include "base/log.h"
#include "base/span.h"
#include "crypto/key/key.h"
#include "os/file/file.h"
#include "os/process/process.h"
#include "os/process/program.h"
#include "plugin/hook_variables.h"
#include "plugin/plugin.h"
#include "plugins/sni_files.h"

/* Bytes kept of each output stream of the handler. */
#define MAX_OUTPUT (64 * 1024)

static const char *handler_path(const struct plugin_instance *instance)
{
	return settings_string(instance->host->settings, "external_handler");
}

static int prepare(struct plugin_instance *instance, struct error *err)
{
	const char *path = handler_path(instance);

	if (!file_exists(path))
		return error_set(err, ERR_NOT_FOUND,
				 "cannot find the handler '%s' (--external-handler)", path);
	if (!file_is_executable(path))
		return error_set(err, ERR_CONFIG,
				 "cannot run the handler '%s' (--external-handler): make it a file "
				 "that is executable",
				 path);
	return program_check_rights("the handler", path, err);
}

static size_t preference(struct plugin_instance *instance, const struct settings *settings,
			 const struct acme_identifier *identifier,
			 enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	ret_types[0] = ACME_HTTP_01;
	ret_types[1] = ACME_DNS_01;
	ret_types[2] = ACME_TLS_SNI_01;
	return identifier->kind == ACME_IDENTIFIER_IP ? 1 : 3;
}

static const struct sni_file_names sni_names = {.cert = "cert_path", .key = "key_path"};

/* The port where the CA's request arrives, or NULL. */
static char *port_of(const struct plugin_task *task)
{
	const char *dest = task->challenge->type == ACME_HTTP_01      ? "http01_port"
			   : task->challenge->type == ACME_TLS_SNI_01 ? "tls_sni_01_port"
								      : NULL;

	return dest ? xasprintf("%d", (int)settings_int(task->settings, dest)) : NULL;
}

/* The variables of the documented interface, where `z_domain`, `cert_path` and `key_path` are those
 * of tls-sni-01, and of what has been added since. */
static void fill_environment(const struct plugin_task *tasks, size_t count, size_t index,
			     struct strvec *env, struct strvec *unset)
{
	const struct acme_challenge *challenge = tasks[index].challenge;
	AUTO_FREE char *port = port_of(&tasks[index]);

	hook_variables_fill(tasks, count, index, env, unset);
	strvec_pushf(env, "domain=%s", challenge->identifier.value);
	strvec_pushf(env, "challenge=%s", acme_challenge_type_name(challenge->type));
	strvec_pushf(env, "token=%s", challenge->token);
	strvec_pushf(env, "validation=%s",
		     challenge->dns_value ? challenge->dns_value : challenge->key_authorization);
	hook_variables_set("port", port, env, unset);
	hook_variables_set("z_domain", challenge->sni_name, env, unset);
}

static bool is_not_implemented(const struct process_result *result)
{
	return span_eq(span_trim(span_make(result->output.text, result->output.len)),
		       "NotImplemented");
}

static int judge_end(const char *path, const char *command, const struct process_result *result,
		     struct error *err)
{
	AUTO(strbuf) struct strbuf words = STRBUF_INIT;
	AUTO_FREE char *end = process_end_text(result);
	struct span text =
		span_trim(span_make(result->error_output.text, result->error_output.len));

	if (result->timed_out)
		return error_set(err, ERR_PLUGIN,
				 "'%s %s' was stopped: it ran longer than --hook-timeout allows",
				 path, command);
	if (!result->exit_status)
		return 0;
	if (is_not_implemented(result)) {
		log_warning("'%s' does not implement %s; going on without it", path, command);
		return 0;
	}
	error_set(err, ERR_PLUGIN, "'%s %s' %s", path, command, end);
	strbuf_add_printable(&words, text.ptr, text.len);
	return words.len ? error_hint(err, "it wrote: %s", words.text) : err->code;
}

/* Runs the handler with one command. */
static int run_handler(struct plugin_instance *instance, const char *command,
		       const struct strvec *env, const struct strvec *unset, struct error *err)
{
	const char *path = handler_path(instance);
	const char *const argv[] = {path, command, NULL};
	AUTO(process_result) struct process_result result;
	const struct process_request request = {
		.argv = argv,
		.set_env = env,
		.unset_env = unset,
		.timeout_ms = settings_int(instance->host->settings, "hook_timeout") * 1000,
		.max_output = MAX_OUTPUT,
	};

	process_result_init(&result);
	log_info("Running '%s %s'", path, command);
	if (process_run(&request, &result, err) < 0)
		return err->code == ERR_CANCELLED ? err->code
						  : error_wrap(err, "cannot run '%s'", path);
	log_debug("'%s %s' wrote: %s%s", path, command, result.output.text,
		  result.error_output.text);
	return judge_end(path, command, &result, err);
}

static int run_for_challenge(struct plugin_instance *instance, const char *command,
			     const struct plugin_task *tasks, size_t count, size_t index,
			     struct error *err)
{
	AUTO(strvec) struct strvec env = STRVEC_INIT;
	AUTO(strvec) struct strvec unset = STRVEC_INIT;

	fill_environment(tasks, count, index, &env, &unset);
	sni_files_add_variables(instance->host, tasks[index].challenge, &sni_names, &env, &unset);
	return run_handler(instance, command, &env, &unset, err);
}

static int present(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	AUTO(key) struct key *sni_key = NULL;

	if (sni_files_write(instance->host, tasks, count, &sni_key, err) < 0 ||
	    run_handler(instance, "pre-perform", NULL, NULL, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		struct error *own = &tasks[i].challenge->present_error;

		if (run_for_challenge(instance, "perform", tasks, count, i, own) < 0 &&
		    own->code == ERR_CANCELLED) {
			error_move(err, own);
			return err->code;
		}
	}
	return run_handler(instance, "post-perform", NULL, NULL, err);
}

/* Keeps the first error: cleaning up goes on as far as it can. */
static void keep_first(struct error *err, struct error *failed)
{
	if (!error_is_set(err))
		error_move(err, failed);
	else
		error_release(failed);
}

static int cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	AUTO(error) struct error failed = ERROR_INIT;

	if (run_handler(instance, "pre-cleanup", NULL, NULL, &failed) < 0)
		keep_first(err, &failed);
	for (size_t i = 0; i < count; i++)
		if (run_for_challenge(instance, "cleanup", tasks, count, i, &failed) < 0)
			keep_first(err, &failed);
	if (run_handler(instance, "post-cleanup", NULL, NULL, &failed) < 0)
		keep_first(err, &failed);
	if (sni_files_remove(instance->host, tasks, count, &failed) < 0)
		keep_first(err, &failed);
	return err->code;
}

static const struct authenticator handler_authenticator = {
	.preference = preference,
	.present = present,
	.cleanup = cleanup,
	.failure_hint =
		"The Certificate Authority could not find what the challenges asked for. Ensure that "
		"the handler (--external-handler) publishes the value of $validation, and that it "
		"can be seen from the internet before the handler returns from post-perform.",
};

static const struct option handler_options[] = {
	{
		.dest = "external_handler",
		.names = "--external-handler",
		.type = OPTION_PATH,
		.fallback = "/etc/letsencrypt/external-handler.sh",
		.metavar = "PROGRAM",
		.topics = "external",
		.flags = OPTION_SAVED | OPTION_OURS,
		.help = "Program that puts the answers to challenges in place. It is called with one "
			"argument (pre-perform, perform, post-perform, pre-cleanup, cleanup, "
			"post-cleanup) and finds the challenge in its environment: domain, challenge, "
			"token, validation, port, and the variables of --manual-auth-hook.",
	},
};

static const struct option selector = {
	.dest = "external",
	.names = "--external",
	.type = OPTION_FLAG,
	.topics = "plugins certonly",
	.flags = OPTION_SELECTS_AUTHENTICATOR | OPTION_OURS,
	.help = "Prove control with a handler program of your own (--external-handler)."};

static const struct plugin_manual manual_page = {
	.purpose = "prove control of names by a handler program",
	.paragraphs =
		{"Runs the program of `--external-handler` with one argument: `pre-perform`, "
		 "`perform` for each challenge, `post-perform`; once the CA has looked, "
		 "`pre-cleanup`, `cleanup` for each challenge, `post-cleanup`. It finds "
		 "`domain`, `challenge`, `token`, `validation` and, for http-01, `port` in its "
		 "environment, with the variables of manual's hooks. A handler that does not "
		 "need a call prints `NotImplemented` and exits with a non-zero status.",
		 "Handlers and renewal configurations of the letsencrypt-external plugin "
		 "keep working."},
	.example = "certbot certonly --external \\\n"
		   "    --external-handler /etc/letsencrypt/external-handler.sh -d example.com",
};

const struct plugin external_plugin = {
	.name = "external",
	.selector = &selector,
	.manual = &manual_page,
	.description = "Answer challenges with a handler program of your own",
	.title = "A handler program of your own",
	.flags = PLUGIN_UNOFFERED | PLUGIN_TAKES_IP | PLUGIN_BOUND,
	.options = handler_options,
	.option_count = ARRAY_LEN(handler_options),
	.prepare = prepare,
	.authenticator = &handler_authenticator,
};
