/*
 * Makes HAProxy's frontends serve a certificate (see haproxy_site.h). In this order:
 *
 * 	frontends with TLS that mention the names in their rules
 * 	the first plain one that does, if nothing has the HTTPS port yet: it gets a `bind` with TLS
 * 	all frontends with TLS on the HTTPS port
 * 	the first plain one
 *
 * A `bind` that loads the lineage's file already, such as by its directory, stays as it is. A `crt`
 * of somebody else's for the same names is replaced by ours.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "confedit/haproxy/haproxy_bind.h"
#include "confedit/names.h"
#include "crypto/cert/cert.h"
#include "os/file/file.h"
#include "plugins/haproxy/haproxy_site.h"
#include "webserver/texts.h"

/* ---- Which frontends ---- */

struct frontend {
	size_t file;
	const struct haproxy_section *section;
};

struct frontends {
	struct frontend *items;
	size_t count, capacity;
};

enum rank {
	TLS_FOR_THE_NAMES,
	PLAIN_FOR_THE_NAMES,
	TLS_FOR_ALL,
	PLAIN_FOR_ALL,
	RANK__COUNT,
};

static bool is_tls(const struct haproxy_line *line)
{
	return haproxy_is_bind(line) && haproxy_bind_has(line, "ssl");
}

static bool is_plain(const struct haproxy_line *line, unsigned port)
{
	return haproxy_is_bind(line) && !haproxy_bind_has(line, "ssl") &&
	       haproxy_bind_has_port(line, port);
}

static bool has_tls(const struct haproxy_conf *conf, const struct haproxy_section *section)
{
	for (size_t i = section->first; i < section->end; i++)
		if (is_tls(&conf->lines[i]))
			return true;
	return false;
}

static bool has_port(const struct haproxy_conf *conf, const struct haproxy_section *section,
		     unsigned port)
{
	for (size_t i = section->first; i < section->end; i++)
		if (haproxy_is_bind(&conf->lines[i]) &&
		    haproxy_bind_has_port(&conf->lines[i], port))
			return true;
	return false;
}

static bool mentions(const struct haproxy_conf *conf, const struct haproxy_section *section,
		     const struct strvec *names)
{
	AUTO(strvec) struct strvec hosts = STRVEC_INIT;

	haproxy_section_hosts(conf, section, &hosts);
	for (size_t i = 0; i < hosts.count; i++)
		for (size_t j = 0; j < names->count; j++)
			if (names_covered_by(hosts.items[i], names->items[j]))
				return true;
	return false;
}

static bool has_rank(const struct webserver *server, const struct haproxy_conf *conf,
		     const struct haproxy_section *section, const struct strvec *names,
		     enum rank rank)
{
	if (!haproxy_section_listens(section) || !section->is_http)
		return false;
	switch (rank) {
	case TLS_FOR_THE_NAMES:
		return has_tls(conf, section) && mentions(conf, section, names);
	case PLAIN_FOR_THE_NAMES:
		return !has_tls(conf, section) &&
		       has_port(conf, section, webserver_http_port(server)) &&
		       mentions(conf, section, names);
	case TLS_FOR_ALL:
		return has_tls(conf, section) &&
		       has_port(conf, section, webserver_https_port(server));
	case PLAIN_FOR_ALL:
		return !has_tls(conf, section) &&
		       has_port(conf, section, webserver_http_port(server));
	case RANK__COUNT:
		break;
	}
	return false;
}

static void find_frontends(const struct webserver *server, const struct haproxy_confs *confs,
			   const struct strvec *names, enum rank rank, struct frontends *ret)
{
	for (size_t i = 0; i < confs->count; i++) {
		const struct haproxy_conf *conf = &confs->items[i];

		for (size_t j = 0; j < conf->section_count; j++) {
			if (!has_rank(server, conf, &conf->sections[j], names, rank))
				continue;
			ARRAY_GROW(ret->items, ret->count, ret->capacity);
			ret->items[ret->count++] = (struct frontend){i, &conf->sections[j]};
		}
	}
}

/* The section that has the HTTPS port, or NULL. */
static const struct haproxy_section *https_owner(const struct webserver *server,
						 const struct haproxy_confs *confs)
{
	for (size_t i = 0; i < confs->count; i++)
		for (size_t j = 0; j < confs->items[i].section_count; j++)
			if (has_port(&confs->items[i], &confs->items[i].sections[j],
				     webserver_https_port(server)))
				return &confs->items[i].sections[j];
	return NULL;
}

static int refuse_config(const struct webserver *server, const struct haproxy_section *owner,
			 struct error *err)
{
	if (owner)
		return error_set(err, ERR_CONFIG,
				 "port %u belongs to '%s', which is not in mode http with TLS, so "
				 "HAProxy cannot serve the certificate there",
				 webserver_https_port(server), owner->name);
	error_set(
		err, ERR_CONFIG,
		"no frontend of HAProxy's configuration in mode http listens with TLS, or on port "
		"%u",
		webserver_http_port(server));
	return error_hint(err,
			  "add 'bind :%u ssl crt DIRECTORY' to the frontend that is to serve "
			  "the certificate",
			  webserver_https_port(server));
}

static int choose_frontends(const struct webserver *server, const struct haproxy_confs *confs,
			    const struct strvec *names, struct frontends *ret, struct error *err)
{
	const struct haproxy_section *owner = https_owner(server, confs);

	for (int rank = 0; rank < RANK__COUNT && !ret->count; rank++) {
		bool is_new = rank == PLAIN_FOR_THE_NAMES || rank == PLAIN_FOR_ALL;

		if (is_new && owner)
			continue;
		find_frontends(server, confs, names, (enum rank)rank, ret);
		/* Two could not have the same port. */
		if (is_new && ret->count)
			ret->count = 1;
	}
	return ret->count ? 0 : refuse_config(server, owner, err);
}

/* ---- What is in the place of ours ---- */

/* A file that cannot be read does not matter here: HAProxy says what is wrong with it. */
enum haproxy_overlap haproxy_overlap_of(const char *path, const struct strvec *names)
{
	AUTO(cert) struct cert *cert = NULL;
	AUTO(error) struct error unreadable = ERROR_INIT;
	size_t shared = 0;

	if (haproxy_read_cert(path, &cert, &unreadable) < 0)
		return HAPROXY_NO_OVERLAP;
	for (size_t i = 0; i < cert_dns_names(cert)->count; i++)
		shared += strvec_contains(names, cert_dns_names(cert)->items[i]);
	if (!shared)
		return HAPROXY_NO_OVERLAP;
	return shared == cert_dns_names(cert)->count ? HAPROXY_SUPERSEDED : HAPROXY_SOME_OVERLAP;
}

/* Of a directory, HAProxy shows the first file that has the name. `ours`: the lineage's files. */
static void warn_of_others(const char *dir, const struct strvec *ours, const struct strvec *names)
{
	AUTO(strvec) struct strvec files = STRVEC_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;

	if (dir_list(dir, "", &files, &unreadable) < 0)
		return;
	for (size_t i = 0; i < files.count; i++) {
		AUTO_FREE char *other = path_join(dir, files.items[i]);

		if (files.items[i][0] != '.' && file_is_regular(other) &&
		    !haproxy_has_path(ours, other) &&
		    haproxy_overlap_of(other, names) != HAPROXY_NO_OVERLAP)
			log_warning("'%s' has a certificate for the same names, which HAProxy may "
				    "show instead: move it out of the directory.",
				    other);
	}
}

/* ---- Edits ---- */

/* The certificates to serve, and the data read to deploy them. */
struct deployment {
	const struct haproxy_confs *confs;
	struct frontends chosen;
	struct deploy_task *task;
	char *path; /* the file with key and certificate */
};

static void deployment_release(struct deployment *deployment)
{
	free(deployment->chosen.items);
	free(deployment->path);
}
DEFINE_AUTO(deployment, deployment_release);

/* A `crt` for the same names is replaced or left alone. Otherwise the file goes into a crt-list, if
 * the line has one, because the running process can be told of that without a reload. */
static void edit_tls(struct webserver *server, struct deployment *deployment,
		     const struct haproxy_line *line, struct edit *edit)
{
	const struct haproxy_confs *confs = deployment->confs;
	const struct strvec *names = deployment->task->names;
	enum haproxy_crt_place place = HAPROXY_CRT_LAST;
	const struct haproxy_word *keyword, *value;
	size_t list = 0;

	if (haproxy_bind_loads(confs, line, deployment->path))
		return;
	for (size_t at = 0; haproxy_bind_next(line, &at, &keyword, &value);) {
		AUTO_FREE char *crt = NULL;
		enum haproxy_overlap overlap;

		if (!value || strcmp(keyword->text, "crt") != 0)
			continue;
		crt = haproxy_crt_path(confs, value->text);
		overlap = haproxy_overlap_of(crt, names);
		if (overlap == HAPROXY_SUPERSEDED) {
			haproxy_bind_set_crt(edit, value, deployment->path);
			return;
		}
		if (overlap == HAPROXY_SOME_OVERLAP)
			place = HAPROXY_CRT_FIRST;
	}
	if (place == HAPROXY_CRT_LAST &&
	    haproxy_list_of_bind(server, confs, line, deployment->path, &list)) {
		haproxy_list_add(server, confs, list, deployment->path, names);
		strvec_push_unique(&deployment->task->places, texts_at(server, list)->path);
		return;
	}
	haproxy_bind_add_crt(edit, line, deployment->path, place);
}

static void edit_frontend(struct webserver *server, struct deployment *deployment,
			  const struct frontend *frontend, struct edit *edit)
{
	const struct haproxy_conf *conf = &deployment->confs->items[frontend->file];
	const struct haproxy_section *section = frontend->section;
	unsigned port = webserver_http_port(server);
	AUTO_FREE char *dir = path_dirname(deployment->path);
	bool is_secure = has_tls(conf, section);

	for (size_t i = section->first; i < section->end; i++) {
		const struct haproxy_line *line = &conf->lines[i];

		if (is_tls(line))
			edit_tls(server, deployment, line, edit);
		else if (!is_secure && is_plain(line, port))
			haproxy_bind_add_tls(edit, line, port, webserver_https_port(server), dir);
	}
}

/* Edits the chosen frontends of one file. */
static void edit_file(struct webserver *server, struct deployment *deployment, size_t file)
{
	AUTO(edit) struct edit edit = EDIT_INIT(texts_span(server, file));
	AUTO(strbuf) struct strbuf changed = STRBUF_INIT;

	for (size_t i = 0; i < deployment->chosen.count; i++) {
		if (deployment->chosen.items[i].file != file)
			continue;
		edit_frontend(server, deployment, &deployment->chosen.items[i], &edit);
		strvec_push_unique(&deployment->task->places, texts_at(server, file)->path);
	}
	edit_apply(&edit, &changed);
	if (!texts_set(server, file, span_make(changed.text, changed.len)))
		return;
	haproxy_site_of(server)->has_edits = true;
	webserver_note(server, "Set the certificate of %s in %s", deployment->task->lineage,
		       texts_at(server, file)->path);
}

int haproxy_deploy(struct webserver *server, struct deploy_task *task, struct error *err)
{
	AUTO(haproxy_confs) struct haproxy_confs confs = HAPROXY_CONFS_INIT;
	AUTO(deployment) struct deployment deployment = {.confs = &confs, .task = task};
	AUTO(strvec) struct strvec files = STRVEC_INIT;
	AUTO(strvec) struct strvec dirs = STRVEC_INIT;

	if (!task->lineage)
		return error_set(
			err, ERR_CONFIG,
			"HAProxy needs key and certificate in one file: such a file is made "
			"of a certificate of certbot's own (--cert-name), not of loose "
			"files");
	haproxy_site_of(server)->is_current = false;
	haproxy_site_read(server, &confs);
	haproxy_pem_paths(server, &confs, task->lineage, &files);
	deployment.path = xstrdup(files.items[0]);
	if (choose_frontends(server, &confs, task->names, &deployment.chosen, err) < 0)
		return err->code;
	strvec_give(&dirs, path_dirname(deployment.path));
	haproxy_bound_dirs(&confs, &dirs);
	for (size_t i = 0; i < dirs.count; i++)
		warn_of_others(dirs.items[i], &files, task->names);
	/* An edit invalidates what was read of its file, but not of the others. */
	for (size_t i = 0; i < confs.count; i++)
		edit_file(server, &deployment, i);
	strvec_extend(&haproxy_site_of(server)->deployed, &files);
	return 0;
}
