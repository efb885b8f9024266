/*
 * Icecast as a kind of server: edits its configuration. Internal to icecast*.c.
 */
#ifndef PLUGINS_ICECAST_ICECAST_SITE_H
#define PLUGINS_ICECAST_ICECAST_SITE_H

#include "webserver/webserver.h"

/* The plugin's own data, in webserver.own. */
struct icecast_site {
	char *conf_path;
	char *output;  /* text of the output with certificate and key */
	char *service; /* "icecast2" */
};

extern const struct webserver_kind icecast_kind;

static inline struct icecast_site *icecast_site_of(const struct webserver *server)
{
	return server->own;
}

/* ERR_CONFIG when the model has nothing that TLS could be added to, or would not find the file. */
int icecast_check_conf(const struct webserver *server, struct error *err) WARN_UNUSED;

#endif
