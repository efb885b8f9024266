/*
 * The files of a model: read on demand, created by edits (see nginx_files.h).
 */
#include "confedit/nginx/nginx_files.h"

#include "base/alloc.h"

static void free_file(struct model_file *file)
{
	free(file->path);
	nginx_conf_free(file->conf);
	free(file->failure);
	free(file);
}

void nginx_files_release(struct nginx_model *model)
{
	for (size_t i = 0; i < model->file_count; i++)
		free_file(model->files[i]);
	free(model->files);
	map_release(&model->files_by_path);
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
