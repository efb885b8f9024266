/*
 * What a plugin program promises, tried out (see external_check.h). A row makes its calls and fails
 * with an error that says what does not hold. What a row changes it also undoes.
 */
#include "plugins/external/external_check.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/map.h"
#include "crypto/cert/cert.h"
#include "os/file/file.h"
#include "plugins/external/external_call.h"

/* Reserved (RFC 6761), so that nothing real can be changed by mistake. */
#define NAME "check.invalid"
#define TOKEN "kCA3XkPzJCbr0bM1h-T4aS7xrAcH0ClE2RE1MhuBnPE"
#define MAX_PLACE (1024 * 1024)

struct suite {
	struct external_call call;
	char *cert_path, *key_path;
	struct map before; /* file that deploy changes -> its text before; NULL: it was not there */
	char *absent;      /* why it cannot be used on this machine, as it says; NULL: it can */
};

static void suite_release(struct suite *suite)
{
	free(suite->cert_path);
	free(suite->key_path);
	map_release(&suite->before);
	free(suite->absent);
}
DEFINE_AUTO(suite, suite_release);

/* Another certificate than before in the files of the suite. Any certificate does; this is what can
 * be made without a CA. */
static int write_certificate(struct suite *suite, struct error *err)
{
	static const struct file_attributes attributes = {.mode = 0600};
	const struct cert_alpn_request request = {.identifier = NAME, .key_authorization = TOKEN};
	AUTO(strbuf) struct strbuf cert = STRBUF_INIT;
	AUTO(secret) struct secret key = SECRET_INIT;

	if (cert_make_alpn(&request, &cert, &key, err) < 0 ||
	    file_replace(suite->cert_path, cert.text, cert.len, &attributes, err) < 0)
		return err->code;
	return file_replace(suite->key_path, secret_peek(&key), key.len, &attributes, err);
}

/* Returns the error that the answer has for its only item. */
static int check_failed(const struct json *answer, struct error *err)
{
	const struct json *failed = json_member(answer, "failed");
	const char *text;
	int64_t index = 0;

	if (!failed || json_is_null(failed) || (json_is_array(failed) && !json_count(failed)))
		return 0;
	if (!json_is_array(failed))
		return error_set(err, ERR_PLUGIN, "\"failed\" is not a list");
	text = json_text(json_member(json_at(failed, 0), "error"));
	if (!json_int(json_member(json_at(failed, 0), "index"), &index) || index != 0)
		return error_set(err, ERR_PLUGIN, "\"failed\" names an item that was not there");
	return error_set(err, ERR_PLUGIN, "%s", text ? text : "\"failed\" gives no reason");
}

/* An answer may report success as a whole and a failure of its only item. */
static int ask_plugin(const struct suite *suite, struct json *own_request, struct json **ret_answer,
		      struct error *err)
{
	AUTO(json) struct json *answer = NULL;

	if (external_run(&suite->call, own_request, &answer, err) < 0 ||
	    check_failed(answer, err) < 0)
		return err->code;
	if (ret_answer)
		*ret_answer = STEAL(answer);
	return 0;
}

static int ask_plainly(const struct suite *suite, const char *what, struct error *err)
{
	if (ask_plugin(suite, external_request(&suite->call, what), NULL, err) < 0)
		return error_wrap(err, "%s", what);
	return 0;
}

/* ---- All plugins ---- */

/* Later versions may add calls, which plugins of today must answer without an error. */
static int check_unknown_call(struct suite *suite, struct error *err)
{
	return ask_plugin(suite, external_request(&suite->call, "a_call_of_later"), NULL, err);
}

/* Later versions may add members, which plugins of today must ignore. */
static int check_unknown_member(struct suite *suite, struct error *err)
{
	struct json *request = external_request(&suite->call, "prepare");

	json_set_string(request, "a_member_of_later", "x");
	if (ask_plugin(suite, request, NULL, err) < 0 && err->code == ERR_NOT_FOUND) {
		suite->absent = xstrdup(err->text);
		error_release(err);
	}
	return err->code;
}

/* ---- Authenticators ---- */

/* Any certificate does here, too. */
static int add_sni_files(struct suite *suite, struct json *challenge, struct error *err)
{
	json_set_string(challenge, "sni_name", "0123.4567.acme.invalid");
	json_set_string(challenge, "cert", suite->cert_path);
	json_set_string(challenge, "key", suite->key_path);
	return write_certificate(suite, err);
}

static int ask_with_challenge(struct suite *suite, const char *what, struct error *err)
{
	enum acme_challenge_type types[ACME_CHALLENGE_TYPE__COUNT];
	const struct plugin *plugin = suite->call.plugin;
	const struct plugin_instance instance = {.plugin = plugin};
	struct json *request = external_request(&suite->call, what);
	struct json *challenges = json_array_new(), *challenge = json_object_new();

	/* The plugin's own favourite: it need not be able to do others. */
	plugin->authenticator->preference((struct plugin_instance *)&instance, suite->call.settings,
					  NULL, types);
	json_set_string(challenge, "type", acme_challenge_type_name(types[0]));
	json_set_string(challenge, "identifier", NAME);
	json_set_string(challenge, "identifier_type", "dns");
	json_set_bool(challenge, "wildcard", false);
	json_set_string(challenge, "token", TOKEN);
	json_set_string(challenge, "key_authorization", TOKEN "." TOKEN);
	json_set_string(challenge, "dns_name", "_acme-challenge." NAME);
	json_set_string(challenge, "dns_value", TOKEN);
	json_push(challenges, challenge);
	json_set(request, "challenges", challenges);
	if (types[0] == ACME_TLS_SNI_01 && add_sni_files(suite, challenge, err) < 0) {
		json_free(request);
		return err->code;
	}
	return ask_plugin(suite, request, NULL, err);
}

static int check_present(struct suite *suite, struct error *err)
{
	return ask_with_challenge(suite, "present", err);
}

static int check_cleanup(struct suite *suite, struct error *err)
{
	return ask_with_challenge(suite, "cleanup", err);
}

/* ---- Installers ---- */

static struct json *request_with_certificate(const struct suite *suite, const char *what)
{
	const char *const paths[] = {"cert", "chain", "fullchain"};
	struct json *request = external_request(&suite->call, what);
	struct json *certificates = json_array_new(), *certificate = json_object_new();
	struct json *names = json_array_new();

	json_push_string(names, NAME);
	json_set_string(certificate, "lineage", NAME);
	json_set(certificate, "names", names);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		json_set_string(certificate, paths[i], suite->cert_path);
	json_set_string(certificate, "privkey", suite->key_path);
	json_push(certificates, certificate);
	json_set(request, "certificates", certificates);
	return request;
}

/* The text of a file; NULL when it is not there. The caller frees it. */
static char *file_text(const char *path)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	return file_read(path, MAX_PLACE, &text, &err) < 0 ? NULL : strbuf_detach(&text);
}

/* Fails when a file is not what it was before. */
static int check_undone(const struct suite *suite, const char *how, struct error *err)
{
	for (size_t i = 0; i < suite->before.count; i++) {
		const char *path = suite->before.entries[i].key;
		const char *before = suite->before.entries[i].value;
		AUTO_FREE char *now = file_text(path);

		if (!now != !before || (now && strcmp(now, before) != 0))
			return error_set(err, ERR_PLUGIN, "%s does not restore %s", how, path);
	}
	return 0;
}

static int deploy(const struct suite *suite, struct json **ret_answer, struct error *err)
{
	if (ask_plugin(suite, request_with_certificate(suite, "deploy"), ret_answer, err) < 0)
		return error_wrap(err, "deploy");
	return 0;
}

static int save_checkpoint(const struct suite *suite, struct error *err)
{
	struct json *request = external_request(&suite->call, "save");

	json_set_string(request, "title", "Check of the plugin");
	return ask_plugin(suite, request, NULL, err) < 0 ? error_wrap(err, "save") : 0;
}

static int rollback(const struct suite *suite, int64_t count, int64_t expected, struct error *err)
{
	struct json *request = external_request(&suite->call, "rollback");
	AUTO(json) struct json *answer = NULL;
	int64_t undone = -1;

	json_set_int(request, "count", count);
	if (ask_plugin(suite, request, &answer, err) < 0)
		return error_wrap(err, "rollback");
	if (!json_int(json_member(answer, "undone"), &undone) || undone != expected)
		return error_set(err, ERR_PLUGIN,
				 "rollback of %lld says \"undone\": %lld, where %lld is right",
				 (long long)count, (long long)undone, (long long)expected);
	return 0;
}

static int check_names(struct suite *suite, struct error *err)
{
	AUTO(json) struct json *answer = NULL;
	struct json *names = NULL;

	if (ask_plugin(suite, external_request(&suite->call, "names"), &answer, err) < 0)
		return err->code;
	return json_get_array(answer, "answer", "names", &names, err);
}

static int check_recover_nothing(struct suite *suite, struct error *err)
{
	return ask_plainly(suite, "recover", err);
}

/* Reads the files that deploy says it changed, after that was undone: the other rows compare with
 * them. */
static int check_recover(struct suite *suite, struct error *err)
{
	AUTO(json) struct json *answer = NULL;
	AUTO(map) struct map changed = MAP_INIT(free);
	const struct json *places;

	if (deploy(suite, &answer, err) < 0)
		return err->code;
	places = json_at(json_member(answer, "places"), 0);
	for (size_t i = 0; places && i < json_count(places); i++)
		if (json_text(json_at(places, i)))
			map_set(&changed, json_text(json_at(places, i)),
				file_text(json_text(json_at(places, i))));
	if (ask_plainly(suite, "recover", err) < 0)
		return err->code;
	for (size_t i = 0; i < changed.count; i++) {
		const char *path = changed.entries[i].key, *then = changed.entries[i].value;
		char *now = file_text(path);

		map_set(&suite->before, path, now);
		if (then && now && strcmp(then, now) == 0)
			return error_set(err, ERR_PLUGIN, "recover does not restore %s", path);
	}
	return 0;
}

/* The sequence of calls is that of `certbot install` followed by `certbot rollback`. */
static int check_rollback(struct suite *suite, struct error *err)
{
	if (deploy(suite, NULL, err) < 0 || ask_plainly(suite, "config_test", err) < 0 ||
	    save_checkpoint(suite, err) < 0 || ask_plainly(suite, "reload", err) < 0 ||
	    rollback(suite, 1, 1, err) < 0 || ask_plainly(suite, "reload", err) < 0)
		return err->code;
	return check_undone(suite, "rollback", err);
}

static int check_rollback_nothing(struct suite *suite, struct error *err)
{
	return rollback(suite, 5, 0, err);
}

/* Twice, because a renewal that was interrupted is told again. Rollback must not bring back the
 * certificate of before. */
static int check_renewed(struct suite *suite, struct error *err)
{
	if (deploy(suite, NULL, err) < 0 || save_checkpoint(suite, err) < 0 ||
	    write_certificate(suite, err) < 0)
		return err->code;
	for (int time = 0; time < 2; time++)
		if (ask_plugin(suite, request_with_certificate(suite, "renewed"), NULL, err) < 0)
			return error_wrap(err, "renewed");
	if (ask_plainly(suite, "reload", err) < 0 || rollback(suite, 1, 1, err) < 0)
		return err->code;
	return check_undone(suite, "rollback after renewed", err);
}

/* A plugin that does not read the files may only notice when the server does. */
static int check_failure_is_told(struct suite *suite, struct error *err)
{
	AUTO(error) struct error told = ERROR_INIT;
	char *path = suite->cert_path;
	int rc;

	suite->cert_path = xasprintf("%s.missing", path);
	rc = deploy(suite, NULL, &told);
	if (rc == 0)
		rc = ask_plainly(suite, "config_test", &told);
	REPLACE(suite->cert_path, path);
	if (ask_plainly(suite, "recover", err) < 0)
		return err->code;
	if (rc == 0)
		return error_set(err, ERR_PLUGIN,
				 "neither deploy nor config_test fails for a certificate whose "
				 "file is missing");
	return 0;
}

static int check_enhancements(struct suite *suite, struct error *err)
{
	const struct installer *contract = suite->call.plugin->installer;

	for (int what = 0; what < ENHANCEMENT__COUNT; what++) {
		const char *name = enhancement_name((enum enhancement)what);
		struct json *request;

		if (!(contract->supported & (1u << what)))
			continue;
		request = request_with_certificate(suite, "enhance");
		json_set_string(request, "enhancement", name);
		if (ask_plugin(suite, request, NULL, err) < 0 ||
		    ask_plainly(suite, "recover", err) < 0)
			return error_wrap(err, "%s", name);
	}
	return check_undone(suite, "recover after enhance", err);
}

/* ---- The table ---- */

enum needs {
	NEEDS_NOTHING,
	NEEDS_AUTHENTICATOR,
	NEEDS_INSTALLER,
	NEEDS_ENHANCEMENTS,
};

static const struct {
	enum needs needs;
	const char *what;
	int (*check)(struct suite *suite, struct error *err);
} rows[] = {
	{NEEDS_NOTHING, "an unknown call is answered with an object", check_unknown_call},
	{NEEDS_NOTHING, "prepare succeeds, with an unknown member", check_unknown_member},
	{NEEDS_AUTHENTICATOR, "present puts a challenge in place", check_present},
	{NEEDS_AUTHENTICATOR, "cleanup removes it", check_cleanup},
	{NEEDS_AUTHENTICATOR, "cleanup succeeds when nothing is left", check_cleanup},
	{NEEDS_INSTALLER, "names gives a list", check_names},
	{NEEDS_INSTALLER, "recover succeeds without changes", check_recover_nothing},
	{NEEDS_INSTALLER, "rollback without checkpoints undoes none", check_rollback_nothing},
	{NEEDS_INSTALLER, "recover undoes deploy", check_recover},
	{NEEDS_INSTALLER, "rollback undoes deploy and save", check_rollback},
	{NEEDS_INSTALLER, "renewed succeeds, and again", check_renewed},
	{NEEDS_INSTALLER, "a missing certificate is reported", check_failure_is_told},
	{NEEDS_ENHANCEMENTS, "enhancements can be made and undone", check_enhancements},
};

/* A plugin that is both gets the rows of both. */
static bool applies(const struct plugin *plugin, enum needs needs)
{
	switch (needs) {
	case NEEDS_NOTHING:
		return true;
	case NEEDS_AUTHENTICATOR:
		return plugin->authenticator != NULL;
	case NEEDS_INSTALLER:
		return plugin->installer != NULL;
	case NEEDS_ENHANCEMENTS:
		return plugin->installer && plugin->installer->supported;
	}
	return false;
}

/* After a row of installers that failed half way: nothing that it changed may stay. */
static void undo_all(const struct suite *suite)
{
	struct json *request = external_request(&suite->call, "rollback");
	AUTO(json) struct json *answer = NULL;
	AUTO(error) struct error ignored = ERROR_INIT, too = ERROR_INIT;

	json_set_int(request, "count", 1);
	if (ask_plainly(suite, "recover", &ignored) < 0)
		log_debug("after the failure: %s", ignored.text);
	if (ask_plugin(suite, request, &answer, &too) < 0)
		log_debug("after the failure: %s", too.text);
}

/* A plugin may say that its server is not on this machine, or that it only runs others: that is as
 * it should be, but nothing more can be seen of it. */
static void report_absence(const char *reason, const struct plugin_check_report *report)
{
	AUTO_FREE char *what = xasprintf("prepare may say that it is not for use here (%s): the "
					 "other calls are not checked",
					 reason);

	report->row(report->context, what, NULL);
}

int external_check(const struct plugin *plugin, const struct settings *settings,
		   const struct plugin_check_report *report, struct error *err)
{
	const char *dir = settings_string(settings, "work_dir");
	AUTO(suite) struct suite suite = {
		.call = {.plugin = plugin, .settings = settings},
		.cert_path = path_join(dir, "check-cert.pem"),
		.key_path = path_join(dir, "check-key.pem"),
		.before = MAP_INIT(free),
	};

	if (write_certificate(&suite, err) < 0)
		return err->code;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(error) struct error fault = ERROR_INIT;

		if (!applies(plugin, rows[i].needs))
			continue;
		if (rows[i].check(&suite, &fault) < 0 && fault.code == ERR_CANCELLED)
			return error_move(err, &fault);
		if (error_is_set(&fault) && rows[i].needs >= NEEDS_INSTALLER)
			undo_all(&suite);
		report->row(report->context, rows[i].what, error_is_set(&fault) ? &fault : NULL);
		if (suite.absent) {
			report_absence(suite.absent, report);
			break;
		}
	}
	return 0;
}
