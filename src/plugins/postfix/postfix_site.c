/*
 * Edits of Postfix's configuration (see postfix_site.h).
 *
 * A mail server's clients seldom send a name, so the certificate for the host's own name should be
 * the default. It is put where the configuration has one already: smtpd_tls_chain_files, or
 * smtpd_tls_cert_file and smtpd_tls_key_file. Others go into a map "certbot_sni", which
 * tls_server_sni_maps names first; maps of the administrator's own stay.
 */
#include "plugins/postfix/postfix_site.h"

#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "confedit/postfix/main_cf.h"
#include "os/file/file.h"
#include "webserver/control.h"
#include "webserver/default_cert.h"
#include "webserver/texts.h"

#define MAP_NAME "certbot_sni"

static int load_conf(struct webserver *server, struct error *err)
{
	AUTO_FREE char *main_path = path_join(server->root, "main.cf");
	AUTO_FREE char *master_path = path_join(server->root, "master.cf");
	AUTO_FREE char *map_path = path_join(server->root, MAP_NAME);

	if (texts_load(server, main_path, false, err) < 0 ||
	    texts_load(server, master_path, false, err) < 0)
		return err->code;
	return texts_load(server, map_path, true, err);
}

static void add_names(const struct webserver *server, struct strvec *ret_names)
{
	const struct strvec *own = &postfix_site_of(server)->names;

	for (size_t i = 0; i < own->count; i++)
		if (strchr(own->items[i], '.'))
			strvec_push_unique(ret_names, own->items[i]);
}

/* ---- main.cf ---- */

static bool is_set(const struct webserver *server, const char *name)
{
	AUTO_FREE char *value = main_cf_get(texts_span(server, MAIN_CF), name);

	return value && value[0] && strcmp(value, "none") != 0;
}

static bool is_switched_on(const struct webserver *server, const char *name)
{
	AUTO_FREE char *value = main_cf_get(texts_span(server, MAIN_CF), name);

	return value && strcasecmp(value, "yes") == 0;
}

static void set_parameter(struct webserver *server, const char *name, const char *value)
{
	struct server_text *text = texts_at(server, MAIN_CF);

	if (!main_cf_set(&text->bytes, name, value))
		return;
	text->is_changed = true;
	webserver_note(server, "Set %s in %s", name, text->path);
}

/* One list of files is enough for all kinds of keys, but hides the older parameters. It is used
 * where those would not do: a certificate for another kind of key is set there. */
static bool uses_chain_files(const struct webserver *server)
{
	return postfix_site_of(server)->has_chains &&
	       (is_set(server, "smtpd_tls_chain_files") ||
		is_set(server, "smtpd_tls_eccert_file") || is_set(server, "smtpd_tls_dcert_file"));
}

static void set_default(struct webserver *server, const struct deploy_task *task)
{
	AUTO_FREE char *chain = xasprintf("%s, %s", task->key_path, task->fullchain_path);

	if (uses_chain_files(server)) {
		set_parameter(server, "smtpd_tls_chain_files", chain);
	} else {
		set_parameter(server, "smtpd_tls_cert_file", task->fullchain_path);
		set_parameter(server, "smtpd_tls_key_file", task->key_path);
	}
	if (!is_set(server, "smtpd_tls_security_level") &&
	    !is_switched_on(server, "smtpd_use_tls") &&
	    !is_switched_on(server, "smtpd_enforce_tls"))
		set_parameter(server, "smtpd_tls_security_level", "may");
}

/* Of a list the last file counts, as we write it. */
char *postfix_default_chain(const struct webserver *server)
{
	AUTO_FREE char *list = main_cf_get(texts_span(server, MAIN_CF), "smtpd_tls_chain_files");
	const char *last;

	if (!list || !list[0])
		return main_cf_get(texts_span(server, MAIN_CF), "smtpd_tls_cert_file");
	last = list + strlen(list);
	while (last > list && !strchr(" ,\t", last[-1]))
		last--;
	return xstrdup(last);
}

/* ---- The map of further names ---- */

/* Gives a name its certificate in the map. Its lines are "NAME KEY, CHAIN". */
static void map_name(struct webserver *server, const char *name, const char *key_path,
		     const char *chain_path)
{
	/* ".example.org" means all names below it. */
	const char *pattern = str_starts(name, "*.") ? name + 1 : name;
	AUTO_FREE char *line = xasprintf("%s %s, %s\n", pattern, key_path, chain_path);
	AUTO(strbuf) struct strbuf changed = STRBUF_INIT;
	struct span rest = texts_span(server, SNI_MAP), old;

	while (span_take_line(&rest, &old)) {
		struct span fields = old, first;

		if (span_take_until(&fields, ' ', &first) && span_eq(first, pattern))
			continue;
		strbuf_add(&changed, old.ptr, old.len);
		strbuf_addc(&changed, '\n');
	}
	strbuf_adds(&changed, line);
	if (texts_set(server, SNI_MAP, span_make(changed.text, changed.len)))
		webserver_note(server, "Set the certificate of %s in %s", name,
			       texts_at(server, SNI_MAP)->path);
}

static void use_map(struct webserver *server)
{
	AUTO_FREE char *ours = xasprintf("texthash:%s", texts_at(server, SNI_MAP)->path);
	AUTO_FREE char *maps = main_cf_get(texts_span(server, MAIN_CF), "tls_server_sni_maps");
	AUTO_FREE char *both = NULL;

	if (maps && strstr(maps, ours))
		return;
	both = maps && maps[0] ? xasprintf("%s, %s", ours, maps) : xstrdup(ours);
	set_parameter(server, "tls_server_sni_maps", both);
}

static int map_names(struct webserver *server, const struct strvec *certified, const char *key_path,
		     const char *chain_path, struct error *err)
{
	if (!postfix_site_of(server)->has_chains)
		return error_set(err, ERR_REFUSED,
				 "this Postfix serves one certificate, and has one for '%s': "
				 "several need Postfix 3.4",
				 postfix_site_of(server)->names.items[0]);
	for (size_t i = 0; i < certified->count; i++)
		map_name(server, certified->items[i], key_path, chain_path);
	use_map(server);
	return 0;
}

/* ---- Deployment ---- */

/* The former default is put into the map, with the names that it covers. */
static int demote(struct webserver *server, const char *chain_path, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO_FREE char *dir = path_dirname(chain_path);
	AUTO_FREE char *key_path = path_join(dir, "privkey.pem");

	if (default_cert_names(chain_path, &names, err) < 0)
		return err->code;
	return map_names(server, &names, key_path, chain_path, err);
}

void postfix_list_overriding(const struct webserver *server, struct strvec *ret_services)
{
	static const char *const parameters[] = {"smtpd_tls_chain_files", "smtpd_tls_cert_file",
						 "tls_server_sni_maps"};

	for (size_t i = 0; i < ARRAY_LEN(parameters); i++)
		master_cf_overriding(texts_span(server, MASTER_CF), parameters[i], ret_services);
}

static void warn_of_overrides(const struct webserver *server)
{
	AUTO(strvec) struct strvec services = STRVEC_INIT;
	AUTO_FREE char *listed = NULL;

	postfix_list_overriding(server, &services);
	listed = strvec_join(&services, ", ");
	if (services.count)
		log_warning("%s/master.cf sets the certificate of %s itself, which is left as it "
			    "is.",
			    server->root, listed);
}

static int deploy_postfix(struct webserver *server, struct deploy_task *task, struct error *err)
{
	const struct strvec *own = &postfix_site_of(server)->names;
	AUTO_FREE char *present = postfix_default_chain(server);
	bool is_other = present && default_cert_is_live(server, present) && file_exists(present) &&
			!str_eq_or_null(present, task->fullchain_path);

	if (!task->fullchain_path)
		return error_set(err, ERR_CONFIG, "Postfix needs --fullchain-path");
	if (webserver_check_path(server, task->fullchain_path, err) < 0 ||
	    webserver_check_path(server, task->key_path, err) < 0)
		return err->code;
	strvec_push(&task->places, texts_at(server, MAIN_CF)->path);
	warn_of_overrides(server);
	switch (default_cert_choose(task, is_other, own->count ? own->items[0] : NULL)) {
	case DEFAULT_CERT_TAKES:
		set_default(server, task);
		return 0;
	case DEFAULT_CERT_JOINS:
		return map_names(server, task->names, task->key_path, task->fullchain_path, err);
	case DEFAULT_CERT_SWAPS:
		set_default(server, task);
		return demote(server, present, err);
	}
	return 0;
}

/* ---- The server ---- */

int postfix_run(const struct webserver *server, const char *root, const char *command,
		struct error *err)
{
	const char *const argv[] = {postfix_site_of(server)->ctl, "-c", root, command, NULL};

	return control_run(argv, NULL, err);
}

static int test_postfix(struct webserver *server, struct error *err)
{
	return postfix_run(server, server->root, "check", err);
}

static bool is_running(struct webserver *server)
{
	AUTO(error) struct error ignored = ERROR_INIT;

	return postfix_run(server, server->root, "status", &ignored) == 0;
}

static int reload_postfix(struct webserver *server, struct error *err)
{
	if (!is_running(server))
		return error_set(err, ERR_NOT_FOUND, "'postfix status' failed");
	return postfix_run(server, server->root, "reload", err);
}

static void close_site(struct webserver *server)
{
	struct postfix_site *site = STEAL(server->own);

	free(site->ctl);
	free(site->utility);
	strvec_release(&site->names);
	free(site->address);
	free(site);
}

const struct webserver_kind postfix_kind = {
	.name = "Postfix",
	.load = load_conf,
	.unload = texts_unload,
	.names = add_names,
	.stage = texts_stage,
	.can_hold = main_cf_can_hold,
	.deploy = deploy_postfix,
	.prove = postfix_prove,
	.test = test_postfix,
	.reload = reload_postfix,
	.is_running = is_running,
	.close = close_site,
};
