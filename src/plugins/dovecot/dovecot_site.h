/*
 * Dovecot as a kind of server: edits its configuration. Internal to dovecot*.c.
 */
#ifndef PLUGINS_DOVECOT_DOVECOT_SITE_H
#define PLUGINS_DOVECOT_DOVECOT_SITE_H

#include "plugins/dovecot/dovecot_view.h"
#include "webserver/webserver.h"

/* The names of the settings, which depend on the version. */
struct dovecot_words {
	const char *cert, *key;         /* "ssl_cert" */
	const char *alt_cert, *alt_key; /* for another kind of key */
	const char *read;               /* what precedes a path */
	bool one_name_only;             /* of a block "local_name" */
	const char *shown[4]; /* arguments with which doveconf shows listen, protocols, services */
};

/* The plugin's own data, in webserver.own. */
struct dovecot_site {
	char *ctl, *utility; /* doveadm, doveconf */
	char *main;          /* path of dovecot.conf */
	char *hostname;      /* lower case, or NULL */
	const struct dovecot_words *words;
};

extern const struct webserver_kind dovecot_kind;

static inline struct dovecot_site *dovecot_site_of(const struct webserver *server)
{
	return server->own;
}

/* installer.renewed: Dovecot reads live/ itself, if its configuration still names it. */
int dovecot_renewed(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		    struct error *err);
/* The values of a setting as doveconf prints them; the caller frees it. NULL when it cannot. */
char *dovecot_ask(const struct webserver *server, const char *setting) WARN_UNUSED;
/* The path in the value of a setting for a certificate or key, borrowed; "" when it is not a path. */
const char *dovecot_path(const struct webserver *server, const char *value);
/* The path of the default certificate, which the caller frees, or NULL. */
char *dovecot_default_chain(const struct dovecot_view *view) WARN_UNUSED;
/* kind.prove */
void dovecot_prove(struct webserver *server, const struct webserver_certificates *which,
		   struct probes *ret_probes);

#endif
