/*
 * Copies a plain host for TLS (see apache_deploy.h): the same text, but with other addresses and
 * without anything that would redirect it to itself.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/apache/edit/apache_deploy.h"
#include "confedit/apache/edit/apache_edit.h"
#include "confedit/apache/apache_lex.h"
#include "confedit/apache/apache_vars.h"
#include "confedit/layout.h"

/* Why lines of a copy are comments: said once, above the first of them. */
enum reason {
	REASON_REDIRECT,
	REASON_DEFINED_ONCE,
	REASON__COUNT,
};

static const char *const explanations[REASON__COUNT][2] = {
	[REASON_REDIRECT] = {"# Redirects to https were disabled in this copy of the HTTP site, "
			     "because they",
			     "# would lead back to it without end."},
	[REASON_DEFINED_ONCE] = {"# This was disabled in this copy of the HTTP site, because it may "
				 "be said only once.",
				 "# What the HTTP site defines is used here as well."},
};

/* Directives that define something for the whole server, which httpd refuses to read twice. A host
 * may use the daemon processes of another one with the same ServerName. */
static const char *const defined_once[] = {"WSGIDaemonProcess", "FastCgiServer",
					   "FastCgiExternalServer"};

struct copy {
	struct edit edit; /* over the whole file of the original */
	const struct apache_vhost *vhost;
	bool explained[REASON__COUNT];
};

/* Turns the directive's lines into comments, with the reason above the first. They are not left
 * out, so that the copy can be compared with the original. */
static void comment_out(struct copy *copy, const struct apache_directive *directive,
			enum reason reason)
{
	struct span text = copy->edit.base;
	size_t at = layout_line_start(text, directive->start);

	if (!copy->explained[reason]) {
		struct span indent = layout_indent(text, directive->start);

		for (size_t i = 0; i < ARRAY_LEN(explanations[reason]); i++) {
			AUTO_FREE char *line = xasprintf("%.*s%s%s", (int)indent.len, indent.ptr,
							 explanations[reason][i],
							 layout_newline(text));

			edit_insert(&copy->edit, at, line);
		}
	}
	copy->explained[reason] = true;
	for (; at < directive->end; at = layout_next_line(text, at))
		edit_insert(&copy->edit, at, "# ");
}

/* Certbot disables every one of them, to whichever host. */
static bool is_redirect_to_https(const struct apache_directive *directive)
{
	return directive->word_count > 2 && apache_directive_is(directive, "RewriteRule") &&
	       strncasecmp(directive->words[2].text, "https://", strlen("https://")) == 0;
}

/* "Redirect [status] [path] https://NAME…", where NAME is the host's own. */
static bool is_redirect_to_itself(const struct apache_vhost *vhost,
				  const struct apache_directive *directive)
{
	AUTO_FREE char *host = NULL;
	const char *target = directive->words[directive->word_count - 1].text;

	if (!apache_directive_is(directive, "Redirect") &&
	    !apache_directive_is(directive, "RedirectPermanent") &&
	    !apache_directive_is(directive, "RedirectTemp") &&
	    !apache_directive_is(directive, "RedirectMatch"))
		return false;
	if (strncasecmp(target, "https://", strlen("https://")) != 0)
		return false;
	target += strlen("https://");
	host = xstrndup(target, strcspn(target, "/:?"));
	return apache_vhost_has_name(vhost, host);
}

static bool is_defined_once(const struct apache_directive *directive)
{
	for (size_t i = 0; i < ARRAY_LEN(defined_once); i++)
		if (apache_directive_is(directive, defined_once[i]))
			return true;
	return false;
}

/* Comments out what must not be in the copy. Conditions belong to the rule below them; if they
 * stayed, they would apply to the next one. */
static void disable_lines(struct copy *copy, const struct apache_directive *first)
{
	for (const struct apache_directive *d = first; d; d = d->next) {
		if (d->first_child) {
			disable_lines(copy, d->first_child);
			continue;
		}
		if (d->body != APACHE_BODY_NONE)
			continue;
		if (is_defined_once(d))
			comment_out(copy, d, REASON_DEFINED_ONCE);
		if (is_redirect_to_https(d)) {
			const struct apache_directive *start = d;

			while (start->previous &&
			       apache_directive_is(start->previous, "RewriteCond"))
				start = start->previous;
			for (; start != d; start = start->next)
				comment_out(copy, start, REASON_REDIRECT);
			comment_out(copy, d, REASON_REDIRECT);
		} else if (is_redirect_to_itself(copy->vhost, d)) {
			comment_out(copy, d, REASON_REDIRECT);
		}
	}
}

/* The variables that the host's own file defines. "x-le-ssl.conf" comes before "x.conf", so httpd
 * does not know them yet when it reads the copy. */
static void find_own_defines(const struct apache_model *model, const struct apache_file *file,
			     struct map *ret_defines)
{
	const struct apache_directive *d = NULL;

	while ((d = apache_conf_next(file->conf, d))) {
		const char *value;

		if (d->word_count < 2 || !apache_directive_is(d, "Define"))
			continue;
		value = map_get(&model->defines, d->words[1].text);
		if (value)
			map_set(ret_defines, d->words[1].text, xstrdup(value));
	}
}

/* Others are known when the copy is read, so they stay. */
static void replace_variables(struct copy *copy, const struct map *defines,
			      const struct apache_directive *first)
{
	for (const struct apache_directive *d = first; d; d = d->next) {
		for (size_t i = 0; i < d->word_count; i++) {
			const struct apache_word *word = &d->words[i];
			AUTO(strbuf) struct strbuf expanded = STRBUF_INIT;
			AUTO(strbuf) struct strbuf quoted = STRBUF_INIT;

			apache_vars_expand(word->text, defines, NULL, &expanded);
			if (strcmp(expanded.text, word->text) == 0)
				continue;
			apache_lex_quote(expanded.text, &quoted);
			edit_replace(&copy->edit, word->start, word->end, quoted.text);
		}
		replace_variables(copy, defines, d->first_child);
	}
}

/* Replaces the addresses in the opening line; two that become one are written once. "*:80 *:8080"
 * becomes "*:443" once. */
static void move_addresses(struct copy *copy, const char *port)
{
	const struct apache_vhost *vhost = copy->vhost;
	const struct apache_directive *section = vhost->directive;
	AUTO(strvec) struct strvec moved = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	for (size_t i = 0; i < vhost->address_count; i++) {
		AUTO_FREE char *address = apache_address_with_port(&vhost->addresses[i], port);

		strvec_push_unique(&moved, address);
	}
	joined = strvec_join(&moved, " ");
	edit_replace(&copy->edit, section->words[1].start,
		     section->words[section->word_count - 1].end, joined);
}

static void copy_release(struct copy *copy)
{
	edit_release(&copy->edit);
}
DEFINE_AUTO(copy, copy_release);

/* The text of the twin, from <IfModule> to </IfModule>. In <IfModule>, as Certbot writes it: the
 * site must not keep httpd from starting when mod_ssl is off. */
static void compose(const struct apache_model *model, struct copy *copy, const char *port,
		    struct strbuf *out)
{
	AUTO(map) struct map defines = MAP_INIT(free);
	struct span text = copy->edit.base;
	const char *newline = layout_newline(text);
	const struct apache_directive *section = copy->vhost->directive;

	move_addresses(copy, port);
	disable_lines(copy, section->first_child);
	find_own_defines(model, copy->vhost->file, &defines);
	replace_variables(copy, &defines, section->first_child);
	strbuf_addf(out, "<IfModule mod_ssl.c>%s", newline);
	edit_apply_range(&copy->edit, layout_line_start(text, section->start), section->body_end,
			 out);
	strbuf_addf(out, "</VirtualHost>%s</IfModule>%s", newline, newline);
}

/* The host that the twin's file has last. The file may have been there before, with other hosts. */
static size_t find_twin(const struct apache_model *model, const struct apache_file *file)
{
	size_t id = SIZE_MAX, start = 0;

	for (size_t i = 0; i < model->vhost_count; i++) {
		const struct apache_vhost *vhost = &model->vhosts[i];

		if (vhost->file != file || vhost->directive->start < start || vhost->is_repeated)
			continue;
		start = vhost->directive->start;
		id = vhost->id;
	}
	return id;
}

int apache_make_twin(struct apache_model *model, size_t vhost_id, struct apache_twin *twin,
		     struct error *err)
{
	AUTO(apache_changes) struct apache_changes changes = {.count = 0};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	const struct apache_vhost *vhost;
	const struct apache_file *file;

	if (apache_model_require(model, vhost_id, &vhost, err) < 0)
		return err->code;
	if (vhost->is_macro || !vhost->address_count)
		return error_set(err, ERR_REFUSED, "cannot copy a virtual host that a macro makes");
	if (apache_model_add_file(model, twin->path, &file, err) < 0)
		return err->code;
	{
		AUTO(copy) struct copy copy = {
			.edit = EDIT_INIT(apache_conf_bytes(vhost->file->conf)),
			.vhost = vhost,
		};

		compose(model, &copy, twin->port, &text);
		twin->has_disabled_rules = copy.explained[REASON_REDIRECT];
	}
	if (span_has_nul(span_make(text.text, text.len)))
		return error_set(err, ERR_REFUSED,
				 "cannot copy a virtual host of '%s': it has NUL bytes",
				 vhost->file->path);
	apache_changes_init(&changes, model);
	/* The text ends its last line itself. */
	strbuf_truncate(&text, text.len - strlen(layout_newline(span_make(text.text, text.len))));
	apache_add_last_line(&changes, file, text.text);
	if (apache_changes_apply(&changes, err) < 0)
		return err->code;
	twin->id = find_twin(model, file);
	return 0;
}
