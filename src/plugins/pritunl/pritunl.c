/*
 * The Pritunl installer: the certificate of Pritunl's web server, which is in its database. The
 * program pritunl sets it there, for all hosts of the cluster; running servers take it by
 * themselves.
 *
 * The program takes a value as an argument and from nowhere else, so for the moment of the call the
 * key is in the list of processes. It also prints the value, which is therefore not read: a failed
 * call is described by its status and by what it wrote to its error output.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/json.h"
#include "config/settings.h"
#include "os/file/file.h"
#include "os/process/process.h"
#include "plugin/plugin.h"
#include "plugin/service_option.h"
#include "plugin/untracked.h"
#include "webserver/control.h"
#include "webserver/single_copy.h"

#define CERT_SETTING "app.server_cert"
#define KEY_SETTING "app.server_key"
#define TIME_LIMIT_MS (60 * 1000)
#define MAX_OUTPUT (64 * 1024)

/* Settings that prevent the certificate from being used, or will replace it. */
static const struct {
	const char *setting;
	bool is_bad_when_set; /* otherwise when it is false */
	const char *consequence;
} conditions[] = {
	{"app.acme_domain", true,
	 "Pritunl obtains certificates itself and will replace this one: "
	 "`pritunl unset app.acme_domain` turns that off"},
	{"app.reverse_proxy", true, "a reverse proxy has the certificate that clients see"},
	{"app.server_ssl", false, "its web server does not use TLS"},
	{"app.server_auto_restart", false,
	 "it uses its new certificate after `systemctl restart pritunl`"},
};

/* Runs "pritunl --conf CONF COMMAND SETTING [VALUE]". A text of ours names the command in errors,
 * without the value. */
static int run_pritunl(const struct plugin_instance *instance, const char *command,
		       const char *setting, const char *value, struct process_result *ret,
		       struct error *err)
{
	const struct settings *settings = instance->host->settings;
	const char *const argv[] = {settings_string(settings, "pritunl_program"),
				    "--conf",
				    settings_string(settings, "pritunl_conf_path"),
				    command,
				    setting,
				    value,
				    NULL};
	const struct process_request request = {
		.argv = argv, .timeout_ms = TIME_LIMIT_MS, .max_output = MAX_OUTPUT};
	AUTO(strbuf) struct strbuf said = STRBUF_INIT;
	AUTO_FREE char *end = NULL;

	log_debug("running '%s %s %s'", argv[0], command, setting);
	if (process_run(&request, ret, err) < 0)
		return error_wrap(err, "cannot run '%s %s %s'", argv[0], command, setting);
	if (!ret->timed_out && ret->exit_status == 0)
		return 0;
	if (ret->timed_out)
		return error_set(err, ERR_PLUGIN, "'%s %s %s' did not end within %d seconds",
				 argv[0], command, setting, TIME_LIMIT_MS / 1000);
	end = process_end_text(ret);
	error_set(err, ERR_PLUGIN, "'%s %s %s' %s", argv[0], command, setting, end);
	/* The last line of a traceback says what happened. It may quote the value. */
	strbuf_trim(&ret->error_output);
	if (ret->error_output.len && strcmp(setting, KEY_SETTING) != 0) {
		const char *last = strrchr(ret->error_output.text, '\n');

		last = last ? last + 1 : ret->error_output.text;
		strbuf_add_printable(&said, last, strlen(last));
		return error_hint(err, "it wrote: %s", said.text);
	}
	return err->code;
}

/* ---- Reading ---- */

/* The value in an answer "SETTING = VALUE", whose texts are quoted as in JSON or not at all; the
 * caller frees it. NULL: not set. */
static char *value_in(const struct strbuf *answer, const char *setting)
{
	struct span rest = span_make(answer->text, answer->len);
	AUTO(json) struct json *list = NULL;
	AUTO(error) struct error not_json = ERROR_INIT;
	AUTO_FREE char *in_list = NULL;

	if (span_skip_prefix(&rest, setting))
		(void)!span_skip_prefix(&rest, " =");
	rest = span_trim(rest);
	if (!rest.len || span_eq(rest, "null") || span_eq(rest, "None") || span_eq(rest, "\"\""))
		return NULL;
	if (rest.ptr[0] != '"')
		return span_dup(rest);
	/* A document is a list or an object. */
	in_list = xasprintf("[%.*s]", (int)rest.len, rest.ptr);
	if (json_parse(in_list, strlen(in_list), setting, &list, &not_json) == 0)
		return xstrdup_or_null(json_text(json_at(list, 0)));
	return span_dup(rest);
}

/* The value of a setting, which the caller frees; NULL when it is not set, or cannot be asked for:
 * an older Pritunl does not know all of them. */
static char *ask_setting(const struct plugin_instance *instance, const char *setting)
{
	AUTO(process_result) struct process_result result;
	AUTO(error) struct error err = ERROR_INIT;
	char *value;

	process_result_init(&result);
	if (run_pritunl(instance, "get", setting, NULL, &result, &err) < 0) {
		log_debug("%s", err.text);
		return NULL;
	}
	value = value_in(&result.output, setting);
	secret_wipe(result.output.text, result.output.len);
	return value;
}

static void warn_of_conditions(const struct plugin_instance *instance)
{
	for (size_t i = 0; i < ARRAY_LEN(conditions); i++) {
		AUTO_FREE char *value = ask_setting(instance, conditions[i].setting);
		bool is_off = !value || str_eq_nocase(value, "false");

		if (conditions[i].is_bad_when_set ? !is_off : value && is_off)
			log_warning("Pritunl's %s is %s: %s", conditions[i].setting, value,
				    conditions[i].consequence);
	}
}

/* ---- Setting ---- */

static int set(const struct plugin_instance *instance, const char *setting, const char *value,
	       struct error *err)
{
	AUTO(process_result) struct process_result result;
	int rc;

	process_result_init(&result);
	rc = run_pritunl(instance, "set", setting, value, &result, err);
	secret_wipe(result.output.text, result.output.len);
	secret_wipe(result.error_output.text, result.error_output.len);
	return rc;
}

static void read_old_key(const struct plugin_instance *instance, struct secret *ret)
{
	char *key = ask_setting(instance, KEY_SETTING);

	if (key)
		secret_give(ret, key, strlen(key));
}

/* The new key has no use without its certificate. */
static void restore_key(const struct plugin_instance *instance, const struct secret *old_key)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (old_key->len && set(instance, KEY_SETTING, secret_peek(old_key), &err) < 0)
		log_warning("Pritunl keeps the new key without its certificate: %s", err.text);
}

/* A running server takes each change at once, so nothing comes between the two. */
static int set_pair(struct plugin_instance *instance, struct deploy_task *task, struct error *err)
{
	AUTO(single_copy) struct single_copy copy = SINGLE_COPY_INIT;
	AUTO(secret) struct secret old_key = SECRET_INIT;

	if (single_copy_read(task, "Pritunl", &copy, err) < 0)
		return err->code;
	read_old_key(instance, &old_key);
	if (set(instance, KEY_SETTING, secret_peek(&copy.key), err) == 0 &&
	    set(instance, CERT_SETTING, copy.fullchain.text, err) < 0)
		restore_key(instance, &old_key);
	return error_is_set(err) ? error_wrap(err, "cannot give Pritunl its certificate") : 0;
}

static int set_renewed(struct plugin_instance *instance, struct deploy_task *task,
		       struct error *err)
{
	AUTO_FREE char *present = ask_setting(instance, CERT_SETTING);

	if (present && single_copy_is_of_other(span_of(present), task, "Pritunl"))
		return 0;
	return set_pair(instance, task, err);
}

static int prepare(struct plugin_instance *instance, struct error *err)
{
	const struct settings *settings = instance->host->settings;
	const char *conf = settings_string(settings, "pritunl_conf_path");
	AUTO_FREE char *program = xstrdup(settings_string(settings, "pritunl_program"));

	if (control_find(&program, "--pritunl-program", "Pritunl", err) < 0)
		return err->code;
	if (!file_exists(conf))
		return error_set(
			err, ERR_NOT_FOUND,
			"cannot find '%s': set --pritunl-conf-path to Pritunl's configuration",
			conf);
	return 0;
}

static int deploy_pritunl(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
			  struct error *err)
{
	warn_of_conditions(instance);
	return untracked_install_each(instance, tasks, count, set_pair, err);
}

static int renewed_pritunl(struct plugin_instance *instance, struct deploy_task *tasks,
			   size_t count, struct error *err)
{
	warn_of_conditions(instance);
	return untracked_install_each(instance, tasks, count, set_renewed, err);
}

static const struct installer pritunl_installer = {
	.all_names = untracked_names,
	.deploy = deploy_pritunl,
	UNTRACKED_CALLBACKS,
	.reload = untracked_effect,
	.renewed = renewed_pritunl,
};

static const struct option pritunl_options[] = {
	SERVICE_OPTION("pritunl", "pritunl_conf_path", "--pritunl-conf-path", OPTION_PATH,
		       OPTION_PLACE, "/etc/pritunl.conf", "FILE",
		       "Pritunl's configuration, which says where its database is."),
	SERVICE_OPTION("pritunl", "pritunl_program", "--pritunl-program", OPTION_STRING, 0,
		       "pritunl", "PROGRAM", "Pritunl's program; looked for in PATH."),
};

static const struct plugin_manual manual_page = {
	.purpose = "install certificates in the Pritunl VPN server",
	.paragraphs =
		{"Sets `app.server_key` and `app.server_cert` by the program `pritunl`, now and "
		 "after each renewal. They are in Pritunl's database, so one host of a cluster is "
		 "enough; running servers take them by themselves.",
		 "The program takes values as arguments only: for the moment of the call, users of "
		 "this machine can read the private key in the list of processes, unless /proc is "
		 "mounted with `hidepid=2`."},
	.example = "certbot run -a standalone -i pritunl -d vpn.example.com",
};

const struct plugin pritunl_plugin = {
	.name = "pritunl",
	.selector = INSTALLER_SELECTOR("pritunl", "the Pritunl VPN server"),
	.manual = &manual_page,
	.description = "Pritunl VPN server plugin",
	.title = "Pritunl VPN server",
	.flags = PLUGIN_BOUND,
	.options = pritunl_options,
	.option_count = ARRAY_LEN(pritunl_options),
	.prepare = prepare,
	.installer = &pritunl_installer,
};
