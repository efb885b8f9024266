/*
 * What a renewal needs besides the network (see gather_parts.h): plugins, the files that their
 * options name, and hooks. Plugins are not opened, which might repair or start something.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "app/debts/hooks.h"
#include "app/why/gather_parts.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "config/hook_check.h"
#include "config/services.h"
#include "config/settings.h"
#include "instances/plugins.h"
#include "os/file/file.h"

/* The first of the types that may be used. --preferred-challenges both orders and limits them;
 * without it, tls-sni-01 comes last, since CAs no longer offer it. */
static enum acme_challenge_type choose_type(const struct strvec *wanted,
					    const enum acme_challenge_type *types, size_t count)
{
	for (size_t i = 0; i < wanted->count; i++) {
		enum acme_challenge_type type;

		for (size_t j = 0; acme_challenge_type_parse(wanted->items[i], &type) && j < count;
		     j++)
			if (types[j] == type)
				return type;
	}
	for (size_t j = 0; !wanted->count && j < count; j++)
		if (types[j] != ACME_TLS_SNI_01)
			return types[j];
	return ACME_CHALLENGE_TYPE__COUNT;
}

/* The challenge type that the authenticator would choose for the first name. */
static enum acme_challenge_type first_choice(struct plugins *plugins, const struct plugin *plugin,
					     const struct settings *settings,
					     const struct fact_name *name)
{
	enum acme_challenge_type types[ACME_CHALLENGE_TYPE__COUNT];
	AUTO_FREE char *value = xasprintf("%s%s", name->is_wildcard ? "*." : "", name->name);
	const struct acme_identifier identifier = {
		name->is_ip ? ACME_IDENTIFIER_IP : ACME_IDENTIFIER_DNS, value};
	struct plugin_instance *instance;
	size_t count;

	/* Only by starting the program could this be known. */
	if (!plugin->authenticator || plugin->program)
		return ACME_CHALLENGE_TYPE__COUNT;
	instance = plugin_instantiate(plugin, &plugins->host);
	count = plugin->authenticator->preference(instance, settings, &identifier, types);
	plugin_close(instance);
	return choose_type(settings_list(settings, "pref_challs"), types, count);
}

static void look_at_authenticator(struct plugins *plugins, const struct settings *settings,
				  struct facts *facts)
{
	struct fact_lineage *lineage = &facts->lineage;
	const char *name = settings_string(settings, "authenticator");
	AUTO(error) struct error missing = ERROR_INIT;
	const struct plugin *plugin;

	if (!name)
		return;
	lineage->authenticator = xstrdup(name);
	if (plugins_find_row(plugins, name, &plugin, &missing) < 0)
		lineage->plugin_error = xstrdup(missing.text);
	else if (facts->name_count)
		lineage->challenge = first_choice(plugins, plugin, settings, &facts->names[0]);
}

/* Built-in plugins always exist; programs and Python plugins may have been removed. */
static void look_at_installers(struct plugins *plugins, const struct settings *settings,
			       struct fact_lineage *ret)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	installers_of(settings, &names);
	for (size_t i = 0; i < names.count && !ret->plugin_error; i++) {
		AUTO(error) struct error missing = ERROR_INIT;
		const struct plugin *plugin;

		if (plugins_find_row(plugins, names.items[i], &plugin, &missing) < 0)
			ret->plugin_error = xstrdup(missing.text);
	}
}

/* The directory in which a name's challenge is put. */
static void look_at_webroot(const struct settings *settings, struct facts *facts)
{
	struct fact_lineage *lineage = &facts->lineage;
	const struct map *roots = settings_map(settings, "webroot_map");
	const struct strvec *paths = settings_list(settings, "webroot_path");

	if (!lineage->authenticator || strcmp(lineage->authenticator, "webroot") != 0)
		return;
	for (size_t i = 0; i < facts->name_count; i++) {
		const char *root = map_get(roots, facts->names[i].name);

		if (!root && paths->count)
			root = paths->items[paths->count - 1];
		if (!root && !lineage->webroot_error)
			lineage->webroot_error = xasprintf("none is named for %s",
							   facts->names[i].name);
		if (!root)
			continue;
		if (!lineage->webroot)
			lineage->webroot = xstrdup(root);
		if (!lineage->webroot_error && !file_is_dir(root) && errno != EACCES)
			lineage->webroot_error = xasprintf("'%s' is not a directory", root);
	}
}

/* Confs and cli.ini keep options of other plugins, which are not used. A Python plugin may be named
 * with its package: "certbot-dns-x:dns-x". */
static bool is_of_plugin(const char *dest, const char *plugin)
{
	const char *colon = strrchr(plugin, ':');
	const char *name = colon ? colon + 1 : plugin;

	for (; *name && (*dest == *name || (*dest == '_' && *name == '-')); name++)
		dest++;
	return !*name && strcmp(dest, "_credentials") == 0;
}

/* Recognised by the names of the options: those of credentials files all end in this. */
static void look_at_credentials(const struct settings *settings, struct fact_lineage *ret)
{
	const struct option *row;

	if (!ret->authenticator)
		return;

	for (size_t i = 0; (row = settings_set_row(settings, i)); i++) {
		const char *path = is_of_plugin(row->dest, ret->authenticator)
					   ? settings_string(settings, row->dest)
					   : NULL;

		/* An unprivileged user cannot see a file in a private directory. */
		if (path && path[0] && access(path, F_OK) < 0 && errno == ENOENT &&
		    !ret->credentials)
			ret->credentials = xstrdup(path);
	}
}

/* Words that may begin a command line of the shell without being programs (POSIX.1-2017, XCU 2.4
 * and 2.14, and builtins of common shells). */
static const char *const shell_words[] = {
	"alias",  "break",  "case",    "cd",     "command", "continue", "do",       "echo",
	"eval",   "exec",   "exit",    "export", "false",   "for",      "function", "if",
	"kill",   "local",  "printf",  "pwd",    "read",    "readonly", "return",   "set",
	"shift",  "source", "test",    "time",   "times",   "trap",     "true",     "type",
	"ulimit", "umask",  "unalias", "unset",  "until",   "wait",     "while"};

/* hook_check() takes the first word for a program when a hook is given, unless that check was
 * switched off, which is not recorded. A word with characters that paths do not have is left to the
 * shell, and a file that this user cannot see may exist. */
static bool is_certain(const char *command)
{
	struct span text = span_trim(span_of(command));
	AUTO_FREE char *word = xstrndup(text.ptr, strcspn(text.ptr, " \t\r\n\v\f"));

	for (const char *c = word; *c; c++)
		if (!ascii_is_alnum(*c) && !strchr("/._+-", *c))
			return false;
	for (size_t i = 0; i < ARRAY_LEN(shell_words); i++)
		if (strcmp(word, shell_words[i]) == 0)
			return false;
	return strlen(word) > 1 && (access(word, F_OK) == 0 || errno != EACCES);
}

static bool is_for(const char *authenticator, const char *used)
{
	return !authenticator || str_eq_or_null(used, authenticator);
}

/* Applies the check that hooks get when they are given, because a program may have been removed
 * since. */
static void look_at_hooks(const struct settings *settings, struct fact_lineage *ret)
{
	static const struct {
		const char *dest, *name, *authenticator;
	} hooks[] = {{"manual_auth_hook", "manual-auth", "manual"},
		     {"manual_cleanup_hook", "manual-cleanup", "manual"},
		     {"pre_hook", "pre", NULL},
		     {"post_hook", "post", NULL},
		     {"deploy_hook", "deploy", NULL}};

	ret->has_pre_hook = hooks_has_pre(settings_config_dir(settings), settings);
	if (!settings_flag(settings, "validate_hooks"))
		return;
	for (size_t i = 0; i < ARRAY_LEN(hooks) && !ret->hook; i++) {
		const char *command = settings_string(settings, hooks[i].dest);
		AUTO(error) struct error unusable = ERROR_INIT;

		if (command && is_for(hooks[i].authenticator, ret->authenticator) &&
		    (hooks[i].authenticator || is_certain(command)) &&
		    hook_check(hooks[i].name, command, &unusable) < 0)
			/* A cause is a single line; the second one has the search path, which may
			 * differ between users. */
			ret->hook = xstrndup(unusable.text, strcspn(unusable.text, "\n"));
	}
}

void gather_plugins(struct plugins *plugins, const struct settings *settings, struct facts *facts)
{
	struct fact_lineage *lineage = &facts->lineage;

	look_at_authenticator(plugins, settings, facts);
	look_at_installers(plugins, settings, lineage);
	look_at_webroot(settings, facts);
	look_at_credentials(settings, lineage);
	look_at_hooks(settings, lineage);
	lineage->http_port = settings_int(settings, "http01_port");
}
