/*
 * The default certificate of a server (see default_cert.h).
 */
#include "webserver/default_cert.h"

#include <string.h>

#include "base/alloc.h"
#include "crypto/cert/cert.h"
#include "os/file/file.h"
#include "webserver/server.h"

#define MAX_CERT (1 << 20)

/* A server shows its default to clients that send no name. Replacing a default that somebody chose
 * would change what those clients see. */
enum default_cert default_cert_choose(const struct deploy_task *task, bool has_other,
				      const char *own_name)
{
	if (!has_other)
		return DEFAULT_CERT_TAKES;
	return own_name && strvec_contains(task->names, own_name) ? DEFAULT_CERT_SWAPS
								  : DEFAULT_CERT_JOINS;
}

bool default_cert_is_live(const struct webserver *server, const char *path)
{
	AUTO_FREE char *live = path_join(webserver_config_dir(server), "live");
	size_t len = strlen(live);

	return strncmp(path, live, len) == 0 && path[len] == '/';
}

int default_cert_names(const char *chain_path, struct strvec *ret_names, struct error *err)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(cert) struct cert *cert = NULL;

	if (file_read(chain_path, MAX_CERT, &pem, err) < 0 ||
	    cert_from_pem(pem.text, pem.len, &cert, err) < 0)
		return error_wrap(err, "cannot tell the names of '%s'", chain_path);
	strvec_extend(ret_names, cert_dns_names(cert));
	return 0;
}
