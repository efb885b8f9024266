/*
 * External plugins (see external.h): translates each callback of the contract to JSON.
 */
#include "plugins/external/external.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "config/plugin_names.h"
#include "crypto/key/key.h"
#include "os/file/file.h"
#include "os/process/program.h"
#include "plugins/external/external_call.h"
#include "plugins/external/external_check.h"
#include "plugins/external/external_options.h"
#include "plugins/sni_files.h"

#define PREFIX "certbot-plugin-"
/* certbot-plugin-python: knows by the "plugin" of a request which one is meant. */
#define BRIDGE "python"
/* A description is static, and may be wanted for --help. The hook timeout is for work; here a
 * person may be waiting. */
#define DESCRIBE_SECONDS 60

/* The rows that are static for built-in plugins; here each program has its own. */
struct external {
	struct plugin plugin; /* first: instances know only this */
	struct authenticator authenticator;
	struct installer installer;
	char *name, *description, *program;
	struct option *options;
	size_t option_count;
	enum acme_challenge_type types[ACME_CHALLENGE_TYPE__COUNT];
	size_t type_count;
};

static const struct external *external_of(const struct plugin_instance *instance)
{
	return (const struct external *)instance->plugin;
}

static struct external_call call_of(const struct external *external,
				    const struct settings *settings)
{
	return (struct external_call){.plugin = &external->plugin, .settings = settings};
}

/* A call whose answer says nothing but success. */
static int call_plainly(struct plugin_instance *instance, struct json *own_request,
			struct error *err)
{
	const struct external_call call = call_of(external_of(instance), instance->host->settings);
	AUTO(json) struct json *answer = NULL;

	return external_run(&call, own_request, &answer, err);
}

static struct json *request_for(struct plugin_instance *instance, const char *what)
{
	const struct external_call call = call_of(external_of(instance), instance->host->settings);

	return external_request(&call, what);
}

static int prepare(struct plugin_instance *instance, struct error *err)
{
	return call_plainly(instance, request_for(instance, "prepare"), err);
}

/* ---- Authenticator ---- */

/* Returns the program's first answer: it is not asked again for each name. */
static size_t preference(struct plugin_instance *instance, const struct settings *settings,
			 const struct acme_identifier *identifier,
			 enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	const struct external *external = external_of(instance);

	memcpy(ret_types, external->types, sizeof(external->types));
	return external->type_count;
}

/* The values are computed for it, so a script needs no cryptography. */
static struct json *describe_challenge(const struct plugin_host *host,
				       const struct plugin_task *task)
{
	const struct acme_challenge *challenge = task->challenge;
	AUTO_FREE char *cert_path = sni_files_cert_path(host, challenge);
	AUTO_FREE char *key_path = sni_files_key_path(host, challenge);
	struct json *object = json_object_new();

	json_set_string(object, "type", acme_challenge_type_name(challenge->type));
	json_set_string(object, "identifier", challenge->identifier.value);
	json_set_string(object, "identifier_type",
			challenge->identifier.kind == ACME_IDENTIFIER_IP ? "ip" : "dns");
	json_set_bool(object, "wildcard", challenge->wildcard);
	json_set_string(object, "token", challenge->token);
	json_set_string(object, "key_authorization", challenge->key_authorization);
	if (challenge->dns_name) {
		json_set_string(object, "dns_name", challenge->dns_name);
		json_set_string(object, "dns_value", challenge->dns_value);
	}
	if (challenge->sni_name) {
		json_set_string(object, "sni_name", challenge->sni_name);
		json_set_string(object, "cert", cert_path);
		json_set_string(object, "key", key_path);
	}
	return object;
}

/* The items of which an element of "failed" speaks. An index that is out of range, as when the
 * program counts from 1, still means a failure. There is no telling of which item, so it counts for
 * all. */
static void note_element(const struct json *element, size_t count,
			 void (*note)(void *context, size_t index, const char *text), void *context)
{
	const char *text = json_text(json_member(element, "error"));
	AUTO(strbuf) struct strbuf printable = STRBUF_INIT;
	int64_t index = -1;
	bool is_item = json_int(json_member(element, "index"), &index) && index >= 0 &&
		       (uint64_t)index < count;

	text = text ? text : "the plugin gave no reason";
	strbuf_add_printable(&printable, text, strlen(text));
	for (size_t i = is_item ? (size_t)index : 0; i < (is_item ? (size_t)index + 1 : count); i++)
		note(context, i, printable.text);
}

/* "failed": [{"index": 0, "error": "why"}]: errors of single items. Text of a program is not
 * trusted to be printable. */
static void note_failed(const struct json *answer, size_t count,
			void (*note)(void *context, size_t index, const char *text), void *context)
{
	const struct json *failed = json_member(answer, "failed");

	if (failed && !json_is_array(failed) && !json_is_null(failed))
		note_element(NULL, count, note, context);
	for (size_t i = 0; json_is_array(failed) && i < json_count(failed); i++)
		note_element(json_at(failed, i), count, note, context);
}

static void note_challenge(void *context, size_t index, const char *text)
{
	struct plugin_task *tasks = context;

	if (!error_is_set(&tasks[index].challenge->present_error))
		error_set(&tasks[index].challenge->present_error, ERR_PLUGIN, "%s", text);
}

static int call_with_challenges(struct plugin_instance *instance, const char *what,
				const struct plugin_task *tasks, size_t count,
				struct json **ret_answer, struct error *err)
{
	const struct external_call call = call_of(external_of(instance), instance->host->settings);
	struct json *request = external_request(&call, what);
	struct json *challenges = json_array_new();

	for (size_t i = 0; i < count; i++)
		json_push(challenges, describe_challenge(instance->host, &tasks[i]));
	json_set(request, "challenges", challenges);
	return external_run(&call, request, ret_answer, err);
}

static int present(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	AUTO(json) struct json *answer = NULL;
	AUTO(key) struct key *sni_key = NULL;

	if (sni_files_write(instance->host, tasks, count, &sni_key, err) < 0 ||
	    call_with_challenges(instance, "present", tasks, count, &answer, err) < 0)
		return err->code;
	note_failed(answer, count, note_challenge, tasks);
	return 0;
}

static int cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	AUTO(json) struct json *answer = NULL;
	AUTO(error) struct error failed = ERROR_INIT;

	call_with_challenges(instance, "cleanup", tasks, count, &answer, err);
	if (sni_files_remove(instance->host, tasks, count, &failed) < 0 && !error_is_set(err))
		error_move(err, &failed);
	return err->code;
}

/* ---- Installer ---- */

static void set_path(struct json *object, const char *name, const char *path)
{
	if (path)
		json_set_string(object, name, path);
}

static struct json *describe_certificate(const struct deploy_task *task)
{
	struct json *object = json_object_new();

	set_path(object, "lineage", task->lineage);
	set_path(object, "live", task->live_dir);
	json_set(object, "names", json_strings_new(task->names));
	set_path(object, "cert", task->cert_path);
	set_path(object, "privkey", task->key_path);
	set_path(object, "chain", task->chain_path);
	set_path(object, "fullchain", task->fullchain_path);
	return object;
}

static void note_certificate(void *context, size_t index, const char *text)
{
	struct deploy_task *tasks = context;

	if (!error_is_set(&tasks[index].error))
		error_set(&tasks[index].error, ERR_PLUGIN, "%s", text);
}

/* "places": [["file", ...], ...]: for each certificate, what was changed. Files that it names are
 * told to the user, nothing more. */
static void note_places(const struct json *answer, struct deploy_task *tasks, size_t count)
{
	const struct json *places = json_member(answer, "places");

	for (size_t i = 0; places && i < count; i++) {
		const struct json *list = json_at(places, i);

		for (size_t j = 0; list && j < json_count(list); j++) {
			const char *text = json_text(json_at(list, j));
			AUTO(strbuf) struct strbuf printable = STRBUF_INIT;

			if (!text)
				continue;
			strbuf_add_printable(&printable, text, strlen(text));
			strvec_push(&tasks[i].places, printable.text);
		}
	}
}

/* Paths and not contents: keys stay on the disk. */
static int call_with_certificates(struct plugin_instance *instance, struct json *own_request,
				  struct deploy_task *tasks, size_t count, struct error *err)
{
	const struct external_call call = call_of(external_of(instance), instance->host->settings);
	struct json *certificates = json_array_new();
	AUTO(json) struct json *answer = NULL;

	for (size_t i = 0; i < count; i++)
		json_push(certificates, describe_certificate(&tasks[i]));
	json_set(own_request, "certificates", certificates);
	if (external_run(&call, own_request, &answer, err) < 0)
		return err->code;
	note_failed(answer, count, note_certificate, tasks);
	note_places(answer, tasks, count);
	return 0;
}

/* Elements that are not text are passed over. */
static int all_names(struct plugin_instance *instance, struct strvec *ret_names, struct error *err)
{
	const struct external_call call = call_of(external_of(instance), instance->host->settings);
	AUTO(json) struct json *answer = NULL;
	struct json *names = NULL;

	if (external_run(&call, request_for(instance, "names"), &answer, err) < 0)
		return err->code;
	if (json_get_array(answer, "answer", "names", &names, err) < 0)
		return error_wrap(err, "cannot use the answer of %s", call.plugin->program);
	for (size_t i = 0; i < json_count(names); i++)
		if (json_text(json_at(names, i)))
			strvec_push_unique(ret_names, json_text(json_at(names, i)));
	return 0;
}

static int deploy(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		  struct error *err)
{
	return call_with_certificates(instance, request_for(instance, "deploy"), tasks, count, err);
}

static int renewed(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		   struct error *err)
{
	return call_with_certificates(instance, request_for(instance, "renewed"), tasks, count,
				      err);
}

static int enhance(struct plugin_instance *instance, enum enhancement what,
		   struct deploy_task *tasks, size_t count, struct error *err)
{
	struct json *request = request_for(instance, "enhance");

	json_set_string(request, "enhancement", enhancement_name(what));
	return call_with_certificates(instance, request, tasks, count, err);
}

static int save_checkpoint(struct plugin_instance *instance, const char *title, bool *ret_is_saved,
			   struct error *err)
{
	struct json *request = request_for(instance, "save");

	*ret_is_saved = true;
	json_set_string(request, "title", title);
	return call_plainly(instance, request, err);
}

static int config_test(struct plugin_instance *instance, struct error *err)
{
	return call_plainly(instance, request_for(instance, "config_test"), err);
}

static int reload(struct plugin_instance *instance, struct error *err)
{
	return call_plainly(instance, request_for(instance, "reload"), err);
}

/* The number is needed, as "nothing left to undo" ends the walk over installers. */
static int rollback(struct plugin_instance *instance, size_t count, size_t *ret_undone,
		    struct error *err)
{
	const struct external_call call = call_of(external_of(instance), instance->host->settings);
	struct json *request = request_for(instance, "rollback");
	AUTO(json) struct json *answer = NULL;
	int64_t undone = 0;

	json_set_int(request, "count", (int64_t)count);
	if (external_run(&call, request, &answer, err) < 0)
		return err->code;
	if (!json_int(json_member(answer, "undone"), &undone) || undone < 0)
		return error_set(err, ERR_PLUGIN, "%s did not say how many changes were undone",
				 call.plugin->program);
	*ret_undone = (size_t)undone;
	return 0;
}

static int recover(struct plugin_instance *instance, struct error *err)
{
	return call_plainly(instance, request_for(instance, "recover"), err);
}

/* ---- What it is ---- */

static const struct authenticator authenticator_row = {
	.preference = preference,
	.present = present,
	.cleanup = cleanup,
	.failure_hint =
		"The Certificate Authority could not find what the plugin program should have "
		"put in place. Its own output is in the log.",
};

static const struct installer installer_row = {
	.all_names = all_names,
	.deploy = deploy,
	.enhance = enhance,
	.save = save_checkpoint,
	.config_test = config_test,
	.reload = reload,
	.renewed = renewed,
	.rollback = rollback,
	.recover = recover,
};

static bool list_has(const struct json *object, const char *member, const char *word)
{
	const struct json *list = json_member(object, member);

	for (size_t i = 0; list && i < json_count(list); i++)
		if (json_text(json_at(list, i)) && strcmp(json_text(json_at(list, i)), word) == 0)
			return true;
	return false;
}

/* Types that this version does not know may be those of a later one. */
static void read_challenges(struct external *external, const struct json *description)
{
	const struct json *list = json_member(description, "challenges");

	for (size_t i = 0; list && i < json_count(list); i++) {
		const char *word = json_text(json_at(list, i));

		if (word && external->type_count < ACME_CHALLENGE_TYPE__COUNT &&
		    acme_challenge_type_parse(word, &external->types[external->type_count]))
			external->type_count++;
	}
}

/* Takes over what the program says of itself. Roles follow from what it can do, so that a plugin
 * cannot claim one and lack the calls. */
static int read_description(struct external *external, const struct json *description,
			    struct error *err)
{
	const char *text = NULL;
	AUTO(strbuf) struct strbuf printable = STRBUF_INIT;

	if (json_get_string(description, "answer", "description", &text, err) < 0)
		return error_wrap(err, "cannot use the answer of %s", external->program);
	strbuf_add_printable(&printable, text, strlen(text));
	external->description = strbuf_detach(&printable);
	if (external_options_read(external->name, description, &external->options,
				  &external->option_count, err) < 0)
		return err->code;
	read_challenges(external, description);
	external->authenticator = authenticator_row;
	external->installer = installer_row;
	for (int what = 0; what < ENHANCEMENT__COUNT; what++)
		if (list_has(description, "enhancements", enhancement_name((enum enhancement)what)))
			external->installer.supported |= 1u << what;
	external->plugin = (struct plugin){
		.name = external->name,
		.description = external->description,
		.program = external->program,
		.flags = PLUGIN_BOUND |
			 (json_opt_bool(description, "ip", false) ? PLUGIN_TAKES_IP : 0u),
		.options = external->options,
		.option_count = external->option_count,
		.prepare = prepare,
		.authenticator = external->type_count ? &external->authenticator : NULL,
		.installer = list_has(description, "roles", "installer") ? &external->installer
									 : NULL,
	};
	if (external->plugin.authenticator || external->plugin.installer)
		return 0;
	return error_set(err, ERR_PLUGIN,
			 "%s is neither an authenticator (with challenges) nor an installer",
			 external->program);
}

static void free_row(struct plugin *plugin)
{
	struct external *external = (struct external *)plugin;

	if (!external)
		return;
	external_options_free(external->options, external->option_count);
	free(external->name);
	free(external->description);
	free(external->program);
	free(external);
}

static void free_external(struct external *external)
{
	if (external)
		free_row(&external->plugin);
}
DEFINE_AUTO_PTR(external, free_external);

/* ---- Where it is ---- */

/* Directories that hold nothing but plugins, in search order: the user's before the system's. */
static void plugin_dirs(struct strvec *ret_dirs)
{
	const char *more = getenv("CERTBOT_PLUGIN_PATH");

	strvec_split(ret_dirs, more ? more : "", ":");
	strvec_push(ret_dirs, CERTBOT_PLUGIN_DIR);
}

/* Names come from the command line and from renewal confs; they must not leave the directory. */
static bool is_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return len && !name[len];
}

/* PATH comes last: anybody may have put a program of that name there. */
static char *find_program(const char *name)
{
	AUTO_FREE char *file = xasprintf(PREFIX "%s", name);
	AUTO(strvec) struct strvec dirs = STRVEC_INIT;

	plugin_dirs(&dirs);
	for (size_t i = 0; i < dirs.count; i++) {
		AUTO_FREE char *path = path_join(dirs.items[i], file);

		if (file_is_executable(path))
			return STEAL(path);
	}
	return program_find(file);
}

/* The program of a plugin: its own, or the bridge that runs Certbot's plugins in Python. The bridge
 * is asked for any name that is unknown, since only Python knows what is installed there. */
static char *find_program_or_bridge(const char *name)
{
	char *program = is_name(name) ? find_program(name) : NULL;

	return program || !is_name(name) ? program : find_program(BRIDGE);
}

/* A program that is among the plugins but cannot be run is not reported as missing. */
static int not_found(const char *name, struct error *err)
{
	AUTO_FREE char *file = xasprintf(PREFIX "%s", name);
	AUTO(strvec) struct strvec dirs = STRVEC_INIT;

	plugin_dirs(&dirs);
	for (size_t i = 0; is_name(name) && i < dirs.count; i++) {
		AUTO_FREE char *path = path_join(dirs.items[i], file);

		if (!file_is_regular(path))
			continue;
		error_set(err, ERR_PLUGIN, "'%s' is not executable", path);
		return error_hint(err, "chmod +x %s", path);
	}
	return error_set(err, ERR_NOT_FOUND,
			 "there is no program %s in CERTBOT_PLUGIN_PATH, " CERTBOT_PLUGIN_DIR
			 " and PATH",
			 file);
}

/* Its rights are checked before it runs: it runs as root. */
static int ask_description(struct external *external, const struct settings *settings,
			   struct error *err)
{
	struct external_call call = call_of(external, settings);
	AUTO(json) struct json *description = NULL;

	call.seconds = DESCRIBE_SECONDS;
	if (program_check_rights("the plugin", external->program, err) < 0 ||
	    external_run(&call, external_request(&call, "describe"), &description, err) < 0)
		return err->code;
	return read_description(external, description, err);
}

static int find_external(const char *name, const struct settings *settings,
			 struct plugin **ret_plugin, struct error *err)
{
	AUTO(external) struct external *external = XNEW(struct external);

	name = plugin_name_present(name);
	external->program = find_program_or_bridge(name);
	if (!external->program)
		return not_found(name, err);
	external->name = xstrdup(name);
	external->plugin.name = external->name;
	external->plugin.program = external->program;
	if (ask_description(external, settings, err) < 0)
		return err->code;
	*ret_plugin = &STEAL(external)->plugin;
	return 0;
}

/* Not those in PATH: nobody has put them there as plugins of this machine. */
static void list_programs(struct strvec *ret_names)
{
	AUTO(strvec) struct strvec dirs = STRVEC_INIT;

	plugin_dirs(&dirs);
	for (size_t i = 0; i < dirs.count; i++) {
		AUTO(strvec) struct strvec files = STRVEC_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		if (dir_list(dirs.items[i], "", &files, &err) < 0)
			continue;
		for (size_t j = 0; j < files.count; j++)
			if (str_starts(files.items[j], PREFIX) &&
			    is_name(files.items[j] + strlen(PREFIX)))
				strvec_push_unique(ret_names, files.items[j] + strlen(PREFIX));
	}
}

const struct plugin_source external_programs = {
	.find = find_external,
	.free_row = free_row,
	.list = list_programs,
	.check = external_check,
};
