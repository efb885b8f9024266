/*
 * Chooses the virtual hosts for a name in a certificate: the host with that name. Asks the user
 * when no host has it, or when a wildcard fits several.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ui.h"
#include "confedit/apache/apache_choose.h"
#include "plugins/apache/apache_site.h"
#include "webserver/choice.h"

static char *label(const struct apache_vhost *vhost)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	if (vhost->name)
		strvec_push(&names, vhost->name);
	strvec_extend(&names, &vhost->aliases);
	joined = strvec_join(&names, " ");
	return xasprintf("%s | %s%s%s", vhost->file->path, joined[0] ? joined : "(no name)",
			 vhost->tls ? " | HTTPS" : "", vhost->enabled ? " | Enabled" : "");
}

static void free_hosts(void *value)
{
	apache_hosts_release(value);
	free(value);
}

/* By name, because an installation chooses several times and must get the same answer. */
void apache_site_remember(struct webserver *server, const char *name,
			  const struct apache_hosts *hosts)
{
	struct apache_site *site = apache_site_of(server);
	struct apache_hosts *copy = XNEW(struct apache_hosts);

	for (size_t i = 0; i < hosts->count; i++)
		apache_hosts_add(copy, hosts->ids[i]);
	site->chosen.free_value = free_hosts;
	map_set(&site->chosen, name, copy);
}

/* Blocks get new ids with each reading of the configuration; those that are gone are left out. */
static bool recall_hosts(const struct webserver *server, const char *name,
			 struct apache_hosts *ret_hosts)
{
	const struct apache_hosts *known = map_get(&apache_site_of(server)->chosen, name);

	for (size_t i = 0; known && i < known->count; i++)
		if (apache_model_find(server->model, known->ids[i]))
			apache_hosts_add(ret_hosts, known->ids[i]);
	return ret_hosts->count > 0;
}

static int refuse_none(const char *name, struct error *err)
{
	error_set(err, ERR_CONFIG,
		  "cannot tell which virtual host of httpd is for '%s': none has it as its "
		  "ServerName or ServerAlias",
		  name);
	return error_hint(err,
			  "add 'ServerName %s' or 'ServerAlias %s' to the virtual host that is to "
			  "serve it, then run 'certbot install'",
			  name, name);
}

/* Hosts inside a <Macro>, or in a file that is included twice, cannot be edited for one name
 * alone. */
static int ask_for_host(struct webserver *server, const char *name, struct apache_hosts *ret_hosts,
			struct error *err)
{
	AUTO(choice_blocks) struct choice_blocks blocks = CHOICE_BLOCKS_INIT;
	AUTO_FREE char *text =
		xasprintf("No virtual host has the name %s. Which one is to serve it?", name);
	const struct choice_question question = {"deploy", name, text};
	size_t id;

	for (size_t i = 0; i < apache_model_vhost_count(server->model); i++) {
		const struct apache_vhost *vhost = apache_model_vhost(server->model, i);

		if (!vhost->is_macro && !vhost->is_repeated)
			choice_blocks_add(&blocks, vhost->id, label(vhost));
	}
	if (!blocks.count || !ui_is_interactive(server->host->ui))
		return refuse_none(name, err);
	if (choice_one(server, &question, &blocks, &id, err) < 0)
		return err->code;
	apache_hosts_add(ret_hosts, id);
	return 0;
}

static int choose_for_wildcard(struct webserver *server, const char *name,
			       struct apache_hosts *ret_hosts, struct error *err)
{
	AUTO(apache_choice) struct apache_choice found = APACHE_CHOICE_INIT;
	AUTO(choice_blocks) struct choice_blocks blocks = CHOICE_BLOCKS_INIT;
	AUTO_FREE char *text = xasprintf(
		"Which virtual hosts would you like to install the certificate for %s in?", name);
	const struct choice_question question = {"deploy", name, text};
	AUTO_FREE size_t *ids = NULL;
	size_t count = 0;

	apache_choose_for_wildcard(server->model, name, &found);
	if (!found.count)
		return refuse_none(name, err);
	for (size_t i = 0; i < found.count; i++)
		choice_blocks_add(&blocks, found.items[i]->id, label(found.items[i]));
	ids = xcalloc(found.count, sizeof(*ids));
	if (choice_many(server, &question, &blocks, ids, &count, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++)
		apache_hosts_add(ret_hosts, ids[i]);
	return 0;
}

int apache_site_choose(struct webserver *server, const char *name, struct apache_hosts *ret_hosts,
		       struct error *err)
{
	AUTO_FREE char *port = xasprintf("%u", webserver_https_port(server));
	const struct apache_vhost *vhost;
	int rc;

	if (recall_hosts(server, name, ret_hosts))
		return 0;
	vhost = name[0] == '*' ? NULL : apache_choose(server->model, name, port);
	if (vhost) {
		apache_hosts_add(ret_hosts, vhost->id);
		return 0;
	}
	rc = name[0] == '*' ? choose_for_wildcard(server, name, ret_hosts, err)
			    : ask_for_host(server, name, ret_hosts, err);
	if (rc == 0)
		apache_site_remember(server, name, ret_hosts);
	return rc;
}
