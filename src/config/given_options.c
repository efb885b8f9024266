/*
 * Options in the order in which they were given, and their conversion to values (see
 * given_options.h). Most are converted by type (assign.c); the few that need more have a function
 * in the table below.
 */
#include "config/given_options.h"

#include <string.h>

#include "base/alloc.h"
#include "config/services.h"
#include "config/names.h"
#include "config/servers.h"
#include "config/webroot_pairs.h"
#include "os/file/file.h"

/* A request with a hundred names has about 5 KiB. */
#define MAX_CSR (1024 * 1024)

void given_options_release(struct given_options *given)
{
	for (size_t i = 0; i < given->count; i++)
		free(given->items[i].value);
	free(given->items);
	*given = (struct given_options)GIVEN_OPTIONS_INIT;
}

void given_options_add_from(struct given_options *given, const struct option *option,
			    const char *value, const char *file, int line)
{
	ARRAY_GROW(given->items, given->count, given->capacity);
	given->items[given->count++] = (struct given_option){
		.option = option, .value = xstrdup_or_null(value), .file = file, .line = line};
}

void given_options_add(struct given_options *given, const struct option *option, const char *value)
{
	given_options_add_from(given, option, value, NULL, 0);
}

/* True when the option was given, under any of its names. */
static bool is_given(const struct given_options *given, const struct option *option)
{
	for (size_t i = 0; i < given->count; i++)
		if (given->items[i].option == option)
			return true;
	return false;
}

static void move_item(struct given_options *to, struct given_option *item)
{
	ARRAY_GROW(to->items, to->count, to->capacity);
	to->items[to->count] = *item;
	to->items[to->count++].value = STEAL(item->value);
}

/* An option of a stronger place replaces the weaker one whole: `-d` on the command line does not
 * add to the domains of a cli.ini, as in Certbot. */
void given_options_prepend(struct given_options *given, struct given_options *weaker)
{
	struct given_options merged = GIVEN_OPTIONS_INIT;

	for (size_t i = 0; i < weaker->count; i++)
		if (!is_given(given, weaker->items[i].option))
			move_item(&merged, &weaker->items[i]);
	for (size_t i = 0; i < given->count; i++)
		move_item(&merged, &given->items[i]);
	given_options_release(weaker);
	given_options_release(given);
	*given = merged;
}

/* State that the functions for single options keep from one to the next. The order of the command
 * line carries meaning for -w and -d, which values alone no longer show. */
struct assignment {
	struct settings *settings;
	struct strvec *warnings;
	struct webroot_pairs webroot;
	const struct given_option *hook; /* the latest --deploy-hook or --renew-hook */
};

static enum origin origin_of(const struct given_option *given)
{
	return given->file ? ORIGIN_CONFIG_FILE : ORIGIN_COMMAND_LINE;
}

/* Names twice are fine, since several -w/-d groups may share one. */
static int apply_domains(struct assignment *assignment, const struct given_option *given,
			 struct error *err)
{
	AUTO(strvec) struct strvec domains = STRVEC_INIT;

	if (names_add_domains(&domains, given->value, err) < 0)
		return err->code;
	for (size_t i = 0; i < domains.count; i++)
		settings_push_unique(assignment->settings, "domains", domains.items[i],
				     origin_of(given));
	return 0;
}

static int apply_ip_address(struct assignment *assignment, const struct given_option *given,
			    struct error *err)
{
	AUTO_FREE char *address = NULL;

	if (names_check_ip(given->value, &address, err) < 0)
		return err->code;
	settings_push_unique(assignment->settings, "ip_addresses", address, origin_of(given));
	return 0;
}

static int apply_webroot_path(struct assignment *assignment, const struct given_option *given,
			      struct error *err)
{
	return webroot_pairs_add_path(&assignment->webroot, assignment->settings, given->value,
				      origin_of(given), err);
}

static int apply_webroot_map(struct assignment *assignment, const struct given_option *given,
			     struct error *err)
{
	return webroot_pairs_add_map(assignment->settings, given->option, given->value,
				     origin_of(given), err);
}

/* Parentheses delimit comments in the header (RFC 9110 section 5.6.5), and one that is open would
 * swallow what follows. */
static int apply_user_agent_comment(struct assignment *assignment, const struct given_option *given,
				    struct error *err)
{
	if (strpbrk(given->value, "()"))
		return option_refuse(given->option, err, "may not contain parentheses");
	return settings_assign(assignment->settings, given->option, given->value, origin_of(given),
			       err);
}

/* A server of the first version of the protocol stands for the one that took over from it. */
static int apply_server(struct assignment *assignment, const struct given_option *given,
			struct error *err)
{
	return settings_assign(assignment->settings, given->option, servers_present(given->value),
			       origin_of(given), err);
}

/* The request is read where it is used; here it only must be readable. A wrong path is better told
 * before anything is registered or asked. */
static int apply_csr(struct assignment *assignment, const struct given_option *given,
		     struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error reason = ERROR_INIT;

	if (file_read(given->value, MAX_CSR, &text, &reason) < 0)
		return option_refuse(given->option, err, "%s", reason.text);
	return settings_assign(assignment->settings, given->option, given->value, origin_of(given),
			       err);
}

/* --renew-hook is the old name of --deploy-hook: both in one place must say the same. */
static int apply_deploy_hook(struct assignment *assignment, const struct given_option *given,
			     struct error *err)
{
	const struct given_option *earlier = assignment->hook;

	if (earlier && earlier->option != given->option && earlier->file == given->file &&
	    strcmp(earlier->value, given->value) != 0) {
		AUTO_FREE char *name = option_long_name(earlier->option);

		return option_refuse(given->option, err, "conflicts with %s value", name);
	}
	assignment->hook = given;
	return settings_assign(assignment->settings, given->option, given->value, origin_of(given),
			       err);
}

static int apply_installer(struct assignment *assignment, const struct given_option *given,
			   struct error *err)
{
	return installers_add(assignment->settings, given->option, given->value, origin_of(given),
			      err);
}

static int refuse_types(const struct given_option *given, const char *text,
			const struct strvec *types, struct error *err)
{
	AUTO_FREE char *list = strvec_join(types, ", ");

	option_refuse(given->option, err, "%s: %s", text, list);
	return err->code;
}

/* "tls-sni-01,http-01", as standalone has them; `ret_stored` is the caller's. "dvsni" is the name
 * that tls-sni-01 had at first. */
static int read_supported_types(const struct option_table *table, const struct given_option *given,
				char **ret_stored, struct error *err)
{
	static const char known[] = " http-01 tls-alpn-01 tls-sni-01 ";
	const struct option *all = option_table_find(table, "pref_challs");
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	AUTO(strvec) struct strvec types = STRVEC_INIT;
	AUTO(strvec) struct strvec unknown = STRVEC_INIT;
	AUTO(strvec) struct strvec foreign = STRVEC_INIT;

	strvec_split(&words, given->value, ",");
	for (size_t i = 0; i < words.count; i++) {
		const char *word = words.items[i];
		AUTO_FREE char *type = option_choice(all, strcmp(word, "dvsni") == 0 ? "tls-sni-01"
										     : word);
		AUTO_FREE char *padded = type ? xasprintf(" %s ", type) : NULL;

		if (!type)
			strvec_push(&unknown, word);
		else
			strvec_push_unique(strstr(known, padded) ? &types : &foreign, type);
	}
	if (unknown.count || !words.count)
		return refuse_types(given, "unrecognized challenges", &unknown, err);
	if (foreign.count)
		return refuse_types(given,
				    "plugin does not support the following (valid) challenges",
				    &foreign, err);
	*ret_stored = strvec_join(&types, ",");
	return 0;
}

static int apply_supported_challenges(struct assignment *assignment,
				      const struct given_option *given, struct error *err)
{
	AUTO_FREE char *stored = NULL;

	if (read_supported_types(settings_table(assignment->settings), given, &stored, err) < 0)
		return err->code;
	strvec_push(assignment->warnings, "Use of --standalone-supported-challenges is deprecated: "
					  "use --preferred-challenges.");
	settings_set_string(assignment->settings, given->option->dest, stored, origin_of(given));
	return 0;
}

static const struct {
	const char *dest;
	int (*apply)(struct assignment *assignment, const struct given_option *given,
		     struct error *err);
} special[] = {
	{"domains", apply_domains},
	{"ip_addresses", apply_ip_address},
	{"webroot_path", apply_webroot_path},
	{"webroot_map", apply_webroot_map},
	{"user_agent_comment", apply_user_agent_comment},
	{"csr", apply_csr},
	{"renew_csr", apply_csr},
	{"server", apply_server},
	{"deploy_hook", apply_deploy_hook},
	{"installer", apply_installer},
	{"standalone_supported_challenges", apply_supported_challenges},
};

/* A value that no conf can hold is refused before an order: afterwards there would be a certificate
 * whose renewal fails. */
static int apply_one(struct assignment *assignment, const struct given_option *given,
		     struct error *err)
{
	const struct option *option = given->option;
	AUTO_FREE char *name = option_long_name(option);

	if (option->flags & OPTION_DEPRECATED)
		strvec_pushf(assignment->warnings, "Use of %s is deprecated.", name);
	if (option->flags & (OPTION_DEPRECATED | OPTION_SILENT_NOOP))
		return 0;
	if (given->value && !settings_can_save(assignment->settings, option, given->value))
		return option_refuse(option, err,
				     "the value cannot be saved for renewals: it must be UTF-8 "
				     "and must not contain \"%%(\"");
	for (size_t i = 0; i < ARRAY_LEN(special); i++)
		if (strcmp(special[i].dest, option->dest) == 0)
			return special[i].apply(assignment, given, err);
	return settings_assign(assignment->settings, option, given->value, origin_of(given), err);
}

/* The line number helps with cli.ini, which the user did not just type. */
int given_options_apply(const struct given_options *given, struct settings *settings,
			struct strvec *warnings, struct error *err)
{
	struct assignment assignment = {.settings = settings, .warnings = warnings};

	for (size_t i = 0; i < given->count; i++) {
		const struct given_option *item = &given->items[i];

		if (apply_one(&assignment, item, err) == 0)
			continue;
		if (item->file)
			error_wrap(err, "%s:%d", item->file, item->line);
		return err->code;
	}
	return 0;
}
