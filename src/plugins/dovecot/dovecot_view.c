/*
 * Follows the includes of Dovecot's configuration (see dovecot_view.h).
 */
#include "plugins/dovecot/dovecot_view.h"

#include <fnmatch.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "os/file/file.h"
#include "webserver/texts.h"

/* New blocks go into a file of this name if the configuration includes one, else into dovecot.conf.
 * It is read after the files of distributions. */
#define OWN_FILE "zz-certbot.conf"
#define MAX_DEPTH 16
#define MAX_STATEMENTS 100000

void dovecot_view_release(struct dovecot_view *view)
{
	for (size_t i = 0; i < view->conf_count; i++)
		dovecot_conf_release(&view->confs[i]);
	free(view->confs);
	free(view->items);
	*view = (struct dovecot_view)DOVECOT_VIEW_INIT;
}

/* ---- Reading ---- */

struct walk {
	struct webserver *server;
	struct dovecot_view *view;
	size_t depth;
};

/* The number of a file in the model. Loads the file if it is not there yet. */
static int find_text(struct webserver *server, const char *path, bool may_be_missing,
		     size_t *ret_text, struct error *err)
{
	for (size_t i = 0; i < texts_count(server); i++) {
		if (strcmp(texts_at(server, i)->path, path) == 0) {
			*ret_text = i;
			return 0;
		}
	}
	*ret_text = texts_count(server);
	return texts_load(server, path, may_be_missing, err);
}

/* Parses the texts up to that number. */
static int parse_texts(struct dovecot_view *view, size_t text, struct error *err)
{
	while (view->conf_count <= text) {
		size_t next = view->conf_count;

		ARRAY_GROW(view->confs, view->conf_count, view->conf_capacity);
		view->confs[next] = (struct dovecot_conf)DOVECOT_CONF_INIT;
		view->conf_count++;
		if (dovecot_conf_parse(texts_span(view->server, next), &view->confs[next], err) < 0)
			return error_wrap(err, "cannot read '%s'",
					  texts_at(view->server, next)->path);
	}
	return 0;
}

/* True when the pattern of an include matches a file of ours. Adds its path to the matches. */
static bool takes_own_file(const struct walk *walk, const char *pattern, struct strvec *paths)
{
	AUTO_FREE char *dir = path_dirname(pattern);
	AUTO_FREE char *own = path_join(dir, OWN_FILE);
	size_t len = strlen(walk->server->root);

	if (strncmp(own, walk->server->root, len) != 0 || own[len] != '/' ||
	    fnmatch(pattern, own, FNM_PATHNAME | FNM_PERIOD) != 0 || !file_is_dir(dir))
		return false;
	if (strvec_push_unique(paths, own))
		strvec_sort(paths);
	return true;
}

static int walk_text(struct walk *walk, size_t text, const char *block, struct error *err);

static int walk_include(struct walk *walk, size_t text, size_t at, const char *block,
			struct error *err)
{
	const struct dovecot_statement *include = &walk->view->confs[text].items[at];
	AUTO_FREE char *dir = path_dirname(texts_at(walk->server, text)->path);
	AUTO_FREE char *pattern = include->value[0] == '/' ? xstrdup(include->value)
							   : path_join(dir, include->value);
	AUTO(strvec) struct strvec paths = STRVEC_INIT;
	bool is_own = false, may_be_missing = include->kind == DOVECOT_INCLUDE_TRY;

	if (webserver_glob(walk->server, pattern, &paths, err) < 0)
		return err->code;
	if (!block && !walk->view->target)
		is_own = takes_own_file(walk, pattern, &paths);
	for (size_t i = 0; i < paths.count; i++) {
		bool is_target = is_own && strcmp(path_basename(paths.items[i]), OWN_FILE) == 0;
		size_t included;

		if (find_text(walk->server, paths.items[i], is_target || may_be_missing, &included,
			      err) < 0)
			return err->code;
		if (is_target)
			walk->view->target = included;
		if (walk_text(walk, included, block, err) < 0)
			return err->code;
	}
	return 0;
}

static int walk_statements(struct walk *walk, size_t text, const char *block, struct error *err)
{
	for (size_t i = 0; i < walk->view->confs[text].count; i++) {
		const struct dovecot_conf *conf = &walk->view->confs[text];
		size_t parent = conf->items[i].parent;
		const char *around = parent == DOVECOT_TOP ? block : conf->items[parent].name;

		if (conf->items[i].kind == DOVECOT_INCLUDE ||
		    conf->items[i].kind == DOVECOT_INCLUDE_TRY) {
			if (walk_include(walk, text, i, around, err) < 0)
				return err->code;
			continue;
		}
		ARRAY_GROW(walk->view->items, walk->view->count, walk->view->capacity);
		walk->view->items[walk->view->count++] = (struct dovecot_place){text, i, block};
	}
	return 0;
}

static int walk_text(struct walk *walk, size_t text, const char *block, struct error *err)
{
	int rc;

	if (walk->depth == MAX_DEPTH || walk->view->count > MAX_STATEMENTS)
		return error_set(err, ERR_CONFIG, "'%s' is included too often",
				 texts_at(walk->server, text)->path);
	walk->depth++;
	rc = parse_texts(walk->view, text, err) < 0 ? err->code
						    : walk_statements(walk, text, block, err);
	walk->depth--;
	return rc;
}

int dovecot_view_read(struct webserver *server, const char *main_path, struct dovecot_view *ret,
		      struct error *err)
{
	struct walk walk = {.server = server, .view = ret};
	size_t text;

	ret->server = server;
	if (find_text(server, main_path, false, &text, err) < 0)
		return err->code;
	return walk_text(&walk, text, NULL, err);
}

/* ---- Looking ---- */

const struct dovecot_statement *dovecot_view_at(const struct dovecot_view *view, size_t place)
{
	return &view->confs[view->items[place].text].items[view->items[place].statement];
}

const struct dovecot_statement *dovecot_view_parent(const struct dovecot_view *view,
						    const struct dovecot_place *place,
						    const struct dovecot_statement *statement)
{
	return statement->parent == DOVECOT_TOP
		       ? NULL
		       : &view->confs[place->text].items[statement->parent];
}

#define PREFIX_BLOCK "ssl_server"

static const struct dovecot_statement *direct_parent(const struct dovecot_view *view, size_t place)
{
	return dovecot_view_parent(view, &view->items[place], dovecot_view_at(view, place));
}

static bool is_prefix(const struct dovecot_statement *block)
{
	return block && strcmp(block->name, PREFIX_BLOCK) == 0;
}

char *dovecot_view_name(const struct dovecot_view *view, size_t place)
{
	const char *name = dovecot_view_at(view, place)->name;

	return is_prefix(direct_parent(view, place)) && !str_starts(name, PREFIX_BLOCK "_")
		       ? xasprintf(PREFIX_BLOCK "_%s", name)
		       : xstrdup(name);
}

const struct dovecot_statement *dovecot_view_around(const struct dovecot_view *view, size_t place)
{
	const struct dovecot_statement *block = direct_parent(view, place);

	return is_prefix(block) ? dovecot_view_parent(view, &view->items[place], block) : block;
}

/* True when it is outside of all blocks. */
static bool is_global(const struct dovecot_view *view, size_t place)
{
	return !view->items[place].block && dovecot_view_at(view, place)->parent == DOVECOT_TOP;
}

const struct dovecot_statement *dovecot_view_global(const struct dovecot_view *view,
						    const char *name, size_t *ret_text)
{
	for (size_t i = view->count; i-- > 0;) {
		const struct dovecot_statement *statement = dovecot_view_at(view, i);
		AUTO_FREE char *whole = dovecot_view_name(view, i);

		if (statement->kind == DOVECOT_SETTING && !view->items[i].block &&
		    !dovecot_view_around(view, i) && strcmp(whole, name) == 0) {
			*ret_text = view->items[i].text;
			return statement;
		}
	}
	return NULL;
}

const struct dovecot_statement *dovecot_view_in_block(const struct dovecot_view *view, size_t place,
						      const char *name)
{
	const struct dovecot_place *block = &view->items[place];
	const struct dovecot_conf *conf = &view->confs[block->text];

	for (size_t i = conf->count; i-- > 0;)
		if (conf->items[i].kind == DOVECOT_SETTING &&
		    conf->items[i].parent == block->statement &&
		    strcmp(conf->items[i].name, name) == 0)
			return &conf->items[i];
	return NULL;
}

bool dovecot_view_is_name_block(const struct dovecot_view *view, size_t place)
{
	const struct dovecot_statement *statement = dovecot_view_at(view, place);

	return statement->kind == DOVECOT_BLOCK && is_global(view, place) &&
	       strcmp(statement->name, "local_name") == 0;
}
