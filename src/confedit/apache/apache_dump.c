/*
 * httpd's own view (see apache_dump.h). The output is meant for people. Each line is recognised by
 * its form, so the lists may come in any order and number.
 */
#include "confedit/apache/apache_dump.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

void apache_dump_init(struct apache_dump *dump)
{
	*dump = (struct apache_dump){
		.modules = STRVEC_INIT,
		.compiled_modules = STRVEC_INIT,
		.defines = STRVEC_INIT,
		.includes = STRVEC_INIT,
	};
}

void apache_dump_release(struct apache_dump *dump)
{
	strvec_release(&dump->modules);
	strvec_release(&dump->compiled_modules);
	strvec_release(&dump->defines);
	strvec_release(&dump->includes);
	for (size_t i = 0; i < dump->vhost_count; i++) {
		free(dump->vhosts[i].path);
		free(dump->vhosts[i].name);
	}
	free(dump->vhosts);
	free(dump->server_root);
	free(dump->pid_file);
	apache_dump_init(dump);
}

/* " ssl_module (shared)" Static ones cannot be missing, so they are kept apart. */
static bool read_module(struct apache_dump *dump, const char *line)
{
	const char *end = strstr(line, " (static)");
	bool compiled = end != NULL;
	AUTO_FREE char *name = NULL;

	end = end ? end : strstr(line, " (shared)");
	if (*line != ' ' || !end)
		return false;
	name = xstrndup(line + 1, (size_t)(end - line - 1));
	strvec_push(&dump->modules, name);
	if (compiled)
		strvec_push(&dump->compiled_modules, name);
	return true;
}

/* DUMP_* come from the question itself. */
static bool read_define(struct apache_dump *dump, const char *line)
{
	struct span rest = span_of(line);

	if (!span_skip_prefix(&rest, "Define: "))
		return false;
	if (!str_starts(rest.ptr, "DUMP_"))
		strvec_push(&dump->defines, rest.ptr);
	return true;
}

/* "    (31) /etc/apache2/ports.conf", "  (*) /etc/apache2/apache2.conf" */
static bool read_include(struct apache_dump *dump, const char *line)
{
	const char *number = line + strspn(line, " ");
	const char *path;

	if (number == line || *number != '(')
		return false;
	path = strstr(number, ") /");
	if (!path || number + 1 + strspn(number + 1, "*0123456789") != path)
		return false;
	strvec_push_unique(&dump->includes, path + 2);
	return true;
}

/* PidFile: "/run/apache2/apache2.pid" */
static bool read_quoted(const char *line, const char *key, char **value)
{
	const char *start;
	size_t len;

	if (!str_starts(line, key))
		return false;
	start = line + strlen(key);
	len = strlen(start);
	if (len < 2 || *start != '"' || start[len - 1] != '"')
		return false;
	REPLACE(*value, xstrndup(start + 1, len - 2));
	return true;
}

/* Takes "name (path:line)" apart; "(macro 'x' …)" is passed over. The last colon: a path may have
 * others. */
static void add_vhost(struct apache_dump *dump, const char *text)
{
	const char *open = strstr(text, " (/"), *colon;
	struct apache_dump_vhost vhost;
	int64_t line;
	AUTO_FREE char *number = NULL;

	if (!open || !(colon = strrchr(open, ':')) || text[strlen(text) - 1] != ')')
		return;
	number = xstrndup(colon + 1, strlen(colon) - 2);
	if (!str_to_int64(number, 1, INT32_MAX, &line))
		return;
	vhost = (struct apache_dump_vhost){
		.name = xstrndup(text, (size_t)(open - text)),
		.path = xstrndup(open + 2, (size_t)(colon - open - 2)),
		.line = (size_t)line,
	};
	ascii_lower_string(vhost.name);
	ARRAY_GROW(dump->vhosts, dump->vhost_count, dump->vhost_capacity);
	dump->vhosts[dump->vhost_count++] = vhost;
}

/* "*:80     name (path:line)" for a lone host, "     port 80 namevhost name (path:line)" for one of
 * several; "default server" repeats the first of these. */
static bool read_vhost(struct apache_dump *dump, const char *line)
{
	const char *named = strstr(line, " namevhost ");

	if (named && *line == ' ') {
		add_vhost(dump, named + strlen(" namevhost "));
		return true;
	}
	if (*line == ' ' || !strchr(line, ':') || !strstr(line, " (/"))
		return false;
	line += strcspn(line, " ");
	add_vhost(dump, line + strspn(line, " "));
	return true;
}

static bool read_line(struct apache_dump *dump, const char *line)
{
	return read_module(dump, line) || read_define(dump, line) || read_include(dump, line) ||
	       read_quoted(line, "ServerRoot: ", &dump->server_root) ||
	       read_quoted(line, "PidFile: ", &dump->pid_file) || read_vhost(dump, line);
}

/* If not a single line is recognised, this is another program or language, and nothing can be
 * concluded from what is missing. */
int apache_dump_parse(struct span output, struct apache_dump *ret_dump, struct error *err)
{
	struct span rest = output, line;
	bool known = false;

	while (span_take_line(&rest, &line)) {
		AUTO_FREE char *text = span_dup(line);

		known |= read_line(ret_dump, text);
	}
	if (known)
		return 0;
	return error_set(err, ERR_PARSE, "cannot parse the web server's list of its virtual hosts");
}

/* The host of the model at that place, or NULL. */
static const struct apache_vhost *find_vhost(const struct apache_model *model, const char *path,
					     size_t line)
{
	const struct apache_file *file = apache_model_find_file(model, path);

	for (size_t i = 0; file && i < apache_model_vhost_count(model); i++) {
		const struct apache_vhost *vhost = apache_model_vhost(model, i);

		if (vhost->file == file && vhost->directive->line == line)
			return vhost;
	}
	return NULL;
}

static bool is_in_dump(const struct apache_dump *dump, const struct apache_model *model,
		       const struct apache_vhost *vhost)
{
	for (size_t i = 0; i < dump->vhost_count; i++)
		if (dump->vhosts[i].line == vhost->directive->line &&
		    apache_model_find_file(model, dump->vhosts[i].path) == vhost->file)
			return true;
	return false;
}

/* By file and line, which are the only things that name a host in both. */
static bool hosts_agree(const struct apache_dump *dump, const struct apache_model *model,
			struct strbuf *ret_difference)
{
	for (size_t i = 0; i < dump->vhost_count; i++) {
		const struct apache_dump_vhost *theirs = &dump->vhosts[i];
		const struct apache_vhost *ours = find_vhost(model, theirs->path, theirs->line);

		if (!ours || !ours->enabled) {
			strbuf_addf(
				ret_difference,
				"it has a virtual host '%s' (%s:%zu) that the files do not show",
				theirs->name, theirs->path, theirs->line);
			return false;
		}
		if (ours->name && strcmp(ours->name, theirs->name) != 0) {
			strbuf_addf(ret_difference,
				    "its virtual host at %s:%zu is called '%s', but the files say "
				    "'%s'",
				    theirs->path, theirs->line, theirs->name, ours->name);
			return false;
		}
	}
	for (size_t i = 0; i < apache_model_vhost_count(model); i++) {
		const struct apache_vhost *ours = apache_model_vhost(model, i);

		if (!ours->enabled || ours->is_macro || is_in_dump(dump, model, ours))
			continue;
		strbuf_adds(ret_difference, "it does not have the virtual host at ");
		apache_place(ours->file, ours->directive, ret_difference);
		return false;
	}
	return true;
}

/* If the two differ, our reading of the files is wrong somewhere, and an edit would rest on it. */
bool apache_dump_agrees(const struct apache_dump *dump, const struct apache_model *model,
			struct strbuf *ret_difference)
{
	for (size_t i = 0; i < dump->modules.count; i++) {
		if (apache_model_has_module(model, dump->modules.items[i]))
			continue;
		strbuf_addf(ret_difference,
			    "it has loaded module '%s', but the files do not load "
			    "it",
			    dump->modules.items[i]);
		return false;
	}
	return hosts_agree(dump, model, ret_difference);
}

/* Defines that come from the command line (apachectl -D, envvars), which conditions need. */
void apache_dump_foreign_defines(const struct apache_dump *dump, const struct apache_model *model,
				 struct strvec *ret_defines)
{
	for (size_t i = 0; i < dump->defines.count; i++) {
		const char *define = dump->defines.items[i];
		AUTO_FREE char *name = xstrndup(define, strcspn(define, "="));

		if (!map_contains(apache_model_defines(model), name))
			strvec_push(ret_defines, define);
	}
}
