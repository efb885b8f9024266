/*
 * Installs certificates in the virtual hosts of their names: first modules, then a twin for a host
 * without TLS, then the directives.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "confedit/apache/apache_choose.h"
#include "confedit/apache/edit/apache_deploy.h"
#include "os/file/file.h"
#include "plugins/apache/apache_site.h"

/* Where the twin of a host in that file goes: next to the file itself, links followed, or into the
 * directory of --apache-vhost-root. Certbot's place and name, so that it finds the twin after a
 * change of programs. */
static char *twin_path(const struct webserver *server, const struct apache_file *file)
{
	const struct apache_site *site = apache_site_of(server);
	AUTO_FREE char *base = NULL;
	size_t len;

	if (site->is_vhost_root_given && file_is_dir(site->vhost_root)) {
		AUTO_FREE char *dir = webserver_real_path(server, site->vhost_root);

		base = path_join(dir, path_basename(file->path));
	} else {
		base = xstrdup(file->real_path);
	}
	len = strlen(base);
	if (str_ends(base, ".conf"))
		len -= strlen(".conf");
	return xasprintf("%.*s%s", (int)len, base, site->twin_suffix);
}

/* "*:80, [::]:80" as it appears in the notes of a checkpoint. */
static char *describe_addresses(const struct apache_vhost *vhost)
{
	AUTO(strvec) struct strvec texts = STRVEC_INIT;

	for (size_t i = 0; i < vhost->address_count; i++)
		strvec_give(&texts, apache_address_text(&vhost->addresses[i]));
	return strvec_join(&texts, ", ");
}

/* The rules that would loop are those that redirect to HTTPS: in the copy they would never end. */
static int make_twin(struct webserver *server, size_t *id, struct error *err)
{
	const struct apache_vhost *vhost = apache_model_find(server->model, *id);
	AUTO_FREE char *path = twin_path(server, vhost->file);
	AUTO_FREE char *origin = xstrdup(vhost->file->path);
	AUTO_FREE char *port = xasprintf("%u", webserver_https_port(server));
	struct apache_twin twin = {.path = path, .port = port};

	if (apache_make_twin(server->model, *id, &twin, err) < 0)
		return err->code;
	webserver_note(server, "Created ssl vhost at %s", path);
	log_info("Created an SSL vhost at %s", path);
	if (twin.has_disabled_rules)
		log_warning("Some redirects copied from %s were disabled in the vhost for your "
			    "HTTPS site located at %s because they have the potential to create "
			    "redirection loops.",
			    origin, path);
	*id = twin.id;
	return 0;
}

/* A host that a person picked must not take connections from another host. */
static int check_conflict(const struct webserver *server, const struct apache_vhost *vhost,
			  const char *name, struct error *err)
{
	AUTO_FREE char *port = xasprintf("%u", webserver_https_port(server));

	if (apache_vhost_has_name(vhost, name) || name[0] == '*' ||
	    apache_choose(server->model, name, port) == vhost ||
	    !apache_has_conflict(server->model, vhost, port))
		return 0;
	error_set(err, ERR_CONFIG,
		  "cannot use the virtual host in '%s' for '%s': over HTTPS it would conflict with "
		  "other virtual hosts",
		  vhost->file->path, name);
	return error_hint(err, "choose another one, or add a ServerName to it");
}

/* httpd reads the chain from the certificate's file since 2.4.8. Before, all certificates of a host
 * had one chain file, and a second key's may have another chain: it is left out. */
static int deploy_to(struct webserver *server, size_t *id, const char *name,
		     struct deploy_task *task, struct error *err)
{
	const struct apache_site *site = apache_site_of(server);
	bool needs_chain = !apache_version_reaches(site->version, 2, 4, 8) || !task->fullchain_path;
	const struct apache_deployment deployment = {
		.certificate_path = needs_chain ? task->cert_path : task->fullchain_path,
		.key_path = task->key_path,
		.second_certificate_path = needs_chain ? NULL : task->second_fullchain_path,
		.second_key_path = needs_chain ? NULL : task->second_key_path,
		.chain_path = needs_chain ? task->chain_path : NULL,
		.options_path = site->options_path,
	};
	const struct apache_vhost *vhost = apache_model_find(server->model, *id);
	AUTO_FREE char *addresses = NULL;
	AUTO_FREE char *place = NULL;

	if (check_conflict(server, vhost, name, err) < 0 ||
	    (!vhost->tls && make_twin(server, id, err) < 0) ||
	    (name[0] != '*' && apache_add_name(server->model, *id, name, err) < 0) ||
	    apache_deploy(server->model, *id, &deployment, err) < 0)
		return err->code;
	vhost = apache_model_find(server->model, *id);
	addresses = describe_addresses(vhost);
	place = xasprintf("%s to %s", name, vhost->file->path);
	strvec_push_unique(&task->places, place);
	webserver_note(server,
		       "Changed vhost at %s with addresses of %s\n\tSSLCertificateFile %s\n"
		       "\tSSLCertificateKeyFile %s",
		       vhost->file->path, addresses, deployment.certificate_path, task->key_path);
	return apache_site_enable(server, vhost->file->real_path, err);
}

/* The twin takes the place of the host that was chosen, so that enhancements go there. */
static int deploy_name(struct webserver *server, const char *name, struct deploy_task *task,
		       struct error *err)
{
	AUTO(apache_hosts) struct apache_hosts hosts = APACHE_HOSTS_INIT;

	if (apache_site_choose(server, name, &hosts, err) < 0)
		return err->code;
	for (size_t i = 0; i < hosts.count; i++)
		if (deploy_to(server, &hosts.ids[i], name, task, err) < 0)
			return err->code;
	apache_site_remember(server, name, &hosts);
	return 0;
}

static int check_paths(const struct apache_site *site, const struct deploy_task *task,
		       struct error *err)
{
	bool takes_fullchain = apache_version_reaches(site->version, 2, 4, 8);

	if (takes_fullchain && !task->fullchain_path && !task->chain_path)
		return error_set(err, ERR_CONFIG,
				 "Please provide the --fullchain-path option pointing to your full "
				 "chain file");
	if (!takes_fullchain && !task->chain_path)
		return error_set(err, ERR_CONFIG,
				 "--chain-path is required for your version of Apache");
	return 0;
}

/* Modules first: the directives that follow are only known to httpd once mod_ssl is loaded. */
int apache_site_deploy(struct webserver *server, struct deploy_task *task, struct error *err)
{
	static const char *const modules[] = {"socache_shmcb", "ssl", NULL};

	if (check_paths(apache_site_of(server), task, err) < 0)
		return err->code;
	/* Nothing is enabled for names that nobody can place. */
	for (size_t i = 0; i < task->names->count; i++) {
		AUTO(apache_hosts) struct apache_hosts hosts = APACHE_HOSTS_INIT;

		if (apache_site_choose(server, task->names->items[i], &hosts, err) < 0)
			return err->code;
	}
	if (apache_site_need_modules(server, TXN_PERMANENT, modules, err) < 0 ||
	    apache_site_install_options(server, err) < 0 ||
	    apache_site_listen(server, webserver_https_port(server), true, err) < 0)
		return err->code;
	for (size_t i = 0; i < task->names->count; i++)
		if (deploy_name(server, task->names->items[i], task, err) < 0)
			return err->code;
	return 0;
}
