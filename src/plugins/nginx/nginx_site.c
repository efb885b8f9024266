/*
 * Reads the configuration and talks to the program (see nginx_site.h). Before any edit, what we
 * read is compared with what nginx itself read: if the two understood an include differently, an
 * edit could end up in the wrong block.
 */
#include "plugins/nginx/nginx_site.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "confedit/nginx/nginx_dump.h"
#include "webserver/control.h"

static int read_for_model(void *context, const char *path, struct strbuf *ret_bytes,
			  struct error *err)
{
	return webserver_read(context, path, ret_bytes, err);
}

/* As nginx does it: glob(3) in the C locale, so by byte value. */
static int glob_for_model(void *context, const char *pattern, struct strvec *ret_paths,
			  struct error *err)
{
	return webserver_glob(context, pattern, ret_paths, err);
}

static void unload(struct webserver *server)
{
	nginx_model_free(server->model);
	server->model = NULL;
}

/* Stops before an edit when nginx serves something other than the model shows. Only the first time:
 * later readings differ from the dump by our own edits. */
static int compare_with_nginx(struct nginx_site *site, const struct nginx_model *model,
			      struct error *err)
{
	AUTO(nginx_dump) struct nginx_dump *dump = NULL;
	AUTO(nginx_model) struct nginx_model *dumped = NULL;
	AUTO(strbuf) struct strbuf difference = STRBUF_INIT;

	if (!site->dump.len)
		return 0;
	if (nginx_dump_parse(span_make(site->dump.text, site->dump.len), &dump, err) < 0)
		return err->code;
	nginx_dump_set_hostname(dump, site->hostname);
	if (nginx_model_from_dump(dump, &dumped, err) < 0)
		return error_wrap(err, "cannot read the configuration as 'nginx -T' shows it");
	if (!nginx_model_equal(model, dumped, &difference)) {
		error_set(err, ERR_CONFIG,
			  "nginx reads a different configuration than its files show; nothing was "
			  "changed: %s",
			  difference.text);
		/* Most likely that is why. */
		if (nginx_model_problem_count(model))
			error_hint(err, "a file was left out: %s",
				   nginx_model_problem(model, 0)->text);
		return err->code;
	}
	strbuf_release(&site->dump);
	return 0;
}

static void tell_problems(const struct nginx_model *model)
{
	for (size_t i = 0; i < nginx_model_problem_count(model); i++)
		log_warning("Ignoring a file of the nginx configuration: %s",
			    nginx_model_problem(model, i)->text);
}

/* Problems are reported once, not after each edit. */
static int load_site(struct webserver *server, struct error *err)
{
	struct nginx_site *site = nginx_site_of(server);
	AUTO(nginx_model) struct nginx_model *model = NULL;
	bool is_first;

	site->source = (struct nginx_source){
		.context = server,
		.read = read_for_model,
		.glob = glob_for_model,
		.hostname = site->hostname,
	};
	if (nginx_model_load(&site->source, site->program.conf, &model, err) < 0)
		return err->code;
	is_first = site->dump.len > 0;
	if (compare_with_nginx(site, model, err) < 0)
		return err->code;
	if (is_first)
		tell_problems(model);
	server->model = STEAL(model);
	return 0;
}

static void names(const struct webserver *server, struct strvec *ret_names)
{
	nginx_model_names(server->model, ret_names);
}

static void stage(struct webserver *server)
{
	AUTO(strvec) struct strvec changed = STRVEC_INIT;

	nginx_model_changed(server->model, &changed);
	for (size_t i = 0; i < changed.count; i++)
		webserver_stage(server, changed.items[i],
				nginx_model_bytes(server->model, changed.items[i]));
}

static int test_configuration(struct webserver *server, struct error *err)
{
	return nginx_program_test(&nginx_site_of(server)->program, err);
}

static int reload(struct webserver *server, struct error *err)
{
	return nginx_program_signal(&nginx_site_of(server)->program, "reload", err);
}

/* "reopen" is the signal that changes nothing: nginx opens its log files again. */
static bool is_running(struct webserver *server)
{
	const struct nginx_site *site = nginx_site_of(server);
	AUTO(error) struct error ignored = ERROR_INIT;

	if (!site->pid_path || control_pid_is_alive(site->pid_path))
		return true;
	/* nginx itself knows where its configuration is. */
	return site->pid_path_is_guessed &&
	       nginx_program_signal(&site->program, "reopen", &ignored) == 0;
}

static void close_site(struct webserver *server)
{
	struct nginx_site *site = nginx_site_of(server);

	if (!site)
		return;
	free(site->program.path);
	free(site->program.conf);
	nginx_build_release(&site->build);
	free(site->pid_path);
	free(site->options_path);
	free(site->dhparam_path);
	strbuf_release(&site->dump);
	free(site->hostname);
	free(site);
}

const struct webserver_kind nginx_kind = {
	.name = "nginx",
	.load = load_site,
	.unload = unload,
	.names = names,
	.stage = stage,
	.deploy = nginx_site_deploy,
	.enhance = nginx_site_enhance,
	.publish = nginx_site_publish,
	.prove = nginx_site_prove,
	.test = test_configuration,
	.reload = reload,
	.is_running = is_running,
	.close = close_site,
};
