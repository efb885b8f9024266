/*
 * The model of what httpd serves (see apache_model.h): its life cycle and queries. apache_files.c
 * has its files, apache_walk.c collects its contents, and apache_changes.c applies edits.
 */
#include "confedit/apache/apache_model.h"

#include <string.h>

#include "base/alloc.h"
#include "confedit/apache/apache_files.h"
#include "confedit/apache/apache_walk.h"
#include "confedit/names.h"

static void free_paths(void *value)
{
	strvec_release(value);
	free(value);
}

void apache_model_free(struct apache_model *model)
{
	if (!model)
		return;
	apache_model_clear(model);
	apache_files_release(model);
	free(model->vhosts);
	free(model->items.items);
	free(model->problems);
	map_release(&model->expansions);
	free(model->server_root);
	free(model);
}

int apache_model_load(const struct apache_source *source, const struct apache_program *program,
		      const char *path, struct apache_model **ret_model, struct error *err)
{
	AUTO(apache_model) struct apache_model *model = XNEW(struct apache_model);
	const struct apache_file *main_file;

	model->source = source;
	model->program = program;
	apache_files_init(model);
	model->expansions = (struct map)MAP_INIT(free_paths);
	model->modules = (struct map)MAP_INIT(free);
	model->defines = (struct map)MAP_INIT(free);
	if (apache_model_open(model, path, &main_file, err) < 0)
		return err->code;
	apache_walk(model);
	for (size_t i = 0; i < model->vhost_count; i++)
		model->vhosts[i].id = model->next_id++;
	*ret_model = STEAL(model);
	return 0;
}

size_t apache_model_vhost_count(const struct apache_model *model)
{
	return model->vhost_count;
}

const struct apache_vhost *apache_model_vhost(const struct apache_model *model, size_t index)
{
	return &model->vhosts[index];
}

/* Ids are not indexes: an edit may add a host before others, and plugins keep ids across edits. */
const struct apache_vhost *apache_model_find(const struct apache_model *model, size_t id)
{
	for (size_t i = 0; i < model->vhost_count; i++)
		if (model->vhosts[i].id == id)
			return &model->vhosts[i];
	return NULL;
}

size_t apache_model_problem_count(const struct apache_model *model)
{
	return model->problem_count;
}

const struct apache_problem *apache_model_problem(const struct apache_model *model, size_t index)
{
	return &model->problems[index];
}

const struct apache_items *apache_model_items(const struct apache_model *model)
{
	return &model->items;
}

bool apache_model_has_module(const struct apache_model *model, const char *identifier)
{
	return map_contains(&model->modules, identifier);
}

const struct map *apache_model_defines(const struct apache_model *model)
{
	return &model->defines;
}

char *apache_model_module_path(const struct apache_model *model, const char *identifier)
{
	const char *path = map_get(&model->modules, identifier);

	if (!path)
		return NULL;
	/* Relative to ServerRoot, as all paths of httpd's are. */
	return *path == '/' ? xstrdup(path) : xasprintf("%s/%s", model->server_root, path);
}

/* Patterns are left out: no CA certifies them, apart from wildcards, which have another syntax. */
static void add_name(struct strvec *ret_names, const char *name)
{
	if (*name && !names_is_glob(name))
		strvec_push_unique(ret_names, name);
}

void apache_model_names(const struct apache_model *model, struct strvec *ret_names)
{
	for (size_t i = 0; i < model->vhost_count; i++) {
		const struct apache_vhost *vhost = &model->vhosts[i];

		if (vhost->name)
			add_name(ret_names, vhost->name);
		for (size_t j = 0; j < vhost->aliases.count; j++)
			add_name(ret_names, vhost->aliases.items[j]);
	}
}

/* Callers have the path by which httpd read the file, which may be a link in sites-enabled. */
const struct apache_file *apache_model_find_file(const struct apache_model *model, const char *path)
{
	const char *real = map_get(&model->real_paths, path);
	const struct model_file *file = map_get(&model->files_by_path, real ? real : path);

	return file && file->conf ? &file->shown : NULL;
}

void apache_model_changed(const struct apache_model *model, struct strvec *ret_paths)
{
	for (size_t i = 0; i < model->file_count; i++)
		if (model->files[i]->shown.changed)
			strvec_push(ret_paths, model->files[i]->real_path);
}

/* Empty ones need not be enabled. */
void apache_model_added(const struct apache_model *model, struct strvec *ret_paths)
{
	for (size_t i = 0; i < model->added_files.count; i++) {
		const struct apache_file *file =
			apache_model_find_file(model, model->added_files.items[i]);

		if (file && apache_conf_first(file->conf))
			strvec_push(ret_paths, file->real_path);
	}
}
