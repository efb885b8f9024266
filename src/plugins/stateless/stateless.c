/*
 * The stateless authenticator. The answer to an http-01 challenge is the token, a dot and the
 * thumbprint of the account's key (RFC 8555 section 8.3): a web server that knows the thumbprint
 * answers any token, without being told and without a reload. Anybody can make a CA ask, but that
 * proves control for this account only. `certbot fleet snippet` prints the lines for the server's
 * configuration; this file only checks that they work before the CA does.
 */
#include <arpa/inet.h>
#include <string.h>

#include "base/alloc.h"
#include "plugin/plugin.h"
#include "webserver/probe.h"

#define PATH "/.well-known/acme-challenge/"

static size_t preference(struct plugin_instance *instance, const struct settings *settings,
			 const struct acme_identifier *identifier,
			 enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	ret_types[0] = ACME_HTTP_01;
	return 1;
}

static bool is_address(const char *text)
{
	struct in6_addr bytes;

	return inet_pton(AF_INET, text, &bytes) == 1 || inet_pton(AF_INET6, text, &bytes) == 1;
}

static int configure(struct plugin_instance *instance, struct settings *settings,
		     const struct acme_identifiers *identifiers, struct error *err)
{
	const char *address = settings_string(settings, "stateless_address");

	if (is_address(address))
		return 0;
	return error_set(err, ERR_CONFIG, "--stateless-address '%s' is not an IP address", address);
}

/* As it appears in a URL. */
static char *host_of(const struct acme_challenge *challenge)
{
	const char *value = challenge->identifier.value;

	return xasprintf(strchr(value, ':') ? "[%s]" : "%s", value);
}

/* The part after the dot of the key authorization; a token contains no dot. */
static const char *thumbprint_of(const struct acme_challenge *challenge)
{
	const char *dot = strrchr(challenge->key_authorization, '.');

	return dot ? dot + 1 : "";
}

/* Lines that work for renewals do not work for a dry run, which uses another account if the CA has
 * a staging server. That does not make them wrong. */
static int hint_at_lines(const struct plugin_task *task, struct error *err)
{
	const char *thumbprint = thumbprint_of(task->challenge);

	if (settings_flag(task->settings, "dry_run"))
		return error_hint(err,
				  "a dry run may have an account of its own, with the CA's staging "
				  "system: it needs lines with the thumbprint %s, other runs those "
				  "that certbot fleet snippet prints",
				  thumbprint);
	return error_hint(err,
			  "certbot fleet snippet nginx (or apache, haproxy, varnish) prints what "
			  "goes into its configuration; the thumbprint is %s. If another machine "
			  "answers for the name, give its address with --stateless-address",
			  thumbprint);
}

/* The CA follows redirects, but they may lead to another machine: the server asked here has to
 * answer itself. Unlike a failed validation, this check does not count against the CA's limits. */
static int look_at_server(const struct plugin_instance *instance, const struct plugin_task *task,
			  struct error *err)
{
	const struct acme_challenge *challenge = task->challenge;
	const struct probe_means means = {.clock = instance->host->clock};
	AUTO_FREE char *address = xstrdup(settings_string(task->settings, "stateless_address"));
	AUTO_FREE char *host = host_of(challenge);
	AUTO_FREE char *path = xasprintf(PATH "%s", challenge->token);
	AUTO_FREE char *body = xstrdup(challenge->key_authorization);
	const struct probe probe = {
		.address = address,
		.port = (unsigned)settings_int(task->settings, "http01_port"),
		.host = host,
		.path = path,
		.body = body,
	};

	if (probe_look(&probe, &means, err) == 0)
		return 0;
	error_wrap(err, "the web server does not answer challenges for %s by itself", host);
	return hint_at_lines(task, err);
}

static int present(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		AUTO(error) struct error failed = ERROR_INIT;

		if (look_at_server(instance, &tasks[i], &failed) < 0)
			error_move(&tasks[i].challenge->present_error, &failed);
	}
	return 0;
}

/* Nothing was put in place. */
static int cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	return 0;
}

static const struct authenticator stateless_authenticator = {
	.preference = preference,
	.configure = configure,
	.present = present,
	.cleanup = cleanup,
	.failure_hint =
		"The web server on this machine answered correctly, but the Certificate Authority "
		"got another answer. Ensure that the listed domains lead to servers that have the "
		"lines of `certbot fleet snippet`, with this account's thumbprint.",
};

static const struct option stateless_options[] = {
	{
		.dest = "stateless_address",
		.names = "--stateless-address",
		.type = OPTION_STRING,
		.fallback = "127.0.0.1",
		.metavar = "ADDRESS",
		.topics = "stateless",
		.flags = OPTION_SAVED | OPTION_OURS,
		.help = "IP address of the web server that is asked before the CA asks it, where "
			"it is not on this machine.",
	},
};

static const struct option selector = {
	.dest = "stateless",
	.names = "--stateless",
	.type = OPTION_FLAG,
	.topics = "plugins certonly",
	.flags = OPTION_SELECTS_AUTHENTICATOR | OPTION_OURS,
	.help = "Prove control through a web server that answers all challenges of the account by "
		"itself."};

static const struct plugin_manual manual_page = {
	.purpose = "prove control of names by a web server that needs no changes",
	.paragraphs =
		{"The answer to a challenge is its token and the thumbprint of the account's key. "
		 "A web server whose configuration has the thumbprint answers every challenge "
		 "of the account, on as many machines as there are: nothing is edited, written "
		 "or reloaded. `certbot fleet snippet nginx` (or `apache`, `haproxy`, "
		 "`varnish`) prints the lines.",
		 "Before the CA asks the web server, the program does, on this machine and port "
		 "80 or that of `--http-01-port`. The answer must come without a redirect. DNS "
		 "names and IP addresses; no wildcards. With a new key of the account, the lines have to be "
		 "replaced first."},
	.example = "certbot register\n"
		   "certbot fleet snippet nginx > /etc/nginx/snippets/acme.conf\n"
		   "certbot certonly --stateless -d www.example.com",
};

const struct plugin stateless_plugin = {
	.name = "stateless",
	.selector = &selector,
	.manual = &manual_page,
	.title = "Let the web server answer by itself, with the account's thumbprint",
	.description = "Rely on a web server that answers every challenge of the account with its "
		       "thumbprint; nothing is edited or reloaded",
	.flags = PLUGIN_TAKES_IP | PLUGIN_PRESENTS_SINGLY,
	.options = stateless_options,
	.option_count = ARRAY_LEN(stateless_options),
	.authenticator = &stateless_authenticator,
};
