/*
 * Shows what confedit sees of httpd's configuration, for the tests that compare it with httpd and
 * Augeas:
 *
 * apache_tool tree FILE                one line per directive; fails when it does not print back
 * apache_tool model ROOT FILE [DUMP]   what the configuration with that main file serves; DUMP is
 *                                      the output of "httpd -t -D DUMP_VHOSTS …", which is compared
 * apache_tool steps ROOT FILE STEPS    edits, one a line in the file STEPS, then the changed files:
 *                                      "twin NAME PATH", "deploy NAME", "redirect NAME",
 *                                      "hsts NAME", "uir NAME", "staple NAME", "listen PORT",
 *                                      "challenge NAME…", "mark NAME ID"
 *
 * Exit status 1: it does not parse or differs; the reason is on standard output after "error: ".
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "confedit/apache/edit/apache_challenge.h"
#include "confedit/apache/apache_choose.h"
#include "confedit/apache/edit/apache_deploy.h"
#include "confedit/apache/apache_dump.h"
#include "confedit/apache/edit/apache_enhance.h"
#include "confedit/apache/edit/apache_listen.h"
#include "confedit/apache/edit/apache_changes.h"
#include "reprint.h"

static int read_file(void *context, const char *path, struct strbuf *out, struct error *err)
{
	FILE *file = fopen(path, "rb");
	char block[4096];
	size_t len;

	if (!file)
		return error_set_errno(err, errno, "cannot read '%s'", path);
	while ((len = fread(block, 1, sizeof(block), file)) > 0)
		strbuf_add(out, block, len);
	fclose(file);
	return 0;
}

static int list_dir(void *context, const char *path, struct strvec *ret_names, struct error *err)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return error_set_errno(err, errno, "cannot read '%s'", path);
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			strvec_push(ret_names, entry->d_name);
	closedir(dir);
	return 0;
}

static bool is_dir(void *context, const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool exists(void *context, const char *path)
{
	struct stat status;

	return stat(path, &status) == 0;
}

static char *real_path(void *context, const char *path)
{
	char *real = realpath(path, NULL);

	return real ? real : xstrdup(path);
}

static const struct apache_source files = {
	.read = read_file,
	.list = list_dir,
	.is_dir = is_dir,
	.exists = exists,
	.real_path = real_path,
};

static void add_quoted(struct strbuf *out, const char *text)
{
	strbuf_addc(out, '"');
	for (; *text; text++) {
		if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\')
			strbuf_addf(out, "\\x%02x", (unsigned char)*text);
		else
			strbuf_addc(out, *text);
	}
	strbuf_addc(out, '"');
}

static int show_tree(char **args, struct strbuf *out, struct error *err)
{
	static const char *const bodies[] = {"", " <>", " <raw>"};
	AUTO(strbuf) struct strbuf bytes = STRBUF_INIT;
	AUTO(apache_conf) struct apache_conf *conf = NULL;
	const struct apache_directive *d = NULL;

	if (read_file(NULL, args[0], &bytes, err) < 0 ||
	    apache_conf_parse(span_make(bytes.text, bytes.len), &conf, err) < 0)
		return err->code;
	if (!reprint_apache_equals(conf))
		return error_set(err, ERR_INTERNAL, "printed form differs");
	while ((d = apache_conf_next(conf, d))) {
		for (const struct apache_directive *up = d->parent; up; up = up->parent)
			strbuf_adds(out, "  ");
		strbuf_addf(out, "%zu", d->line);
		for (size_t i = 0; i < d->word_count; i++) {
			strbuf_addc(out, ' ');
			add_quoted(out, d->words[i].text);
		}
		strbuf_addf(out, "%s\n", bodies[d->body]);
	}
	return 0;
}

static void add_vhost(struct strbuf *out, const struct apache_vhost *vhost)
{
	strbuf_adds(out, "vhost ");
	apache_place(vhost->file, vhost->directive, out);
	strbuf_addf(out, "%s%s%s%s\n", vhost->tls ? " tls" : "", vhost->enabled ? "" : " disabled",
		    vhost->is_macro ? " macro" : "", vhost->is_repeated ? " repeated" : "");
	strbuf_addf(out, "  name %s\n", vhost->name ? vhost->name : "-");
	for (size_t i = 0; i < vhost->aliases.count; i++)
		strbuf_addf(out, "  alias %s\n", vhost->aliases.items[i]);
	for (size_t i = 0; i < vhost->address_count; i++)
		strbuf_addf(out, "  address %s:%s\n", vhost->addresses[i].host,
			    vhost->addresses[i].port);
}

static void add_model(struct strbuf *out, const struct apache_model *model)
{
	for (size_t i = 0; i < apache_model_vhost_count(model); i++)
		add_vhost(out, apache_model_vhost(model, i));
	for (size_t i = 0; i < model->file_count; i++)
		if (model->files[i]->shown.enabled)
			strbuf_addf(out, "file %s\n", model->files[i]->shown.path);
	for (size_t i = 0; i < apache_model_defines(model)->count; i++)
		strbuf_addf(out, "define %s=%s\n", apache_model_defines(model)->entries[i].key,
			    (char *)apache_model_defines(model)->entries[i].value);
	for (size_t i = 0; i < apache_model_problem_count(model); i++)
		strbuf_addf(out, "problem: %s\n", apache_model_problem(model, i)->text);
}

extern char **environ;

static void gather_environment(struct map *ret_environment)
{
	for (char **entry = environ; *entry; entry++) {
		AUTO_FREE char *name = xstrndup(*entry, strcspn(*entry, "="));

		map_set(ret_environment, name, strchr(*entry, '=') + 1);
	}
}

static int show_model(char **args, struct strbuf *out, struct error *err)
{
	AUTO(apache_dump) struct apache_dump dump;
	AUTO(apache_model) struct apache_model *first = NULL;
	AUTO(apache_model) struct apache_model *model = NULL;
	AUTO(strbuf) struct strbuf bytes = STRBUF_INIT;
	AUTO(strbuf) struct strbuf difference = STRBUF_INIT;
	AUTO(strvec) struct strvec defines = STRVEC_INIT;
	AUTO(map) struct map environment = MAP_INIT(NULL);
	struct apache_program program = {
		.server_root = args[0], .defines = &defines, .environment = &environment};

	apache_dump_init(&dump);
	gather_environment(&environment);
	if (args[2]) {
		if (read_file(NULL, args[2], &bytes, err) < 0 ||
		    apache_dump_parse(span_make(bytes.text, bytes.len), &dump, err) < 0)
			return err->code;
		program.modules = &dump.compiled_modules;
	}
	if (apache_model_load(&files, &program, args[1], &first, err) < 0)
		return err->code;
	apache_dump_foreign_defines(&dump, first, &defines);
	if (apache_model_load(&files, &program, args[1], &model, err) < 0)
		return err->code;
	add_model(out, model);
	if (args[2] && !apache_dump_agrees(&dump, model, &difference))
		return error_set(err, ERR_CONFIG, "%s", difference.text);
	return 0;
}

struct session {
	struct apache_model *model;
};

static int choose(struct session *s, const char *name, size_t *ret_id, struct error *err)
{
	const struct apache_vhost *vhost = apache_choose(s->model, name, "443");

	if (!vhost)
		return error_set(err, ERR_NOT_FOUND, "no host for '%s'", name);
	*ret_id = vhost->id;
	return 0;
}

static int step_twin(struct session *s, const struct strvec *words, size_t id, struct error *err)
{
	struct apache_twin twin = {.path = words->items[2], .port = "443"};

	return apache_make_twin(s->model, id, &twin, err);
}

static int step_deploy(struct session *s, const struct strvec *words, size_t id, struct error *err)
{
	static const struct apache_deployment deployment = {
		.certificate_path = "/etc/letsencrypt/live/x/fullchain.pem",
		.key_path = "/etc/letsencrypt/live/x/privkey.pem",
		.options_path = "/etc/letsencrypt/options-ssl-apache.conf",
	};

	return apache_deploy(s->model, id, &deployment, err);
}

static int step_name(struct session *s, const struct strvec *words, size_t id, struct error *err)
{
	return apache_add_name(s->model, id, words->items[2], err);
}

static int step_redirect(struct session *s, const struct strvec *words, size_t id,
			 struct error *err)
{
	const struct apache_vhost *tls = apache_model_find(s->model, id);
	const struct apache_vhost *plain = apache_choose_counterpart(s->model, tls);
	enum apache_redirect_found found;
	const struct apache_redirect_host host = {
		.path = "/nowhere/le-redirect.conf", .port = "80", .logs_dir = "/var/log/apache2"};

	return plain ? apache_redirect(s->model, plain->id, id, &found, err)
		     : apache_add_redirect_host(s->model, id, &host, err);
}

static int step_hsts(struct session *s, const struct strvec *words, size_t id, struct error *err)
{
	static const struct apache_header header = {
		.name = "Strict-Transport-Security",
		.value = "\"max-age=31536000\"",
		.mark = "Strict-Transport-Security",
	};
	bool done;

	return apache_add_header(s->model, id, &header, &done, err);
}

static int step_staple(struct session *s, const struct strvec *words, size_t id, struct error *err)
{
	bool done;

	return apache_staple(s->model, id, "shmcb:/run/stapling(128000)", &done, err);
}

static int step_mark(struct session *s, const struct strvec *words, size_t id, struct error *err)
{
	return apache_mark_vhost(s->model, id, words->items[2], err);
}

static int step_listen(struct session *s, const struct strvec *words, size_t id, struct error *err)
{
	AUTO(strvec) struct strvec lines = STRVEC_INIT;

	return apache_add_listen(s->model, words->items[1], APACHE_LISTEN_HTTPS, "", &lines, err);
}

static int step_challenge(struct session *s, const struct strvec *words, size_t id,
			  struct error *err)
{
	static const struct apache_challenge_plan plan = {
		.http_port = "80",
		.pre_path = "/nowhere/pre.conf",
		.post_path = "/nowhere/post.conf",
		.tokens_dir = "/var/lib/letsencrypt/http_challenges",
	};
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	strvec_extend(&names, words);
	strvec_remove(&names, 0);
	return apache_publish_challenges(s->model, &names, &plan, err);
}

static const struct {
	const char *verb;
	int (*run)(struct session *s, const struct strvec *words, size_t id, struct error *err);
	bool needs_host;
} steps[] = {
	{"twin", step_twin, true},
	{"deploy", step_deploy, true},
	{"name", step_name, true},
	{"redirect", step_redirect, true},
	{"hsts", step_hsts, true},
	{"staple", step_staple, true},
	{"mark", step_mark, true},
	{"listen", step_listen, false},
	{"challenge", step_challenge, false},
};

static int run_step(struct session *s, const struct strvec *words, struct error *err)
{
	size_t id = 0;

	for (size_t i = 0; words->count > 1 && i < ARRAY_LEN(steps); i++) {
		if (strcmp(words->items[0], steps[i].verb) != 0)
			continue;
		if (steps[i].needs_host && choose(s, words->items[1], &id, err) < 0)
			return err->code;
		return steps[i].run(s, words, id, err);
	}
	return error_set(err, ERR_USAGE, "unknown step");
}

static void show_changed(const struct apache_model *model, struct strbuf *out)
{
	for (size_t i = 0; i < model->file_count; i++) {
		const struct apache_file *file = &model->files[i]->shown;
		struct span bytes;

		if (!file->changed)
			continue;
		bytes = apache_conf_bytes(file->conf);
		strbuf_addf(out, "== %s\n", file->real_path);
		strbuf_add(out, bytes.ptr, bytes.len);
	}
}

static int run_steps(char **args, struct strbuf *out, struct error *err)
{
	static const struct apache_program program = {.server_root = "/nowhere"};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(apache_model) struct apache_model *model = NULL;
	struct apache_program here = program;
	struct session session;
	struct span rest, line;

	here.server_root = args[0];
	if (apache_model_load(&files, &here, args[1], &model, err) < 0 ||
	    read_file(NULL, args[2], &text, err) < 0)
		return err->code;
	session.model = model;
	rest = span_make(text.text, text.len);
	while (span_take_line(&rest, &line)) {
		AUTO(strvec) struct strvec words = STRVEC_INIT;
		AUTO(error) struct error failure = ERROR_INIT;
		AUTO_FREE char *copy = span_dup(line);

		strvec_split(&words, copy, " ");
		if (words.count && run_step(&session, &words, &failure) < 0)
			strbuf_addf(out, "refused: %s\n", failure.text);
	}
	show_changed(model, out);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		int (*run)(char **args, struct strbuf *out, struct error *err);
	} verbs[] = {{"tree", 1, show_tree}, {"model", 2, show_model}, {"steps", 3, run_steps}};
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	for (size_t i = 0; argc > 1 && i < ARRAY_LEN(verbs); i++) {
		if (strcmp(argv[1], verbs[i].name) != 0 || argc - 2 < verbs[i].args)
			continue;
		if (verbs[i].run(argv + 2, &out, &err) < 0)
			strbuf_addf(&out, "error: %s\n", err.text);
		fwrite(out.text, 1, out.len, stdout);
		return error_is_set(&err);
	}
	fputs("usage: apache_tool VERB ARGUMENTS\n", stderr);
	return 2;
}
