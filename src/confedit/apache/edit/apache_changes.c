/*
 * Edits several files in one step (see apache_changes.h): all results are parsed before any
 * replaces the old file, and then everything is collected again. A virtual host keeps its id
 * because the splices show where its first byte went.
 */
#include "confedit/apache/edit/apache_changes.h"

#include <string.h>

#include "base/alloc.h"
#include "confedit/apache/apache_model.h"
#include "confedit/apache/apache_walk.h"

void apache_changes_init(struct apache_changes *changes, struct apache_model *model)
{
	changes->model = model;
	changes->count = model->file_count;
	changes->edits = xcalloc(changes->count, sizeof(*changes->edits));
	for (size_t i = 0; i < changes->count; i++)
		if (model->files[i]->conf)
			changes->edits[i].base = apache_conf_bytes(model->files[i]->conf);
}

void apache_changes_release(struct apache_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++)
		edit_release(&changes->edits[i]);
	free(changes->edits);
	changes->edits = NULL;
	changes->count = 0;
}

struct edit *apache_changes_edit(struct apache_changes *changes, const struct apache_file *file)
{
	return &changes->edits[file->index];
}

/* A result that does not parse is our mistake and not the user's; it is found before anything is
 * written. */
static int parse_edited(const struct apache_changes *changes, size_t index,
			struct apache_conf **ret_conf, struct error *err)
{
	AUTO(strbuf) struct strbuf bytes = STRBUF_INIT;
	const struct edit *edit = &changes->edits[index];

	if (!edit->count)
		return 0;
	edit_apply(edit, &bytes);
	if (bytes.len == edit->base.len && memcmp(bytes.text, edit->base.ptr, bytes.len) == 0)
		return 0;
	if (apache_conf_parse(span_make(bytes.text, bytes.len), ret_conf, err) == 0)
		return 0;
	error_recode(err, ERR_INTERNAL);
	return error_wrap(err, "cannot edit '%s': the result would not parse",
			  changes->model->files[index]->path);
}

/* Where each host of the old model is in the new text; hosts of files that an edit does not know
 * yet (it was made before them) stay where they are. */
static size_t *map_starts(const struct apache_changes *changes)
{
	const struct apache_model *model = changes->model;
	size_t *starts = xcalloc(model->vhost_count + 1, sizeof(*starts));

	for (size_t i = 0; i < model->vhost_count; i++) {
		const struct apache_vhost *vhost = &model->vhosts[i];

		starts[i] = vhost->directive->start;
		if (vhost->file->index < changes->count)
			starts[i] = edit_map(&changes->edits[vhost->file->index], starts[i]);
	}
	return starts;
}

/* The old hosts, by what identifies them in the new text. */
struct known_vhost {
	size_t file_index, start, id;
};

static struct known_vhost *remember_vhosts(const struct apache_changes *changes)
{
	const struct apache_model *model = changes->model;
	struct known_vhost *known = xcalloc(model->vhost_count + 1, sizeof(*known));
	AUTO_FREE size_t *starts = map_starts(changes);

	for (size_t i = 0; i < model->vhost_count; i++)
		known[i] = (struct known_vhost){
			.file_index = model->vhosts[i].file->index,
			.start = starts[i],
			.id = model->vhosts[i].id,
		};
	return known;
}

/* Hosts keep their order, so each search goes on where the last one ended. */
static void restore_ids(struct apache_model *model, const struct known_vhost *known,
			size_t known_count)
{
	size_t next = 0;

	for (size_t i = 0; i < model->vhost_count; i++) {
		struct apache_vhost *vhost = &model->vhosts[i];
		size_t at = next;

		while (at < known_count && (known[at].file_index != vhost->file->index ||
					    known[at].start != vhost->directive->start))
			at++;
		if (at < known_count) {
			vhost->id = known[at].id;
			next = at + 1;
		} else {
			vhost->id = model->next_id++;
		}
	}
}

/* The hosts point into the old trees: they were cleared before. */
static void exchange_confs(const struct apache_changes *changes, struct apache_conf **confs)
{
	for (size_t i = 0; i < changes->count; i++) {
		struct model_file *file = changes->model->files[i];

		if (!confs[i])
			continue;
		apache_conf_free(file->conf);
		file->conf = STEAL(confs[i]);
		file->shown.conf = file->conf;
		file->shown.changed = true;
	}
}

/* The walk is repeated whole, since an edit may bring an include, a module or a define. */
int apache_changes_apply(struct apache_changes *changes, struct error *err)
{
	struct apache_model *model = changes->model;
	AUTO_FREE struct apache_conf **confs = xcalloc(changes->count,
						       sizeof(struct apache_conf *));
	AUTO_FREE struct known_vhost *known = NULL;
	size_t known_count = model->vhost_count;
	int rc = 0;

	for (size_t i = 0; i < changes->count && rc == 0; i++)
		rc = parse_edited(changes, i, &confs[i], err);
	if (rc < 0) {
		for (size_t i = 0; i < changes->count; i++)
			apache_conf_free(confs[i]);
		return rc;
	}
	known = remember_vhosts(changes);
	apache_model_clear(model);
	exchange_confs(changes, confs);
	apache_walk(model);
	restore_ids(model, known, known_count);
	return 0;
}

int apache_model_require(struct apache_model *model, size_t id,
			 const struct apache_vhost **ret_vhost, struct error *err)
{
	*ret_vhost = apache_model_find(model, id);
	if (!*ret_vhost)
		return error_set(err, ERR_NOT_FOUND, "cannot find virtual host number %zu", id);
	return 0;
}
