/*
 * Edits several files in one step (see nginx_changes.h): all results are parsed before any
 * replaces the old file, and then the servers are collected again. A server keeps its id because
 * the splices show where its first byte went.
 */
#include "confedit/nginx/nginx_changes.h"

#include <string.h>

#include "base/alloc.h"
#include "confedit/nginx/nginx_model.h"
#include "confedit/nginx/nginx_walk.h"

/* Where a server of the old model is in the new text. */
struct known_server {
	size_t file_index, start, id;
};

void nginx_changes_init(struct nginx_changes *changes, struct nginx_model *model)
{
	changes->model = model;
	changes->count = model->file_count;
	changes->edits = xcalloc(changes->count, sizeof(*changes->edits));
	for (size_t i = 0; i < changes->count; i++)
		if (model->files[i]->conf)
			changes->edits[i].base = nginx_conf_bytes(model->files[i]->conf);
}

void nginx_changes_release(struct nginx_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++)
		edit_release(&changes->edits[i]);
	free(changes->edits);
	changes->edits = NULL;
	changes->count = 0;
}

struct edit *nginx_changes_edit(struct nginx_changes *changes, const struct nginx_file *file)
{
	return &changes->edits[file->index];
}

/* Parses the edited files; a file that stays as it is gets NULL. A result that does not parse is
 * our mistake and not the user's, hence the internal error. It is found here, where nothing has
 * been written yet. */
static int parse_edited(const struct nginx_changes *changes, struct nginx_conf **ret_confs,
			struct error *err)
{
	for (size_t i = 0; i < changes->count; i++) {
		AUTO(strbuf) struct strbuf bytes = STRBUF_INIT;

		if (!changes->edits[i].count)
			continue;
		edit_apply(&changes->edits[i], &bytes);
		if (bytes.len == changes->edits[i].base.len &&
		    memcmp(bytes.text, changes->edits[i].base.ptr, bytes.len) == 0)
			continue;
		if (nginx_conf_parse(span_make(bytes.text, bytes.len), &ret_confs[i], err) == 0)
			continue;
		error_recode(err, ERR_INTERNAL);
		return error_wrap(err, "cannot edit '%s': the result would not parse",
				  changes->model->files[i]->path);
	}
	return 0;
}

static struct known_server *remember_servers(const struct nginx_changes *changes)
{
	const struct nginx_model *model = changes->model;
	struct known_server *known = xcalloc(model->server_count + 1, sizeof(*known));

	for (size_t i = 0; i < model->server_count; i++) {
		const struct nginx_server *server = &model->servers[i];
		size_t file = server->file->index;

		known[i] = (struct known_server){
			.file_index = file,
			.start = edit_map(&changes->edits[file], server->directive->start),
			.id = server->id,
		};
	}
	return known;
}

/* Servers keep their order, so each search goes on where the last one ended. */
static void restore_ids(struct nginx_model *model, const struct known_server *known,
			size_t known_count)
{
	size_t next = 0;

	for (size_t i = 0; i < model->server_count; i++) {
		struct nginx_server *server = &model->servers[i];
		size_t at = next;

		while (at < known_count && (known[at].file_index != server->file->index ||
					    known[at].start != server->directive->start))
			at++;
		if (at < known_count) {
			server->id = known[at].id;
			next = at + 1;
		} else {
			server->id = model->next_id++;
		}
	}
}

/* The servers have pointers into the old trees: they were cleared before. */
static void exchange_confs(const struct nginx_changes *changes, struct nginx_conf **confs)
{
	for (size_t i = 0; i < changes->count; i++) {
		struct model_file *file = changes->model->files[i];

		if (!confs[i])
			continue;
		nginx_conf_free(file->conf);
		file->conf = STEAL(confs[i]);
		file->shown.conf = file->conf;
		file->shown.changed = true;
	}
}

/* The walk is repeated whole, since an edit may bring or remove an include. */
int nginx_changes_apply(struct nginx_changes *changes, struct error *err)
{
	struct nginx_model *model = changes->model;
	AUTO_FREE struct nginx_conf **confs = xcalloc(changes->count, sizeof(struct nginx_conf *));
	AUTO_FREE struct known_server *known = NULL;
	size_t known_count = model->server_count;

	if (parse_edited(changes, confs, err) < 0) {
		for (size_t i = 0; i < changes->count; i++)
			nginx_conf_free(confs[i]);
		return err->code;
	}
	known = remember_servers(changes);
	nginx_model_clear(model);
	exchange_confs(changes, confs);
	nginx_walk(model, &model->files[0]->shown);
	restore_ids(model, known, known_count);
	return 0;
}

int nginx_model_require(struct nginx_model *model, size_t id,
			const struct nginx_server **ret_server, struct error *err)
{
	*ret_server = nginx_model_find(model, id);
	if (!*ret_server || (*ret_server)->kind != NGINX_SERVER_HTTP)
		return error_set(err, ERR_NOT_FOUND, "cannot find server block number %zu", id);
	return 0;
}
