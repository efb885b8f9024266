/*
 * The manual authenticator: runs --manual-auth-hook and --manual-cleanup-hook with Certbot's
 * variables, or shows instructions and waits for Enter.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "config/hook_check.h"
#include "crypto/key/key.h"
#include "os/file/file.h"
#include "plugin/hook_variables.h"
#include "plugins/sni_files.h"
#include "plugin/plugin.h"

/* The output of the auth hook for each token: CERTBOT_AUTH_OUTPUT for its cleanup. */
struct manual_state {
	struct map outputs;  /* challenge URL -> text */
	struct key *sni_key; /* of the certificates for tls-sni-01; NULL: none was made yet */
};

/* Nothing can be found out about hooks here: they differ from lineage to lineage. */
static int prepare(struct plugin_instance *instance, struct error *err)
{
	struct manual_state *state = XNEW(struct manual_state);

	state->outputs = (struct map)MAP_INIT(free);
	instance->state = state;
	return 0;
}

static void close_manual(struct plugin_instance *instance)
{
	struct manual_state *state = instance->state;

	if (!state)
		return;
	map_release(&state->outputs);
	key_free(state->sni_key);
	free(state);
}

/* dns-01 cannot validate an address: the DNS has no place for its record (RFC 8738 section 7). */
static size_t preference(struct plugin_instance *instance, const struct settings *settings,
			 const struct acme_identifier *identifier,
			 enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	ret_types[0] = ACME_HTTP_01;
	ret_types[1] = ACME_DNS_01;
	ret_types[2] = ACME_DNS_ACCOUNT_01;
	ret_types[3] = ACME_TLS_SNI_01;
	return identifier->kind == ACME_IDENTIFIER_IP ? 1 : 4;
}

/* Before the order, so that a typo costs no failed validation. */
static int check_hooks(const struct settings *settings, struct error *err)
{
	const char *auth = settings_string(settings, "manual_auth_hook");
	const char *cleanup = settings_string(settings, "manual_cleanup_hook");

	if (!settings_flag(settings, "validate_hooks"))
		return 0;
	if (auth && hook_check("manual-auth", auth, err) < 0)
		return err->code;
	return cleanup ? hook_check("manual-cleanup", cleanup, err) : 0;
}

static int configure(struct plugin_instance *instance, struct settings *settings,
		     const struct acme_identifiers *identifiers, struct error *err)
{
	if (check_hooks(settings, err) < 0)
		return err->code;
	if (settings_string(settings, "manual_auth_hook") || ui_is_interactive(instance->host->ui))
		return 0;
	error_set(
		err, ERR_CONFIG,
		"An authentication script must be provided with --manual-auth-hook when using the "
		"manual plugin non-interactively.");
	return err->code;
}

static const struct sni_file_names sni_names = {.cert = "CERTBOT_CERT_PATH",
						.key = "CERTBOT_KEY_PATH"};

static int run_auth_hook(struct plugin_instance *instance, const struct plugin_task *tasks,
			 size_t count, size_t index, struct error *err)
{
	struct manual_state *state = instance->state;
	const struct acme_challenge *challenge = tasks[index].challenge;
	AUTO(strvec) struct strvec env = STRVEC_INIT;
	AUTO(strvec) struct strvec unset = STRVEC_INIT;
	AUTO(strbuf) struct strbuf output = STRBUF_INIT;
	const struct plugin_hook hook = {
		.option = "--manual-auth-hook",
		.subject = challenge->identifier.value,
		.command = settings_string(tasks[index].settings, "manual_auth_hook"),
		.env = &env,
		.unset_env = &unset,
	};

	hook_variables_fill(tasks, count, index, &env, &unset);
	sni_files_add_variables(instance->host, tasks[index].challenge, &sni_names, &env, &unset);
	/* A value from an outer run must not be taken for this run's. */
	strvec_push(&unset, "CERTBOT_AUTH_OUTPUT");
	if (instance->host->run_hook(instance->host->context, &hook, &output, err) < 0)
		return err->code;
	map_set(&state->outputs, challenge->url, strbuf_detach(&output));
	return 0;
}

static void describe_http(const struct acme_challenge *challenge, struct strbuf *out)
{
	strbuf_addf(
		out,
		"Create a file containing just this data:\n\n%s\n\nAnd make it available on your "
		"web server at this URL:\n\nhttp://%s/.well-known/acme-challenge/%s\n",
		challenge->key_authorization, challenge->identifier.value, challenge->token);
}

/* Only the last record gets the advice: there is no point in waiting for the others yet. */
static void describe_dns(const struct acme_challenge *challenge, bool last, struct strbuf *out)
{
	strbuf_addf(out,
		    "Please deploy a DNS TXT record under the name:\n\n%s.\n\nwith the following "
		    "value:\n\n%s\n",
		    challenge->dns_name, challenge->dns_value);
	if (last)
		strbuf_addf(out,
			    "\nBefore continuing, verify that the record is visible from outside, "
			    "for example with `dig TXT %s`. It may take some time to spread.\n",
			    challenge->dns_name);
}

static void describe_sni(const struct plugin_instance *instance, const struct plugin_task *task,
			 struct strbuf *out)
{
	AUTO_FREE char *cert_path = sni_files_cert_path(instance->host, task->challenge);
	AUTO_FREE char *key_path = sni_files_key_path(instance->host, task->challenge);

	strbuf_addf(out,
		    "Have the TLS server on port %lld of %s show the certificate\n\n%s\n\nwith "
		    "the key\n\n%s\n\nto clients that ask for this name (SNI):\n\n%s\n",
		    (long long)settings_int(task->settings, "tls_sni_01_port"),
		    task->challenge->identifier.value, cert_path, key_path,
		    task->challenge->sni_name);
}

/* In Certbot's words, which tutorials quote. A second value under the same name does not replace
 * the first: the CA asks for both. */
static int instruct(struct plugin_instance *instance, const struct plugin_task *tasks, size_t count,
		    size_t index, struct error *err)
{
	const struct acme_challenge *challenge = tasks[index].challenge;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct ui_question question = {.flag = "--manual-auth-hook", .must_be_interactive = true};

	if (challenge->dns_name)
		describe_dns(challenge, index + 1 == count, &text);
	else if (challenge->sni_name)
		describe_sni(instance, &tasks[index], &text);
	else
		describe_http(challenge, &text);
	if (index)
		strbuf_adds(&text, "\n(This must be set up in addition to the previous challenges; "
				   "do not remove, replace, or undo the previous challenge tasks "
				   "yet.)\n");
	question.text = text.text;
	return ui_pause(instance->host->ui, &question, err);
}

/* One at a time and in order, since scripts count on CERTBOT_REMAINING_CHALLENGES. */
static int present(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	struct manual_state *state = instance->state;

	if (sni_files_write(instance->host, tasks, count, &state->sni_key, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		int rc = settings_string(tasks[i].settings, "manual_auth_hook")
				 ? run_auth_hook(instance, tasks, count, i, err)
				 : instruct(instance, tasks, count, i, err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int run_cleanup_hook(struct plugin_instance *instance, const struct plugin_task *tasks,
			    size_t count, size_t index, struct error *err)
{
	struct manual_state *state = instance->state;
	const char *output = map_get(&state->outputs, tasks[index].challenge->url);
	AUTO(strvec) struct strvec env = STRVEC_INIT;
	AUTO(strvec) struct strvec unset = STRVEC_INIT;
	AUTO(strbuf) struct strbuf ignored = STRBUF_INIT;
	const struct plugin_hook hook = {
		.option = "--manual-cleanup-hook",
		.subject = tasks[index].challenge->identifier.value,
		.command = settings_string(tasks[index].settings, "manual_cleanup_hook"),
		.env = &env,
		.unset_env = &unset,
	};

	/* As in Certbot: no cleanup for a challenge whose auth hook did not finish. */
	if (!hook.command ||
	    (!output && settings_string(tasks[index].settings, "manual_auth_hook")))
		return 0;
	hook_variables_fill(tasks, count, index, &env, &unset);
	sni_files_add_variables(instance->host, tasks[index].challenge, &sni_names, &env, &unset);
	strvec_pushf(&env, "CERTBOT_AUTH_OUTPUT=%s", output ? output : "");
	return instance->host->run_hook(instance->host->context, &hook, &ignored, err);
}

/* All hooks run even if one fails; otherwise only the failed challenge would be cleaned up. */
static int cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	AUTO(error) struct error failed = ERROR_INIT;

	for (size_t i = 0; i < count; i++) {
		if (run_cleanup_hook(instance, tasks, count, i, &failed) < 0 && !error_is_set(err))
			error_move(err, &failed);
		error_release(&failed);
	}
	if (sni_files_remove(instance->host, tasks, count, &failed) < 0 && !error_is_set(err))
		error_move(err, &failed);
	return err->code;
}

static const struct authenticator manual_authenticator = {
	.preference = preference,
	.configure = configure,
	.present = present,
	.cleanup = cleanup,
	.recover = sni_files_recover,
	.failure_hint =
		"The Certificate Authority could not find what the challenges asked for. Ensure that "
		"the files or DNS records shown above (or made by --manual-auth-hook) are in place "
		"and can be seen from the internet.",
};

static const struct option manual_options[] = {
	{
		.dest = "manual_auth_hook",
		.names = "--manual-auth-hook",
		.type = OPTION_STRING,
		.metavar = "COMMAND",
		.topics = "manual",
		.flags = OPTION_SAVED,
		.help = "Command run in a shell for each challenge, to put its answer in place. It "
			"finds name and value in CERTBOT_DOMAIN and CERTBOT_VALIDATION, and for "
			"http-01 the file name in CERTBOT_TOKEN. For tls-sni-01 it finds "
			"certificate, key and name of the client's choice in CERTBOT_CERT_PATH, "
			"CERTBOT_KEY_PATH and CERTBOT_SNI_DOMAIN instead.",
	},
	{
		.dest = "manual_cleanup_hook",
		.names = "--manual-cleanup-hook",
		.type = OPTION_STRING,
		.metavar = "COMMAND",
		.topics = "manual",
		.flags = OPTION_SAVED,
		.help = "Command run in a shell for each challenge once the CA has looked, with the "
			"same variables, and in CERTBOT_AUTH_OUTPUT what the first command printed.",
	},
	{
		.dest = "manual_public_ip_logging_ok",
		.names = "--manual-public-ip-logging-ok",
		.type = OPTION_FLAG,
		.topics = "manual",
		.flags = OPTION_HIDDEN | OPTION_DEPRECATED,
		.help = "",
	},
};

static const struct plugin_manual manual_page = {
	.purpose = "prove control of names by hand, or by commands of your own",
	.paragraphs =
		{"Shows what to put where, and waits for Enter. With two commands it needs no "
		 "person, so the certificate can be renewed: the first puts one answer in place, "
		 "the second removes it. They run through `/bin/sh`, once for each name.",
		 "The commands find these variables: `CERTBOT_DOMAIN` (the name), "
		 "`CERTBOT_IDENTIFIER` (the same, or an IP address), `CERTBOT_VALIDATION` (what "
		 "the CA must find), `CERTBOT_TOKEN` (the file's name, http-01 only), "
		 "`CERTBOT_RECORD_NAME` (the name of the TXT record, DNS only), "
		 "`CERTBOT_REMAINING_CHALLENGES` (how many follow), `CERTBOT_ALL_DOMAINS` and "
		 "`CERTBOT_ALL_IDENTIFIERS` (all names, with commas), and in the second command "
		 "`CERTBOT_AUTH_OUTPUT` (what the first one printed)."},
	.example = "certbot certonly --manual --preferred-challenges dns \\\n"
		   "    --manual-auth-hook /usr/local/bin/add-record \\\n"
		   "    --manual-cleanup-hook /usr/local/bin/remove-record -d example.com",
};

const struct plugin manual_plugin = {
	.name = "manual",
	.manual = &manual_page,
	.description = "Manual configuration or run your own shell scripts",
	.flags = PLUGIN_HIDDEN | PLUGIN_TAKES_IP,
	.options = manual_options,
	.option_count = ARRAY_LEN(manual_options),
	.prepare = prepare,
	.close = close_manual,
	.authenticator = &manual_authenticator,
};
