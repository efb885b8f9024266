/*
 * Bringing certificates into a web server through an installer plugin: edit all, one test, save,
 * one reload; enhancements after that; undo when the server does not take it (flows.md 9.6, 9.7).
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

/* Refuses enhancements that the installer does not know at all, before anything is obtained. */
int deploy_check_enhancements(const struct settings *settings, struct plugin_instance *installer,
			      struct error *err) WARN_UNUSED;
/* Deploys one certificate and applies the enhancements of the settings. */
int deploy_lineage(struct app *app, const struct deploy_lineage_request *request,
		   struct error *err) WARN_UNUSED;
/* Only the enhancements. */
int deploy_enhancements(struct app *app, const struct deploy_lineage_request *request,
			struct error *err) WARN_UNUSED;
/* What `renew` owes one server: its installer brings the settings of all lineages up to date
 * (unless --disable-renew-updates), by one test; a lineage whose edits make the server refuse is
 * found by halving, left out, and has the error in its task. One reload, if a lineage was renewed
 * or anything edited. */
int deploy_renewed(struct app *app, struct plugin_instance *installer, struct deploy_task *tasks,
		   size_t count, struct error *err) WARN_UNUSED;

#endif
