/*
 * Exim as a kind of server: edits its configuration. Internal to exim*.c.
 */
#ifndef PLUGINS_EXIM_EXIM_SITE_H
#define PLUGINS_EXIM_EXIM_SITE_H

#include "webserver/texts.h"
#include "webserver/webserver.h"

enum exim_layout {
	EXIM_PLAIN,      /* one file */
	EXIM_SPLIT,      /* Debian's conf.d */
	EXIM_MONOLITHIC, /* Debian's template, and a file of macros */
};

/* The plugin's own data, in webserver.own. */
struct exim_site {
	char *ctl, *update; /* exim4, update-exim4.conf */
	char *hostname;     /* lower case, or NULL */
	enum exim_layout layout;
	char *main; /* of a plain configuration, the file; else NULL */
};

/* The first files of the model. Others are read for macros that they set. */
enum {
	EXIM_OWN, /* where new settings go; of a plain configuration, all of it */
	EXIM_MAP,
};

extern const struct webserver_kind exim_kind;

static inline struct exim_site *exim_site_of(const struct webserver *server)
{
	return server->own;
}

/* Finds out the layout. ERR_NOT_FOUND when there is no configuration. */
int exim_find_layout(struct webserver *server, struct error *err) WARN_UNUSED;
/* The value of an option as Exim shows it, which the caller frees, or NULL. */
char *exim_ask(const struct webserver *server, const char *option) WARN_UNUSED;
/* The chain file in live/ that an output is made of, which the caller frees, or NULL. */
char *exim_live_chain(const struct webserver *server, const char *output_path) WARN_UNUSED;
/* The path of a lineage's output, which the caller frees. */
char *exim_output_path(const char *root, const char *lineage) WARN_UNUSED;

/* installer.renewed: Exim reads its files for each connection, but it has to be these. */
int exim_renewed(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		 struct error *err);
/* kind.prove, kind.is_running and kind.reload */
void exim_prove(struct webserver *server, const struct webserver_certificates *which,
		struct probes *ret_probes);
bool exim_is_running(struct webserver *server);
int exim_reload(struct webserver *server, struct error *err);

#endif
