/*
 * Reads the configuration and talks to httpd (see apache_site.h). Before any edit, what we read is
 * compared with what httpd itself read: if the two understood an include differently, an edit could
 * end up in the wrong host.
 */
#include "plugins/apache/apache_site.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "confedit/apache/edit/apache_deploy.h"
#include "confedit/apache/edit/apache_listen.h"
#include "os/file/file.h"
#include "plugins/apache/apache_tls.h"
#include "webserver/control.h"

void apache_hosts_release(struct apache_hosts *hosts)
{
	free(hosts->ids);
	*hosts = (struct apache_hosts)APACHE_HOSTS_INIT;
}

void apache_hosts_add(struct apache_hosts *hosts, size_t id)
{
	for (size_t i = 0; i < hosts->count; i++)
		if (hosts->ids[i] == id)
			return;
	ARRAY_GROW(hosts->ids, hosts->count, hosts->capacity);
	hosts->ids[hosts->count++] = id;
}

/* All access to files goes through the staged edits, so that the model shows what will be
 * written. */
static int read_for_model(void *context, const char *path, struct strbuf *ret_bytes,
			  struct error *err)
{
	return webserver_read(context, path, ret_bytes, err);
}

static int list_for_model(void *context, const char *path, struct strvec *ret_names,
			  struct error *err)
{
	return webserver_list(context, path, ret_names, err);
}

static bool is_dir_for_model(void *context, const char *path)
{
	return file_is_dir(path);
}

static bool exists_for_model(void *context, const char *path)
{
	return webserver_has_file(context, path);
}

static char *real_path_for_model(void *context, const char *path)
{
	return webserver_real_path(context, path);
}

static void unload(struct webserver *server)
{
	struct apache_site *site = apache_site_of(server);

	apache_model_free(server->model);
	server->model = NULL;
	if (site)
		map_release(&site->chosen);
}

/* Stops before an edit when httpd serves something other than the model shows. */
static int compare_with_httpd(struct apache_site *site, const struct apache_model *model,
			      struct error *err)
{
	AUTO(strbuf) struct strbuf difference = STRBUF_INIT;

	if (site->is_compared || apache_dump_agrees(&site->dump, model, &difference))
		return 0;
	error_set(err, ERR_CONFIG,
		  "httpd reads a different configuration than its files show; nothing was "
		  "changed: %s",
		  difference.text);
	/* Most likely that is why. */
	if (apache_model_problem_count(model))
		return error_hint(err, "a file was left out: %s",
				  apache_model_problem(model, 0)->text);
	return error_hint(err,
			  "compare '%s -t -D DUMP_VHOSTS' with the files; options that name "
			  "another directory (--apache-server-root) or program (--apache-ctl) "
			  "may be missing",
			  site->program.query);
}

static void tell_problems(const struct apache_model *model)
{
	for (size_t i = 0; i < apache_model_problem_count(model); i++)
		log_warning("Ignoring a file of the httpd configuration: %s",
			    apache_model_problem(model, i)->text);
}

/* Read twice at most: the defines that were found decide which <IfDefine> blocks count. */
static int load_model(struct apache_site *site, struct apache_model **ret_model, struct error *err)
{
	AUTO(apache_model) struct apache_model *model = NULL;

	if (apache_model_load(&site->source, &site->seen, site->main_path, &model, err) < 0)
		return err->code;
	if (!site->is_compared && !site->defines.count) {
		/* Defines that no file makes come from the command line, and may decide what is
		 * read. */
		apache_dump_foreign_defines(&site->dump, model, &site->defines);
		if (site->defines.count)
			return load_model(site, ret_model, err);
	}
	*ret_model = STEAL(model);
	return 0;
}

static int load_site(struct webserver *server, struct error *err)
{
	struct apache_site *site = apache_site_of(server);
	AUTO(apache_model) struct apache_model *model = NULL;

	if (!site->main_path)
		return error_set(err, ERR_NOT_FOUND, "Apache httpd has not been checked");
	site->source = (struct apache_source){
		.context = server,
		.read = read_for_model,
		.list = list_for_model,
		.is_dir = is_dir_for_model,
		.exists = exists_for_model,
		.real_path = real_path_for_model,
	};
	site->seen = (struct apache_program){
		.server_root = site->server_root,
		.version = site->version,
		.modules = site->dump.modules.count ? &site->dump.compiled_modules : NULL,
		.defines = &site->defines,
		.environment = &site->environment,
		.more_paths = &site->more_paths,
	};
	if (load_model(site, &model, err) < 0)
		return err->code;
	if (compare_with_httpd(site, model, err) < 0)
		return err->code;
	if (!site->is_compared)
		tell_problems(model);
	site->is_compared = true;
	server->model = STEAL(model);
	return 0;
}

static void names(const struct webserver *server, struct strvec *ret_names)
{
	apache_model_names(server->model, ret_names);
}

/* A new file without its link in sites-enabled would not be read at all. */
static void stage(struct webserver *server)
{
	const struct apache_site *site = apache_site_of(server);
	AUTO(strvec) struct strvec changed = STRVEC_INIT;
	AUTO(strvec) struct strvec added = STRVEC_INIT;

	apache_model_changed(server->model, &changed);
	for (size_t i = 0; i < changed.count; i++)
		webserver_stage(
			server, changed.items[i],
			apache_conf_bytes(
				apache_model_find_file(server->model, changed.items[i])->conf));
	apache_model_added(server->model, &added);
	for (size_t i = 0; i < added.count; i++) {
		AUTO_FREE char *link = xasprintf("%s/sites-enabled/%s", site->server_root,
						 path_basename(added.items[i]));

		if (!webserver_has_file(server, link))
			webserver_stage_link(server, link, added.items[i]);
	}
}

/* Debian's way if the directory is there, an Include line otherwise. */
int apache_site_enable(struct webserver *server, const char *path, struct error *err)
{
	const struct apache_site *site = apache_site_of(server);
	AUTO(strvec) struct strvec added = STRVEC_INIT;
	AUTO_FREE char *enabled_dir = path_join(site->server_root, "sites-enabled");
	AUTO_FREE char *real = webserver_real_path(server, path);

	apache_model_added(server->model, &added);
	if (!strvec_contains(&added, real))
		return 0;
	webserver_note(server, "Enabled site %s", real);
	/* The link is made when the model is staged. */
	if (site->links_sites && file_is_dir(enabled_dir))
		return 0;
	return apache_add_include(server->model, real, err);
}

int apache_site_listen(struct webserver *server, unsigned port, bool https, struct error *err)
{
	const struct apache_site *site = apache_site_of(server);
	AUTO_FREE char *ports_path = path_join(site->server_root, "ports.conf");
	AUTO_FREE char *text = xasprintf("%u", port);
	AUTO(strvec) struct strvec lines = STRVEC_INIT;

	if (apache_add_listen(server->model, text, https ? APACHE_LISTEN_HTTPS : APACHE_LISTEN_HTTP,
			      ports_path, &lines, err) < 0)
		return err->code;
	for (size_t i = 0; i < lines.count; i++)
		webserver_note(server, "Added %s directive to %s", lines.items[i], ports_path);
	return 0;
}

/* A directive that mod_ssl's OpenSSL does not know would keep httpd from starting, so the file goes
 * by its version, which is only found in the binary. */
int apache_site_install_options(struct webserver *server, struct error *err)
{
	struct apache_site *site = apache_site_of(server);
	const char *config_dir = webserver_config_dir(server);
	AUTO_FREE char *module = apache_model_module_path(server->model, "ssl_module");
	const char *binary = module ? module : site->binary;
	enum apache_openssl openssl = binary ? apache_program_openssl(binary)
					     : APACHE_OPENSSL_UNKNOWN;
	bool is_current;
	const struct tls_file *options = apache_tls_options(site->version, openssl, &is_current);

	if (site->options_path)
		return 0;
	if (openssl == APACHE_OPENSSL_UNKNOWN)
		log_warning(
			"Cannot determine the OpenSSL version that httpd uses%s; installing TLS "
			"settings for an old one",
			binary ? "" : " (say where httpd is with --apache-bin)");
	else if (!is_current)
		log_warning("Your httpd or its OpenSSL is old: its TLS options file '%s' will not "
			    "receive updates",
			    options->name);
	if (tls_file_install(options, config_dir, err) < 0)
		return err->code;
	site->options_path = tls_file_path(options, config_dir);
	return 0;
}

static int test_configuration(struct webserver *server, struct error *err)
{
	return apache_program_test(&apache_site_of(server)->program, err);
}

/* Where httpd keeps its process id; NULL if it does not say. A rollback asks only now: it starts
 * without asking httpd anything, because the configuration may be broken at that point. */
static const char *find_pid_path(struct apache_site *site)
{
	AUTO(error) struct error ignored = ERROR_INIT;
	AUTO(strbuf) struct strbuf dump = STRBUF_INIT;

	if (!site->dump.pid_file && apache_program_dump(&site->program, &dump, &ignored) == 0) {
		apache_dump_release(&site->dump);
		if (apache_dump_parse(span_make(dump.text, dump.len), &site->dump, &ignored) < 0)
			log_debug("%s", ignored.text);
	}
	return site->dump.pid_file;
}

static bool is_running(struct webserver *server)
{
	const char *pid_path = find_pid_path(apache_site_of(server));

	return !pid_path || control_pid_is_alive(pid_path);
}

/* ERR_NOT_FOUND makes the caller go on without a proof. */
static int reload(struct webserver *server, struct error *err)
{
	/* "graceful" would start it: an administrator who stopped it had a reason. */
	if (!is_running(server))
		return error_set(err, ERR_NOT_FOUND, "no process of '%s'",
				 apache_site_of(server)->dump.pid_file);
	return apache_program_reload(&apache_site_of(server)->program, err);
}

static void close_site(struct webserver *server)
{
	struct apache_site *site = apache_site_of(server);

	if (!site)
		return;
	free(site->server_root);
	free(site->vhost_root);
	free(site->logs_root);
	free(site->challenge_location);
	free(site->twin_suffix);
	free(site->enmod);
	free(site->dismod);
	free(site->binary);
	free(site->program.ctl);
	free(site->program.query);
	free(site->version);
	free(site->main_path);
	free(site->options_path);
	apache_dump_release(&site->dump);
	map_release(&site->environment);
	map_release(&site->chosen);
	strvec_release(&site->defines);
	strvec_release(&site->more_paths);
	free(site);
}

const struct webserver_kind apache_kind = {
	.name = "Apache httpd",
	.load = load_site,
	.unload = unload,
	.names = names,
	.stage = stage,
	.deploy = apache_site_deploy,
	.enhance = apache_site_enhance,
	.publish = apache_site_publish,
	.prove = apache_site_prove,
	.test = test_configuration,
	.reload = reload,
	.is_running = is_running,
	.close = close_site,
};
