/*
 * The model of what nginx serves (see nginx_model.h): its life, its files and what can be asked of
 * it. Gathering is in nginx_walk.c, edits in nginx_changes.c and above.
 */
#include "confedit/nginx/nginx_model.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/nginx/nginx_model_parts.h"
#include "confedit/nginx/nginx_walk.h"

static void free_paths(void *value)
{
	strvec_release(value);
	free(value);
}

static void free_file(struct model_file *file)
{
	free(file->path);
	nginx_conf_free(file->conf);
	free(file->failure);
	free(file);
}

void nginx_model_clear(struct nginx_model *model)
{
	for (size_t i = 0; i < model->server_count; i++)
		nginx_server_release(&model->servers[i]);
	model->server_count = 0;
	model->http_items.count = 0;
	model->http = NULL;
	model->http_file = NULL;
	for (size_t i = 0; i < model->problem_count; i++) {
		free(model->problems[i].path);
		free(model->problems[i].text);
	}
	model->problem_count = 0;
}

void nginx_model_free(struct nginx_model *model)
{
	if (!model)
		return;
	nginx_model_clear(model);
	for (size_t i = 0; i < model->file_count; i++)
		free_file(model->files[i]);
	free(model->files);
	free(model->servers);
	free(model->http_items.items);
	free(model->problems);
	map_release(&model->files_by_path);
	map_release(&model->globs);
	free(model->prefix);
	free(model);
}

static int read_file(struct nginx_model *model, const char *path, struct nginx_conf **ret_conf,
		     struct error *err)
{
	AUTO(strbuf) struct strbuf bytes = STRBUF_INIT;

	if (model->source->read(model->source->context, path, &bytes, err) < 0)
		return err->code;
	if (nginx_conf_parse(span_make(bytes.text, bytes.len), ret_conf, err) < 0)
		return error_wrap(err, "cannot read '%s'", path);
	return 0;
}

static struct model_file *add_file(struct nginx_model *model, const char *path)
{
	struct model_file *file = XNEW(struct model_file);

	file->path = xstrdup(path);
	file->shown = (struct nginx_file){.path = file->path, .index = model->file_count};
	ARRAY_GROW(model->files, model->file_count, model->file_capacity);
	model->files[model->file_count++] = file;
	map_set(&model->files_by_path, path, file);
	return file;
}

int nginx_model_open(struct nginx_model *model, const char *path,
		     const struct nginx_file **ret_file, struct error *err)
{
	struct model_file *file = map_get(&model->files_by_path, path);

	if (!file) {
		AUTO(error) struct error failure = ERROR_INIT;

		file = add_file(model, path);
		if (read_file(model, path, &file->conf, &failure) < 0)
			file->failure = xstrdup(failure.text);
		file->shown.conf = file->conf;
	}
	if (file->failure)
		return error_set(err, ERR_CONFIG, "%s", file->failure);
	*ret_file = &file->shown;
	return 0;
}

int nginx_model_create(struct nginx_model *model, const char *path, struct span bytes,
		       struct error *err)
{
	struct model_file *file = map_get(&model->files_by_path, path);
	struct nginx_conf *conf = NULL;

	if (nginx_conf_parse(bytes, &conf, err) < 0)
		return err->code;
	if (!file)
		file = add_file(model, path);
	nginx_conf_free(file->conf);
	REPLACE(file->failure, NULL);
	file->conf = conf;
	file->shown.conf = conf;
	file->shown.changed = file->shown.created = true;
	return 0;
}

int nginx_model_load(const struct nginx_source *source, const char *path,
		     struct nginx_model **ret_model, struct error *err)
{
	AUTO(nginx_model) struct nginx_model *model = XNEW(struct nginx_model);
	const char *slash = strrchr(path, '/');
	const struct nginx_file *main_file;

	model->source = source;
	model->globs = (struct map)MAP_INIT(free_paths);
	model->prefix = xstrndup(path, slash ? (size_t)(slash - path) + 1 : 0);
	if (nginx_model_open(model, path, &main_file, err) < 0)
		return err->code;
	nginx_walk(model, main_file);
	for (size_t i = 0; i < model->server_count; i++)
		model->servers[i].id = model->next_id++;
	*ret_model = STEAL(model);
	return 0;
}

size_t nginx_model_server_count(const struct nginx_model *model)
{
	return model->server_count;
}

const struct nginx_server *nginx_model_server(const struct nginx_model *model, size_t index)
{
	return &model->servers[index];
}

const struct nginx_server *nginx_model_find(const struct nginx_model *model, size_t id)
{
	for (size_t i = 0; i < model->server_count; i++)
		if (model->servers[i].id == id)
			return &model->servers[i];
	return NULL;
}

size_t nginx_model_problem_count(const struct nginx_model *model)
{
	return model->problem_count;
}

const struct nginx_problem *nginx_model_problem(const struct nginx_model *model, size_t index)
{
	return &model->problems[index];
}

void nginx_model_names(const struct nginx_model *model, struct strvec *ret_names)
{
	for (size_t i = 0; i < model->server_count; i++) {
		const struct nginx_server *server = &model->servers[i];

		for (size_t j = 0; server->kind == NGINX_SERVER_HTTP && j < server->names.count;
		     j++) {
			const char *name = server->names.items[j];

			if (*name && *name != '~' && strcmp(name, "_") != 0)
				strvec_push_unique(ret_names, name);
		}
	}
}

bool nginx_model_uses_ipv6(const struct nginx_model *model)
{
	for (size_t i = 0; i < model->server_count; i++)
		for (size_t j = 0; j < model->servers[i].listen_count; j++)
			if (model->servers[i].listens[j].family == NGINX_IPV6)
				return true;
	return false;
}

const struct nginx_file *nginx_model_file(const struct nginx_model *model, size_t index)
{
	return &model->files[index]->shown;
}

void nginx_model_changed(const struct nginx_model *model, struct strvec *ret_paths)
{
	for (size_t i = 0; i < model->file_count; i++)
		if (model->files[i]->shown.changed)
			strvec_push(ret_paths, model->files[i]->path);
}

struct span nginx_model_bytes(const struct nginx_model *model, const char *path)
{
	const struct model_file *file = map_get(&model->files_by_path, path);

	return file && file->conf ? nginx_conf_bytes(file->conf) : span_make("", 0);
}

const struct nginx_item *nginx_items_find(const struct nginx_items *items, const char *name,
					  const struct nginx_item *after)
{
	for (size_t i = after ? (size_t)(after - items->items) + 1 : 0; i < items->count; i++)
		if (nginx_directive_is(items->items[i].directive, name))
			return &items->items[i];
	return NULL;
}

void nginx_place(const struct nginx_file *file, const struct nginx_directive *directive,
		 struct strbuf *out)
{
	strbuf_addf(out, "%s:%zu", file->path, directive->line);
}

char *nginx_server_title(const struct nginx_server *server)
{
	AUTO(strbuf) struct strbuf title = STRBUF_INIT;

	if (server->names.count)
		strbuf_addf(&title, "server '%s' (", server->names.items[0]);
	else
		strbuf_adds(&title, "server without a name (");
	nginx_place(server->file, server->directive, &title);
	strbuf_addc(&title, ')');
	return strbuf_detach(&title);
}
