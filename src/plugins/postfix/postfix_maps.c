/*
 * Indexed maps of the administrator's own for further names (tls_server_sni_maps) hold copies of
 * the certificates and keys, made by "postmap -F". A reload alone would keep the old ones.
 *
 * So would the other instances of Postfix that this one manages (postmulti(1)): "postfix -c"
 * addresses only one.
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

const char *postfix_map_file(const char *map)
{
	return str_starts(map, "texthash:") ? map + strlen("texthash:") : indexed_file(map);
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
static int rebuild_map(const char *root, const char *map, const struct deploy_task *tasks,
		       size_t count, struct error *err)
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
			    "certificates of certbot's, Postfix keeps using the old ones.",
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

/* The length of a list's first item: up to a blank or comma that no braces protect. */
static size_t item_length(struct span list)
{
	size_t depth = 0, len = 0;

	for (; len < list.len; len++) {
		if (list.ptr[len] == '{')
			depth++;
		else if (list.ptr[len] == '}' && depth)
			depth--;
		else if (!depth && strchr(", \t", list.ptr[len]))
			break;
	}
	return len;
}

/* Appends the maps of a list. A map that is made of others (DATABASE_README) is replaced by
 * those. */
static void add_maps(struct span list, struct strvec *ret_maps)
{
	while (list.len) {
		size_t len = item_length(list);
		struct span item = span_make(list.ptr, len);

		if (span_skip_prefix(&item, "unionmap:{") || span_skip_prefix(&item, "pipemap:{") ||
		    span_skip_prefix(&item, "{")) {
			item.len -= item.len > 0;
			add_maps(item, ret_maps);
		} else if (item.len) {
			strvec_give(ret_maps, span_dup(item));
		}
		len += len < list.len;
		list = span_make(list.ptr + len, list.len - len);
	}
}

/* ---- Instances ---- */

static const char *const everywhere[] = {"tls_server_sni_maps", NULL};
static const char *const of_services[] = {"*/inet/tls_server_sni_maps", NULL};

/* Appends the maps that an instance's main.cf and services of its master.cf name, with their
 * parameters expanded. */
int postfix_list_maps(const struct webserver *server, const char *root, struct strvec *ret_maps,
		      struct error *err)
{
	AUTO(strvec) struct strvec values = STRVEC_INIT;
	AUTO(strvec) struct strvec maps = STRVEC_INIT;

	if (!postfix_site_of(server)->has_chains)
		return 0;
	if (postfix_ask_instance(server, root, "-xh", everywhere, &values, err) < 0 ||
	    postfix_ask_instance(server, root, "-Pxh", of_services, &values, err) < 0)
		return err->code;
	for (size_t i = 0; i < values.count; i++)
		add_maps(span_of(values.items[i]), &maps);
	for (size_t i = 0; i < maps.count; i++)
		strvec_push_unique(ret_maps, maps.items[i]);
	return 0;
}

/* The first error is the result; others are logged. */
static void keep_first(struct error *err, struct error *failed)
{
	if (!error_is_set(err))
		error_move(err, failed);
	else if (error_is_set(failed))
		log_error("%s", failed->text);
}

/* If one map cannot be rebuilt, the others still are. */
static int rebuild_maps(const char *root, const struct strvec *maps,
			const struct deploy_task *tasks, size_t count, struct error *err)
{
	for (size_t i = 0; i < maps->count && err->code != ERR_CANCELLED; i++) {
		AUTO(error) struct error failed = ERROR_INIT;

		if (rebuild_map(root, maps->items[i], tasks, count, &failed) < 0)
			keep_first(err, &failed);
	}
	return err->code;
}

/* True when a map's file mentions one of the certificates. */
static bool map_has(const char *map, const struct deploy_task *tasks, size_t count)
{
	const char *path = postfix_map_file(map);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;

	return path && file_read(path, MAX_MAP, &text, &unreadable) == 0 &&
	       mentions(&text, tasks, count);
}

/* True when an instance uses one of the certificates, by its parameters or its maps. */
static int find_use(const struct webserver *server, const char *root, const struct strvec *maps,
		    const struct deploy_task *tasks, size_t count, struct error *err)
{
	static const char *const files[] = {"smtpd_tls_cert_file", "smtpd_tls_eccert_file", NULL};
	static const char *const chains[] = {"smtpd_tls_chain_files", NULL};
	static const char *const own[] = {"*/inet/smtpd_tls_cert_file",
					  "*/inet/smtpd_tls_chain_files", NULL};
	AUTO(strvec) struct strvec values = STRVEC_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (postfix_ask_instance(server, root, "-xh", files, &values, err) < 0 ||
	    postfix_ask_instance(server, root, "-Pxh", own, &values, err) < 0 ||
	    (postfix_site_of(server)->has_chains &&
	     postfix_ask_instance(server, root, "-xh", chains, &values, err) < 0))
		return err->code;
	for (size_t i = 0; i < values.count; i++)
		strbuf_addf(&text, "%s\n", values.items[i]);
	if (mentions(&text, tasks, count))
		return 1;
	for (size_t i = 0; i < maps->count; i++)
		if (map_has(maps->items[i], tasks, count))
			return 1;
	return 0;
}

/* Another instance: reloaded only if it shows one of the certificates, and runs. */
static int renew_instance(const struct webserver *server, const char *root,
			  const struct deploy_task *tasks, size_t count, struct error *err)
{
	AUTO(strvec) struct strvec maps = STRVEC_INIT;
	AUTO(error) struct error stopped = ERROR_INIT;
	int uses;

	if (postfix_list_maps(server, root, &maps, err) < 0)
		return err->code;
	uses = find_use(server, root, &maps, tasks, count, err);
	if (uses <= 0)
		return uses;
	if (rebuild_maps(root, &maps, tasks, count, err) < 0)
		return err->code;
	if (postfix_run(server, root, "status", &stopped) < 0) {
		log_info("the Postfix instance in '%s' is not running", root);
		return 0;
	}
	if (postfix_run(server, root, "reload", err) < 0)
		return err->code;
	log_info("reloaded the Postfix instance in '%s'", root);
	return 0;
}

/* The other instances. One that cannot be reloaded must not keep the others from their
 * certificates, but it is an error, because nobody else would notice that it has the old ones. An
 * instance whose directory is gone no longer exists. */
static int renew_others(const struct webserver *server, const struct strvec *roots,
			const struct deploy_task *tasks, size_t count, struct error *err)
{
	for (size_t i = 0; i < roots->count && err->code != ERR_CANCELLED; i++) {
		AUTO(error) struct error failed = ERROR_INIT;
		const char *root = roots->items[i];

		if (strcmp(root, server->root) == 0)
			continue;
		if (!file_exists(root)) {
			log_warning("Postfix's multi_instance_directories names '%s', which does "
				    "not exist",
				    root);
			continue;
		}
		if (renew_instance(server, root, tasks, count, &failed) == 0)
			continue;
		error_wrap(&failed, "the Postfix instance in '%s' may have the old certificate",
			   root);
		keep_first(err, &failed);
	}
	return err->code;
}

/* Maps of this instance, and the other instances. */
static int renew_further(const struct webserver *server, struct deploy_task *tasks, size_t count,
			 struct error *err)
{
	static const char *const others[] = {"multi_instance_directories", NULL};
	AUTO(strvec) struct strvec maps = STRVEC_INIT;
	AUTO(strvec) struct strvec values = STRVEC_INIT;
	AUTO(strvec) struct strvec roots = STRVEC_INIT;
	AUTO(error) struct error failed = ERROR_INIT;

	if (postfix_list_maps(server, server->root, &maps, err) < 0 ||
	    postfix_ask(server, "-xh", others, &values, err) < 0)
		return err->code;
	for (size_t i = 0; i < values.count; i++)
		strvec_split(&roots, values.items[i], ", \t");
	if (rebuild_maps(server->root, &maps, tasks, count, &failed) < 0)
		keep_first(err, &failed);
	if (renew_others(server, &roots, tasks, count, err) < 0)
		return err->code;
	if (!strvec_contains(&roots, server->root))
		strvec_push(&roots, server->root);
	postfix_refuse_unused(server, &roots, tasks, count);
	return 0;
}

/* The caller does not reload after an error, which is one of all tasks. But this instance reads
 * most certificates itself, and must not keep the old ones because of a map or another instance. */
int postfix_renewed(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		    struct error *err)
{
	AUTO(error) struct error failed = ERROR_INIT;

	if (renew_further(webserver_of(instance), tasks, count, err) == 0)
		return 0;
	if (err->code != ERR_CANCELLED && webserver_reload(instance, &failed) < 0)
		log_error("%s", failed.text);
	return err->code;
}
