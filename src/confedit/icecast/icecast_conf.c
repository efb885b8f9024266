/*
 * Reads and edits Icecast's configuration (see icecast_conf.h). Of several elements of one kind
 * Icecast takes the last one. Release 2.5 calls `ssl` `tls` and has words for its values, and a
 * <tls-context> in which certificate and key may be apart; it still reads what 2.4 wants.
 */
#include "confedit/icecast/icecast_conf.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/xml.h"
#include "confedit/edit.h"
#include "confedit/layout.h"

void icecast_conf_release(struct icecast_conf *conf)
{
	free(conf->hostname);
	free(conf->certificate);
	free(conf->key);
	for (size_t i = 0; i < conf->socket_count; i++)
		free(conf->sockets[i].address);
	free(conf->sockets);
	*conf = (struct icecast_conf)ICECAST_CONF_INIT;
}

/* The child of that name that counts, or NULL. */
static const struct xml *last_child(const struct xml *parent, const char *name)
{
	const struct xml *last = NULL, *child;

	for (size_t i = 0; (child = xml_at(parent, i)); i++)
		if (strcmp(xml_name(child), name) == 0)
			last = child;
	return last;
}

/* Its text, borrowed, or NULL when there is none. */
static const char *child_text(const struct xml *parent, const char *name)
{
	const struct xml *child = last_child(parent, name);
	const char *text = child ? xml_text(child) : NULL;

	return text && text[0] ? text : NULL;
}

/* True for "1", "true" and the words of 2.5, but not for "0" or "disabled". */
static bool is_on(const char *value)
{
	static const char *const off[] = {"0", "false", "no", "off", "disabled"};

	for (size_t i = 0; value && i < ARRAY_LEN(off); i++)
		if (strcmp(value, off[i]) == 0)
			return false;
	return value != NULL;
}

static void add_socket(const struct xml *element, struct icecast_conf *conf)
{
	const char *port = child_text(element, "port"),
		   *address = child_text(element, "bind-address");
	struct icecast_socket *socket;
	int64_t number = 0;

	if (port && !str_to_int64(port, 1, UINT16_MAX, &number))
		number = 0;
	ARRAY_GROW(conf->sockets, conf->socket_count, conf->socket_capacity);
	socket = &conf->sockets[conf->socket_count++];
	*socket = (struct icecast_socket){
		.address = xstrdup_or_null(address),
		.port = (unsigned)number,
		.is_tls = is_on(child_text(element, "ssl")) || is_on(child_text(element, "tls")),
	};
	conf->has_tls = conf->has_tls || socket->is_tls;
}

static void read_certificate(const struct xml *root, struct icecast_conf *ret)
{
	const struct xml *context = last_child(root, "tls-context");
	const struct xml *paths = last_child(root, "paths");
	const char *path = context ? child_text(context, "tls-certificate") : NULL;

	if (context)
		ret->key = xstrdup_or_null(child_text(context, "tls-key"));
	if (!path && paths)
		path = child_text(paths, "ssl-certificate");
	if (!path && paths)
		path = child_text(paths, "tls-certificate");
	ret->certificate = xstrdup_or_null(path);
}

int icecast_conf_read(struct span text, const char *path, struct icecast_conf *ret,
		      struct error *err)
{
	AUTO(xml) struct xml *root = NULL;
	AUTO_FREE char *what = xasprintf("'%s'", path);
	const struct xml *child;

	/* Edits insert ASCII, which is not what UTF-16 needs. */
	if (span_has_nul(text))
		return error_set(err, ERR_PARSE, "cannot read '%s': it has a NUL byte", path);
	if (xml_parse(text.ptr, text.len, what, &root, err) < 0)
		return err->code;
	if (strcmp(xml_name(root), "icecast") != 0)
		return error_set(err, ERR_PARSE,
				 "cannot read '%s': its root element is not <icecast>", path);
	ret->hostname = xstrdup_or_null(child_text(root, "hostname"));
	read_certificate(root, ret);
	ret->is_rooted = is_on(child_text(last_child(root, "security"), "chroot"));
	for (size_t i = 0; (child = xml_at(root, i)); i++)
		if (strcmp(xml_name(child), "listen-socket") == 0)
			add_socket(child, ret);
	return 0;
}

/* ---- Edits ---- */

struct xml_edit {
	struct xml *root;
	struct edit edit;
};

static void xml_edit_release(struct xml_edit *edit)
{
	xml_free(edit->root);
	edit_release(&edit->edit);
}
DEFINE_AUTO(xml_edit, xml_edit_release);

static struct xml_edit begin_edit(const struct strbuf *text)
{
	struct xml_edit edit = {.edit = EDIT_INIT(span_make(text->text, text->len))};
	AUTO(error) struct error err = ERROR_INIT;

	if (xml_parse(text->text, text->len, "the configuration", &edit.root, &err) < 0)
		BUG("this was read before: %s", err.text);
	return edit;
}

/* True when something was edited. */
static bool end_edit(const struct xml_edit *edit, struct strbuf *text)
{
	AUTO(strbuf) struct strbuf changed = STRBUF_INIT;

	if (!edit->edit.count)
		return false;
	edit_apply(&edit->edit, &changed);
	strbuf_clear(text);
	strbuf_add(text, changed.text, changed.len);
	return true;
}

/* The indentation of a new child on a line of its own: those of the last child that has one. The
 * caller frees them. */
static char *child_indent(struct span text, const struct xml *parent)
{
	struct span indent = layout_indent(text, xml_place(parent)->close);
	const struct xml *child;
	struct span like = {.ptr = NULL};

	for (size_t i = 0; (child = xml_at(parent, i)); i++)
		if (layout_starts_line(text, xml_place(child)->start))
			like = layout_indent(text, xml_place(child)->start);
	return like.ptr
		       ? span_dup(like)
		       : xasprintf("%.*s%s", (int)indent.len, indent.ptr, layout_indent_step(text));
}

/* Adds markup as the last thing in the element: on a line of its own if the end tag has one. */
static void append_child(struct xml_edit *edit, const struct xml *parent, const char *markup)
{
	const struct xml_place *place = xml_place(parent);
	struct span text = edit->edit.base;
	AUTO_FREE char *indent = child_indent(text, parent);
	AUTO_FREE char *line = NULL;

	if (place->close == place->end) {
		line = xasprintf("<%s>%s</%s>", xml_name(parent), markup, xml_name(parent));
		edit_replace(&edit->edit, place->start, place->end, line);
	} else if (!layout_starts_line(text, place->close)) {
		edit_insert(&edit->edit, place->close, markup);
	} else {
		line = xasprintf("%s%s%s", indent, markup, layout_newline(text));
		edit_insert(&edit->edit, layout_line_start(text, place->close), line);
	}
}

/* Gives the child its text, making it if necessary. */
static void set_child(struct xml_edit *edit, const struct xml *parent, const char *name,
		      const char *value)
{
	const struct xml *child = last_child(parent, name);
	AUTO(strbuf) struct strbuf markup = STRBUF_INIT;

	xml_add_element(&markup, name, value);
	if (!child)
		append_child(edit, parent, markup.text);
	else if (strcmp(xml_text(child), value) != 0)
		edit_replace(&edit->edit, xml_place(child)->start, xml_place(child)->end,
			     markup.text);
}

/* False when there is no such child. */
static bool set_present(struct xml_edit *edit, const struct xml *parent, const char *name,
			const char *value)
{
	if (!parent || !last_child(parent, name))
		return false;
	set_child(edit, parent, name, value);
	return true;
}

/* Wherever there is one: which of several counts in 2.5 depends on their order. The key is in the
 * same file, so a key of its own is that file, too. */
static bool set_all_present(struct xml_edit *edit, const struct xml *paths, const char *path)
{
	const struct xml *context = last_child(edit->root, "tls-context");
	bool is_set = set_present(edit, context, "tls-certificate", path);

	(void)set_present(edit, context, "tls-key", path);
	is_set |= set_present(edit, paths, "tls-certificate", path);
	is_set |= set_present(edit, paths, "ssl-certificate", path);
	return is_set;
}

bool icecast_conf_set_certificate(struct strbuf *text, const char *path)
{
	AUTO(xml_edit) struct xml_edit edit = begin_edit(text);
	const struct xml *paths = last_child(edit.root, "paths");

	if (set_all_present(&edit, paths, path))
		return end_edit(&edit, text);
	if (paths) {
		set_child(&edit, paths, "ssl-certificate", path);
	} else {
		AUTO(strbuf) struct strbuf markup = STRBUF_INIT;

		strbuf_adds(&markup, "<paths>");
		xml_add_element(&markup, "ssl-certificate", path);
		strbuf_adds(&markup, "</paths>");
		append_child(&edit, edit.root, markup.text);
	}
	return end_edit(&edit, text);
}

/* Appends a line, indented by `indent` and `steps` more steps. */
static void add_markup_line(struct strbuf *out, struct span text, struct span indent, size_t steps,
			    const char *markup)
{
	strbuf_adds(out, layout_newline(text));
	strbuf_add(out, indent.ptr, indent.len);
	for (; steps; steps--)
		strbuf_adds(out, layout_indent_step(text));
	strbuf_adds(out, markup);
}

bool icecast_conf_add_socket(struct strbuf *text, unsigned port)
{
	AUTO(xml_edit) struct xml_edit edit = begin_edit(text);
	const struct xml *last = last_child(edit.root, "listen-socket");
	struct span base = edit.edit.base, indent;
	AUTO(strbuf) struct strbuf lines = STRBUF_INIT;
	AUTO_FREE char *port_line = xasprintf("<port>%u</port>", port);

	if (!last)
		return false;
	indent = layout_indent(base, xml_place(last)->start);
	add_markup_line(&lines, base, indent, 0, "<listen-socket>");
	add_markup_line(&lines, base, indent, 1, port_line);
	add_markup_line(&lines, base, indent, 1, "<ssl>1</ssl>");
	add_markup_line(&lines, base, indent, 0, "</listen-socket>");
	edit_insert(&edit.edit, xml_place(last)->end, lines.text);
	return end_edit(&edit, text);
}

bool icecast_conf_secure_first(struct strbuf *text)
{
	AUTO(xml_edit) struct xml_edit edit = begin_edit(text);
	const struct xml *first = xml_find(edit.root, "listen-socket");
	const char *name = first && last_child(first, "tls") ? "tls" : "ssl";

	if (first && !is_on(child_text(first, name)))
		set_child(&edit, first, name, "1");
	return end_edit(&edit, text);
}
