/*
 * Installs certificates in a web server through an installer plugin: edit everything, test once,
 * save, reload once, then apply the enhancements; undo the edits if the server rejects them.
 */
#ifndef APP_RENEWAL_DEPLOY_H
#define APP_RENEWAL_DEPLOY_H

#include "app/app.h"
#include "store/lineage.h"

struct deploy_lineage_request {
	struct plugin_instance *installer;
	struct lineage *lineage; /* NULL: the loose paths of the settings are used */
	const struct strvec *names;
	bool redirect_by_default; /* run and install; not enhance */
};

/* Returns an error for enhancements that the installer does not support, before a certificate is
 * obtained. */
int deploy_check_enhancements(const struct settings *settings, struct plugin_instance *installer,
			      struct error *err) WARN_UNUSED;
/* Deploys one certificate and applies the enhancements of the settings. */
int deploy_lineage(struct app *app, const struct deploy_lineage_request *request,
		   struct error *err) WARN_UNUSED;
/* Applies only the enhancements. */
int deploy_enhancements(struct app *app, const struct deploy_lineage_request *request,
			struct error *err) WARN_UNUSED;
/* Brings one server up to date after `renew`. Its installer updates the settings of all lineages
 * (unless --disable-renew-updates) with one test. A lineage whose edits the server rejects is found
 * by bisection and left out; its task gets the error. The server is reloaded once if a lineage was
 * renewed or a file was edited. */
int deploy_renewed(struct app *app, struct plugin_instance *installer, struct deploy_task *tasks,
		   size_t count, struct error *err) WARN_UNUSED;

#endif
