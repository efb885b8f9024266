/*
 * Edits of Icecast's configuration, and how the server is told of them (see icecast_site.h).
 *
 * Icecast starts with a file that it cannot use as a certificate, and then speaks plain HTTP on the
 * sockets that should have TLS. So the file is checked before each start.
 */
#include "plugins/icecast/icecast_site.h"

#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/secret.h"
#include "confedit/icecast/icecast_conf.h"
#include "config/output.h"
#include "config/settings.h"
#include "crypto/cert/cert.h"
#include "os/file/file.h"
#include "webserver/loaded.h"
#include "webserver/looks.h"
#include "webserver/system_service.h"
#include "webserver/texts.h"

#define MAX_PEM (1 << 20)

static int read_conf(const struct webserver *server, struct icecast_conf *ret, struct error *err)
{
	return icecast_conf_read(texts_span(server, 0), icecast_site_of(server)->conf_path, ret,
				 err);
}

static int load_conf(struct webserver *server, struct error *err)
{
	AUTO(icecast_conf) struct icecast_conf conf = ICECAST_CONF_INIT;

	if (texts_load(server, icecast_site_of(server)->conf_path, false, err) < 0)
		return err->code;
	if (read_conf(server, &conf, err) < 0)
		texts_unload(server);
	return err->code;
}

/* For steps that cannot fail, because the model was read from a valid file. */
static void reread_conf(const struct webserver *server, struct icecast_conf *ret)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (read_conf(server, ret, &err) < 0)
		BUG("the configuration was read before: %s", err.text);
}

static void add_hostname(const struct webserver *server, struct strvec *ret_names)
{
	AUTO(icecast_conf) struct icecast_conf conf = ICECAST_CONF_INIT;

	reread_conf(server, &conf);
	if (conf.hostname && strchr(conf.hostname, '.'))
		strvec_push_unique(ret_names, conf.hostname);
}

int icecast_check_conf(const struct webserver *server, struct error *err)
{
	AUTO(icecast_conf) struct icecast_conf conf = ICECAST_CONF_INIT;

	reread_conf(server, &conf);
	if (conf.is_rooted) {
		error_set(err, ERR_CONFIG,
			  "'%s' has <chroot>, with which Icecast sees no file outside <basedir>",
			  icecast_site_of(server)->conf_path);
		return error_hint(err, "use --output 'pem:BASEDIR/tls.pem,mode=0640,group=icecast' "
				       "instead of -i icecast, and set <ssl-certificate> to "
				       "/tls.pem");
	}
	if (conf.socket_count)
		return 0;
	/* One such element makes Icecast ignore a <port> outside. */
	error_set(err, ERR_CONFIG, "'%s' has no <listen-socket>",
		  icecast_site_of(server)->conf_path);
	return error_hint(err, "move its <port> into a <listen-socket>");
}

/* ---- Deployment ---- */

static void edit_socket(struct webserver *server)
{
	const struct settings *settings = server->host->settings;
	struct server_text *text = texts_at(server, 0);
	unsigned port = (unsigned)settings_int(settings, "icecast_new_ssl_socket_port");

	if (strcmp(settings_string(settings, "icecast_create_ssl_socket"), "false") == 0) {
		if (icecast_conf_secure_first(&text->bytes))
			webserver_note(server, "Turned TLS on for the first socket in %s",
				       text->path);
	} else if (icecast_conf_add_socket(&text->bytes, port)) {
		webserver_note(server, "Added a socket with TLS on port %u to %s", port,
			       text->path);
	}
}

static int deploy_icecast(struct webserver *server, struct deploy_task *task, struct error *err)
{
	AUTO(icecast_conf) struct icecast_conf conf = ICECAST_CONF_INIT;
	AUTO(output) struct output output = OUTPUT_INIT;
	struct server_text *text = texts_at(server, 0);

	if (!task->lineage)
		return error_set(
			err, ERR_CONFIG,
			"Icecast needs a certificate of certbot's (--cert-name), from which "
			"a file with certificate and key is made");
	if (output_parse(icecast_site_of(server)->output, task->lineage, &output, err) < 0 ||
	    icecast_check_conf(server, err) < 0)
		return err->code;
	reread_conf(server, &conf);
	icecast_site_of(server)->is_spared = false;
	strvec_push(&task->places, text->path);
	if (icecast_conf_set_certificate(&text->bytes, output.path)) {
		text->is_changed = true;
		webserver_note(server, "Set the certificate in %s", text->path);
	}
	if (!conf.has_tls) {
		text->is_changed = true;
		edit_socket(server);
	}
	return 0;
}

/* ---- Test ---- */

static int check_pair(const char *path, const struct strbuf *pem, struct error *err)
{
	AUTO(cert) struct cert *cert = NULL;
	bool matches = false;

	if (cert_from_pem(pem->text, pem->len, &cert, err) < 0 ||
	    cert_matches_key_pem(cert, pem->text, pem->len, &matches, err) < 0)
		return error_wrap(err, "Icecast cannot use '%s' as certificate and key", path);
	return matches ? 0
		       : error_set(err, ERR_CONFIG,
				   "the key in '%s' is not that of the certificate", path);
}

/* Icecast has no test of its own. */
static int test_icecast(struct webserver *server, struct error *err)
{
	AUTO(icecast_conf) struct icecast_conf conf = ICECAST_CONF_INIT;
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	int rc;

	if (webserver_load(server, err) < 0)
		return err->code;
	reread_conf(server, &conf);
	if (!conf.has_tls || !conf.certificate)
		return 0;
	if (file_read(conf.certificate, MAX_PEM, &pem, err) < 0)
		return err->code;
	rc = conf.key && strcmp(conf.key, conf.certificate) != 0
		     ? file_read(conf.key, MAX_PEM, &pem, err)
		     : 0;
	if (rc == 0)
		rc = check_pair(conf.certificate, &pem, err);
	secret_wipe(pem.text, pem.len);
	return rc;
}

/* ---- Renewals ---- */

/* Returns the name of the lineage whose output is in that place, which the caller frees, or
 * NULL. */
static char *find_owner(const struct webserver *server, const char *path)
{
	AUTO_FREE char *live = path_join(webserver_config_dir(server), "live");
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;

	if (dir_list(live, "", &names, &unreadable) < 0)
		return NULL;
	for (size_t i = 0; i < names.count; i++) {
		AUTO(output) struct output output = OUTPUT_INIT;

		if (output_parse(icecast_site_of(server)->output, names.items[i], &output,
				 &unreadable) == 0 &&
		    path_is_same(output.path, path))
			return xstrdup(names.items[i]);
		error_release(&unreadable);
	}
	return NULL;
}

/* Returns true when the task's certificate is the one that Icecast loads. One that another lineage
 * has taken the place of is not, and that does not fail: the last installation counts. */
static bool is_loaded(struct webserver *server, const struct icecast_conf *conf, const char *path,
		      struct deploy_task *task)
{
	AUTO_FREE char *other = NULL;

	if (!conf->certificate) {
		loaded_refuse(server, task, path, NULL);
		return false;
	}
	/* A relative one is relative to where Icecast was started. */
	if (conf->certificate[0] != '/' || path_is_same(conf->certificate, path) ||
	    loaded_has_leaf(conf->certificate, task))
		return true;
	other = find_owner(server, conf->certificate);
	if (other)
		log_info("Icecast uses the certificate %s, not %s", other, task->lineage);
	else if (test_icecast(server, &task->error) == 0)
		loaded_refuse(server, task, path, conf->certificate);
	return false;
}

int icecast_renewed(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		    struct error *err)
{
	struct webserver *server = webserver_of(instance);
	struct icecast_site *site = icecast_site_of(server);
	AUTO(icecast_conf) struct icecast_conf conf = ICECAST_CONF_INIT;
	bool is_spared = true;

	if (webserver_load(server, err) < 0)
		return err->code;
	reread_conf(server, &conf);
	for (size_t i = 0; i < count; i++) {
		AUTO(output) struct output output = OUTPUT_INIT;

		if (output_parse(site->output, tasks[i].lineage, &output, err) < 0)
			return err->code;
		if (is_loaded(server, &conf, output.path, &tasks[i]))
			is_spared = false;
	}
	/* Only now: after an error half-way nothing is known of the rest, so it is restarted. */
	site->is_spared = is_spared;
	return 0;
}

int icecast_restart_if_used(struct plugin_instance *instance, struct error *err)
{
	struct icecast_site *site = icecast_site_of(webserver_of(instance));
	bool is_spared = site->is_spared;

	site->is_spared = false;
	return is_spared ? webserver_reload_if_owed(instance, err)
			 : webserver_reload(instance, err);
}

/* ---- The server ---- */

static bool icecast_runs(struct webserver *server)
{
	return system_service_is_running(icecast_site_of(server)->service);
}

static int restart_icecast(struct webserver *server, struct error *err)
{
	const char *service = icecast_site_of(server)->service;

	if (!icecast_runs(server))
		return error_set(err, ERR_NOT_FOUND, "the service '%s' is stopped", service);
	if (test_icecast(server, err) < 0)
		return err->code;
	return system_service_run(service, "restart", err);
}

/* True when the configured file has one of those certificates, rather than that of a lineage that
 * is not in use. */
static bool is_among(const char *leaf, const struct webserver_certificates *which)
{
	for (size_t i = 0; i < which->paths.count; i++) {
		AUTO_FREE char *other = webserver_leaf(which->paths.items[i]);

		if (other && probe_is_same_pem(leaf, other))
			return true;
	}
	return false;
}

static void add_probes(const struct icecast_socket *socket, char *host, char *leaf,
		       struct probes *ret_probes)
{
	AUTO_FREE char *address = looks_address(socket->address ? socket->address : "*", AF_UNSPEC);
	struct probe probe = {.address = address, .port = socket->port};

	if (!socket->port)
		return;
	probes_add(ret_probes, &probe);
	probe.host = host;
	probe.leaf = leaf;
	if (socket->is_tls && leaf)
		probes_add(ret_probes, &probe);
}

static void prove_icecast(struct webserver *server, const struct webserver_certificates *which,
			  struct probes *ret_probes)
{
	AUTO(icecast_conf) struct icecast_conf conf = ICECAST_CONF_INIT;
	AUTO_FREE char *leaf = NULL;
	char unnamed[] = "localhost";

	reread_conf(server, &conf);
	if (conf.certificate)
		leaf = webserver_leaf(conf.certificate);
	if (leaf && which && !is_among(leaf, which))
		REPLACE(leaf, NULL);
	/* Whatever name a client sends, it gets this certificate. */
	for (size_t i = 0; i < conf.socket_count; i++)
		add_probes(&conf.sockets[i], conf.hostname ? conf.hostname : unnamed, leaf,
			   ret_probes);
}

static void close_icecast(struct webserver *server)
{
	struct icecast_site *site = STEAL(server->own);

	free(site->conf_path);
	free(site->output);
	free(site->service);
	free(site);
}

const struct webserver_kind icecast_kind = {
	.name = "Icecast",
	.load = load_conf,
	.unload = texts_unload,
	.names = add_hostname,
	.stage = texts_stage,
	.deploy = deploy_icecast,
	.prove = prove_icecast,
	.test = test_icecast,
	.reload = restart_icecast,
	.is_running = icecast_runs,
	.close = close_icecast,
};
