/*
 * The model of what httpd serves (see apache_model.h): its life, its files and what can be asked of
 * it. Gathering is in apache_walk.c, edits in apache_changes.c and above.
 */
#include "confedit/apache/apache_model.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/apache/apache_model_parts.h"
#include "confedit/apache/apache_walk.h"
#include "confedit/names.h"

static void free_paths(void *value)
{
	strvec_release(value);
	free(value);
}

void apache_items_clear(struct apache_items *items)
{
	for (size_t i = 0; i < items->count; i++) {
		char **arguments = items->items[i].arguments;

		for (size_t j = 0; arguments && arguments[j]; j++)
			free(arguments[j]);
		free(arguments);
	}
	items->count = 0;
}

void apache_vhost_release(struct apache_vhost *vhost)
{
	apache_items_clear(&vhost->items);
	free(vhost->items.items);
	for (size_t i = 0; i < vhost->address_count; i++)
		apache_address_release(&vhost->addresses[i]);
	free(vhost->addresses);
	free(vhost->name);
	strvec_release(&vhost->aliases);
}

static void free_file(struct model_file *file)
{
	free(file->path);
	free(file->real_path);
	apache_conf_free(file->conf);
	free(file->failure);
	free(file);
}

void apache_model_clear(struct apache_model *model)
{
	for (size_t i = 0; i < model->vhost_count; i++)
		apache_vhost_release(&model->vhosts[i]);
	model->vhost_count = 0;
	apache_items_clear(&model->items);
	map_release(&model->modules);
	map_release(&model->defines);
	for (size_t i = 0; i < model->problem_count; i++) {
		free(model->problems[i].path);
		free(model->problems[i].text);
	}
	model->problem_count = 0;
	for (size_t i = 0; i < model->file_count; i++)
		model->files[i]->shown.enabled = false;
}

void apache_model_free(struct apache_model *model)
{
	if (!model)
		return;
	apache_model_clear(model);
	for (size_t i = 0; i < model->file_count; i++)
		free_file(model->files[i]);
	free(model->files);
	free(model->vhosts);
	free(model->items.items);
	free(model->problems);
	map_release(&model->real_paths);
	map_release(&model->files_by_path);
	map_release(&model->expansions);
	strvec_release(&model->added_files);
	free(model->server_root);
	free(model);
}

static const char *real_path_of(struct apache_model *model, const char *path)
{
	if (!map_contains(&model->real_paths, path))
		map_set(&model->real_paths, path,
			model->source->real_path(model->source->context, path));
	return map_get(&model->real_paths, path);
}

static struct model_file *add_file(struct apache_model *model, const char *path)
{
	struct model_file *file = XNEW(struct model_file);

	file->path = xstrdup(path);
	file->real_path = xstrdup(real_path_of(model, path));
	file->shown = (struct apache_file){
		.path = file->path,
		.real_path = file->real_path,
		.index = model->file_count,
	};
	ARRAY_GROW(model->files, model->file_count, model->file_capacity);
	model->files[model->file_count++] = file;
	map_set(&model->files_by_path, file->real_path, file);
	return file;
}

static int read_file(struct apache_model *model, struct model_file *file, struct error *err)
{
	AUTO(strbuf) struct strbuf bytes = STRBUF_INIT;

	if (model->source->read(model->source->context, file->path, &bytes, err) < 0)
		return err->code;
	if (apache_conf_parse(span_make(bytes.text, bytes.len), &file->conf, err) < 0)
		return error_wrap(err, "cannot read '%s'", file->path);
	file->shown.conf = file->conf;
	return 0;
}

int apache_model_open(struct apache_model *model, const char *path,
		      const struct apache_file **ret_file, struct error *err)
{
	struct model_file *file = map_get(&model->files_by_path, real_path_of(model, path));

	if (!file) {
		AUTO(error) struct error failure = ERROR_INIT;

		file = add_file(model, path);
		if (read_file(model, file, &failure) < 0)
			file->failure = xstrdup(failure.text);
	}
	if (file->failure)
		return error_set(err, ERR_CONFIG, "%s", file->failure);
	*ret_file = &file->shown;
	return 0;
}

int apache_model_add_file(struct apache_model *model, const char *path,
			  const struct apache_file **ret_file, struct error *err)
{
	struct model_file *file = map_get(&model->files_by_path, real_path_of(model, path));

	if (!file && !model->source->exists(model->source->context, path)) {
		AUTO(error) struct error never = ERROR_INIT;

		file = add_file(model, path);
		file->shown.created = true;
		if (apache_conf_parse(span_make("", 0), &file->conf, &never) < 0)
			BUG("an empty file does not parse");
		file->shown.conf = file->conf;
	}
	if (apache_model_open(model, path, ret_file, err) < 0)
		return err->code;
	if (!(*ret_file)->enabled)
		strvec_push_unique(&model->added_files, (*ret_file)->real_path);
	return 0;
}

int apache_model_load(const struct apache_source *source, const struct apache_program *program,
		      const char *path, struct apache_model **ret_model, struct error *err)
{
	AUTO(apache_model) struct apache_model *model = XNEW(struct apache_model);
	const struct apache_file *main_file;

	model->source = source;
	model->program = program;
	model->real_paths = (struct map)MAP_INIT(free);
	model->expansions = (struct map)MAP_INIT(free_paths);
	model->modules = (struct map)MAP_INIT(free);
	model->defines = (struct map)MAP_INIT(free);
	strvec_init(&model->added_files);
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
	return *path == '/' ? xstrdup(path) : xasprintf("%s/%s", model->server_root, path);
}

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

size_t apache_model_file_count(const struct apache_model *model)
{
	return model->file_count;
}

const struct apache_file *apache_model_file(const struct apache_model *model, size_t index)
{
	return &model->files[index]->shown;
}

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

void apache_model_added(const struct apache_model *model, struct strvec *ret_paths)
{
	for (size_t i = 0; i < model->added_files.count; i++) {
		const struct apache_file *file =
			apache_model_find_file(model, model->added_files.items[i]);

		if (file && apache_conf_first(file->conf))
			strvec_push(ret_paths, file->real_path);
	}
}

const struct apache_item *apache_items_find(const struct apache_items *items, const char *name,
					    const struct apache_item *after)
{
	for (size_t i = after ? (size_t)(after - items->items) + 1 : 0; i < items->count; i++)
		if (apache_directive_is(items->items[i].directive, name))
			return &items->items[i];
	return NULL;
}

const struct apache_item *apache_items_find_last(const struct apache_items *items, const char *name)
{
	for (size_t i = items->count; i > 0; i--)
		if (apache_directive_is(items->items[i - 1].directive, name))
			return &items->items[i - 1];
	return NULL;
}

const char *apache_item_argument(const struct apache_item *item, size_t index)
{
	if (index + 1 >= item->directive->word_count)
		return NULL;
	return item->arguments ? item->arguments[index] : item->directive->words[index + 1].text;
}

void apache_place(const struct apache_file *file, const struct apache_directive *directive,
		  struct strbuf *out)
{
	strbuf_addf(out, "%s:%zu", file->path, directive->line);
}

char *apache_vhost_title(const struct apache_vhost *vhost)
{
	AUTO(strbuf) struct strbuf title = STRBUF_INIT;

	if (vhost->name)
		strbuf_addf(&title, "virtual host '%s' (", vhost->name);
	else
		strbuf_adds(&title, "virtual host without a name (");
	apache_place(vhost->file, vhost->directive, &title);
	strbuf_addc(&title, ')');
	return strbuf_detach(&title);
}

bool apache_vhost_has_name(const struct apache_vhost *vhost, const char *name)
{
	if (vhost->name && str_eq_nocase(vhost->name, name))
		return true;
	for (size_t i = 0; i < vhost->aliases.count; i++)
		if (names_match_glob(vhost->aliases.items[i], name))
			return true;
	return false;
}
