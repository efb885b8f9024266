/*
 * The model of what nginx serves (see nginx_model.h): its life cycle and queries. nginx_files.c has
 * its files, nginx_walk.c collects its contents, and nginx_changes.c applies edits.
 */
#include "confedit/nginx/nginx_model.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/nginx/nginx_files.h"
#include "confedit/nginx/nginx_walk.h"

static void free_paths(void *value)
{
	strvec_release(value);
	free(value);
}

void nginx_model_free(struct nginx_model *model)
{
	if (!model)
		return;
	nginx_model_clear(model);
	nginx_files_release(model);
	free(model->servers);
	free(model->main_items.items);
	free(model->http_items.items);
	free(model->problems);
	map_release(&model->globs);
	free(model->prefix);
	free(model);
}

/* Relative paths of includes start at the directory of nginx.conf, wherever the file with the
 * include is. */
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

/* "_" is the usual name of a server that is not meant for any name. */
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

const char *nginx_model_main_value(const struct nginx_model *model, const char *name)
{
	const struct nginx_item *item = nginx_items_find(&model->main_items, name, NULL);

	return item ? nginx_directive_argument(item->directive, 0) : NULL;
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
