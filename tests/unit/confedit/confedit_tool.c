/*
 * Shows what confedit sees, for the tests that compare it with nginx, httpd and Augeas:
 *
 *	confedit_tool nginx-tree FILE           the tree of one file
 *	confedit_tool nginx-model FILE          what the configuration with that main file serves
 *	confedit_tool nginx-compare FILE DUMP   the same against the output of "nginx -T"
 *	confedit_tool nginx-steps DUMP STEPS    edits, see nginx_steps.h
 *
 * "-" is standard input. Exit status 1: it does not parse or differs; the reason is on standard
 * output after "error: ".
 */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "confedit/nginx/nginx_dump.h"
#include "dump.h"
#include "nginx_steps.h"
#include "reprint.h"

static int read_file(void *context, const char *path, struct strbuf *out, struct error *err)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	char block[4096];
	size_t len;

	if (!file)
		return error_set_errno(err, errno, "cannot read '%s'", path);
	while ((len = fread(block, 1, sizeof(block), file)) > 0)
		strbuf_add(out, block, len);
	if (file != stdin)
		fclose(file);
	return 0;
}

static int glob_files(void *context, const char *pattern, struct strvec *ret_paths,
		      struct error *err)
{
	glob_t found;

	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			strvec_push(ret_paths, found.gl_pathv[i]);
	globfree(&found);
	return 0;
}

static const struct nginx_source nginx_files = {.read = read_file, .glob = glob_files};

static int show_nginx_tree(char **args, struct strbuf *out, struct error *err)
{
	AUTO(strbuf) struct strbuf bytes = STRBUF_INIT;
	AUTO(nginx_conf) struct nginx_conf *conf = NULL;

	if (read_file(NULL, args[0], &bytes, err) < 0 ||
	    nginx_conf_parse(span_make(bytes.text, bytes.len), &conf, err) < 0)
		return err->code;
	if (!reprint_nginx_equals(conf))
		return error_set(err, ERR_INTERNAL, "printed form differs");
	dump_nginx_conf(conf, out);
	return 0;
}

static int show_nginx_model(char **args, struct strbuf *out, struct error *err)
{
	AUTO(nginx_model) struct nginx_model *model = NULL;

	if (nginx_model_load(&nginx_files, args[0], &model, err) < 0)
		return err->code;
	dump_nginx_model(model, out);
	return 0;
}

static int compare_nginx(char **args, struct strbuf *out, struct error *err)
{
	AUTO(strbuf) struct strbuf bytes = STRBUF_INIT;
	AUTO(strbuf) struct strbuf difference = STRBUF_INIT;
	AUTO(nginx_dump) struct nginx_dump *dump = NULL;
	AUTO(nginx_model) struct nginx_model *ours = NULL;
	AUTO(nginx_model) struct nginx_model *theirs = NULL;

	if (nginx_model_load(&nginx_files, args[0], &ours, err) < 0 ||
	    read_file(NULL, args[1], &bytes, err) < 0 ||
	    nginx_dump_parse(span_make(bytes.text, bytes.len), &dump, err) < 0 ||
	    nginx_model_from_dump(dump, &theirs, err) < 0)
		return err->code;
	if (!nginx_model_equal(ours, theirs, &difference))
		return error_set(err, ERR_CONFIG, "%s", difference.text);
	dump_nginx_model(theirs, out);
	return 0;
}

static int run_nginx_steps(char **args, struct strbuf *out, struct error *err)
{
	AUTO(strbuf) struct strbuf input = STRBUF_INIT;
	AUTO(strbuf) struct strbuf steps = STRBUF_INIT;

	if (read_file(NULL, args[0], &input, err) < 0 || read_file(NULL, args[1], &steps, err) < 0)
		return err->code;
	nginx_steps_run(span_make(input.text, input.len), span_make(steps.text, steps.len), out);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		int (*run)(char **args, struct strbuf *out, struct error *err);
	} verbs[] = {
		{"nginx-tree", 1, show_nginx_tree},
		{"nginx-model", 1, show_nginx_model},
		{"nginx-compare", 2, compare_nginx},
		{"nginx-steps", 2, run_nginx_steps},
	};
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
	fputs("usage: confedit_tool VERB ARGUMENTS\n", stderr);
	return 2;
}
