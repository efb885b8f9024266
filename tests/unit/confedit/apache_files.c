/*
 * Configurations in memory (see apache_files.h). A path is a directory when another path begins
 * with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "apache_files.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/apache/apache_choose.h"

static int read_file(void *context, const char *path, struct strbuf *out, struct error *err)
{
	const struct apache_files *files = context;
	const char *text = map_get(&files->texts, path);

	if (!text)
		return error_set(err, ERR_NOT_FOUND, "cannot read '%s': no such file", path);
	strbuf_adds(out, text);
	return 0;
}

/* What follows "dir/" in the path, or NULL. */
static const char *below(const char *path, const char *dir)
{
	size_t len = strcmp(dir, "/") == 0 ? 0 : strlen(dir);

	return strncmp(path, dir, len) == 0 && path[len] == '/' ? path + len + 1 : NULL;
}

static int list_dir(void *context, const char *dir, struct strvec *ret_names, struct error *err)
{
	const struct apache_files *files = context;

	for (size_t i = 0; i < files->texts.count; i++) {
		const char *rest = below(files->texts.entries[i].key, dir);
		AUTO_FREE char *name = rest ? xstrndup(rest, strcspn(rest, "/")) : NULL;

		if (name)
			strvec_push_unique(ret_names, name);
	}
	return ret_names->count ? 0 : error_set(err, ERR_NOT_FOUND, "no such directory");
}

static bool is_dir(void *context, const char *path)
{
	const struct apache_files *files = context;

	for (size_t i = 0; i < files->texts.count; i++)
		if (below(files->texts.entries[i].key, path))
			return true;
	return false;
}

static bool exists(void *context, const char *path)
{
	const struct apache_files *files = context;

	return map_contains(&files->texts, path) || is_dir(context, path);
}

static char *real_path(void *context, const char *path)
{
	/* "enabled" stands for a directory of links into "available". */
	const char *enabled = strstr(path, "sites-enabled/");

	return enabled ? xasprintf("%.*ssites-available/%s", (int)(enabled - path), path,
				   enabled + strlen("sites-enabled/"))
		       : xstrdup(path);
}

void files_init(struct apache_files *files, const char *main_text)
{
	*files = (struct apache_files){
		.source = {files, read_file, list_dir, is_dir, exists, real_path},
		.program = {.server_root = "/etc/apache2", .version = "2.4.57"},
	};
	files_add(files, MAIN_FILE, main_text);
}

void files_add(struct apache_files *files, const char *path, const char *text)
{
	map_set(&files->texts, path, (void *)(uintptr_t)text);
}

void files_release(struct apache_files *files)
{
	apache_model_free(files->model);
	map_release(&files->texts);
}

struct apache_model *files_load(struct apache_files *files)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (apache_model_load(&files->source, &files->program, MAIN_FILE, &files->model, &err) < 0)
		fail_msg("%s", err.text);
	return files->model;
}

char *files_text(const struct apache_files *files, const char *path)
{
	const struct apache_file *file = apache_model_find_file(files->model, path);

	if (!file)
		fail_msg("'%s' is no file of the model", path);
	return span_dup(apache_conf_bytes(file->conf));
}

const struct apache_vhost *files_choose(const struct apache_files *files, const char *name)
{
	const struct apache_vhost *vhost = apache_choose(files->model, name, "443");

	if (!vhost)
		fail_msg("no host for '%s'", name);
	return vhost;
}
