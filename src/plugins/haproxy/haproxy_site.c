/*
 * HAProxy's configuration as the model of its kind (see haproxy_site.h): the files of -f, and what
 * they say about certificates.
 */
#include "plugins/haproxy/haproxy_site.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/haproxy/haproxy_bind.h"
#include "os/file/file.h"
#include "webserver/texts.h"

#define USUAL_CRT_DIR "/etc/haproxy/certs"

/* ---- Files ---- */

/* HAProxy reads a directory of -f in the order of the names, and only *.cfg. */
int haproxy_site_files(const struct webserver *server, struct strvec *ret_paths, struct error *err)
{
	const struct strvec *config = &haproxy_site_of(server)->config;

	for (size_t i = 0; i < config->count; i++) {
		AUTO(strvec) struct strvec names = STRVEC_INIT;

		if (!file_is_dir(config->items[i])) {
			strvec_push(ret_paths, config->items[i]);
			continue;
		}
		if (dir_list(config->items[i], ".cfg", &names, err) < 0)
			return err->code;
		for (size_t j = 0; j < names.count; j++)
			strvec_give(ret_paths, path_join(config->items[i], names.items[j]));
	}
	return 0;
}

static bool is_loaded(const struct webserver *server, const char *path)
{
	for (size_t i = 0; i < texts_count(server); i++)
		if (strcmp(texts_at(server, i)->path, path) == 0)
			return true;
	return false;
}

/* The crt-lists of a line. HAProxy's own message for a broken one is better. */
static int load_lists(struct webserver *server, const struct haproxy_confs *confs,
		      const struct haproxy_line *line, struct error *err)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;

	if (!haproxy_is_bind(line))
		return 0;
	haproxy_bind_values(line, "crt-list", &words);
	for (size_t i = 0; i < words.count; i++) {
		AUTO_FREE char *path = haproxy_crt_path(confs, words.items[i]);

		if (path[0] == '/' && file_is_regular(path) && !is_loaded(server, path) &&
		    texts_load(server, path, false, err) < 0)
			return err->code;
	}
	return 0;
}

/* Loads the files given with -f, then the crt-lists that they name. */
static int load_all_files(struct webserver *server, struct error *err)
{
	AUTO(strvec) struct strvec paths = STRVEC_INIT;
	AUTO(haproxy_confs) struct haproxy_confs confs = HAPROXY_CONFS_INIT;

	if (haproxy_site_files(server, &paths, err) < 0)
		return err->code;
	for (size_t i = 0; i < paths.count; i++)
		if (texts_load(server, paths.items[i], false, err) < 0)
			return err->code;
	haproxy_site_of(server)->conf_count = paths.count;
	haproxy_site_read(server, &confs);
	for (size_t i = 0; i < confs.count; i++)
		for (size_t j = 0; j < confs.items[i].line_count; j++)
			if (load_lists(server, &confs, &confs.items[i].lines[j], err) < 0)
				return err->code;
	return 0;
}

void haproxy_confs_release(struct haproxy_confs *confs)
{
	for (size_t i = 0; i < confs->count; i++)
		haproxy_conf_release(&confs->items[i]);
	free(confs->items);
	*confs = (struct haproxy_confs)HAPROXY_CONFS_INIT;
}

void haproxy_site_read(const struct webserver *server, struct haproxy_confs *ret)
{
	struct haproxy_modes modes = {.http = MAP_INIT(NULL)};

	ret->count = haproxy_site_of(server)->conf_count;
	ret->items = xcalloc(ret->count + 1, sizeof(*ret->items));
	for (size_t i = 0; i < ret->count; i++)
		haproxy_conf_read(texts_span(server, i), &modes, &ret->items[i]);
	map_release(&modes.http);
}

/* The last one counts, as for HAProxy. */
const char *haproxy_confs_global(const struct haproxy_confs *confs, const char *keyword)
{
	const char *value = NULL;

	for (size_t i = 0; i < confs->count; i++) {
		const char *found = haproxy_conf_value(&confs->items[i], HAPROXY_GLOBAL, keyword);

		if (found)
			value = found;
	}
	return value;
}

static void add_hosts(const struct webserver *server, struct strvec *ret_names)
{
	AUTO(haproxy_confs) struct haproxy_confs confs = HAPROXY_CONFS_INIT;

	haproxy_site_read(server, &confs);
	for (size_t i = 0; i < confs.count; i++) {
		const struct haproxy_conf *conf = &confs.items[i];

		for (size_t j = 0; j < conf->section_count; j++)
			if (haproxy_section_listens(&conf->sections[j]))
				haproxy_section_hosts(conf, &conf->sections[j], ret_names);
	}
}

/* ---- Certificates ---- */

char *haproxy_crt_path(const struct haproxy_confs *confs, const char *word)
{
	const char *base = haproxy_confs_global(confs, "crt-base");
	AUTO_FREE char *path = word[0] == '/' || !base ? xstrdup(word) : path_join(base, word);
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	return STEAL(path);
}

static void add_dirs(const struct haproxy_confs *confs, const struct haproxy_line *line,
		     struct strvec *ret_dirs)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;

	if (!haproxy_is_bind(line) || !haproxy_bind_has(line, "ssl"))
		return;
	haproxy_bind_values(line, "crt", &words);
	for (size_t i = 0; i < words.count; i++) {
		AUTO_FREE char *path = haproxy_crt_path(confs, words.items[i]);

		if (path[0] == '/' && file_is_dir(path) && !haproxy_has_path(ret_dirs, path))
			strvec_push(ret_dirs, path);
	}
}

void haproxy_bound_dirs(const struct haproxy_confs *confs, struct strvec *ret_dirs)
{
	for (size_t i = 0; i < confs->count; i++)
		for (size_t j = 0; j < confs->items[i].line_count; j++)
			add_dirs(confs, &confs->items[i].lines[j], ret_dirs);
}

/* The administrator's directory of certificates is preferred to one of our own. */
char *haproxy_crt_dir(const struct webserver *server, const struct haproxy_confs *confs)
{
	const char *given = haproxy_site_of(server)->crt_dir;
	AUTO(strvec) struct strvec dirs = STRVEC_INIT;

	if (given)
		return haproxy_crt_path(confs, given);
	haproxy_bound_dirs(confs, &dirs);
	return xstrdup(dirs.count ? dirs.items[0] : USUAL_CRT_DIR);
}

char *haproxy_pem_path(const struct webserver *server, const struct haproxy_confs *confs,
		       const char *lineage)
{
	AUTO_FREE char *dir = haproxy_crt_dir(server, confs);

	return xasprintf("%s/%s.pem", dir, lineage);
}

bool haproxy_has_path(const struct strvec *paths, const char *path)
{
	for (size_t i = 0; i < paths->count; i++)
		if (path_is_same(paths->items[i], path))
			return true;
	return false;
}

/* The files that a crt-list names, one per line. */
static bool list_has(const struct haproxy_confs *confs, const char *list, const char *path)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;
	struct haproxy_modes modes = {.http = MAP_INIT(NULL)};
	AUTO(haproxy_conf) struct haproxy_conf lines = HAPROXY_CONF_INIT;
	bool is_there = false;

	if (file_read(list, 16 << 20, &text, &unreadable) < 0)
		return false;
	haproxy_conf_read(span_make(text.text, text.len), &modes, &lines);
	for (size_t i = 0; i < lines.line_count && !is_there; i++) {
		AUTO_FREE char *listed = haproxy_crt_path(confs, lines.lines[i].words[0].text);

		is_there = path_is_same(listed, path);
	}
	map_release(&modes.http);
	return is_there;
}

/* The directories and lists by which a line loads a file. */
static void lists_of_line(const struct haproxy_confs *confs, const struct haproxy_line *line,
			  const char *path, struct strvec *ret_paths)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	AUTO(strvec) struct strvec lists = STRVEC_INIT;
	AUTO_FREE char *dir = path_dirname(path);

	haproxy_bind_values(line, "crt", &words);
	haproxy_bind_values(line, "crt-list", &lists);
	for (size_t i = 0; i < words.count; i++) {
		AUTO_FREE char *crt = haproxy_crt_path(confs, words.items[i]);

		if (path_is_same(crt, dir))
			strvec_push_unique(ret_paths, crt);
	}
	for (size_t i = 0; i < lists.count; i++) {
		AUTO_FREE char *list = haproxy_crt_path(confs, lists.items[i]);

		if (list_has(confs, list, path))
			strvec_push_unique(ret_paths, list);
	}
}

bool haproxy_bind_loads(const struct haproxy_confs *confs, const struct haproxy_line *line,
			const char *path)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	AUTO(strvec) struct strvec lists = STRVEC_INIT;

	haproxy_bind_values(line, "crt", &words);
	for (size_t i = 0; i < words.count; i++) {
		AUTO_FREE char *crt = haproxy_crt_path(confs, words.items[i]);

		if (path_is_same(crt, path))
			return true;
	}
	lists_of_line(confs, line, path, &lists);
	return lists.count > 0;
}

void haproxy_lists_with(const struct haproxy_confs *confs, const char *path,
			struct strvec *ret_paths)
{
	for (size_t i = 0; i < confs->count; i++)
		for (size_t j = 0; j < confs->items[i].line_count; j++)
			if (haproxy_is_bind(&confs->items[i].lines[j]))
				lists_of_line(confs, &confs->items[i].lines[j], path, ret_paths);
}

/* ---- The kind ---- */

static void free_site(struct webserver *server)
{
	struct haproxy_site *site = STEAL(server->own);

	responder_free(site->responder);
	strvec_release(&site->config);
	strvec_release(&site->deployed);
	free(site->ctl);
	free(site->crt_dir);
	free(site->master_socket);
	free(site->pid_file);
	free(site);
}

const struct webserver_kind haproxy_kind = {
	.name = "HAProxy",
	.load = load_all_files,
	.unload = texts_unload,
	.names = add_hosts,
	.stage = texts_stage,
	.deploy = haproxy_deploy,
	.publish = haproxy_publish,
	.prove = haproxy_prove,
	.test = haproxy_test,
	.reload = haproxy_reload,
	.is_running = haproxy_is_running,
	.close = free_site,
};
