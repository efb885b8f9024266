/*
 * Headers, stapling and marks (see apache_enhance.h). Redirects are in apache_redirect.c.
 */
#include "confedit/apache/edit/apache_enhance.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/apache/edit/apache_edit.h"
#include "confedit/apache/apache_lex.h"

/* Certbot looks for this text to find a host again. The words must stay Certbot's for that. */
#define MARK_TEXT "# DO NOT REMOVE - Managed by Certbot, VirtualHost id: "

/* The Header line that has the mark as one of its arguments, or NULL. The mark may be in different
 * places: "always" and conditions come before it or not. */
static const struct apache_item *find_header(const struct apache_vhost *vhost, const char *mark)
{
	const struct apache_item *item = NULL;
	const char *argument;

	while ((item = apache_items_find(&vhost->items, "Header", item)))
		for (size_t i = 0; (argument = apache_item_argument(item, i)); i++)
			if (str_eq_nocase(argument, mark))
				return item;
	return NULL;
}

/* "always" because error pages need the header as well. */
int apache_add_header(struct apache_model *model, size_t vhost_id,
		      const struct apache_header *header, bool *ret_done, struct error *err)
{
	AUTO(apache_changes) struct apache_changes changes;
	AUTO_FREE char *line = NULL;
	const struct apache_vhost *vhost;

	apache_changes_init(&changes, model);
	if (apache_model_require(model, vhost_id, &vhost, err) < 0)
		return err->code;
	*ret_done = !find_header(vhost, header->mark);
	if (!*ret_done)
		return 0;
	line = xasprintf("Header always set %s %s", header->name, header->value);
	apache_add_line(&changes, vhost->file, vhost->directive, line);
	return apache_changes_apply(&changes, err);
}

/* The value is replaced as it is written, with its quotes. */
int apache_change_header(struct apache_model *model, size_t vhost_id,
			 const struct apache_header *header, struct error *err)
{
	AUTO(apache_changes) struct apache_changes changes;
	const struct apache_vhost *vhost;
	const struct apache_item *item;
	const char *argument;
	size_t at = 0;

	apache_changes_init(&changes, model);
	if (apache_model_require(model, vhost_id, &vhost, err) < 0)
		return err->code;
	item = find_header(vhost, header->mark);
	if (!item)
		return error_set(err, ERR_NOT_FOUND, "cannot find header '%s' in '%s'",
				 header->name, vhost->file->path);
	while ((argument = apache_item_argument(item, at)) &&
	       !str_eq_nocase(argument, header->name))
		at++;
	if (!argument || !apache_item_argument(item, at + 1))
		return error_set(err, ERR_NOT_FOUND, "cannot read header '%s' in '%s'",
				 header->name, vhost->file->path);
	if (apache_check_own(model, vhost, item, err) < 0)
		return err->code;
	edit_replace(apache_changes_edit(&changes, item->file),
		     item->directive->words[at + 2].start, item->directive->words[at + 2].end,
		     header->value);
	return apache_changes_apply(&changes, err);
}

static bool has_stapling(const struct apache_vhost *vhost)
{
	const struct apache_item *item = apache_items_find_last(&vhost->items, "SSLUseStapling");
	const char *argument = item ? apache_item_argument(item, 0) : NULL;

	return argument && str_eq_nocase(argument, "on");
}

/* The cache belongs to the server and must be outside of hosts; httpd refuses stapling without
 * one. */
int apache_staple(struct apache_model *model, size_t vhost_id, const char *cache, bool *ret_done,
		  struct error *err)
{
	AUTO(apache_changes) struct apache_changes changes;
	AUTO(strvec) struct strvec lines = STRVEC_INIT;
	const struct apache_vhost *vhost;
	bool has_cache = apache_items_find(&model->items, "SSLStaplingCache", NULL) != NULL;

	apache_changes_init(&changes, model);
	if (apache_model_require(model, vhost_id, &vhost, err) < 0)
		return err->code;
	*ret_done = !has_cache || !has_stapling(vhost);
	strvec_give(&lines, apache_line("SSLStaplingCache", cache, NULL));
	if (!has_stapling(vhost))
		apache_add_line(&changes, vhost->file, vhost->directive, "SSLUseStapling on");
	if (!has_cache)
		apache_add_lines_if_ssl(&changes, vhost->file, &lines);
	return apache_changes_apply(&changes, err);
}

char *apache_vhost_mark(const struct apache_vhost *vhost)
{
	const struct apache_directive *section = vhost->directive;
	struct span bytes = apache_conf_bytes(vhost->file->conf), line;
	struct span body = span_make(bytes.ptr + section->body_start,
				     section->body_end - section->body_start);

	while (span_take_line(&body, &line)) {
		struct span rest = span_trim(line);

		if (span_skip_prefix(&rest, MARK_TEXT))
			return span_dup(span_trim(rest));
	}
	return NULL;
}

int apache_mark_vhost(struct apache_model *model, size_t vhost_id, const char *mark,
		      struct error *err)
{
	AUTO(apache_changes) struct apache_changes changes;
	AUTO_FREE char *line = xasprintf(MARK_TEXT "%s", mark);
	const struct apache_vhost *vhost;

	apache_changes_init(&changes, model);
	if (apache_model_require(model, vhost_id, &vhost, err) < 0)
		return err->code;
	apache_add_line(&changes, vhost->file, vhost->directive, line);
	return apache_changes_apply(&changes, err);
}
