/*
 * Lists of certificates, which `crt-list` of a bind line names (HAProxy's configuration manual,
 * section 5.1): a file in each line, maybe with options in [] and names. A running HAProxy can be
 * told of a new line, as it can of a new file in a directory, but of no other change.
 */
#include <string.h>

#include "base/alloc.h"
#include "confedit/edit.h"
#include "confedit/haproxy/haproxy_bind.h"
#include "os/file/file.h"
#include "plugins/haproxy/haproxy_site.h"
#include "webserver/texts.h"

/* Returns false for a path that a list would misread: blanks end the file's name, [] and ! follow
 * it. */
static bool can_be_listed(const char *path)
{
	return path[0] == '/' && !path[strcspn(path, " \t\\\"'#[]!$")];
}

bool haproxy_list_of_bind(const struct webserver *server, const struct haproxy_confs *confs,
			  const struct haproxy_line *line, const char *path, size_t *ret_index)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;

	haproxy_bind_values(line, "crt-list", &words);
	for (size_t i = 0; i < words.count && can_be_listed(path); i++) {
		AUTO_FREE char *list = haproxy_crt_path(confs, words.items[i]);

		for (size_t j = confs->count; j < texts_count(server); j++) {
			*ret_index = j;
			if (strcmp(texts_at(server, j)->path, list) == 0)
				return true;
		}
	}
	return false;
}

static void append_line(struct span text, const char *line, struct edit *edit)
{
	bool is_ended = !text.len || text.ptr[text.len - 1] == '\n';

	edit_insert(edit, text.len, is_ended ? "" : "\n");
	edit_insert(edit, text.len, line);
}

/* Of two lines for one name the first counts. Returns true when the new line is the last one, which
 * a running process can be told of. */
static bool edit_list(const struct haproxy_confs *confs, const struct haproxy_conf *list,
		      const char *path, const struct strvec *names, struct edit *edit)
{
	AUTO_FREE char *new_line = xasprintf("%s\n", path);

	for (size_t i = 0; i < list->line_count; i++) {
		const struct haproxy_word *word = &list->lines[i].words[0];
		AUTO_FREE char *listed = haproxy_crt_path(confs, word->text);

		if (path_is_same(listed, path))
			return false;
		switch (haproxy_overlap_of(listed, names)) {
		case HAPROXY_NO_OVERLAP:
			break;
		case HAPROXY_SOME_OVERLAP:
			edit_insert(edit, list->lines[i].start, new_line);
			return false;
		case HAPROXY_SUPERSEDED:
			edit_replace(edit, word->start, word->end, path);
			return false;
		}
	}
	append_line(list->text, new_line, edit);
	return true;
}

void haproxy_list_add(struct webserver *server, const struct haproxy_confs *confs, size_t index,
		      const char *path, const struct strvec *names)
{
	struct haproxy_modes modes = {.http = MAP_INIT(NULL)};
	AUTO(haproxy_conf) struct haproxy_conf list = HAPROXY_CONF_INIT;
	AUTO(edit) struct edit edit = EDIT_INIT(texts_span(server, index));
	AUTO(strbuf) struct strbuf changed = STRBUF_INIT;
	bool is_last;

	haproxy_conf_read(texts_span(server, index), &modes, &list);
	map_release(&modes.http);
	is_last = edit_list(confs, &list, path, names, &edit);
	edit_apply(&edit, &changed);
	/* `list` and `edit` borrow the old text. */
	if (!texts_set(server, index, span_make(changed.text, changed.len)))
		return;
	haproxy_site_of(server)->has_edits |= !is_last;
	webserver_note(server, "Added %s to %s", path, texts_at(server, index)->path);
}
