/*
 * Notes in the work directory about reloads that are still needed (see owed.h). The contents of a
 * note prove that it is ours: the plugin's name, and a section with its options.
 */
#include "webserver/owed.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/ini.h"
#include "crypto/digest.h"
#include "os/file/file.h"
#include "webserver/server_parts.h"

#define NOTE_PREFIX "reload-owed-"
#define PLUGIN_KEY "plugin"
#define OPTIONS_SECTION "options"
/* Enough hex digits to tell the server roots of a machine apart. */
#define ID_LEN 16
#define MAX_NOTE (64 << 10)

/* By the real path: two spellings of one directory are one server, and two servers of one plugin
 * are two notes. */
static char *note_path(const struct webserver *server)
{
	AUTO_FREE char *real = realpath(server->root, NULL);
	const char *root = real ? real : server->root;
	AUTO(strbuf) struct strbuf id = STRBUF_INIT;
	AUTO_FREE char *name = NULL;

	digest_hex(DIGEST_SHA256, root, strlen(root), &id);
	strbuf_truncate(&id, ID_LEN);
	name = xasprintf(NOTE_PREFIX "%s-%s", server->run->plugin->name, id.text);
	return path_join(webserver_work_dir(server), name);
}

/* With the plugin's options, since a later run has to reach the same server with another command
 * line. */
static int write_note(const struct webserver *server, const char *path, struct error *err)
{
	const struct file_attributes attributes = {.mode = 0600};
	AUTO(ini) struct ini *note = ini_new();
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	ini_set(ini_root(note), PLUGIN_KEY, server->run->plugin->name);
	settings_save_plugin(server->host->settings, server->run->plugin->name,
			     ini_add_section(ini_root(note), OPTIONS_SECTION));
	ini_print(note, &text);
	return file_replace(path, text.text, text.len, &attributes, err);
}

void owed_add_test(struct webserver *server)
{
	server->run->owed.test = true;
}

bool owed_has_test(const struct webserver *server)
{
	return server->run->owed.test;
}

void owed_drop_test(struct webserver *server)
{
	server->run->owed.test = false;
}

void owed_add_proof(struct webserver *server)
{
	server->run->owed.proof = true;
}

bool owed_has_proof(const struct webserver *server)
{
	return server->run->owed.proof;
}

void owed_drop_proof(struct webserver *server)
{
	server->run->owed.proof = false;
}

void owed_add_withdrawal(struct webserver *server)
{
	server->run->owed.withdrawal = true;
}

bool owed_has_withdrawal(const struct webserver *server)
{
	return server->run->owed.withdrawal;
}

/* Another run may have paid in the meantime, so the file is looked at each time. */
bool owed_has_inherited(const struct webserver *server)
{
	AUTO_FREE char *path = note_path(server);

	return server->run->owed.inherited && file_exists(path);
}

void owed_add_reload(struct webserver *server)
{
	server->run->owed.reload = true;
}

bool owed_has_reload(const struct webserver *server)
{
	const struct owed *owed = &server->run->owed;

	return owed->reload || owed->withdrawal || owed_has_inherited(server);
}

/* Before the first file changes. A note that is there already means that an earlier run owes a
 * reload, which this one then pays, too. */
int owed_note(struct webserver *server, struct error *err)
{
	struct owed *owed = &server->run->owed;
	AUTO_FREE char *path = note_path(server);

	if (owed->is_noted)
		return 0;
	if (file_exists(path))
		owed->reload = true;
	else if (write_note(server, path, err) < 0)
		return err->code;
	owed->is_noted = true;
	return 0;
}

static void remove_note(struct webserver *server)
{
	AUTO_FREE char *path = note_path(server);
	AUTO(error) struct error err = ERROR_INIT;

	if (file_remove(path, &err) < 0)
		log_debug("%s", err.text);
	server->run->owed.is_noted = false;
}

/* Everything was undone before the server read it, so there is nothing that it would have to read
 * again. */
void owed_drop_note(struct webserver *server)
{
	const struct owed *owed = &server->run->owed;

	if (owed->is_noted && !owed->withdrawal && !owed->reload && !owed->inherited)
		remove_note(server);
}

void owed_reloaded(struct webserver *server)
{
	server->run->owed.withdrawal = false;
	server->run->owed.inherited = false;
	/* Challenges that are still in the files are going to be undone. */
	if (server->run->temporary)
		return;
	server->run->owed.reload = false;
	remove_note(server);
}

/* Questions must not reload anything (`asks_only`). */
void webserver_settle(struct webserver *server)
{
	struct owed *owed = &server->run->owed;
	AUTO_FREE char *path = note_path(server);
	bool is_of_another_run = !owed->is_noted && file_exists(path);

	if (server->host->asks_only)
		return;
	if (!owed->reload && !is_of_another_run) {
		owed_drop_note(server);
		return;
	}
	log_info("An earlier run was interrupted before %s reloaded its configuration; this one "
		 "reloads it",
		 server->run->kind->name);
	owed->is_noted = true;
	owed->inherited = true;
}

int owed_list(const char *work_dir, struct strvec *ret_paths, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (dir_list(work_dir, "", &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++)
		if (str_starts(names.items[i], NOTE_PREFIX))
			strvec_give(ret_paths, path_join(work_dir, names.items[i]));
	return 0;
}

/* A file of that name without our section is not touched. */
int owed_read(const char *path, struct settings *settings, char **ret_plugin, struct error *err)
{
	AUTO(ini) struct ini *note = NULL;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO_FREE char *plugin = NULL;
	const struct ini_section *options;

	if (file_read(path, MAX_NOTE, &text, err) < 0 ||
	    ini_parse(text.text, text.len, path, &note, err) < 0)
		return err->code;
	options = ini_find_section(ini_root(note), OPTIONS_SECTION);
	if (!options || !ini_has(ini_root(note), PLUGIN_KEY))
		return error_set(err, ERR_PARSE, "'%s' is not a record of a pending reload", path);
	if (ini_get(ini_root(note), PLUGIN_KEY, &plugin, err) < 0 ||
	    settings_restore_plugin(settings, plugin, options, err) < 0)
		return error_wrap(err, "cannot read '%s'", path);
	*ret_plugin = STEAL(plugin);
	return 0;
}
