/*
 * Installs certificates in a web server through an installer plugin: edit everything, test once,
 * save, reload once, then apply the enhancements; undo the edits if the server rejects them.
 */
#ifndef APP_RENEWAL_DEPLOY_H
#define APP_RENEWAL_DEPLOY_H

#include "instances/plugins.h"
#include "store/lineage/lineage.h"

struct deploy_lineage_request {
	const struct settings *settings; /* say which enhancements are wanted */
	const struct installers *installers;
	struct lineage *lineage; /* NULL: the loose paths of the settings are used */
	const struct strvec *names;
	bool redirect_by_default; /* run and install; not enhance */
};

/* Returns an error for enhancements that none of the installers supports, before a certificate is
 * obtained. */
int deploy_check_enhancements(const struct settings *settings, const struct installers *installers,
			      struct error *err) WARN_UNUSED;
/* Returns the error of the first installer that could not install what the settings ask for. */
int deploy_check_settings(const struct settings *settings, const struct installers *installers,
			  struct error *err) WARN_UNUSED;
/* Deploys one certificate by each installer, and applies the enhancements of the settings by those
 * that support them. If one installer fails, the others still run; the first error is returned. */
int deploy_lineage(const struct ui *ui, const struct deploy_lineage_request *request,
		   struct error *err) WARN_UNUSED;
/* Applies only the enhancements. */
int deploy_enhancements(const struct ui *ui, const struct deploy_lineage_request *request,
			struct error *err) WARN_UNUSED;

/* Tells the installer in one call that all these lineages have new certificates (renewed() of
 * struct installer), for which the caller reloads the server afterwards. `renewed` becomes false in
 * the tasks of those that it could not adopt; they get the error, as all do when the call itself
 * fails, and remain owed. */
void deploy_tell_renewed(struct plugin_instance *installer, struct deploy_task *tasks,
			 size_t count);
/* Pays the debt of one lineage, by each installer of the settings: installs the certificate if an
 * installation is owed, else does the same as deploy_tell_renewed(), and reloads. Those of the conf
 * that the settings do not name follow if they are owed it, too. The debt is cleared if all
 * succeed. One that does not work, or fails, does not stop the others. */
int deploy_settle_lineage(struct plugins *plugins, const struct settings *settings,
			  struct lineage *lineage, const struct strvec *names,
			  struct error *err) WARN_UNUSED;
/* Pays what is owed by the conf's installers that the settings do not name, if there are any, where
 * something is owed. The error says what remains, and who tries again. */
int deploy_settle_others(struct plugins *plugins, const struct settings *settings,
			 struct lineage *lineage, struct error *err) WARN_UNUSED;
/* The same, and clears the debt: for a caller whose own installers have succeeded. */
int deploy_settle_rest(struct plugins *plugins, const struct settings *settings,
		       struct lineage *lineage, struct error *err) WARN_UNUSED;
/* Writes the outputs and pays the debt, where an earlier run owes them. */
int deploy_pay_owed(struct plugins *plugins, const struct settings *settings,
		    struct lineage *lineage, struct error *err) WARN_UNUSED;

/* Brings one server up to date after `renew`. Its installer updates the settings of all lineages
 * (unless --disable-renew-updates) with one test. A lineage whose edits the server rejects is found
 * by bisection and left out; its task gets the error. The server is reloaded once if a task
 * has `renewed` or a file was edited. */
int deploy_renewed(const struct settings *settings, struct plugin_instance *installer,
		   struct deploy_task *tasks, size_t count, struct error *err) WARN_UNUSED;

#endif
