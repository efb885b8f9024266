/*
 * New certificates for the running HAProxy (see haproxy_site.h). The files are outputs and written
 * already, so a reload would do. Where it has a stats socket with `level admin`, each new pair is
 * given to the running process instead, which interrupts nothing: a renewed one, and since HAProxy
 * 2.2 also one for new names, if a directory or a list loads its file. If that fails for one, there
 * is a reload for all.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "base/secret.h"
#include "os/file/file.h"
#include "plugins/haproxy/haproxy_loads.h"
#include "plugins/haproxy/haproxy_runtime.h"
#include "plugins/haproxy/haproxy_site.h"
#include "webserver/loaded.h"
#include "webserver/owed.h"

#define MAX_PEM (1 << 20)
/* How long to wait for somebody else who is replacing a certificate. */
#define BUSY_LIMIT_MS 3000
#define BUSY_STEP_MS 200

/* The path of the first stats socket that may change certificates, or else only list them (level
 * `operator`, which is the default), borrowed, or NULL. */
static const char *find_socket(const struct haproxy_confs *confs, bool may_change)
{
	for (size_t i = 0; i < confs->count; i++) {
		for (size_t j = 0; j < confs->items[i].line_count; j++) {
			const struct haproxy_line *line = &confs->items[i].lines[j];
			const char *level = haproxy_line_value(line, "level");
			const char *path = line->count > 2 ? line->words[2].text : "";

			if (!haproxy_line_is(line, "stats", "socket") ||
			    (may_change ? !str_eq_or_null(level, "admin")
					: str_eq_or_null(level, "user")))
				continue;
			if (str_starts(path, "unix@"))
				path += strlen("unix@");
			if (path[0] == '/')
				return path;
		}
	}
	return NULL;
}

static const char *admin_socket(const struct haproxy_confs *confs)
{
	return find_socket(confs, true);
}

/* Waits until nobody is replacing a certificate. `path`: a file of ours. */
static int await_turn(const struct webserver *server, const char *socket, const char *path,
		      struct haproxy_known *ret_known, struct error *err)
{
	const struct clock *clock = server->host->clock;
	int64_t end = clock_mono_ms(clock) + BUSY_LIMIT_MS;

	for (;;) {
		AUTO_FREE char *replaced = NULL;

		if (haproxy_runtime_certs(socket, ret_known, &replaced, err) < 0 || !replaced)
			return err->code;
		/* Ours: only a run of ours that was killed leaves its replacement open. */
		if (path_is_same(replaced, path)) {
			log_info("taking back the replacement of '%s', which was not finished",
				 replaced);
			haproxy_runtime_abort(socket, replaced);
			return 0;
		}
		if (clock_mono_ms(clock) >= end)
			return error_set(err, ERR_BUSY,
					 "somebody else is replacing '%s' of HAProxy's", replaced);
		if (clock->sleep_until(clock->context, clock_mono_ms(clock) + BUSY_STEP_MS) < 0)
			return error_set(err, ERR_CANCELLED, "stopped by a signal");
	}
}

static int read_pem(const char *path, struct secret *ret_pem, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (file_read(path, MAX_PEM, &text, err) < 0)
		return err->code;
	secret_set(ret_pem, text.text, text.len);
	secret_wipe(text.text, text.len);
	return 0;
}

/* Each name is a replacement of its own, and HAProxy does only one at a time. */
static int replace_names(const struct webserver *server, const char *socket,
			 const struct strvec *names, const struct secret *pem, struct error *err)
{
	for (size_t i = 0; i < names->count; i++) {
		AUTO(haproxy_known) struct haproxy_known known = HAPROXY_KNOWN_INIT;

		if ((i && await_turn(server, socket, names->items[i], &known, err) < 0) ||
		    haproxy_runtime_replace(socket, names->items[i], pem, err) < 0)
			return err->code;
	}
	return 0;
}

/* Gives the running process the pair in a file. */
static int replace(const struct webserver *server, const char *socket, const char *path,
		   struct error *err)
{
	AUTO(haproxy_known) struct haproxy_known known = HAPROXY_KNOWN_INIT;
	AUTO(secret) struct secret pem = SECRET_INIT;
	const struct strvec *names;

	if (read_pem(path, &pem, err) < 0 || await_turn(server, socket, path, &known, err) < 0)
		return err->code;
	names = haproxy_known_names(&known, path);
	if (!names)
		return error_set(err, ERR_NOT_FOUND, "HAProxy has not loaded '%s'", path);
	return replace_names(server, socket, names, &pem, err);
}

/* True when the process has taken all of them. */
static bool replace_all(const struct webserver *server, const struct haproxy_confs *confs,
			const struct strvec *paths)
{
	const char *socket = admin_socket(confs);
	AUTO(error) struct error failed = ERROR_INIT;

	for (size_t i = 0; socket && i < paths->count; i++) {
		if (replace(server, socket, paths->items[i], &failed) == 0)
			continue;
		log_info("HAProxy is going to be reloaded: %s", failed.text);
		return false;
	}
	return socket != NULL;
}

/* ---- Those that it has not loaded yet ---- */

/* Appends the process's names of the directories and lists that load the file. */
static int find_lists(const char *socket, const struct haproxy_confs *confs, const char *path,
		      struct strvec *ret_lists, struct error *err)
{
	AUTO(haproxy_known) struct haproxy_known known = HAPROXY_KNOWN_INIT;
	AUTO(strvec) struct strvec lists = STRVEC_INIT;

	haproxy_lists_with(confs, path, &lists);
	if (haproxy_runtime_lists(socket, &known, err) < 0)
		return err->code;
	for (size_t i = 0; i < lists.count; i++) {
		const struct strvec *same = haproxy_known_names(&known, lists.items[i]);

		if (!same)
			return error_set(err, ERR_NOT_FOUND, "HAProxy has not loaded '%s'",
					 lists.items[i]);
		for (size_t j = 0; j < same->count; j++)
			strvec_push_unique(ret_lists, same->items[j]);
	}
	if (!lists.count)
		return error_set(err, ERR_NOT_FOUND, "no list or directory loads '%s'", path);
	return 0;
}

/* In a directory, the name of a file must begin with the directory's; a list takes any name. The
 * caller frees it. */
static char *name_in_list(const char *list, const char *path, const struct strvec *loaded)
{
	if (file_is_dir(list))
		return path_join(list, path_basename(path));
	return xstrdup(loaded->count ? loaded->items[0] : path);
}

/* A run that was interrupted may have got halfway. */
static int give_file(const struct webserver *server, const char *socket,
		     const struct haproxy_confs *confs, const char *path, struct error *err)
{
	AUTO(haproxy_known) struct haproxy_known known = HAPROXY_KNOWN_INIT;
	AUTO(strvec) struct strvec lists = STRVEC_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(strvec) struct strvec loaded = STRVEC_INIT;
	AUTO(secret) struct secret pem = SECRET_INIT;
	const struct strvec *same;

	if (read_pem(path, &pem, err) < 0 || await_turn(server, socket, path, &known, err) < 0 ||
	    find_lists(socket, confs, path, &lists, err) < 0)
		return err->code;
	same = haproxy_known_names(&known, path);
	if (same)
		strvec_extend(&loaded, same);
	for (size_t i = 0; i < lists.count; i++) {
		strvec_give(&names, name_in_list(lists.items[i], path, &loaded));
		if (strvec_push_unique(&loaded, names.items[i]) &&
		    haproxy_runtime_new(socket, names.items[i], err) < 0)
			return err->code;
	}
	if (replace_names(server, socket, &loaded, &pem, err) < 0)
		return err->code;
	for (size_t i = 0; i < lists.count; i++)
		if (haproxy_runtime_list(socket, lists.items[i], names.items[i], err) < 0)
			return err->code;
	return 0;
}

/* Answers to challenges, and what an earlier run has left, are in files that it has to read. */
bool haproxy_take_deployed(struct webserver *server)
{
	struct haproxy_site *site = haproxy_site_of(server);
	AUTO(haproxy_confs) struct haproxy_confs confs = HAPROXY_CONFS_INIT;
	AUTO(strvec) struct strvec paths = STRVEC_INIT;
	AUTO(error) struct error failed = ERROR_INIT;
	const char *socket;
	bool has_edits = site->has_edits;

	strvec_extend(&paths, &site->deployed);
	strvec_release(&site->deployed);
	site->has_edits = false;
	haproxy_site_read(server, &confs);
	socket = admin_socket(&confs);
	if (!paths.count || !socket || has_edits || owed_has_withdrawal(server) ||
	    owed_has_inherited(server))
		return false;
	for (size_t i = 0; i < paths.count; i++) {
		if (give_file(server, socket, &confs, paths.items[i], &failed) == 0)
			continue;
		log_info("HAProxy is going to be reloaded: %s", failed.text);
		return false;
	}
	log_info("HAProxy has taken %zu certificates without a reload", paths.count);
	return true;
}

/* ---- Those that it does not load ---- */

/* The certificates in use, by the configuration and by what the running process says. */
struct in_use {
	struct haproxy_loads loads;
	struct haproxy_known known;
	bool is_told; /* the process has said it */
};

static void in_use_release(struct in_use *in_use)
{
	haproxy_loads_release(&in_use->loads);
	haproxy_known_release(&in_use->known);
}
DEFINE_AUTO(in_use, in_use_release);

static void find_in_use(const struct haproxy_confs *confs, struct in_use *ret)
{
	const char *socket = find_socket(confs, false);
	AUTO(error) struct error silent = ERROR_INIT;
	AUTO_FREE char *ignored = NULL;

	ret->known = (struct haproxy_known)HAPROXY_KNOWN_INIT;
	haproxy_loads_read(confs, &ret->loads);
	ret->is_told = socket && haproxy_runtime_certs(socket, &ret->known, &ignored, &silent) == 0;
	if (error_is_set(&silent))
		log_debug("HAProxy does not say what it has loaded: %s", silent.text);
}

/* Adds those of a lineage's files that are in use. If there are none, the service would show the
 * old certificate until that expires, so the task fails; not where the configuration leaves it open
 * and nobody can be asked, because then a look by TLS decides (haproxy_prove()). */
static void add_used_paths(const struct webserver *server, const struct haproxy_confs *confs,
			   const struct in_use *in_use, struct deploy_task *task,
			   struct strvec *ret_paths)
{
	AUTO(strvec) struct strvec own = STRVEC_INIT;
	size_t before = ret_paths->count;

	haproxy_pem_paths(server, confs, task->lineage, &own);
	for (size_t i = 0; i < own.count; i++)
		if (haproxy_loads_file(&in_use->loads, own.items[i]) ||
		    haproxy_known_names(&in_use->known, own.items[i]))
			strvec_push(ret_paths, own.items[i]);
	if (ret_paths->count > before)
		return;
	if (in_use->loads.is_partial && !in_use->is_told)
		strvec_extend(ret_paths, &own);
	else
		loaded_refuse(server, task, own.items[0], NULL);
}

int haproxy_renewed(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		    struct error *err)
{
	struct webserver *server = webserver_of(instance);
	AUTO(haproxy_confs) struct haproxy_confs confs = HAPROXY_CONFS_INIT;
	AUTO(in_use) struct in_use in_use = {.loads = HAPROXY_LOADS_INIT};
	AUTO(strvec) struct strvec paths = STRVEC_INIT;

	if (webserver_load(server, err) < 0)
		return err->code;
	haproxy_site_read(server, &confs);
	find_in_use(&confs, &in_use);
	for (size_t i = 0; i < count; i++)
		add_used_paths(server, &confs, &in_use, &tasks[i], &paths);
	haproxy_site_of(server)->is_current = replace_all(server, &confs, &paths);
	return 0;
}

int haproxy_reload_or_prove(struct plugin_instance *instance, struct error *err)
{
	struct haproxy_site *site = haproxy_site_of(webserver_of(instance));
	bool is_current = site->is_current;

	site->is_current = false;
	return is_current ? webserver_reload_if_owed(instance, err)
			  : webserver_reload(instance, err);
}
