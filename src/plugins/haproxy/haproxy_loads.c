/*
 * Which files HAProxy loads (see haproxy_loads.h). Every path is resolved once, because there may
 * be thousands of certificates in a list.
 *
 * HAProxy fills in variables of its own environment, which is not ours, and takes names from a
 * `crt-store` (3.0) with a base and aliases of its own: what they lead to is not known here.
 */
#include "plugins/haproxy/haproxy_loads.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "os/file/file.h"

#define MAX_LIST ((size_t)16 << 20)

void haproxy_loads_release(struct haproxy_loads *loads)
{
	map_release(&loads->files);
	map_release(&loads->dirs);
}

static char *real_path(const char *path)
{
	char *real = realpath(path, NULL);

	return real ? real : xstrdup(path);
}

/* A relative path without a base is relative to where HAProxy was started. */
static bool can_tell(const char *path)
{
	return path[0] == '/' && !strchr(path, '$');
}

static void add_place(const struct haproxy_confs *confs, const char *word,
		      struct haproxy_loads *loads)
{
	AUTO_FREE char *path = haproxy_crt_path(confs, word);
	AUTO_FREE char *real = real_path(path);

	if (!can_tell(path))
		loads->is_partial = true;
	else
		map_set(file_is_dir(real) ? &loads->dirs : &loads->files, real, NULL);
}

static void add_listed(const struct haproxy_confs *confs, const char *word,
		       struct haproxy_loads *loads)
{
	AUTO_FREE char *path = haproxy_crt_path(confs, word);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;
	struct haproxy_modes modes = {.http = MAP_INIT(NULL)};
	AUTO(haproxy_conf) struct haproxy_conf lines = HAPROXY_CONF_INIT;

	if (!can_tell(path) || file_read(path, MAX_LIST, &text, &unreadable) < 0) {
		loads->is_partial = true;
		return;
	}
	haproxy_conf_read(span_make(text.text, text.len), &modes, &lines);
	map_release(&modes.http);
	for (size_t i = 0; i < lines.line_count; i++)
		add_place(confs, lines.lines[i].words[0].text, loads);
}

/* Not only bind lines: a certificate may also be for connections to a server. */
static void add_places_of(const struct haproxy_confs *confs, const struct haproxy_line *line,
			  struct haproxy_loads *loads)
{
	if (strcmp(line->words[0].text, "crt-store") == 0)
		loads->is_partial = true;
	for (size_t i = 0; i + 1 < line->count; i++) {
		if (strcmp(line->words[i].text, "crt") == 0)
			add_place(confs, line->words[i + 1].text, loads);
		else if (strcmp(line->words[i].text, "crt-list") == 0)
			add_listed(confs, line->words[i + 1].text, loads);
	}
}

void haproxy_loads_read(const struct haproxy_confs *confs, struct haproxy_loads *ret)
{
	for (size_t i = 0; i < confs->count; i++)
		for (size_t j = 0; j < confs->items[i].line_count; j++)
			add_places_of(confs, &confs->items[i].lines[j], ret);
}

bool haproxy_loads_file(const struct haproxy_loads *loads, const char *path)
{
	AUTO_FREE char *real = real_path(path);
	AUTO_FREE char *dir = path_dirname(path);
	AUTO_FREE char *real_dir = real_path(dir);

	return map_contains(&loads->files, real) || map_contains(&loads->dirs, real_dir);
}
