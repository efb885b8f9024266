/*
 * A plain search for paths in server configurations (see server_uses.h). It does not parse the
 * configuration: a line that contains the path and is not a comment is reason enough to ask before
 * deleting.
 */
#include "app/verbs/server_uses.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "base/span.h"
#include "os/file/file.h"

#define MAX_CONFIG (4 * 1024 * 1024)
#define MAX_DEPTH 6

static const char *const other_roots[] = {
	"/etc/apache2", "/etc/caddy",   "/etc/dovecot", "/etc/exim4",  "/etc/haproxy",
	"/etc/httpd",   "/etc/lighttpd", "/etc/nginx",  "/etc/postfix", "/etc/prosody",
	"/etc/vsftpd.conf", "/etc/proftpd", "/etc/mosquitto", "/etc/cockpit",
};

struct search {
	const char *dir;
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
		if (!is_comment(line) && names_path(line, search->dir))
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

void server_uses_find(const struct settings *settings, const char *dir, struct strvec *ret_places)
{
	static const char *const dests[] = {"nginx_server_root", "apache_server_root"};
	struct search search = {.dir = dir, .places = ret_places, .seen = STRVEC_INIT};

	for (size_t i = 0; i < ARRAY_LEN(dests); i++) {
		const char *root = option_root(settings, dests[i]);

		if (root)
			search_tree(&search, root, 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(other_roots); i++)
		search_tree(&search, other_roots[i], 0);
	strvec_release(&search.seen);
}
