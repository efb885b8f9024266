/*
 * A plain search for paths in server configurations (see server_uses.h). It does not parse the
 * configuration: a line that contains the path and is not a comment is reason enough to ask before
 * deleting.
 *
 * Outputs are searched by whole words, because the next name may begin like theirs; links lead to
 * some of them, and lists of HAProxy's name them from a directory that another file sets.
 */
#include "app/verbs/server_uses.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "base/span.h"
#include "os/file/file.h"

#define MAX_CONFIG (4 * 1024 * 1024)
#define MAX_DEPTH 6

static const char *const other_roots[] = {
	"/etc/apache2", "/etc/caddy",    "/etc/cockpit",   "/etc/dovecot",  "/etc/exim4",
	"/etc/haproxy", "/etc/hitch",    "/etc/httpd",     "/etc/icecast2", "/etc/icecast.xml",
	"/etc/nginx",   "/etc/lighttpd", "/etc/mosquitto", "/etc/postfix",  "/etc/proftpd",
	"/etc/prosody", "/etc/stunnel",  "/etc/varnish",   "/etc/vsftpd.conf",
};

struct search {
	const char *dir;
	const struct strvec *paths;
	struct strvec *places;
	struct strvec seen; /* files looked at: sites-enabled links to sites-available */
};

static bool is_comment(struct span line)
{
	line = span_trim(line);
	return !line.len || line.ptr[0] == '#' || line.ptr[0] == ';';
}

/* Returns true when the line contains the path, followed by a separator. */
static bool names_path(struct span line, const char *dir)
{
	size_t len = strlen(dir);
	const char *at = line.ptr;
	size_t rest = line.len;

	while (rest > len) {
		const char *found = memmem(at, rest, dir, len);

		if (!found)
			return false;
		rest -= (size_t)(found - at) + len;
		at = found + len;
		if (rest && *at == '/')
			return true;
	}
	return false;
}

/* The first word of the rest of a line, as most configurations separate them. */
static bool take_word(struct span *rest, struct span *ret_word)
{
	static const char separators[] = " \t\r\"'<>{}()[],;:=|";
	size_t start = 0, end;

	while (start < rest->len && strchr(separators, rest->ptr[start]))
		start++;
	for (end = start; end < rest->len && !strchr(separators, rest->ptr[end]);)
		end++;
	*ret_word = span_make(rest->ptr + start, end - start);
	*rest = span_drop(*rest, end);
	while (ret_word->len > 1 && ret_word->ptr[ret_word->len - 1] == '/')
		ret_word->len--;
	return ret_word->len > 0;
}

/* True when the word leads to the path. Relative to what is unknown, so the end decides then; but
 * a directory's name alone is a common word. */
static bool leads_to(const char *word, const char *path)
{
	AUTO_FREE char *real = NULL;
	AUTO_FREE char *real_path = NULL;
	AUTO_FREE char *end = NULL;

	if (strcmp(path_basename(word), path_basename(path)) != 0)
		return false;
	if (word[0] != '/') {
		end = xasprintf("/%s", word);
		return str_ends(path, end) && !file_is_dir(path);
	}
	real = realpath(word, NULL);
	real_path = realpath(path, NULL);
	return strcmp(word, path) == 0 || (real && real_path && strcmp(real, real_path) == 0);
}

static bool names_one_of(struct span line, const struct strvec *paths)
{
	struct span word;

	while (paths->count && take_word(&line, &word)) {
		AUTO_FREE char *text = span_dup(word);

		for (size_t i = 0; i < paths->count; i++)
			if (leads_to(text, paths->items[i]))
				return true;
	}
	return false;
}

static void search_file(struct search *search, const char *path)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct span rest, line;

	if (file_read(path, MAX_CONFIG, &text, &err) < 0) {
		log_debug("cannot search for certificate paths: %s", err.text);
		return;
	}
	rest = span_make(text.text, text.len);
	for (int number = 1; span_take_line(&rest, &line); number++)
		if (!is_comment(line) &&
		    (names_path(line, search->dir) || names_one_of(line, search->paths)))
			strvec_pushf(search->places, "%s:%d", path, number);
}

static void search_tree(struct search *search, const char *path, int depth)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (!strvec_push_unique(&search->seen, path))
		return;
	if (!file_is_dir(path)) {
		if (file_is_regular(path))
			search_file(search, path);
		return;
	}
	if (depth == MAX_DEPTH || dir_list(path, "", &names, &err) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *child = path_join(path, names.items[i]);

		search_tree(search, child, depth + 1);
	}
}

/* Returns the value of a plugin's root option, if this build has the plugin. */
static const char *option_root(const struct settings *settings, const char *dest)
{
	return option_table_find(settings_table(settings), dest) ? settings_string(settings, dest)
								 : NULL;
}

/* The files of HAProxy's -f, and what is next to them: lists of certificates. */
static void search_haproxy(struct search *search, const struct settings *settings)
{
	static const char dest[] = "haproxy_config";
	const struct strvec *given = option_table_find(settings_table(settings), dest)
					     ? settings_list(settings, dest)
					     : NULL;

	for (size_t i = 0; given && i < given->count; i++) {
		AUTO_FREE char *dir = path_dirname(given->items[i]);

		search_tree(search, given->items[i], 0);
		search_tree(search, dir, MAX_DEPTH - 1);
	}
}

void server_uses_find(const struct settings *settings, const char *dir, const struct strvec *paths,
		      struct strvec *ret_places)
{
	static const char *const dests[] = {
		"nginx_server_root",  "apache_server_root", "postfix_config_dir",
		"dovecot_config_dir", "exim_config_dir",    "icecast_configuration_file",
	};
	struct search search = {
		.dir = dir, .paths = paths, .places = ret_places, .seen = STRVEC_INIT};

	for (size_t i = 0; i < ARRAY_LEN(dests); i++) {
		const char *root = option_root(settings, dests[i]);

		if (root)
			search_tree(&search, root, 0);
	}
	search_haproxy(&search, settings);
	for (size_t i = 0; i < ARRAY_LEN(other_roots); i++)
		search_tree(&search, other_roots[i], 0);
	strvec_release(&search.seen);
}
