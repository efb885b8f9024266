/*
 * DNS providers for which there is a script in the convention of acme.sh's `dnsapi`: NAME_add and
 * NAME_rm, called with the record's name and value. The script runs under our own library.sh, once
 * for each record and one after the other, with the variables of the credentials file as its
 * environment.
 *
 * A script finds the zone itself, keeps other values of a name if its author took care, and may
 * remove all of them although it is given one: so they are removed only when the CA needs none of
 * them.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/json.h"
#include "dns/program.h"
#include "dns/provider.h"
#include "dns/providers/acmesh/acmesh_script.h"
#include "dns/providers/acmesh/acmesh_values.h"
#include "os/file/file.h"

static const struct option options[] = {
	DNS_PROPAGATION_OPTION("acmesh", "acmesh", "120"),
	DNS_CREDENTIALS_OPTION("acmesh", "acmesh", "The script's"),
	{.dest = "dns_acmesh_script",
	 .names = "--dns-acmesh-script",
	 .type = OPTION_STRING,
	 .metavar = "SCRIPT",
	 .topics = "dns-acmesh",
	 .flags = OPTION_SAVED,
	 .help = "Script of the acme.sh dnsapi kind: an absolute path, or a name (dns_cf, or cf) that "
		 "is looked up in ~/.acme.sh/dnsapi, /usr/local/share/acme.sh/dnsapi and "
		 "/usr/share/acme.sh/dnsapi."},
};

struct acmesh {
	struct acmesh_script script;
	struct map variables; /* of the credentials file */
	struct json *saved;
	char *saved_path;
	char *account; /* under which values are saved */
	char *folder;  /* private to a call; there is one call at a time */
};

/* A call, and what the script wants remembered after it. */
struct call {
	struct dns_session *session;
	const char *domain; /* NULL: `check` */
	struct map account_values, domain_values;
	struct error failed; /* to read them */
};

static void call_release(struct call *call)
{
	map_release(&call->account_values);
	map_release(&call->domain_values);
	error_release(&call->failed);
}
DEFINE_AUTO(call, call_release);

static void hide_all(struct dns_session *session, const struct map *values)
{
	for (size_t i = 0; i < values->count; i++)
		dns_hide(session, values->entries[i].value);
}

/* Says whether the credentials file has this value for the variable. */
static bool is_given(const struct acmesh *acmesh, const char *name, const char *value)
{
	const char *given = map_get(&acmesh->variables, name);

	if (!given && str_starts(name, "SAVED_"))
		given = map_get(&acmesh->variables, name + strlen("SAVED_"));
	return given && strcmp(given, value) == 0;
}

/* Gathers the values of the account for the script: those of the file, overridden by the saved
 * ones. */
static void gather_account(const struct acmesh *acmesh, struct map *ret_values)
{
	for (size_t i = 0; i < acmesh->variables.count; i++)
		map_set(ret_values, acmesh->variables.entries[i].key,
			xstrdup(acmesh->variables.entries[i].value));
	acmesh_pick(acmesh->saved, acmesh->account, NULL, ret_values);
}

/* A saved value without SAVED_ is a variable too: some scripts save values that way and never read
 * them back. One that the file gives wins. */
static void fill_environment(const struct acmesh *acmesh, const struct map *account,
			     struct strvec *ret_env)
{
	for (size_t i = 0; i < account->count; i++) {
		const char *name = account->entries[i].key, *text = account->entries[i].value;
		const char *given = map_get(&acmesh->variables, name);

		if (acmesh_is_variable(name) && !str_starts(name, "SAVED_"))
			strvec_pushf(ret_env, "%s=%s", name, given ? given : text);
	}
}

static int write_folders(const struct acmesh *acmesh, struct call *call, struct error *err)
{
	AUTO_FREE char *account = path_join(acmesh->folder, "account");
	AUTO_FREE char *domain = path_join(acmesh->folder, "domain");

	if (call->domain)
		acmesh_pick(acmesh->saved, acmesh->account, call->domain, &call->domain_values);
	if (dir_remove_tree(acmesh->folder, err) < 0 || dir_make(acmesh->folder, 0700, err) < 0 ||
	    acmesh_write_values(account, &call->account_values, err) < 0)
		return err->code;
	return acmesh_write_values(domain, &call->domain_values, err);
}

/* Reads what the script has saved, before anything that it wrote is shown. */
static void collect_values(void *context)
{
	struct call *call = context;
	const struct acmesh *acmesh = call->session->state;
	AUTO_FREE char *account = path_join(acmesh->folder, "account");
	AUTO_FREE char *domain = path_join(acmesh->folder, "domain");

	map_release(&call->account_values);
	map_release(&call->domain_values);
	if (acmesh_read_values(account, &call->account_values, &call->failed) == 0 &&
	    acmesh_read_values(domain, &call->domain_values, &call->failed) < 0)
		log_debug("%s", call->failed.text);
	hide_all(call->session, &call->account_values);
	hide_all(call->session, &call->domain_values);
}

/* Keeps the values of a call that succeeded. What the credentials file has is not kept twice. */
static int keep_values(struct call *call, struct error *err)
{
	struct acmesh *acmesh = call->session->state;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	bool changed;
	int rc;

	for (size_t i = call->account_values.count; i-- > 0;) {
		const struct map_entry *entry = &call->account_values.entries[i];
		AUTO_FREE char *name = xstrdup(entry->key);

		if (is_given(acmesh, name, entry->value))
			map_remove(&call->account_values, name);
	}
	changed = acmesh_put(acmesh->saved, acmesh->account, NULL, &call->account_values);
	changed |= acmesh_put(acmesh->saved, acmesh->account, call->domain, &call->domain_values);
	if (!changed)
		return 0;
	json_print(acmesh->saved, JSON_PRETTY, &text);
	strbuf_adds(&text, "\n");
	rc = dns_write_secret_file(acmesh->saved_path, text.text, err);
	secret_wipe(text.text, text.len);
	return rc;
}

static int run_shell(struct call *call, const char *verb, const struct dns_record *record,
		     struct error *err)
{
	const struct acmesh *acmesh = call->session->state;
	AUTO(strvec) struct strvec argv = STRVEC_INIT;
	AUTO(strvec) struct strvec env = STRVEC_INIT;
	struct dns_program program = {
		.name = acmesh->script.path, .env = &env, .ended = collect_values, .context = call};

	strvec_extend(&argv, &acmesh->script.shell);
	strvec_push(&argv, "-c");
	strvec_push(&argv, acmesh_library);
	strvec_push(&argv, "acmesh");
	strvec_push(&argv, acmesh->folder);
	strvec_push(&argv, acmesh->script.path);
	strvec_push(&argv, acmesh->script.prefix);
	strvec_push(&argv, strcmp(verb, "remove") == 0 ? "rm" : verb);
	if (record) {
		strvec_push(&argv, record->name);
		strvec_push(&argv, record->value);
	}
	fill_environment(acmesh, &call->account_values, &env);
	program.argv = (const char *const *)argv.items;
	return dns_run_program(call->session, &program, NULL, err);
}

/* Has the script add or remove a record, or checks it: then there is none. */
static int run_script(struct dns_session *session, const struct dns_record *record,
		      const char *verb, struct error *err)
{
	struct acmesh *acmesh = session->state;
	AUTO(error) struct error left = ERROR_INIT;
	AUTO(call) struct call call = {.session = session,
				       .domain = record ? record->domain : NULL,
				       .account_values = MAP_INIT(secret_free_text),
				       .domain_values = MAP_INIT(secret_free_text),
				       .failed = ERROR_INIT};
	int rc;

	gather_account(acmesh, &call.account_values);
	rc = write_folders(acmesh, &call, err);
	if (rc == 0)
		rc = run_shell(&call, verb, record, err);
	if (dir_remove_tree(acmesh->folder, &left) < 0)
		log_warning("%s", left.text);
	if (rc == 0 && error_is_set(&call.failed))
		rc = error_move(err, &call.failed);
	return rc == 0 && record ? keep_values(&call, err) : rc;
}

static int read_credentials(struct dns_session *session, struct error *err)
{
	struct acmesh *acmesh = session->state;
	const char *path = dns_credentials_path(session);
	AUTO(secret) struct secret text = SECRET_INIT;

	if (!path)
		return 0;
	if (dns_read_secret_file(path, &text, err) < 0 ||
	    acmesh_read_variables(secret_peek(&text), path, &acmesh->variables, err) < 0) {
		error_recode(err, ERR_CONFIG);
		return error_wrap(err, "cannot read the credentials of the script");
	}
	return 0;
}

static int read_saved(struct dns_session *session, struct error *err)
{
	struct acmesh *acmesh = session->state;
	const char *path = dns_credentials_path(session);
	AUTO(map) struct map values = MAP_INIT(secret_free_text);

	acmesh->account = xasprintf("%s %s", acmesh->script.prefix, path ? path : "");
	acmesh->saved_path = path_join(settings_config_dir(session->settings), "acmesh.json");
	acmesh->folder = path_join(settings_string(session->settings, "work_dir"), "acmesh");
	if (acmesh_load(acmesh->saved_path, &acmesh->saved, err) < 0)
		return err->code;
	hide_all(session, &acmesh->variables);
	acmesh_pick(acmesh->saved, acmesh->account, NULL, &values);
	hide_all(session, &values);
	return 0;
}

static int open_session(struct dns_session *session, struct error *err)
{
	const char *wanted = dns_option(session, "script");
	struct acmesh *acmesh = XNEW(struct acmesh);
	AUTO_FREE char *home = dns_home();

	*acmesh = (struct acmesh){.script = ACMESH_SCRIPT_INIT,
				  .variables = MAP_INIT(secret_free_text)};
	session->state = acmesh;
	if (!wanted || !wanted[0])
		return error_set(err, ERR_CONFIG, "dns-acmesh needs --dns-acmesh-script");
	if (acmesh_script_find(wanted, home, &acmesh->script, err) < 0 ||
	    read_credentials(session, err) < 0 || read_saved(session, err) < 0)
		return err->code;
	if (run_script(session, NULL, "check", err) == 0)
		return 0;
	if (err->code != ERR_CANCELLED)
		error_recode(err, ERR_CONFIG);
	return error_wrap(err, "cannot use the script of --dns-acmesh-script");
}

static void close_session(struct dns_session *session)
{
	struct acmesh *acmesh = session->state;

	if (!acmesh)
		return;
	acmesh_script_release(&acmesh->script);
	map_release(&acmesh->variables);
	json_free(acmesh->saved);
	free(acmesh->saved_path);
	free(acmesh->account);
	free(acmesh->folder);
	free(acmesh);
}

static int present(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return dns_run_for_each(session, batch, "add", run_script, err);
}

static int cleanup(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return dns_run_for_each(session, batch, "remove", run_script, err);
}

static const struct plugin_manual manual_page = {
	.paragraphs =
		{"The script defines NAME_add and NAME_rm, where NAME.sh is its file name; each is "
		 "called with the record's name and value. It runs under a shell library that has the "
		 "functions of acme.sh such scripts use, but not acme.sh itself, with the shell of its "
		 "first line. Scripts that speak HTTP need the program curl, and those that sign or "
		 "encode need openssl. One that does not end within --hook-timeout, or ten minutes, "
		 "is stopped.",
		 "The credentials file has the variables that the script reads, as NAME=value lines; a "
		 "value may be in quotes. They are its environment, together with PATH, HOME and "
		 "what concerns proxies. What the script saves is kept in acmesh.json in the "
		 "configuration directory, which only its owner can read, and is given to it the next "
		 "time. Neither appears in messages and the log."},
	.example = "certbot certonly --dns-acmesh --dns-acmesh-script dns_cf \\\n"
		   "    --dns-acmesh-credentials /root/cf.ini -d example.com -d '*.example.com'",
};

const struct dns_provider dns_acmesh = {
	.plugin = DNS_PLUGIN("acmesh", "a provider for which there is a script of the acme.sh kind",
			     "Obtain certificates using a DNS TXT record (set by a script of the "
			     "acme.sh kind).",
			     options),
	.plugin.manual = &manual_page,
	.plugin.title = "A DNS script of the acme.sh kind",
	.title = "the script",
	.flags = DNS_RAW_CREDENTIALS | DNS_OPTIONAL_CREDENTIALS | DNS_NO_ZONES,
	.open = open_session,
	.close = close_session,
	.present = present,
	.cleanup = cleanup,
};
