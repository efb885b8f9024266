/*
 * Collects what httpd combines from several files (see apache_walk.h), in the order in which httpd
 * reads: includes, modules, defines and conditions take effect at their place. <Macro> is only
 * searched for virtual hosts, which are marked; "Use" is not expanded.
 */
#include "confedit/apache/apache_walk.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/apache/apache_condition.h"
#include "confedit/apache/apache_files.h"
#include "confedit/apache/apache_vars.h"

enum { MAX_INCLUDE_DEPTH = 50 };

/* Compiled in everywhere, or so commonly that a distribution's files do not load them. */
static const char *const usual_modules[] = {
	"core_module",      "so_module",       "http_module",
	"mpm_event_module", "watchdog_module", "log_config_module",
	"logio_module",     "version_module",  "unixd_module",
};

struct walker {
	struct apache_model *model;
	const struct apache_file *open[MAX_INCLUDE_DEPTH]; /* files being read, outermost first */
	const char *seen_path;                             /* of the innermost */
	size_t depth;
	struct apache_vhost *vhost; /* being gathered, or NULL */
	unsigned flags;             /* enum apache_item_flags of the current place */
	bool in_macro;
};

static void walk_file(struct walker *w, const struct apache_file *file, const char *seen_path);
static void walk_children(struct walker *w, const struct apache_file *file,
			  const struct apache_directive *first);

static char *expand_variables(const struct walker *w, const char *text)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	apache_vars_expand(text, &w->model->defines, w->model->program->environment, &out);
	return strbuf_detach(&out);
}

/* Arguments with their variables replaced. */
static void expand_arguments(const struct walker *w, const struct apache_directive *directive,
			     struct strvec *ret_arguments)
{
	for (size_t i = 1; i < directive->word_count; i++)
		strvec_give(ret_arguments, expand_variables(w, directive->words[i].text));
}

/* Few lines have any, so the others borrow their words from the tree. */
static bool has_variables(const struct apache_directive *directive)
{
	for (size_t i = 1; i < directive->word_count; i++)
		if (apache_vars_in(directive->words[i].text))
			return true;
	return false;
}

/* Expanded at once: a later "Define" must not change it. */
static void add_item(struct walker *w, const struct apache_file *file,
		     const struct apache_directive *directive)
{
	struct apache_items *items = w->vhost ? &w->vhost->items : &w->model->items;
	struct apache_item item = {.file = file, .directive = directive, .flags = w->flags};

	if (has_variables(directive)) {
		AUTO(strvec) struct strvec arguments = STRVEC_INIT;

		expand_arguments(w, directive, &arguments);
		item.arguments = xcalloc(arguments.count + 1, sizeof(*item.arguments));
		for (size_t i = 0; i < arguments.count; i++)
			item.arguments[i] = STEAL(arguments.items[i]);
		arguments.count = 0;
	}
	ARRAY_GROW(items->items, items->count, items->capacity);
	items->items[items->count++] = item;
}

/* Not an error yet; that a part is unknown only matters if something is edited. */
static void add_problem(struct walker *w, const struct apache_file *file,
			const struct apache_directive *include, const char *path, const char *text)
{
	struct apache_model *model = w->model;
	AUTO(strbuf) struct strbuf place = STRBUF_INIT;

	if (include)
		apache_place(file, include, &place);
	strbuf_addf(&place, "%s%s", include ? ": " : "", text);
	ARRAY_GROW(model->problems, model->problem_count, model->problem_capacity);
	model->problems[model->problem_count++] = (struct apache_problem){
		.path = xstrdup(path),
		.text = strbuf_detach(&place),
	};
}

/* httpd itself only has a limit of depth. A circle is detected apart from that, for a clearer
 * message. */
static bool is_open(const struct walker *w, const struct apache_file *file)
{
	for (size_t i = 0; i < w->depth; i++)
		if (w->open[i] == file)
			return true;
	return false;
}

/* Whatever goes wrong with one file, the others are still read: a problem is reported only if an
 * edit would depend on it. */
static void include_file(struct walker *w, const struct apache_file *from,
			 const struct apache_directive *include, const char *path)
{
	AUTO(error) struct error err = ERROR_INIT;
	const struct apache_file *file;

	if (apache_model_open(w->model, path, &file, &err) < 0)
		add_problem(w, from, include, path, err.text);
	else if (is_open(w, file))
		add_problem(w, from, include, path, "the file includes itself");
	else if (w->depth == MAX_INCLUDE_DEPTH)
		add_problem(w, from, include, path, "files include each other too deeply");
	else
		walk_file(w, file, path);
}

/* The files for a pattern; asked for once, so that an edit cannot change the set. */
static const struct strvec *expand_pattern(struct walker *w, const char *pattern, struct error *err)
{
	struct strvec *paths = map_get(&w->model->expansions, pattern);

	if (paths)
		return paths;
	paths = XNEW(struct strvec);
	strvec_init(paths);
	map_set(&w->model->expansions, pattern, paths);
	return apache_include_expand(w->model->source, pattern, paths, err) < 0 ? NULL : paths;
}

static char *absolute_path(const struct walker *w, const char *path)
{
	return *path == '/' ? xstrdup(path) : xasprintf("%s/%s", w->model->server_root, path);
}

/* httpd refuses "Include" of a pattern that matches nothing, but reporting that is up to its own
 * test. A file that an edit has just made is known to the model only. */
static void include_pattern(struct walker *w, const struct apache_file *file,
			    const struct apache_directive *include, const char *argument)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *pattern = absolute_path(w, argument);
	bool optional = include && apache_directive_is(include, "IncludeOptional");
	const struct strvec *paths;

	if (optional && !apache_include_is_pattern(pattern) &&
	    !w->model->source->exists(w->model->source->context, pattern) &&
	    !map_contains(&w->model->files_by_path, pattern))
		return;
	paths = expand_pattern(w, pattern, &err);
	if (!paths)
		add_problem(w, file, include, pattern, err.text);
	for (size_t i = 0; paths && i < paths->count; i++)
		include_file(w, file, include, paths->items[i]);
}

static void do_include(struct walker *w, const struct apache_file *file,
		       const struct apache_directive *directive, const struct strvec *arguments)
{
	if (arguments->count)
		include_pattern(w, file, directive, arguments->items[0]);
}

static void do_load_module(struct walker *w, const struct apache_file *file,
			   const struct apache_directive *directive, const struct strvec *arguments)
{
	if (arguments->count > 1)
		map_set(&w->model->modules, arguments->items[0], xstrdup(arguments->items[1]));
}

/* <IfDefine> asks for the name alone. */
static void do_define(struct walker *w, const struct apache_file *file,
		      const struct apache_directive *directive, const struct strvec *arguments)
{
	if (arguments->count)
		map_set(&w->model->defines, arguments->items[0],
			xstrdup(arguments->count > 1 ? arguments->items[1] : ""));
}

static void do_undefine(struct walker *w, const struct apache_file *file,
			const struct apache_directive *directive, const struct strvec *arguments)
{
	if (arguments->count)
		map_remove(&w->model->defines, arguments->items[0]);
}

/* Takes effect at once, for the includes that follow. */
static void do_server_root(struct walker *w, const struct apache_file *file,
			   const struct apache_directive *directive, const struct strvec *arguments)
{
	if (arguments->count)
		REPLACE(w->model->server_root, xstrdup(arguments->items[0]));
}

/* Directives that take effect while httpd reads. */
static const struct {
	const char *name;
	void (*run)(struct walker *w, const struct apache_file *file,
		    const struct apache_directive *directive, const struct strvec *arguments);
} immediate[] = {
	{"Include", do_include}, {"IncludeOptional", do_include}, {"LoadModule", do_load_module},
	{"Define", do_define},   {"UnDefine", do_undefine},       {"ServerRoot", do_server_root},
};

/* The directives of a macro happen where it is used, with its arguments. */
static void walk_line(struct walker *w, const struct apache_file *file,
		      const struct apache_directive *directive)
{
	if (w->in_macro)
		return;
	add_item(w, file, directive);
	for (size_t i = 0; i < ARRAY_LEN(immediate); i++) {
		AUTO(strvec) struct strvec arguments = STRVEC_INIT;

		if (!apache_directive_is(directive, immediate[i].name))
			continue;
		expand_arguments(w, directive, &arguments);
		immediate[i].run(w, file, directive, &arguments);
	}
}

/* One host may have several addresses, and httpd chooses by each of them separately. */
static void add_addresses(struct apache_vhost *vhost, const struct strvec *arguments)
{
	for (size_t i = 0; i < arguments->count; i++) {
		struct apache_address address;

		apache_address_of_vhost(arguments->items[i], &address);
		ARRAY_GROW(vhost->addresses, vhost->address_count, vhost->address_capacity);
		vhost->addresses[vhost->address_count++] = address;
	}
}

/* "https://Host.Example:443" is "host.example". */
static char *bare_server_name(const char *argument)
{
	const char *scheme = strstr(argument, "://");
	const char *host = scheme ? scheme + 3 : argument;
	const char *bracket = strchr(host, ']');
	const char *colon = strchr(bracket ? bracket : host, ':');
	char *name = xstrndup(host, colon ? (size_t)(colon - host) : strlen(host));

	ascii_lower_string(name);
	return name;
}

/* Of several ServerNames the last one counts, while ServerAlias adds up. Those in a nested section
 * belong to it. */
static void gather_names(struct apache_vhost *vhost)
{
	for (size_t i = 0; i < vhost->items.count; i++) {
		const struct apache_item *item = &vhost->items.items[i];
		const char *argument = apache_item_argument(item, 0);

		if (item->flags & APACHE_ITEM_NESTED || !argument)
			continue;
		if (apache_directive_is(item->directive, "ServerName"))
			REPLACE(vhost->name, bare_server_name(argument));
		if (!apache_directive_is(item->directive, "ServerAlias"))
			continue;
		for (size_t j = 0; (argument = apache_item_argument(item, j)); j++) {
			strvec_push_unique(&vhost->aliases, argument);
			ascii_lower_string(vhost->aliases.items[vhost->aliases.count - 1]);
		}
	}
}

/* Certbot counts port 443 as TLS even without SSLEngine. */
static bool speaks_tls(const struct apache_vhost *vhost)
{
	const struct apache_item *item = NULL;

	while ((item = apache_items_find(&vhost->items, "SSLEngine", item))) {
		const char *argument = apache_item_argument(item, 0);

		if (argument && str_eq_nocase(argument, "on"))
			return true;
	}
	for (size_t i = 0; i < vhost->address_count; i++)
		if (strcmp(vhost->addresses[i].port, "443") == 0)
			return true;
	return false;
}

/* Two sites may include the same file. */
static bool is_known(const struct apache_model *model, const struct apache_directive *directive)
{
	for (size_t i = 0; i < model->vhost_count; i++)
		if (model->vhosts[i].directive == directive)
			return true;
	return false;
}

static void walk_vhost(struct walker *w, const struct apache_file *file,
		       const struct apache_directive *section, const struct strvec *arguments)
{
	struct apache_model *model = w->model;
	struct apache_vhost vhost = {
		.file = file,
		.seen_path = w->seen_path,
		.directive = section,
		.aliases = STRVEC_INIT,
		.enabled = !(w->flags & APACHE_ITEM_MORE),
		.is_macro = w->in_macro,
		.is_repeated = is_known(model, section),
	};
	unsigned outer_flags = w->flags;

	add_addresses(&vhost, arguments);
	w->vhost = &vhost;
	w->flags &= ~(unsigned)APACHE_ITEM_NESTED;
	walk_children(w, file, section->first_child);
	w->flags = outer_flags;
	w->vhost = NULL;
	gather_names(&vhost);
	vhost.tls = speaks_tls(&vhost);
	/* Files that only our own patterns name again show nothing but what httpd does not read. */
	if (vhost.is_repeated && !vhost.enabled) {
		apache_vhost_release(&vhost);
		return;
	}
	ARRAY_GROW(model->vhosts, model->vhost_count, model->vhost_capacity);
	model->vhosts[model->vhost_count++] = vhost;
}

/* Macros nest. */
static void walk_macro(struct walker *w, const struct apache_file *file,
		       const struct apache_directive *section)
{
	bool outer = w->in_macro;

	w->in_macro = true;
	walk_children(w, file, section->first_child);
	w->in_macro = outer;
}

static void walk_section(struct walker *w, const struct apache_file *file,
			 const struct apache_directive *section)
{
	AUTO(strvec) struct strvec arguments = STRVEC_INIT;
	unsigned outer_flags = w->flags;
	bool holds;

	expand_arguments(w, section, &arguments);
	if (apache_condition(w->model, section->words[0].text, &arguments, &holds)) {
		if (holds || w->in_macro)
			walk_children(w, file, section->first_child);
	} else if (apache_directive_is(section, "VirtualHost") && !w->vhost) {
		walk_vhost(w, file, section, &arguments);
	} else if (apache_directive_is(section, "Macro")) {
		walk_macro(w, file, section);
	} else {
		add_item(w, file, section);
		w->flags |= APACHE_ITEM_NESTED;
		walk_children(w, file, section->first_child);
		w->flags = outer_flags;
	}
}

static void walk_children(struct walker *w, const struct apache_file *file,
			  const struct apache_directive *first)
{
	for (const struct apache_directive *d = first; d; d = d->next) {
		if (d->body == APACHE_BODY_NONE)
			walk_line(w, file, d);
		else if (d->body == APACHE_BODY_DIRECTIVES)
			walk_section(w, file, d);
	}
}

static void walk_file(struct walker *w, const struct apache_file *file, const char *seen_path)
{
	const char *outer = w->seen_path;

	if (!(w->flags & APACHE_ITEM_MORE))
		w->model->files[file->index]->shown.enabled = true;
	w->open[w->depth++] = file;
	w->seen_path = seen_path;
	walk_children(w, file, apache_conf_first(file->conf));
	w->seen_path = outer;
	w->depth--;
}

static void begin_walk(struct apache_model *model)
{
	const struct apache_program *program = model->program;

	REPLACE(model->server_root, xstrdup(program->server_root));
	for (size_t i = 0; !program->modules && i < ARRAY_LEN(usual_modules); i++)
		map_set(&model->modules, usual_modules[i], NULL);
	for (size_t i = 0; program->modules && i < program->modules->count; i++)
		map_set(&model->modules, program->modules->items[i], NULL);
	for (size_t i = 0; program->defines && i < program->defines->count; i++) {
		const char *define = program->defines->items[i];
		const char *equals = strchr(define, '=');
		AUTO_FREE char *name = xstrndup(define, equals ? (size_t)(equals - define)
							       : strlen(define));

		map_set(&model->defines, name, xstrdup(equals ? equals + 1 : ""));
	}
}

void apache_walk(struct apache_model *model)
{
	struct walker walker = {.model = model};
	const struct strvec *more = model->program->more_paths;

	begin_walk(model);
	walk_file(&walker, &model->files[0]->shown, model->files[0]->path);
	for (size_t i = 0; i < model->added_files.count; i++)
		include_file(&walker, NULL, NULL, model->added_files.items[i]);
	walker.flags = APACHE_ITEM_MORE;
	for (size_t i = 0; more && i < more->count; i++)
		include_pattern(&walker, NULL, NULL, more->items[i]);
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
