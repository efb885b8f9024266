/*
 * Edits of Exim's configuration (see exim_site.h).
 *
 * In Debian's configuration the certificate is that of the macro MAIN_TLS_CERTKEY, a file with key
 * and chain. A configuration without that macro gets the same file as tls_certificate and
 * tls_privatekey. Once there are several, the value is a lookup of the name that the client sends
 * in a map of all names. Its results are fixed paths: what a client sends must not become one.
 */
#include "plugins/exim/exim_site.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/exim/exim_conf.h"
#include "os/file/file.h"
#include "webserver/control.h"
#include "webserver/default_cert.h"
#include "webserver/loaded.h"

#define MAP_NAME "certbot-sni"
#define OUTPUT_PREFIX "certbot-"
#define OUTPUT_SUFFIX ".pem"
#define CERT_MACRO "MAIN_TLS_CERTKEY"
#define LOOKUP "${lookup{$tls_in_sni}partial-lsearch{"

char *exim_output_path(const char *root, const char *lineage)
{
	return xasprintf("%s/" OUTPUT_PREFIX "%s" OUTPUT_SUFFIX, root, lineage);
}

char *exim_live_chain(const struct webserver *server, const char *output_path)
{
	const char *name = path_basename(output_path);
	size_t len = strlen(name);
	AUTO_FREE char *dir = path_dirname(output_path);
	AUTO_FREE char *lineage = NULL;

	if (strcmp(dir, server->root) != 0 || !str_starts(name, OUTPUT_PREFIX) ||
	    !str_ends(name, OUTPUT_SUFFIX) || len < strlen(OUTPUT_PREFIX OUTPUT_SUFFIX))
		return NULL;
	lineage = xstrndup(name + strlen(OUTPUT_PREFIX), len - strlen(OUTPUT_PREFIX OUTPUT_SUFFIX));
	return xasprintf("%s/live/%s/fullchain.pem", webserver_config_dir(server), lineage);
}

/* ---- The files ---- */

/* The file is a shell script: the value may have either quotes, or none. */
static bool is_split(struct span script)
{
	struct span line;
	bool is_true = false;

	while (span_take_line(&script, &line)) {
		line = span_trim(line);
		if (!span_skip_prefix(&line, "dc_use_split_config="))
			continue;
		while (line.len && strchr("'\"", line.ptr[0]))
			line = span_drop(line, 1);
		while (line.len && strchr("'\"", line.ptr[line.len - 1]))
			line.len--;
		is_true = span_eq_nocase(line, "true");
	}
	return is_true;
}

int exim_find_layout(struct webserver *server, struct error *err)
{
	static const char *const plain[] = {"exim4.conf", "exim.conf"};
	struct exim_site *site = exim_site_of(server);
	AUTO_FREE char *debian = path_join(server->root, "update-exim4.conf.conf");
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
		REPLACE(site->main, path_join(server->root, plain[i]));
		site->layout = EXIM_PLAIN;
		if (file_is_regular(site->main))
			return 0;
	}
	REPLACE(site->main, NULL);
	if (!file_is_regular(debian))
		return error_set(
			err, ERR_NOT_FOUND,
			"cannot find '%s': set --exim-config-dir to the directory of Exim's "
			"configuration",
			debian);
	if (webserver_read(server, debian, &text, err) < 0)
		return err->code;
	site->layout = is_split(span_make(text.text, text.len)) ? EXIM_SPLIT : EXIM_MONOLITHIC;
	return 0;
}

/* update-exim4.conf leaves out names with other characters. */
static bool is_part(const char *name)
{
	for (; *name; name++)
		if (!ascii_is_alnum(*name) && *name != '_' && *name != '-')
			return false;
	return true;
}

static int load_parts(struct webserver *server, const char *dir, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (webserver_list(server, dir, &names, err) < 0)
		return err->code;
	strvec_sort(&names);
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *path = path_join(dir, names.items[i]);

		if (is_part(names.items[i]) && file_is_regular(path) &&
		    strcmp(path, texts_at(server, EXIM_OWN)->path) != 0 &&
		    texts_load(server, path, false, err) < 0)
			return err->code;
	}
	return 0;
}

static int load_exim(struct webserver *server, struct error *err)
{
	static const char *const own_names[] = {
		[EXIM_SPLIT] = "conf.d/main/00_certbot",
		[EXIM_MONOLITHIC] = "exim4.conf.localmacros",
	};
	AUTO_FREE char *map = path_join(server->root, MAP_NAME);
	AUTO_FREE char *own = NULL, *rest = NULL;
	enum exim_layout layout;

	if (exim_find_layout(server, err) < 0)
		return err->code;
	layout = exim_site_of(server)->layout;
	own = layout == EXIM_PLAIN ? xstrdup(exim_site_of(server)->main)
				   : path_join(server->root, own_names[layout]);
	if (texts_load(server, own, layout != EXIM_PLAIN, err) < 0 ||
	    texts_load(server, map, true, err) < 0)
		return err->code;
	if (layout == EXIM_PLAIN)
		return 0;
	rest = path_join(server->root,
			 layout == EXIM_SPLIT ? "conf.d/main" : "exim4.conf.template");
	return layout == EXIM_SPLIT ? load_parts(server, rest, err)
				    : texts_load(server, rest, false, err);
}

static void add_hostname(const struct webserver *server, struct strvec *ret_names)
{
	if (exim_site_of(server)->hostname)
		strvec_push_unique(ret_names, exim_site_of(server)->hostname);
}

/* ---- Settings ---- */

/* True when Debian's macros decide. */
static bool has_macros(const struct webserver *server)
{
	return exim_site_of(server)->layout != EXIM_PLAIN ||
	       strstr(texts_at(server, EXIM_OWN)->bytes.text, CERT_MACRO);
}

static const char *cert_setting(const struct webserver *server)
{
	return has_macros(server) ? CERT_MACRO : "tls_certificate";
}

/* The text that gives the macro or option its value; EXIM_OWN when none does. */
static size_t find_setting(const struct webserver *server, const char *name, char **ret_value)
{
	for (size_t i = texts_count(server); i-- > 0;) {
		if (i == EXIM_MAP)
			continue;
		*ret_value = exim_conf_get(texts_span(server, i), name);
		if (*ret_value)
			return i;
	}
	return EXIM_OWN;
}

static void set_setting(struct webserver *server, const char *name, const char *value)
{
	AUTO_FREE char *present = NULL;
	struct server_text *text = texts_at(server, find_setting(server, name, &present));

	if (present && strcmp(present, value) == 0)
		return;
	if (!exim_conf_set(&text->bytes, name, value)) {
		if (has_macros(server))
			exim_conf_add_macro(&text->bytes, name, value);
		else
			exim_conf_add_option(&text->bytes, name, value);
	}
	text->is_changed = true;
	webserver_note(server, "Set %s in %s", name, text->path);
}

/* Debian's macro turns TLS on when it is set at all. */
static void turn_on(struct webserver *server)
{
	const char *name = has_macros(server) ? "MAIN_TLS_ENABLE" : "tls_advertise_hosts";
	AUTO_FREE char *present = NULL;

	find_setting(server, name, &present);
	if (has_macros(server) && !present)
		set_setting(server, name, "yes");
	else if (!has_macros(server) && present && !present[0])
		set_setting(server, name, "*");
}

/* The path of the default certificate, which the caller frees, or NULL. */
static char *default_path(const struct webserver *server)
{
	AUTO_FREE char *value = NULL;
	const char *last;

	find_setting(server, cert_setting(server), &value);
	if (!value || !str_starts(value, LOOKUP))
		return STEAL(value);
	last = strrchr(value, '{');
	return xstrndup(last + 1, strcspn(last + 1, "}"));
}

/* ---- The map ---- */

/* Sets the certificate of the names in the map, and drops the lines of `path` for names that it no
 * longer covers. Its lines are "NAME: PATH". */
static void map_names(struct webserver *server, const struct strvec *names, const char *path)
{
	AUTO(strbuf) struct strbuf changed = STRBUF_INIT;
	struct span rest = texts_span(server, EXIM_MAP), line;

	while (span_take_line(&rest, &line)) {
		struct span fields = line, first;
		AUTO_FREE char *name = span_take_until(&fields, ':', &first)
					       ? span_dup(span_trim(first))
					       : xstrdup("");

		if (strvec_contains(names, name) || span_eq(span_trim(fields), path))
			continue;
		strbuf_add(&changed, line.ptr, line.len);
		strbuf_addc(&changed, '\n');
	}
	for (size_t i = 0; i < names->count; i++)
		strbuf_addf(&changed, "%s: %s\n", names->items[i], path);
	if (texts_set(server, EXIM_MAP, span_make(changed.text, changed.len)))
		webserver_note(server, "Set the names of %s in %s", path,
			       texts_at(server, EXIM_MAP)->path);
}

/* True when all names have that certificate. */
static bool is_only(const struct webserver *server, const char *path)
{
	struct span rest = texts_span(server, EXIM_MAP), line;

	while (span_take_line(&rest, &line)) {
		struct span first;

		if (span_take_until(&line, ':', &first) && !span_eq(span_trim(line), path))
			return false;
	}
	return true;
}

static void set_certificates(struct webserver *server, const char *path)
{
	AUTO_FREE char *value = is_only(server, path)
					? xstrdup(path)
					: xasprintf(LOOKUP "%s}{$value}{%s}}",
						    texts_at(server, EXIM_MAP)->path, path);

	set_setting(server, cert_setting(server), value);
	if (!has_macros(server))
		set_setting(server, "tls_privatekey", value);
	turn_on(server);
}

/* ---- Deployment ---- */

/* All certificates are in the map, the default one as well: only then can that change. */
static int deploy_exim(struct webserver *server, struct deploy_task *task, struct error *err)
{
	AUTO_FREE char *present = default_path(server);
	AUTO_FREE char *chain = present ? exim_live_chain(server, present) : NULL;
	AUTO_FREE char *path = NULL;
	bool is_other;

	if (!task->lineage)
		return error_set(err, ERR_CONFIG, "Exim needs --cert-name");
	path = exim_output_path(server->root, task->lineage);
	if (webserver_check_path(server, path, err) < 0)
		return err->code;
	strvec_push(&task->places, texts_at(server, EXIM_OWN)->path);
	is_other = chain && file_exists(present) && strcmp(present, path) != 0;
	map_names(server, task->names, path);
	switch (default_cert_choose(task, is_other, exim_site_of(server)->hostname)) {
	case DEFAULT_CERT_JOINS:
		set_certificates(server, present);
		return 0;
	case DEFAULT_CERT_TAKES:
	case DEFAULT_CERT_SWAPS:
		set_certificates(server, path);
		return 0;
	}
	return 0;
}

/* ---- Renewals ---- */

static bool is_mapped(const struct webserver *server, const char *path)
{
	struct span rest = texts_span(server, EXIM_MAP), line;

	while (span_take_line(&rest, &line)) {
		struct span first;

		if (span_take_until(&line, ':', &first) && span_eq(span_trim(line), path))
			return true;
	}
	return false;
}

/* Expansions and macros of the administrator's may lead to the file in ways that are not seen
 * here. */
static bool may_be_loaded(const struct webserver *server, const char *value, const char *path,
			  const struct deploy_task *task)
{
	const char *map = texts_at(server, EXIM_MAP)->path;

	if (!value || strstr(value, path) || (strstr(value, map) && is_mapped(server, path)))
		return true;
	return str_starts(value, LOOKUP)
		       ? !strstr(value, map)
		       : value[0] != '/' || strpbrk(value, "$ ") || path_is_same(value, path) ||
				 loaded_has_leaf(value, task);
}

int exim_renewed(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		 struct error *err)
{
	struct webserver *server = webserver_of(instance);
	AUTO_FREE char *value = NULL, *instead = NULL;

	if (webserver_load(server, err) < 0)
		return err->code;
	find_setting(server, cert_setting(server), &value);
	instead = value && value[0] ? default_path(server) : NULL;
	for (size_t i = 0; i < count; i++) {
		AUTO_FREE char *path = exim_output_path(server->root, tasks[i].lineage);

		if (!may_be_loaded(server, value, path, &tasks[i]))
			loaded_refuse(server, &tasks[i], path, instead);
	}
	return 0;
}

/* ---- The server ---- */

static int test_exim(struct webserver *server, struct error *err)
{
	const struct exim_site *site = exim_site_of(server);
	const char *const debian[] = {site->update, "--check", "-d", server->root, NULL};
	const char *const plain[] = {site->ctl, "-C", site->main, "-bV", NULL};

	return control_run(site->layout == EXIM_PLAIN ? plain : debian, NULL, err);
}

static void close_exim(struct webserver *server)
{
	struct exim_site *site = STEAL(server->own);

	free(site->ctl);
	free(site->update);
	free(site->hostname);
	free(site->main);
	free(site);
}

const struct webserver_kind exim_kind = {
	.name = "Exim",
	.load = load_exim,
	.unload = texts_unload,
	.names = add_hostname,
	.stage = texts_stage,
	.can_hold = exim_conf_can_hold,
	.deploy = deploy_exim,
	.prove = exim_prove,
	.test = test_exim,
	.reload = exim_reload,
	.is_running = exim_is_running,
	.close = close_exim,
};
