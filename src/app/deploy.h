/*
 * Bringing certificates into a web server through an installer plugin: deploy all, save, one test,
 * one reload; enhancements the same way; undo when the server does not take it (flows.md 9.6, 9.7).
 */
#ifndef APP_DEPLOY_H
#define APP_DEPLOY_H

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
/* Brings many renewed lineages to the server: one deploy call, one test, one reload. When the test
 * fails, the lineage at fault is found by halving and left out; its task carries the error. */
int deploy_batch(struct app *app, struct plugin_instance *installer, struct deploy_task *tasks,
		 size_t count, struct error *err) WARN_UNUSED;

#endif
