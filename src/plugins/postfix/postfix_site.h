/*
 * Postfix as a kind of server: edits main.cf and the map of further names. Internal to postfix*.c.
 */
#ifndef PLUGINS_POSTFIX_POSTFIX_SITE_H
#define PLUGINS_POSTFIX_POSTFIX_SITE_H

#include "base/strvec.h"
#include "webserver/texts.h"
#include "webserver/webserver.h"

/* The plugin's own data, in webserver.own. */
struct postfix_site {
	char *ctl, *utility; /* postfix, postconf */
	struct strvec names; /* myhostname and mydomain, lower case */
	bool has_chains;     /* smtpd_tls_chain_files and tls_server_sni_maps are known (3.4) */
	char *address;       /* where services are reached whose line has no address */
};

extern const struct webserver_kind postfix_kind;

static inline struct postfix_site *postfix_site_of(const struct webserver *server)
{
	return server->own;
}

/* The files of the model. */
enum {
	MAIN_CF,
	MASTER_CF,
	SNI_MAP,
};

/* Asks postconf, with these flags, for the values of parameters and appends them one by one. A
 * parameter that postconf does not know is left out. */
int postfix_ask(const struct webserver *server, const char *flags, const char *const *names,
		struct strvec *ret_values, struct error *err) WARN_UNUSED;
/* The same for another instance, given by its directory. */
int postfix_ask_instance(const struct webserver *server, const char *root, const char *flags,
			 const char *const *names, struct strvec *ret_values,
			 struct error *err) WARN_UNUSED;
/* Runs a command of postfix(1) for the instance in a directory. The errors of control_run(). */
int postfix_run(const struct webserver *server, const char *root, const char *command,
		struct error *err) WARN_UNUSED;
/* The chain file of the default certificate, which the caller frees, or NULL. */
char *postfix_default_chain(const struct webserver *server) WARN_UNUSED;
/* Appends the services of master.cf that set their certificate themselves. */
void postfix_list_overriding(const struct webserver *server, struct strvec *ret_services);
/* The kind's `prove`. */
void postfix_prove(struct webserver *server, const struct webserver_certificates *which,
		   struct probes *ret_probes);
/* In postfix_use.c: gives the tasks whose certificates no instance uses their errors, as far as
 * that can be told. `roots`: the directories of the instances. */
void postfix_refuse_unused(const struct webserver *server, const struct strvec *roots,
			   struct deploy_task *tasks, size_t count);
/* Appends the maps of further names that an instance has, in postfix_maps.c. */
int postfix_list_maps(const struct webserver *server, const char *root, struct strvec *ret_maps,
		      struct error *err) WARN_UNUSED;
/* The file of a map, borrowed from its name; NULL: a map of another kind. */
const char *postfix_map_file(const char *map);
/* installer.renewed: rebuilds those maps that hold copies of the certificates. */
int postfix_renewed(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		    struct error *err);

#endif
