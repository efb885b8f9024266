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
	/* None of the renewed certificates is the one in use: listeners are not cut off for it. */
	bool is_spared;
};

extern const struct webserver_kind icecast_kind;

static inline struct icecast_site *icecast_site_of(const struct webserver *server)
{
	return server->own;
}

/* installer.renewed, and installer.reload, which spares a restart that nobody needs. */
int icecast_renewed(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		    struct error *err);
int icecast_restart_if_used(struct plugin_instance *instance, struct error *err);
/* ERR_CONFIG when the model has nothing that TLS could be added to, or would not find the file. */
int icecast_check_conf(const struct webserver *server, struct error *err) WARN_UNUSED;

#endif
