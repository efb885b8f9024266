/*
 * Which files of HAProxy's directories are a lineage's (see haproxy_site.h). Besides the one that
 * is named like it there may be copies: the certbot-haproxy plugin wrote one for each name, and
 * another directory than now (--haproxy-crt-dir) may have one. HAProxy would go on serving those,
 * so they are kept up to date. That a file is such a copy is proved by its certificate, which is
 * one of the lineage's.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/secret.h"
#include "crypto/cert/cert.h"
#include "os/file/file.h"
#include "plugins/haproxy/haproxy_site.h"

#define MAX_PEM (1 << 20)

int haproxy_read_cert(const char *path, struct cert **ret_cert, struct error *err)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	int rc = file_read(path, MAX_PEM, &pem, err) < 0
			 ? err->code
			 : cert_from_pem(pem.text, pem.len, ret_cert, err);

	/* It may have a key, too. */
	secret_wipe(pem.text, pem.len);
	return rc;
}

static bool is_same_cert(const char *path, const struct cert *cert)
{
	AUTO(cert) struct cert *other = NULL;
	AUTO(error) struct error unreadable = ERROR_INIT;
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	AUTO(strbuf) struct strbuf other_der = STRBUF_INIT;

	if (haproxy_read_cert(path, &other, &unreadable) < 0)
		return false;
	cert_to_der(cert, &der);
	cert_to_der(other, &other_der);
	return span_same(span_make(der.text, der.len), span_make(other_der.text, other_der.len));
}

/* True when the file has a certificate that the lineage has, or had. */
static bool is_copy(const struct webserver *server, const char *lineage, const char *path)
{
	AUTO_FREE char *dir = xasprintf("%s/archive/%s", webserver_config_dir(server), lineage);
	AUTO(cert) struct cert *cert = NULL;
	AUTO(strvec) struct strvec files = STRVEC_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;

	if (haproxy_read_cert(path, &cert, &unreadable) < 0 ||
	    dir_list(dir, ".pem", &files, &unreadable) < 0)
		return false;
	for (size_t i = files.count; i-- > 0;) {
		AUTO_FREE char *archived = path_join(dir, files.items[i]);

		if (str_starts(files.items[i], "cert") && is_same_cert(archived, cert))
			return true;
	}
	return false;
}

/* One file may be a name in several directories. */
static void add_copy(const struct webserver *server, const char *lineage, const char *dir,
		     const char *name, struct strvec *ret_paths)
{
	AUTO_FREE char *path = xasprintf("%s/%s.pem", dir, name);

	if (file_is_regular(path) && !haproxy_has_path(ret_paths, path) &&
	    is_copy(server, lineage, path))
		strvec_push(ret_paths, path);
}

void haproxy_pem_paths(const struct webserver *server, const struct haproxy_confs *confs,
		       const char *lineage, struct strvec *ret_paths)
{
	AUTO_FREE char *live = xasprintf("%s/live/%s/cert.pem", webserver_config_dir(server),
					 lineage);
	AUTO_FREE char *own_dir = haproxy_crt_dir(server, confs);
	AUTO(cert) struct cert *cert = NULL;
	AUTO(error) struct error unreadable = ERROR_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(strvec) struct strvec dirs = STRVEC_INIT;

	strvec_give(ret_paths, haproxy_pem_path(server, confs, lineage));
	if (haproxy_read_cert(live, &cert, &unreadable) < 0)
		return;
	strvec_push(&names, lineage);
	for (size_t i = 0; i < cert_dns_names(cert)->count; i++)
		strvec_push_unique(&names, cert_dns_names(cert)->items[i]);
	strvec_push(&dirs, own_dir);
	haproxy_bound_dirs(confs, &dirs);
	for (size_t i = 0; i < dirs.count; i++)
		for (size_t j = 0; j < names.count; j++)
			add_copy(server, lineage, dirs.items[i], names.items[j], ret_paths);
}
