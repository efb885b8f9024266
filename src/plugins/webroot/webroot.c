/*
 * The webroot authenticator. Writes <root>/.well-known/acme-challenge/<token> for each challenge,
 * with the owner of the root, and takes away exactly what it made. Files that a crash left behind
 * are recognised by their shape (a token's name, a key authorization for content) and removed by
 * the next run that uses the same root.
 */
#include "plugins/webroot/webroot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "os/clock.h"
#include "os/file/file.h"

#define CHALLENGE_PATH ".well-known/acme-challenge"
/* A file of ours older than this belongs to no running program (seconds). */
#define LEFTOVER_AGE 3600
#define MAX_KEY_AUTHORIZATION 512

/* Directories made by this run, in the order they were made. */
struct webroot_state {
	struct strvec made;
};

static struct webroot_state *state_of(struct plugin_instance *instance)
{
	if (!instance->state) {
		struct webroot_state *state = XNEW(struct webroot_state);

		strvec_init(&state->made);
		instance->state = state;
	}
	return instance->state;
}

static void close_webroot(struct plugin_instance *instance)
{
	struct webroot_state *state = instance->state;

	if (state)
		strvec_release(&state->made);
	free(state);
}

static size_t preference(struct plugin_instance *instance, const struct settings *settings,
			 const struct acme_identifier *identifier,
			 enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	ret_types[0] = ACME_HTTP_01;
	return 1;
}

/* Root of a name: its entry in the map, else the last --webroot-path. NULL: none. */
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
		return error_hint(err, "every requested name must have a webroot");
	if (chosen)
		root = xstrdup(choices.items[chosen]);
	else if (ask_new_root(ui, name, &root, err) < 0)
		return error_hint(err, "every requested name must have a webroot");
	settings_map_set(settings, "webroot_map", name, root, ORIGIN_RUNTIME);
	return 0;
}

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
					 "directory; give its present place with --webroot-path",
					 root, name);
		if (root)
			settings_map_set(settings, "webroot_map", name, root, ORIGIN_RUNTIME);
	}
	return 0;
}

/* Mode 0755 and the owner of the root, by descriptor: whoever may write to the root could put a
 * link in the directory's place and so have the mode of another file changed. Mode first, while it
 * is ours. */
static int dress_step(const char *path, const struct stat *root, struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fchmod(fd, 0755) < 0)
		return error_set_errno(err, errno, "cannot set the mode of '%s'", path);
	if (fchown(fd, root->st_uid, root->st_gid) < 0)
		log_warning("Unable to change owner and uid of webroot directory '%s': %s", path,
			    strerror(errno));
	return 0;
}

/* Makes one directory; an existing one is fine. */
static int make_step(struct webroot_state *state, const char *path, const struct stat *root,
		     struct error *err)
{
	if (mkdir(path, 0700) < 0)
		return errno == EEXIST ? 0
				       : error_set_errno(err, errno,
							 "cannot create the directory "
							 "'%s' for http-01 challenges",
							 path);
	strvec_push(&state->made, path);
	return dress_step(path, root, err);
}

static int make_directories(struct webroot_state *state, const char *root_path, char **ret_dir,
			    struct error *err)
{
	AUTO_FREE char *well_known = path_join(root_path, ".well-known");
	AUTO_FREE char *dir = path_join(root_path, CHALLENGE_PATH);
	struct stat root;

	if (stat(root_path, &root) < 0)
		return error_set_errno(err, errno, "cannot use the webroot '%s'", root_path);
	if (make_step(state, well_known, &root, err) < 0 || make_step(state, dir, &root, err) < 0)
		return err->code;
	*ret_dir = STEAL(dir);
	return 0;
}

/* True when the file can only be a leftover of a crashed run: name and content are those of a
 * challenge, and it is old. */
static bool is_leftover(const char *dir, const char *name, int64_t now)
{
	AUTO_FREE char *path = path_join(dir, name);
	AUTO(strbuf) struct strbuf content = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	size_t len = strlen(name);
	struct stat st;

	for (size_t i = 0; i < len; i++)
		if (!ascii_is_alnum(name[i]) && name[i] != '-' && name[i] != '_')
			return false;
	if (len < 22 || lstat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
	    now - st.st_mtime < LEFTOVER_AGE ||
	    file_read(path, MAX_KEY_AUTHORIZATION, &content, &err) < 0)
		return false;
	return content.len == len + 1 + 43 && str_starts(content.text, name) &&
	       content.text[len] == '.';
}

static void remove_leftovers(const struct plugin_instance *instance, const char *dir)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	int64_t now = clock_now_seconds(instance->host->clock);

	if (dir_list(dir, "", &names, &err) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *path = path_join(dir, names.items[i]);

		if (is_leftover(dir, names.items[i], now) && unlink(path) == 0)
			log_debug("removed '%s', left over from an interrupted run", path);
	}
}

/* Like file_create(), but the challenge need not survive a power failure: no fsync. */
static int write_answer(const char *path, const struct acme_challenge *challenge, struct error *err)
{
	size_t len = strlen(challenge->key_authorization);
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0)
		return error_set_errno(err, errno, "cannot create the challenge file '%s'", path);
	if (fchmod(fd, 0644) < 0 || write(fd, challenge->key_authorization, len) != (ssize_t)len) {
		int reason = errno;

		unlink(path);
		return error_set_errno(err, reason, "cannot write the challenge file '%s'", path);
	}
	return 0;
}

static int present_one(struct plugin_instance *instance, const struct plugin_task *task,
		       struct error *err)
{
	const char *root = root_of(task->settings, task->challenge->identifier.value);
	AUTO_FREE char *dir = NULL, *path = NULL;

	if (!root)
		return error_set(err, ERR_CONFIG, "%s has no webroot",
				 task->challenge->identifier.value);
	if (make_directories(state_of(instance), root, &dir, err) < 0)
		return err->code;
	remove_leftovers(instance, dir);
	path = path_join(dir, task->challenge->token);
	return write_answer(path, task->challenge, err);
}

static int present(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		AUTO(error) struct error failed = ERROR_INIT;

		if (present_one(instance, &tasks[i], &failed) < 0)
			error_move(&tasks[i].challenge->present_error, &failed);
	}
	return 0;
}

static int cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	struct webroot_state *state = state_of(instance);

	for (size_t i = 0; i < count; i++) {
		const struct acme_challenge *challenge = tasks[i].challenge;
		const char *root = root_of(tasks[i].settings, challenge->identifier.value);
		AUTO_FREE char *dir = root ? path_join(root, CHALLENGE_PATH) : NULL;
		AUTO_FREE char *path = dir ? path_join(dir, challenge->token) : NULL;

		if (!path || error_is_set(&challenge->present_error))
			continue;
		if (unlink(path) < 0 && errno != ENOENT && !error_is_set(err))
			error_set_errno(err, errno, "cannot remove '%s'", path);
	}
	for (size_t i = state->made.count; i-- > 0;) {
		if (rmdir(state->made.items[i]) < 0 && errno != ENOENT)
			log_info("Not cleaning up the challenge directory %s: %s",
				 state->made.items[i], strerror(errno));
	}
	strvec_release(&state->made);
	return err->code;
}

static const struct authenticator webroot_authenticator = {
	.preference = preference,
	.configure = configure,
	.present = present,
	.cleanup = cleanup,
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
			"wins over -w and -d.",
	},
};

const struct plugin webroot_plugin = {
	.name = "webroot",
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
