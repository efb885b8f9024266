/*
 * Installs certificates in virtual hosts (see apache_deploy.h). An existing directive keeps its
 * place and gets the new path; missing ones are added at the end of the host.
 */
#include "confedit/apache/edit/apache_deploy.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/apache/edit/apache_edit.h"

static int remove_items(struct apache_changes *changes, const struct apache_vhost *vhost,
			const char *name, const struct apache_item *but, struct error *err)
{
	const struct apache_item *item = NULL;

	while ((item = apache_items_find(&vhost->items, name, item))) {
		if (item == but)
			continue;
		if (apache_check_own(changes->model, vhost, item, err) < 0)
			return err->code;
		apache_remove_line(changes, item);
	}
	return 0;
}

/* Reduces the directives of that name to one with that argument, or removes them all if that is
 * NULL. */
static int set_single(struct apache_changes *changes, const struct apache_vhost *vhost,
		      const char *name, const char *value, struct error *err)
{
	const struct apache_item *last = value ? apache_items_find_last(&vhost->items, name) : NULL;
	const char *argument = last ? apache_item_argument(last, 0) : NULL;

	if (remove_items(changes, vhost, name, last, err) < 0)
		return err->code;
	if (!value || (argument && strcmp(argument, value) == 0))
		return 0;
	if (!argument) {
		AUTO_FREE char *line = apache_line(name, value, NULL);

		apache_add_line(changes, vhost->file, vhost->directive, line);
		return 0;
	}
	if (apache_check_own(changes->model, vhost, last, err) < 0)
		return err->code;
	apache_set_argument(changes, last, 0, value);
	return 0;
}

/* httpd pairs certificates and keys by their order. */
static bool has_just(const struct apache_vhost *vhost, const char *name,
		     const char *const values[2])
{
	const struct apache_item *item = NULL;
	size_t count = 0;

	while ((item = apache_items_find(&vhost->items, name, item)))
		if (count == 2 || !str_eq_or_null(apache_item_argument(item, 0), values[count++]))
			return false;
	return count == 2;
}

/* Reduces the directives of that name to one for each value; without a second value, to one. A
 * second one is always the last line of the host, after that of the first. */
static int set_both(struct apache_changes *changes, const struct apache_vhost *vhost,
		    const char *name, const char *const values[2], struct error *err)
{
	AUTO_FREE char *line = values[1] ? apache_line(name, values[1], NULL) : NULL;

	if (line && has_just(vhost, name, values))
		return 0;
	if (set_single(changes, vhost, name, values[0], err) < 0)
		return err->code;
	if (line)
		apache_add_line(changes, vhost->file, vhost->directive, line);
	return 0;
}

static bool includes(const struct apache_vhost *vhost, const char *path)
{
	const struct apache_item *item = NULL;

	while ((item = apache_items_find(&vhost->items, "Include", item)))
		if (str_eq_or_null(apache_item_argument(item, 0), path))
			return true;
	return false;
}

int apache_deploy(struct apache_model *model, size_t vhost_id,
		  const struct apache_deployment *deployment, struct error *err)
{
	const char *const certificates[] = {deployment->certificate_path,
					    deployment->second_certificate_path};
	const char *const keys[] = {deployment->key_path, deployment->second_key_path};
	AUTO(apache_changes) struct apache_changes changes;
	const struct apache_vhost *vhost;

	apache_changes_init(&changes, model);
	if (apache_model_require(model, vhost_id, &vhost, err) < 0)
		return err->code;
	if (set_both(&changes, vhost, "SSLCertificateFile", certificates, err) < 0 ||
	    set_both(&changes, vhost, "SSLCertificateKeyFile", keys, err) < 0 ||
	    set_single(&changes, vhost, "SSLCertificateChainFile", deployment->chain_path, err) < 0)
		return err->code;
	if (!includes(vhost, deployment->options_path)) {
		AUTO_FREE char *line = apache_line("Include", deployment->options_path, NULL);

		apache_add_line(&changes, vhost->file, vhost->directive, line);
	}
	return apache_changes_apply(&changes, err);
}

int apache_add_name(struct apache_model *model, size_t vhost_id, const char *name,
		    struct error *err)
{
	AUTO(apache_changes) struct apache_changes changes;
	AUTO_FREE char *line = NULL;
	const struct apache_vhost *vhost;

	apache_changes_init(&changes, model);
	if (apache_model_require(model, vhost_id, &vhost, err) < 0)
		return err->code;
	if (apache_vhost_has_name(vhost, name))
		return 0;
	line = apache_line(vhost->name ? "ServerAlias" : "ServerName", name, NULL);
	apache_add_line(&changes, vhost->file, vhost->directive, line);
	return apache_changes_apply(&changes, err);
}

int apache_add_include(struct apache_model *model, const char *path, struct error *err)
{
	AUTO(apache_changes) struct apache_changes changes;
	AUTO_FREE char *line = apache_line("Include", path, NULL);
	const struct apache_file *main_file = &model->files[0]->shown;
	const struct apache_file *file = apache_model_find_file(model, path);
	const struct apache_item *item = NULL;

	apache_changes_init(&changes, model);
	while ((item = apache_items_find(&model->items, "Include", item)))
		if (str_eq_or_null(apache_item_argument(item, 0), path))
			return 0;
	apache_add_last_line(&changes, main_file, line);
	/* From now on the main file includes it. */
	if (file)
		apache_model_forget_added(model, file);
	return apache_changes_apply(&changes, err);
}
