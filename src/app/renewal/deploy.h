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
/* Fills in a task for a lineage that is deployed with these settings. All is borrowed. */
void deploy_task_init(struct deploy_task *task, struct lineage *lineage, const struct strvec *names,
		      const struct settings *settings);
void deploy_task_release(struct deploy_task *task);

/* Tells the installer in one call that all these lineages have new certificates (renewed() of
 * struct installer), for which the caller reloads the server afterwards. `renewed` becomes false in
 * the tasks of those that it could not take over; they get the error, as all do when the call
 * itself fails, and remain owed. */
void deploy_tell_renewed(struct plugin_instance *installer, struct deploy_task *tasks,
			 size_t count);
/* The same for one lineage outside `renew`, and the reload; what is owed is then cleared. */
int deploy_settle_lineage(struct plugin_instance *installer, struct lineage *lineage,
			  const struct strvec *names, const struct settings *settings,
			  struct error *err) WARN_UNUSED;

/* Brings one server up to date after `renew`. Its installer updates the settings of all lineages
 * (unless --disable-renew-updates) with one test. A lineage whose edits the server rejects is found
 * by bisection and left out; its task gets the error. The server is reloaded once if a task
 * has `renewed` or a file was edited. */
int deploy_renewed(struct app *app, struct plugin_instance *installer, struct deploy_task *tasks,
		   size_t count, struct error *err) WARN_UNUSED;

#endif
