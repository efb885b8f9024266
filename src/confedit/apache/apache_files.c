/*
 * The files of a model: read on demand, created by edits (see apache_files.h).
 */
#include "confedit/apache/apache_files.h"

#include "base/alloc.h"

void apache_files_init(struct apache_model *model)
{
	model->real_paths = (struct map)MAP_INIT(free);
	strvec_init(&model->added_files);
}

static void free_file(struct model_file *file)
{
	free(file->path);
	free(file->real_path);
	apache_conf_free(file->conf);
	free(file->failure);
	free(file);
}

void apache_files_release(struct apache_model *model)
{
	for (size_t i = 0; i < model->file_count; i++)
		free_file(model->files[i]);
	free(model->files);
	map_release(&model->real_paths);
	map_release(&model->files_by_path);
	strvec_release(&model->added_files);
}

/* A site is reached as sites-enabled/x and sites-available/x. It is one file, with one tree. */
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

/* A failure is kept, so that the file is not read again and again, and each caller gets the same
 * error. */
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

/* A file that exists is opened, never emptied. */
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

/* Otherwise the caller would enable it as a site. */
void apache_model_forget_added(struct apache_model *model, const struct apache_file *file)
{
	for (size_t i = model->added_files.count; i > 0; i--)
		if (strcmp(model->added_files.items[i - 1], file->real_path) == 0)
			strvec_remove(&model->added_files, i - 1);
}
