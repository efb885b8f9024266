/*
 * Indexed maps of the administrator's own for further names (tls_server_sni_maps) hold copies of
 * the certificates and keys, made by "postmap -F". A reload alone would keep the old ones.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "os/file/file.h"
#include "plugins/postfix/postfix_site.h"
#include "webserver/control.h"

#define MAX_MAP (16 << 20)

/* The file of a map that postmap builds, borrowed from its name, or NULL. */
static const char *indexed_file(const char *map)
{
	static const char *const types[] = {"hash:", "btree:", "cdb:", "lmdb:", "dbm:", "sdbm:"};

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_starts(map, types[i]))
			return map + strlen(types[i]);
	return NULL;
}

static bool mentions(const struct strbuf *text, const struct deploy_task *tasks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (tasks[i].live_dir && strstr(text->text, tasks[i].live_dir))
			return true;
	return false;
}

/* Rebuilds one map if it has certificates of the tasks. postmap skips files that it cannot read,
 * with a warning and status 0. */
static int rebuild(const char *root, const char *map, const struct deploy_task *tasks, size_t count,
		   struct error *err)
{
	const char *const argv[] = {"postmap", "-c", root, "-F", map, NULL};
	const char *path = indexed_file(map);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(control_output) struct control_output output;

	control_output_init(&output);
	if (!path)
		return 0;
	if (!file_exists(path)) {
		log_warning("Postfix's map '%s' cannot be rebuilt: '%s' is missing. If it has "
			    "certificates of certbot's, Postfix goes on with the old ones.",
			    map, path);
		return 0;
	}
	if (file_read(path, MAX_MAP, &text, err) < 0)
		return error_wrap(err, "cannot rebuild Postfix's map '%s'", map);
	if (!mentions(&text, tasks, count))
		return 0;
	if (control_run(argv, &output, err) < 0)
		return err->code;
	strbuf_trim(&output.errors);
	if (output.errors.len)
		log_warning("postmap says of '%s': %s", map, output.errors.text);
	return 0;
}

/* Appends the maps that main.cf and services of master.cf name, with their parameters expanded. */
static int list_maps(const struct webserver *server, struct strvec *ret_maps, struct error *err)
{
	static const char *const everywhere[] = {"tls_server_sni_maps", NULL};
	static const char *const of_services[] = {"*/inet/tls_server_sni_maps", NULL};
	AUTO(strvec) struct strvec values = STRVEC_INIT;
	AUTO(strvec) struct strvec maps = STRVEC_INIT;

	if (!postfix_site_of(server)->has_chains)
		return 0;
	if (postfix_ask(server, "-xh", everywhere, &values, err) < 0 ||
	    postfix_ask(server, "-Pxh", of_services, &values, err) < 0)
		return err->code;
	for (size_t i = 0; i < values.count; i++)
		strvec_split(&maps, values.items[i], ", \t");
	for (size_t i = 0; i < maps.count; i++)
		strvec_push_unique(ret_maps, maps.items[i]);
	return 0;
}

int postfix_renewed(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		    struct error *err)
{
	struct webserver *server = webserver_of(instance);
	AUTO(strvec) struct strvec maps = STRVEC_INIT;

	if (list_maps(server, &maps, err) < 0)
		return err->code;
	for (size_t i = 0; i < maps.count; i++)
		if (rebuild(server->root, maps.items[i], tasks, count, err) < 0)
			return err->code;
	return 0;
}
