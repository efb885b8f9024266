/*
 * The webroot authenticator. Writes <root>/.well-known/acme-challenge/<token> for each challenge,
 * and removes exactly what it made (webroot_folder.h); after a crash, the record says what that was
 * (webroot_record.h). Old files that no record names, as of a work directory that was lost, are
 * recognised by their shape (a token's name, a key authorization for content) and removed by the
 * next run that uses the same root.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/file/file.h"
#include "plugin/plugin.h"
#include "plugins/webroot/webroot_folder.h"
#include "plugins/webroot/webroot_record.h"

static struct webroot_record *record_of(struct plugin_instance *instance)
{
	if (!instance->state)
		instance->state = XNEW(struct webroot_record);
	return instance->state;
}

/* Opened when the first challenge comes: a run without one has nothing to record. */
static int open_record(struct plugin_instance *instance, struct error *err)
{
	const char *work_dir = settings_string(instance->host->settings, "work_dir");

	return webroot_record_open(record_of(instance), work_dir, err);
}

static void close_webroot(struct plugin_instance *instance)
{
	if (instance->state)
		webroot_record_release(instance->state);
	free(instance->state);
}

static size_t preference(struct plugin_instance *instance, const struct settings *settings,
			 const struct acme_identifier *identifier,
			 enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	ret_types[0] = ACME_HTTP_01;
	return 1;
}

/* The root of a name: its entry in the map, or the last --webroot-path. NULL if there is neither.
 * As with Certbot, the last path serves all names that follow it. */
static const char *root_of(const struct settings *settings, const char *name)
{
	const struct strvec *paths = settings_list(settings, "webroot_path");
	const char *mapped = map_get(settings_map(settings, "webroot_map"), name);

	if (mapped)
		return mapped;
	return paths->count ? paths->items[paths->count - 1] : NULL;
}

/* The roots named so far, each once, most recent first: what the menu offers. */
static void known_roots(const struct settings *settings, struct strvec *ret_roots)
{
	const struct strvec *paths = settings_list(settings, "webroot_path");
	const struct map *map = settings_map(settings, "webroot_map");

	for (size_t i = map->count; i-- > 0;)
		strvec_push_unique(ret_roots, map->entries[i].value);
	for (size_t i = paths->count; i-- > 0;)
		strvec_push_unique(ret_roots, paths->items[i]);
}

/* Asks again rather than failing, because a path is easily mistyped. */
static int ask_new_root(const struct ui *ui, const char *name, char **ret_root, struct error *err)
{
	AUTO_FREE char *text = xasprintf("Input the webroot for %s:", name);
	const struct ui_question question = {.text = text, .flag = "--webroot-path"};

	for (;;) {
		AUTO_FREE char *typed = NULL;

		if (ui_text(ui, &question, &typed, err) < 0)
			return err->code;
		if (file_is_dir(typed)) {
			*ret_root = path_absolute(typed);
			return 0;
		}
		ui_say(ui, "%s does not exist or is not a directory", typed);
	}
}

static int ask_root(struct plugin_instance *instance, struct settings *settings, const char *name,
		    struct error *err)
{
	const struct ui *ui = instance->host->ui;
	AUTO(strvec) struct strvec choices = STRVEC_INIT;
	AUTO_FREE char *text = xasprintf("Select the webroot for %s:", name);
	AUTO_FREE char *root = NULL;
	struct ui_question question = {.text = text, .fallback = UI_NO_FALLBACK};
	size_t chosen = 0;

	strvec_push(&choices, "Enter a new webroot");
	known_roots(settings, &choices);
	question.choices = (const char *const *)choices.items;
	question.choice_count = choices.count;
	if (choices.count > 1 && ui_menu(ui, &question, &chosen, err) < 0)
		return error_hint(err, "every requested name needs a webroot");
	if (chosen)
		root = xstrdup(choices.items[chosen]);
	else if (ask_new_root(ui, name, &root, err) < 0)
		return error_hint(err, "every requested name needs a webroot");
	settings_map_set(settings, "webroot_map", name, root, ORIGIN_RUNTIME);
	return 0;
}

/* The choice is put into the map, so that the renewal needs no question. Directories are checked
 * before the order: a typo would cost a failed validation, and those are limited. */
static int configure(struct plugin_instance *instance, struct settings *settings,
		     const struct acme_identifiers *identifiers, struct error *err)
{
	for (size_t i = 0; i < identifiers->count; i++) {
		const char *name = identifiers->items[i].value;
		const char *root = root_of(settings, name);

		if (!root && !ui_is_interactive(instance->host->ui))
			return error_set(
				err, ERR_CONFIG,
				"Missing parts of webroot configuration; please set either "
				"--webroot-path and --domains, or --webroot-map. Run with "
				" --help webroot for examples.");
		if (!root && ask_root(instance, settings, name, err) < 0)
			return err->code;
		if (root && !file_is_dir(root))
			return error_set(err, ERR_CONFIG,
					 "the webroot '%s' of %s does not exist or is not a "
					 "directory; give the correct path with --webroot-path",
					 root, name);
		if (root && webroot_folder_check(root, err) < 0)
			return err->code;
		if (root)
			settings_map_set(settings, "webroot_map", name, root, ORIGIN_RUNTIME);
	}
	return open_record(instance, err);
}

/* Like folder_create(), but the challenge need not survive a power failure: no fsync. O_EXCL and
 * O_NOFOLLOW: users of the web server may write to the directory and place a link there. The mode
 * is set since a umask could hide the file from the server. */
static int write_answer(const struct folder *folder, const struct acme_challenge *challenge,
			struct error *err)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	AUTO_CLOSE int fd = openat(folder->fd, challenge->token, flags, 0644);
	size_t len = strlen(challenge->key_authorization);

	if (fd < 0)
		return error_set_errno(err, errno, "cannot create the challenge file '%s/%s'",
				       folder->path, challenge->token);
	if (fchmod(fd, 0644) < 0 || write(fd, challenge->key_authorization, len) != (ssize_t)len) {
		int reason = errno;

		unlinkat(folder->fd, challenge->token, 0);
		return error_set_errno(err, reason, "cannot write the challenge file '%s/%s'",
				       folder->path, challenge->token);
	}
	return 0;
}

/* Absolute, heap; NULL: none. */
static char *root_of_task(const struct plugin_task *task)
{
	const char *root = root_of(task->settings, task->challenge->identifier.value);

	return root ? path_absolute(root) : NULL;
}

static int present_one(struct plugin_instance *instance, const struct plugin_task *task,
		       struct error *err)
{
	AUTO_FREE char *root = root_of_task(task);
	AUTO(folder) struct folder folder = FOLDER_INIT;

	if (!root)
		return error_set(err, ERR_CONFIG, "%s has no webroot",
				 task->challenge->identifier.value);
	if (webroot_folder_make(root, &record_of(instance)->made, &folder, err) < 0)
		return err->code;
	return write_answer(&folder, task->challenge, err);
}

/* Before the first file is made, so that a crash leaves nothing that no record names. */
static int record_all(struct plugin_instance *instance, const struct plugin_task *tasks,
		      size_t count, struct error *err)
{
	struct webroot_record *record = record_of(instance);

	if (open_record(instance, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		const struct acme_challenge *challenge = tasks[i].challenge;
		AUTO_FREE char *root = root_of_task(&tasks[i]);

		if (root)
			webroot_record_add(record, root, challenge->token,
					   challenge->key_authorization);
	}
	return webroot_record_save(record, err);
}

/* The failure of one name does not affect the others: with --allow-subset-of-names they still
 * count. */
static int present(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	if (record_all(instance, tasks, count, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		AUTO(error) struct error failed = ERROR_INIT;

		if (present_one(instance, &tasks[i], &failed) < 0)
			error_move(&tasks[i].challenge->present_error, &failed);
	}
	return 0;
}

/* An answer that is gone, with or without its directory, needs no cleanup. */
static int cleanup_one(const struct plugin_task *task, struct error *err)
{
	AUTO_FREE char *root = root_of_task(task);
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(error) struct error failed = ERROR_INIT;

	if (!root || error_is_set(&task->challenge->present_error))
		return 0;
	if (webroot_folder_open(root, &folder, &failed) == 0 &&
	    folder_remove(&folder, task->challenge->token, &failed) == 0)
		return 0;
	return failed.code == ERR_NOT_FOUND ? 0 : error_move(err, &failed);
}

/* All are tried; the first error is returned. */
static int cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	struct webroot_record *record = record_of(instance);
	AUTO(error) struct error unsettled = ERROR_INIT;

	for (size_t i = 0; i < count; i++) {
		AUTO(error) struct error failed = ERROR_INIT;

		if (cleanup_one(&tasks[i], &failed) == 0)
			webroot_record_forget(record, tasks[i].challenge->token);
		else if (!error_is_set(err))
			error_move(err, &failed);
	}
	if (webroot_record_settle(record, &unsettled) < 0 && !error_is_set(err))
		error_move(err, &unsettled);
	return err->code;
}

static const struct authenticator webroot_authenticator = {
	.preference = preference,
	.configure = configure,
	.present = present,
	.cleanup = cleanup,
	.recover = webroot_recover,
	.failure_hint =
		"The Certificate Authority failed to download the temporary challenge files created "
		"by Certbot. Ensure that the listed domains serve their content from the provided "
		"--webroot-path/-w and that files created there can be downloaded from the internet.",
};

static const struct option webroot_options[] = {
	{
		.dest = "webroot_path",
		.names = "-w --webroot-path",
		.type = OPTION_LIST,
		.metavar = "WEBROOT_PATH",
		.topics = "webroot",
		.flags = OPTION_SAVED,
		.help = "Directory from which the running web server serves the files of the names "
			"given after it. May be repeated, each time followed by the -d options of "
			"the names it is for: `-w /srv/a -d a.example -w /srv/b -d b.example`.",
	},
	{
		.dest = "webroot_map",
		.names = "--webroot-map",
		.type = OPTION_MAP,
		.metavar = "JSON",
		.topics = "webroot",
		.flags = OPTION_SAVED,
		.help = "The same as a JSON object from names to directories; also asks for the "
			"names in it: `{\"a.example,www.a.example\": \"/srv/a\"}`. Handy in cli.ini; "
			"overrides -w and -d.",
	},
};

static const struct plugin_manual manual_page = {
	.purpose = "prove control of names by files that a web server serves",
	.paragraphs =
		{"Puts files below `DIR/.well-known/acme-challenge/`, from where a running web "
		 "server serves them, and removes them afterwards. Each `-d` takes the `-w` "
		 "that was written last before it. Symbolic links are followed if they belong "
		 "to root, or if their owner may write to where they lead. DNS names and IP "
		 "addresses; no wildcards."},
	.example = "certbot certonly --webroot -w /var/www/html -d example.com -d www.example.com\n"
		   "certbot certonly --webroot -w /srv/a -d a.example -w /srv/b -d b.example",
};

const struct plugin webroot_plugin = {
	.name = "webroot",
	.manual = &manual_page,
	.title = "Place files in the directory of a running web server",
	.description =
		"Saves the necessary validation files to a .well-known/acme-challenge/ "
		"directory within the nominated webroot path. A separate HTTP server must be "
		"running and serving files from the webroot path. HTTP challenge only "
		"(wildcards not supported).",
	.flags = PLUGIN_TAKES_IP,
	.options = webroot_options,
	.option_count = ARRAY_LEN(webroot_options),
	.close = close_webroot,
	.authenticator = &webroot_authenticator,
};
